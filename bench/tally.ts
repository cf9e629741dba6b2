/**
 * Counts what arrives, key by key, in memory that does not grow: a key's index follows from its text, and a byte is
 * kept for each.
 */
import { eventIndex, profileIndex } from '../src/sandbox/index.js';
import type { Account } from './sandbox.js';

/** The rows that one stream is to bring. */
export interface Wanted {
  readonly stream: string;
  readonly count: number;
  /** Of a record's line; undefined: no row that was to come. */
  readonly indexOf: (line: string) => number | undefined;
}

export interface Tally {
  readonly rows: number;
  readonly repeats: number;
  readonly unknown: number;
  /** The last whole line that told a state. */
  readonly state: string | undefined;
  /** Bytes of the longest of those lines. */
  readonly longestState: number;
  missing(): number;
  /** Of one stream. */
  rowsOf(stream: string): number;
  missingOf(stream: string): number;
  /** Before each process: what the last one left unfinished is no line. */
  begin(): void;
  take(bytes: Buffer): void;
}

const RECORD = '{"type":"RECORD","stream":"';

export function tally(wanted: readonly Wanted[]): Tally {
  const streams = new Map(
    wanted.map(({ stream, count, indexOf }) => [stream, { indexOf, seen: new Uint8Array(count), rows: 0 }]),
  );
  let rest = '';
  let state: string | undefined;
  let longestState = 0;
  const totals = { rows: 0, repeats: 0, unknown: 0 };

  const record = (line: string): void => {
    const stream = streams.get(line.slice(RECORD.length, line.indexOf('"', RECORD.length)));
    totals.rows += 1;
    const index = stream?.indexOf(line);
    if (stream === undefined || index === undefined || index >= stream.seen.length) {
      totals.unknown += 1;
      return;
    }
    stream.rows += 1;
    if (stream.seen[index] === 1) totals.repeats += 1;
    stream.seen[index] = 1;
  };
  const missingOf = (stream: string): number =>
    streams.get(stream)?.seen.reduce((sum, seen) => sum + 1 - seen, 0) ?? 0;

  return {
    get rows() {
      return totals.rows;
    },
    get repeats() {
      return totals.repeats;
    },
    get unknown() {
      return totals.unknown;
    },
    get state() {
      return state;
    },
    get longestState() {
      return longestState;
    },
    missing: () => [...streams.keys()].reduce((sum, stream) => sum + missingOf(stream), 0),
    missingOf,
    rowsOf: (stream) => streams.get(stream)?.rows ?? 0,
    begin() {
      rest = '';
    },
    take(bytes) {
      const text = rest + bytes.toString('latin1');
      let start = 0;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
        const line = text.slice(start, end);
        if (line.startsWith(RECORD)) record(line);
        else if (line.startsWith('{"type":"STATE"')) {
          state = line;
          longestState = Math.max(longestState, line.length);
        }
        start = end + 1;
      }
      rest = text.slice(start);
    },
  };
}

/** The text of a member whose value is a string without escapes. */
function textOf(line: string, name: string, start: string): string {
  const at = line.indexOf(`"${name}":"${start}`);
  if (at < 0) return '';
  const from = at + name.length + 4;
  return line.slice(from, line.indexOf('"', from));
}

export const wantedEvents = (count: number): Wanted => ({
  stream: 'event_v2',
  count,
  indexOf: (line) => eventIndex(textOf(line, 'id', 'EV')),
});

export const wantedProfiles = (count: number): Wanted => ({
  stream: 'profile_v2',
  count,
  indexOf: (line) => profileIndex(textOf(line, 'id', '01HTEST')),
});

export function wantedMembers(lists: Account['lists']): Wanted {
  const places = new Map<string, { readonly first: number; readonly count: number; readonly at: number }>();
  let total = 0;
  for (const { id, first, count } of lists) {
    places.set(id, { first, count, at: total });
    total += count;
  }
  return {
    stream: 'profile_list_v2',
    count: total,
    indexOf(line) {
      const place = places.get(textOf(line, 'list_id', ''));
      const profile = profileIndex(textOf(line, 'profile_id', ''));
      if (place === undefined || profile === undefined) return undefined;
      const member = profile - place.first;
      return member >= 0 && member < place.count ? place.at + member : undefined;
    },
  };
}

export function wantedIds(stream: string, name: string, ids: readonly string[]): Wanted {
  const places = new Map(ids.map((id, index) => [id, index]));
  return { stream, count: ids.length, indexOf: (line) => places.get(textOf(line, name, '')) };
}
