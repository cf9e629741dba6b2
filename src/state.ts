/**
 * Bookmarks and the state they make up. A bookmark is the work that is left: everything before `until` is written,
 * except the gaps. One neutral form is carried by both protocols, and each reads what the other wrote.
 */
import { Fault, warning } from './errors.js';
import { numberText, printJson } from './numbers.js';
import type { StreamName } from './resource.js';
import { type Entry, entriesOf, form, isObject } from './state-forms.js';
import { compare, type Instant, normalise } from './time.js';

/**
 * A range that still has an open slice. Where it is walked parent by parent (the lists of the account, in the order
 * they were created), `walk` tells how far: parents created before `after` are done, but for those in `open`, which
 * have left what is given there.
 */
export type Gap = readonly [from: Instant, to: Instant, walk?: Walk];

export interface Walk {
  readonly after: Instant;
  readonly open: Readonly<Record<string, Left>>;
}

/** What is left of one parent: everything from an instant on, or the ranges given. */
export type Left = Instant | readonly (readonly [from: Instant, to: Instant])[];

export interface Bookmark {
  readonly version: 1;
  readonly until: Instant;
  readonly gaps: readonly Gap[];
  /** When the last whole re-read of the stream was begun. */
  readonly reread?: Instant;
  /** Where the first read of a stream that has a history began. */
  readonly since?: Instant;
  /** The account that was read; absent where the key could not ask for it. */
  readonly account?: string;
  readonly [unknown: string]: unknown;
}

export interface State {
  readonly bookmarks: ReadonlyMap<StreamName, Bookmark>;
  /** Entries of streams that are not known here: kept word for word. */
  readonly unknown: ReadonlyMap<string, unknown>;
  /** Members beside `bookmarks`, kept too. */
  readonly beside: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
}

export const VERSION = 1;

/** What a stream's cursor is called, for the plain form `{"updated": "…"}`; undefined for an unknown stream. */
export type CursorOf = (stream: string) => { readonly cursor?: string } | undefined;

/** Reads a state in any form that either protocol writes. Throws KLV_STATE_*; never starts from scratch instead. */
export function parseState(document: unknown, cursorOf: CursorOf): State {
  const { entries, beside, bare } = entriesOf(document);
  if (bare === true) mustBeState(entries, cursorOf);
  const bookmarks = new Map<StreamName, Bookmark>();
  const unknown = new Map<string, unknown>();
  const warnings: string[] = [];
  for (const { stream, entry } of entries) {
    const known = cursorOf(stream);
    if (known === undefined) {
      unknown.set(stream, entry);
      warnings.push(warning('KLV_STATE_UNKNOWN', `${JSON.stringify(stream.slice(0, 60))} is no stream`));
      continue;
    }
    const bookmark = parseBookmark(stream, entry, known.cursor);
    // Of lines that were gathered the last one holds, a reset too.
    if (bookmark === undefined) bookmarks.delete(stream as StreamName);
    else bookmarks.set(stream as StreamName, bookmark);
  }
  return { bookmarks, unknown, beside, warnings };
}

/** Any other file is an object, too: a config that was taken for a state would be handed on, with the key in it. */
function mustBeState(entries: readonly Entry[], cursorOf: CursorOf): void {
  if (!entries.some(({ stream }) => cursorOf(stream) !== undefined))
    throw form('', 'it holds no entry of a stream, so it is another file');
}

