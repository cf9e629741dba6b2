/** What was chosen of what can be read, from the catalog of either protocol. */
import { closest, Fault, warning } from './errors.js';
import { parseJson, shapeOf, shortName, tellMisfit, typeName } from './file.js';
import { oneLine } from './log.js';
import type { StreamName } from './resource.js';

export type Mode = 'full_refresh' | 'incremental';

export interface ChosenStream {
  readonly name: StreamName;
  readonly mode: Mode;
  /** Never without the key and the cursor; undefined: all columns. */
  readonly columns: ReadonlySet<string> | undefined;
}

export interface Selection {
  readonly protocol: 'airbyte' | 'singer';
  readonly streams: readonly ChosenStream[];
  /** Whole lines, each begun by its code. */
  readonly warnings: readonly string[];
}

/** A stream that can be read. */
export interface Readable {
  readonly name: StreamName;
  readonly columns: readonly string[];
  readonly primaryKey: readonly string[];
  /** The column by which it is incremental; absent: it is read whole on every run. */
  readonly cursor?: string;
}

/** One stream of a catalog, whichever form it had. */
interface Entry {
  readonly name: string;
  readonly selected: boolean;
  /** The mode in the catalog's own word; undefined: it says none. */
  readonly mode: string | undefined;
  readonly keeps: (column: string) => boolean;
}

/** Without a catalog: every stream whole in its columns, incremental where it can be. */
export const everything = (readable: readonly Readable[]): Omit<Selection, 'protocol'> => ({
  streams: readable.map(({ name, cursor }) => ({ name, mode: usualMode(cursor), columns: undefined })),
  warnings: [],
});

/** `name`: of the file, for messages. Throws KLV_CATALOG_JSON, KLV_CATALOG_STREAM, KLV_CATALOG_MODE. */
export function parseCatalog(text: string, name: string, readable: readonly Readable[]): Selection {
  const { protocol, entries } = entriesOf(unwrap(parseJson(text, name, 'KLV_CATALOG_JSON')), shortName(name));
  const byName = new Map<string, Readable>(readable.map((stream) => [stream.name, stream]));
  const streams = new Map<StreamName, ChosenStream>();
  const warnings: string[] = [];
  for (const entry of entries) {
    const stream = byName.get(entry.name);
    if (!entry.selected) {
      if (stream === undefined)
        warnings.push(warning('KLV_CATALOG_UNKNOWN', `${show(entry.name)} is no stream, and not selected`));
      continue;
    }
    if (stream === undefined) throw noStream(entry.name, readable);
    if (streams.has(stream.name))
      throw new Fault('KLV_CATALOG_STREAM', `${stream.name} is in the catalog twice`, {
        remedy: 'keep one of the two',
      });
    streams.set(stream.name, {
      name: stream.name,
      mode: modeOf(entry, stream),
      columns: columnsOf(entry, stream),
    });
  }
  if (streams.size === 0) warnings.push(warning('KLV_CATALOG_EMPTY', 'the catalog selects no stream'));
  return { protocol, streams: [...streams.values()], warnings };
}

function noStream(name: string, readable: readonly Readable[]): Fault {
  // All names end alike, so the ends would make strangers of "evnts" and event_v2, and neighbours of list_v2 and flow_v2.
  const stems = new Map(readable.map((stream) => [stem(stream.name), stream.name]));
  const meant = stems.get(closest(stem(name), stems.keys()) ?? '');
  return new Fault(
    'KLV_CATALOG_STREAM',
    show(name),
    meant === undefined ? {} : { remedy: `did you mean ${meant}?` },
  );
}

const stem = (name: string): string => name.replace(/_v\d+$/, '');

function columnsOf(entry: Entry, { columns, primaryKey, cursor }: Readable): ReadonlySet<string> | undefined {
  const kept = columns.filter(
    (column) => primaryKey.includes(column) || column === cursor || entry.keeps(column),
  );
  return kept.length === columns.length ? undefined : new Set(kept);
}

const usualMode = (cursor: string | undefined): Mode =>
  cursor === undefined ? 'full_refresh' : 'incremental';

const MODES: Readonly<Record<string, Mode>> = {
  full_refresh: 'full_refresh',
  full_table: 'full_refresh',
  incremental: 'incremental',
};

function modeOf({ mode: word }: Entry, { name, cursor }: Readable): Mode {
  if (word === undefined) return usualMode(cursor);
  const mode = MODES[word.toLowerCase()];
  if (cursor === undefined && mode !== 'full_refresh')
    throw new Fault('KLV_CATALOG_MODE', `${name} supports full_refresh only`);
  if (mode === undefined)
    throw new Fault('KLV_CATALOG_MODE', `${name} supports full_refresh and incremental, got ${show(word)}`);
  return mode;
}

/** Names are not secret, but may be long or forge a line. */
function show(value: unknown): string {
  if (typeof value === 'object') return typeName(value);
  const text = typeof value === 'string' ? JSON.stringify(oneLine(value)) : String(value);
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}

/** A catalog message saved from stdout as it was. */
const unwrap = (document: unknown): unknown =>
  (document as { readonly type?: unknown } | null)?.type === 'CATALOG'
    ? (document as { readonly catalog?: unknown }).catalog
    : document;

const STRING = { type: ['string', 'null'] };
const FLAG = { type: ['boolean', 'null'] };
const object = (properties: object, required: readonly string[] = []) => ({
  type: 'object',
  properties,
  required,
});
const objects = (properties: object, required: readonly string[] = []) => ({
  type: 'array',
  items: object(properties, required),
});
const catalogOf = (streams: object) => object({ streams }, ['streams']);

