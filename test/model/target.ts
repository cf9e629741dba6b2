/** Who reads stdout: keeps the newest row of each key, and a state, as targets and destinations of both protocols do. */
import type { StreamName } from '../../src/resource.js';
import type { AirbyteMessage, SingerMessage } from '../promises/harness.js';
import { keyOf, type Row } from '../promises/truth.js';
import type { Schedule } from './schedule.js';

/** A line of stdout, whichever the protocol, as far as it is of use here. */
export type Line =
  | { readonly kind: 'record'; readonly stream: StreamName; readonly row: Row; readonly version?: number }
  | { readonly kind: 'activate'; readonly stream: StreamName; readonly version: number }
  | { readonly kind: 'status'; readonly stream: StreamName; readonly status: string }
  | { readonly kind: 'schema'; readonly stream: StreamName; readonly keys: readonly string[] }
  /** Of one stream, or of all at once. */
  | { readonly kind: 'state'; readonly stream?: StreamName; readonly value: unknown }
  | { readonly kind: 'other' };

export interface Kept {
  readonly row: Row;
  readonly version?: number | undefined;
}

export interface Target {
  readonly rows: ReadonlyMap<StreamName, ReadonlyMap<string, Kept>>;
  /** As it is handed to the next run; undefined: none was ever given. */
  readonly state: () => unknown;
  readonly bookmark: (stream: StreamName) => Record<string, unknown> | undefined;
  /** Returns how many rows it kept. */
  readonly take: (
    lines: readonly Line[],
    how: { readonly rollback: boolean; readonly lag: number },
  ) => number;
}

/** The whole lines of what was written; what is behind the last line feed is a torn one. */
export function linesOf(bytes: Buffer): string[] {
  const lines = bytes.toString('utf8').split('\n');
  lines.pop();
  return lines;
}

/** A schema is the same in every run, and larger than most of what a run brings. */
const schemas = new Map<string, Line>();

export function readLine(protocol: Schedule['protocol'], text: string): Line {
  const known = schemas.get(text);
  if (known !== undefined) return known;
  const line = parseLine(protocol, text);
  if (line.kind === 'schema') schemas.set(text, line);
  return line;
}

function parseLine(protocol: Schedule['protocol'], text: string): Line {
  const message: unknown = JSON.parse(text);
  return protocol === 'singer' ? ofSinger(message as SingerMessage) : ofAirbyte(message as AirbyteMessage);
}

function ofSinger({ type, stream, record, version, key_properties: keys, value }: SingerMessage): Line {
  switch (type) {
    case 'RECORD':
      return { kind: 'record', stream, row: record, ...(version === undefined ? {} : { version }) };
    case 'SCHEMA':
      return { kind: 'schema', stream, keys };
    case 'ACTIVATE_VERSION':
      return { kind: 'activate', stream, version: version ?? 0 };
    case 'STATE':
      return { kind: 'state', value };
    default:
      throw new Error(`Singer knows no ${String(type)}`);
  }
}

function ofAirbyte({ type, record, state, trace }: AirbyteMessage): Line {
  if (type === 'RECORD') return { kind: 'record', stream: record.stream, row: record.data };
  if (type === 'STATE')
    return {
      kind: 'state',
      stream: state.stream.stream_descriptor.name,
      value: { type: 'STREAM', ...state },
    };
  if (type === 'TRACE' && trace.type === 'STREAM_STATUS') {
    const { stream_descriptor: one, status } = trace.stream_status;
    return { kind: 'status', stream: one.name, status };
  }
  if (type !== 'LOG' && type !== 'TRACE') throw new Error(`Airbyte expects no ${type} of a read`);
  return { kind: 'other' };
}

export function target(protocol: Schedule['protocol'], first?: unknown): Target {
  const rows = new Map<StreamName, Map<string, Kept>>();
  const states = new Map<StreamName, unknown>();
  let whole: unknown = first;

  const keep = ({ stream, row, version }: Line & { kind: 'record' }): void => {
    const known = rows.get(stream) ?? new Map<string, Kept>();
    rows.set(stream, known.set(keyOf(stream, row), { row, version }));
  };
  const activate = (stream: StreamName, version: number): void => {
    const known = rows.get(stream) ?? new Map<string, Kept>();
    for (const [key, kept] of known) if ((kept.version ?? 0) < version) known.delete(key);
  };

  return {
    rows,
    state: () => (protocol === 'singer' ? whole : states.size === 0 ? undefined : [...states.values()]),
    bookmark(stream) {
      const value =
        protocol === 'singer'
          ? (whole as { bookmarks?: Record<string, unknown> } | undefined)?.bookmarks?.[stream]
          : (states.get(stream) as { stream?: { stream_state?: unknown } } | undefined)?.stream?.stream_state;
      return value as Record<string, unknown> | undefined;
    },
    take(lines, { rollback, lag }) {
      const at = lines.flatMap(({ kind }, index) => (kind === 'state' ? [index] : []));
      const acknowledged = new Set(lag === 0 ? at : at.slice(0, -lag));
      const ends = new Map<StreamName | undefined, number>();
      for (const index of acknowledged) {
        const line = lines[index];
        if (line?.kind === 'state') ends.set(line.stream, index);
      }
      let count = 0;
      for (const [index, line] of lines.entries()) {
        if (line.kind === 'state' && acknowledged.has(index)) {
          if (line.stream === undefined) whole = line.value;
          else states.set(line.stream, line.value);
        }
        if (line.kind !== 'record' && line.kind !== 'activate') continue;
        const end = ends.get(protocol === 'singer' ? undefined : line.stream) ?? -1;
        if (rollback && index > end) continue;
        if (line.kind === 'activate') activate(line.stream, line.version);
        else {
          keep(line);
          count += 1;
        }
      }
      return count;
    },
  };
}
