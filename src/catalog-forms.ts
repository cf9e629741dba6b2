/** The forms a catalog comes in, made into one: Airbyte's, configured or as discovered; Singer's, older ones too. */
import { Fault } from './errors.js';
import { parseJson, shapeOf, shortName, tellMisfit, typeName } from './file.js';
import { airbyteCatalog, catalog, discoveredCatalog, singerCatalog } from './generated/shapes.js';
import { oneLine } from './log.js';

/** One stream of a catalog, whichever form it had. */
export interface Entry {
  readonly name: string;
  readonly selected: boolean;
  /** The mode in the catalog's own word; undefined: it says none. */
  readonly mode: string | undefined;
  readonly keeps: (column: string) => boolean;
}

export interface OpenCatalog {
  readonly protocol: 'airbyte' | 'singer';
  readonly entries: readonly Entry[];
}

/** `name`: of the file, for messages. Throws KLV_CATALOG_JSON. */
export const openCatalog = (text: string, name: string): OpenCatalog =>
  entriesOf(unwrap(parseJson(text, name, 'KLV_CATALOG_JSON')), shortName(name));

/** Names are not secret, but may be long or forge a line. */
export function show(value: unknown): string {
  if (typeof value === 'object') return typeName(value);
  const text = typeof value === 'string' ? JSON.stringify(oneLine(value)) : String(value);
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}

/** A catalog message saved from stdout as it was. */
const unwrap = (document: unknown): unknown =>
  (document as { readonly type?: unknown } | null)?.type === 'CATALOG'
    ? (document as { readonly catalog?: unknown }).catalog
    : document;

const misfit = {
  any: shapeOf(catalog),
  airbyte: shapeOf(airbyteCatalog),
  discovered: shapeOf(discoveredCatalog),
  singer: shapeOf(singerCatalog),
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

function entriesOf(document: unknown, name: string): OpenCatalog {
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