const misfit = {
  any: shapeOf(() => catalogOf(objects({}))),
  airbyte: shapeOf(() => {
    const jsonSchema = { ...object({ properties: { type: ['object', 'null'] } }), type: ['object', 'null'] };
    const stream = object({ name: { type: 'string' }, json_schema: jsonSchema }, ['name']);
    return catalogOf(objects({ stream, sync_mode: STRING }, ['stream']));
  }),
  /** What the discover command prints for Airbyte, with nothing configured yet. */
  discovered: shapeOf(() => catalogOf(objects({ name: { type: 'string' } }, ['name']))),
  singer: shapeOf(() => {
    const fact = object({
      selected: FLAG,
      'selected-by-default': FLAG,
      inclusion: STRING,
      'replication-method': STRING,
      'forced-replication-method': STRING,
    });
    const breadcrumb = { type: 'array', items: { type: 'string' } };
    const column = object({ selected: FLAG, inclusion: STRING });
    const schema = object({
      selected: FLAG,
      properties: { type: ['object', 'null'], additionalProperties: column },
    });
    return catalogOf(
      objects({
        tap_stream_id: STRING,
        stream: STRING,
        schema: { ...schema, type: ['object', 'null'] },
        metadata: {
          ...objects({ breadcrumb, metadata: fact }, ['breadcrumb', 'metadata']),
          type: ['array', 'null'],
        },
        selected: FLAG,
        replication_method: STRING,
      }),
    );
  }),
};

interface AirbyteStream {
  readonly name: string;
  readonly json_schema?: { readonly properties?: object | null } | null;
}

interface SingerStream {
  readonly tap_stream_id?: string | null;
  readonly stream?: string | null;
  readonly schema?: (Choice & { readonly properties?: Readonly<Record<string, Choice>> | null }) | null;
  readonly metadata?: readonly { readonly breadcrumb: readonly string[]; readonly metadata: Choice }[] | null;
  readonly selected?: boolean | null;
  readonly replication_method?: string | null;
}

interface Choice {
  readonly selected?: boolean | null;
  readonly 'selected-by-default'?: boolean | null;
  readonly inclusion?: string | null;
  readonly 'replication-method'?: string | null;
  readonly 'forced-replication-method'?: string | null;
}

function entriesOf(
  document: unknown,
  name: string,
): { readonly protocol: Selection['protocol']; readonly entries: readonly Entry[] } {
  const streamsOf = <Stream>(form: keyof typeof misfit): readonly Stream[] => {
    const wrong = misfit[form](document);
    if (wrong === undefined) return (document as { readonly streams: readonly Stream[] }).streams;
    throw new Fault('KLV_CATALOG_JSON', `${name}: ${tellMisfit(wrong, 'the catalog', show)}`);
  };
  const [first] = streamsOf<Readonly<Record<string, unknown>>>('any');
  // Singer's runners always give every stream, so an empty catalog is Airbyte's.
  if (first === undefined) return { protocol: 'airbyte', entries: [] };
  if (typeof first.stream === 'object')
    return {
      protocol: 'airbyte',
      entries: streamsOf<{ stream: AirbyteStream; sync_mode?: string | null }>('airbyte').map(
        ({ stream, sync_mode: mode }) => airbyteEntry(stream, mode ?? 'full_refresh'),
      ),
    };
  if ('json_schema' in first)
    return {
      protocol: 'airbyte',
      entries: streamsOf<AirbyteStream>('discovered').map((stream) => airbyteEntry(stream, undefined)),
    };
  return { protocol: 'singer', entries: singerEntries(streamsOf<SingerStream>('singer'), name) };
}

/** Airbyte takes columns away from the schema that was discovered; a schema without any says nothing. */
function airbyteEntry({ name, json_schema: schema }: AirbyteStream, mode: string | undefined): Entry {
  const properties = schema?.properties ?? {};
  const none = Object.keys(properties).length === 0;
  return { name, selected: true, mode, keeps: (column) => none || Object.hasOwn(properties, column) };
}

/** In order of weight: metadata (which Meltano writes), then the stream object, then the older mark in the schema. */
function singerEntries(streams: readonly SingerStream[], name: string): readonly Entry[] {
  const said = streams.map(
    (stream) => factsOf(stream, []).selected ?? stream.selected ?? stream.schema?.selected ?? undefined,
  );
  // Whoever marks the streams that he wants does not want the others; a catalog without marks is as it was discovered.
  const marked = said.includes(true);
  return streams.map((stream, index) => {
    const root = factsOf(stream, []);
    const id = stream.tap_stream_id ?? stream.stream;
    if (typeof id !== 'string')
      throw new Fault('KLV_CATALOG_JSON', `${name}: streams[${index}].tap_stream_id is missing`);
    return {
      name: id,
      selected: said[index] ?? (!marked && root['selected-by-default'] === true),
      mode:
        root['replication-method'] ??
        stream.replication_method ??
        root['forced-replication-method'] ??
        undefined,
      keeps: (column) => keepsColumn(stream, column),
    };
  });
}

const factsOf = ({ metadata }: SingerStream, breadcrumb: readonly string[]): Choice =>
  metadata?.find((one) => one.breadcrumb.join('\0') === breadcrumb.join('\0'))?.metadata ?? {};

function keepsColumn(stream: SingerStream, column: string): boolean {
  const facts = factsOf(stream, ['properties', column]);
  const properties = stream.schema?.properties ?? {};
  const old = Object.hasOwn(properties, column) ? properties[column] : undefined;
  const inclusion = facts.inclusion ?? old?.inclusion;
  if (inclusion === 'automatic') return true;
  if (inclusion === 'unsupported') return false;
  const selected = facts.selected ?? old?.selected ?? facts['selected-by-default'];
  // A catalog that was made before the column was has not chosen it.
  return selected ?? (old !== undefined || Object.keys(properties).length === 0);
}
