/** What was chosen of what can be read, from the catalog of either protocol. */
import { type Entry, type OpenCatalog, openCatalog, show } from './catalog-forms.js';
import { closest, Fault, warning } from './errors.js';
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
  /** Chosen, and no longer read by this version: they end incomplete, the others are read. */
  readonly dropped: readonly string[];
  /** Whole lines, each begun by its code. */
  readonly warnings: readonly string[];
}

/** Streams of earlier versions. Empty until one is dropped. */
export const DROPPED: ReadonlySet<string> = new Set();

/** A stream that can be read. */
export interface Readable {
  readonly name: StreamName;
  readonly columns: readonly string[];
  readonly primaryKey: readonly string[];
  /** The column by which it is incremental; absent: it is read whole on every run. */
  readonly cursor?: string;
}

/** Without a catalog: every stream whole in its columns, incremental where it can be. */
export const everything = (readable: readonly Readable[]): Omit<Selection, 'protocol'> => ({
  streams: readable.map(({ name, cursor }) => ({ name, mode: usualMode(cursor), columns: undefined })),
  dropped: [],
  warnings: [],
});

/** `name`: of the file, for messages. Throws KLV_CATALOG_JSON, KLV_CATALOG_STREAM, KLV_CATALOG_MODE. */
export const parseCatalog = (text: string, name: string, readable: readonly Readable[]): Selection =>
  select(openCatalog(text, name), readable);

/** Throws KLV_CATALOG_STREAM, KLV_CATALOG_MODE. */
export function select({ protocol, entries }: OpenCatalog, readable: readonly Readable[]): Selection {
  const byName = new Map<string, Readable>(readable.map((stream) => [stream.name, stream]));
  const streams = new Map<StreamName, ChosenStream>();
  const warnings: string[] = [];
  const whole: StreamName[] = [];
  const dropped = new Set<string>();
  for (const entry of entries) {
    const stream = byName.get(entry.name);
    if (!entry.selected) {
      if (stream === undefined)
        warnings.push(warning('KLV_CATALOG_UNKNOWN', `${show(entry.name)} is no stream, and not selected`));
      continue;
    }
    if (stream === undefined && DROPPED.has(entry.name)) {
      dropped.add(entry.name);
      warnings.push(warning('KLV_CATALOG_DROPPED', `this version reads ${show(entry.name)} no more`));
      continue;
    }
    if (stream === undefined) throw noStream(entry.name, readable);
    if (streams.has(stream.name))
      throw new Fault('KLV_CATALOG_STREAM', `${stream.name} is in the catalog twice`, {
        remedy: 'keep one of the two',
      });
    streams.set(stream.name, {
      name: stream.name,
      mode: modeOf(entry, stream, protocol, whole),
      columns: columnsOf(entry, stream),
    });
  }
  if (whole.length > 0)
    warnings.push(warning('KLV_CATALOG_WHOLE', `incremental is asked of ${whole.join(', ')}`));
  if (streams.size + dropped.size === 0)
    warnings.push(warning('KLV_CATALOG_EMPTY', 'the catalog selects no stream'));
  return { protocol, streams: [...streams.values()], dropped: [...dropped], warnings };
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

function modeOf(
  { mode: word }: Entry,
  { name, cursor }: Readable,
  protocol: Selection['protocol'],
  whole: StreamName[],
): Mode {
  if (word === undefined) return usualMode(cursor);
  const mode = MODES[word.toLowerCase()];
  // PyAirbyte asks every stream for incremental, whatever the catalog says it supports.
  if (cursor === undefined && mode === 'incremental' && protocol === 'airbyte') {
    whole.push(name);
    return 'full_refresh';
  }
  if (cursor === undefined && mode !== 'full_refresh')
    throw new Fault('KLV_CATALOG_MODE', `${name} supports full_refresh only`);
  if (mode === undefined)
    throw new Fault('KLV_CATALOG_MODE', `${name} supports full_refresh and incremental, got ${show(word)}`);
  return mode;
}