function parseBookmark(stream: string, entry: unknown, cursor: string | undefined): Bookmark | undefined {
  if (entry === null || entry === undefined || (isObject(entry) && Object.keys(entry).length === 0))
    return undefined;
  if (!isObject(entry)) throw form(stream, `must be an object, got ${shown(entry)}`);
  if (!('version' in entry)) return plainBookmark(stream, entry, cursor);
  const version = Number(numberText(entry.version));
  if (!Number.isInteger(version) || version < 1)
    throw form(stream, `version ${shown(entry.version)} is none`);
  if (version > VERSION) throw new Fault('KLV_STATE_NEWER', `state of ${stream}: v${version} > v${VERSION}`);
  if (!Array.isArray(entry.gaps)) throw form(stream, 'gaps must be an array of [from, to]');
  const { reread, since, account } = entry;
  if (account !== undefined && typeof account !== 'string')
    throw form(stream, `account must be text, got ${shown(account)}`);
  return {
    ...entry,
    version: VERSION,
    until: instant(stream, 'until', entry.until),
    gaps: entry.gaps.map((gap, index) => parseGap(stream, gap, `gaps[${index}]`)),
    ...(reread === undefined ? {} : { reread: instant(stream, 'reread', reread) }),
    ...(since === undefined ? {} : { since: instant(stream, 'since', since) }),
  };
}

function parseGap(stream: string, gap: unknown, path: string): Gap {
  if (!Array.isArray(gap) || gap.length < 2 || gap.length > 3)
    throw form(stream, `${path} must be [from, to]`);
  const [from, to] = [instant(stream, `${path}[0]`, gap[0]), instant(stream, `${path}[1]`, gap[1])];
  if (compare(from, to) > 0) throw form(stream, `${path} ends before it begins`);
  if (gap[2] === undefined) return [from, to];
  const walk: unknown = gap[2];
  if (!isObject(walk) || !isObject(walk.open))
    throw form(stream, `${path}[2] must be {"after": …, "open": {…}}`);
  const open = Object.entries(walk.open).map(
    ([id, left]) => [id, parseLeft(stream, left, `${path}[2].open`)] as const,
  );
  return [
    from,
    to,
    { after: instant(stream, `${path}[2].after`, walk.after), open: Object.fromEntries(open) },
  ];
}

function parseLeft(stream: string, left: unknown, path: string): Left {
  if (!Array.isArray(left)) return instant(stream, path, left);
  return left.map((range: unknown) => {
    if (!Array.isArray(range) || range.length !== 2) throw form(stream, `${path} must be [from, to]`);
    const [start, end] = [instant(stream, path, range[0]), instant(stream, path, range[1])];
    if (compare(start, end) > 0) throw form(stream, `${path} ends before it begins`);
    return [start, end] as const;
  });
}

/** An entry with the work that a bookmark leaves, in the entry's own form and with its other members. */
export function entryWith(entry: unknown, { until, gaps, since }: Bookmark, cursor: string): object {
  const before = isObject(entry) ? entry : {};
  if (!('version' in before) && cursor in before) return { ...before, [cursor]: until };
  if (!('version' in before) && before.replication_key === cursor)
    return { ...before, replication_key_value: until };
  const versioned = 'version' in before ? before : { ...before, version: VERSION };
  return { ...versioned, until, gaps, ...(since === undefined ? {} : { since }) };
}

/** As other connectors leave it behind: `{"updated": "…"}`, or a replication key with its value. */
function plainBookmark(stream: string, entry: Record<string, unknown>, cursor: string | undefined): Bookmark {
  const value =
    cursor !== undefined && cursor in entry
      ? entry[cursor]
      : entry.replication_key === cursor
        ? entry.replication_key_value
        : undefined;
  if (cursor === undefined || value === undefined)
    throw form(stream, `has neither a version nor ${cursor ?? 'a cursor, which the stream lacks'}`);
  return { version: VERSION, until: instant(stream, cursor, value), gaps: [] };
}

function instant(stream: string, name: string, value: unknown): Instant {
  const zoned = typeof value === 'string' && /(Z|[+-]\d{2}:?\d{2})$/i.test(value.trim());
  const normal = zoned ? normalise(value.trim()) : undefined;
  if (normal === undefined) throw form(stream, `${name} is ${shown(value)}, not a date-time with a zone`);
  return normal;
}

/** Short, so that the line with the longest stream's name stays within 200 characters. */
const shown = (value: unknown): string | undefined =>
  value === undefined ? undefined : printJson(value).slice(0, 30);
