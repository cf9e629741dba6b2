/** What a run said, line by line, and whether a state claims rows that were not written before it. */
import { describeStreams } from '../src/discover.js';

interface Bookmark {
  readonly until: string;
  readonly gaps: readonly (readonly [from: string, to: string, walk?: unknown])[];
}

interface Row {
  /** The line that brought it first. */
  readonly line: number;
  readonly cursor: unknown;
}

export interface Heard {
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, Row>>;
  readonly states: readonly { readonly stream: string; readonly bookmark: Bookmark; readonly line: number }[];
  /** What a next run goes on from, in the form of the protocol. */
  readonly state: unknown;
  /** The text does not end with a line. */
  readonly torn: boolean;
}

/** Pages of these come in the order of the cursor, and a gap of theirs begins where its reader had come to. */
const BY_CURSOR = ['event_v2', 'profile_v2'];

const streams = new Map(describeStreams().map((one) => [one.name as string, one]));

interface Line {
  readonly type: string;
  readonly stream?: string;
  readonly record?: { readonly stream: string; readonly data: Record<string, unknown> } & Record<
    string,
    unknown
  >;
  readonly value?: { readonly bookmarks: Readonly<Record<string, Bookmark>> };
  readonly state?: {
    readonly stream: {
      readonly stream_descriptor: { readonly name: string };
      readonly stream_state: Bookmark;
    };
  };
}

/** Throws where a whole line is no JSON. */
export function listen(text: string): Heard {
  const rows = new Map<string, Map<string, Row>>();
  const states: { stream: string; bookmark: Bookmark; line: number }[] = [];
  const airbyte = new Map<string, unknown>();
  let singer: unknown;
  const lines = text.split('\n');
  const torn = lines.pop() !== '';
  lines.forEach((content, line) => {
    const message = JSON.parse(content) as Line;
    if (message.type === 'RECORD') {
      const stream = message.stream ?? message.record?.stream ?? '';
      const data = message.stream === undefined ? message.record?.data : message.record;
      const described = streams.get(stream);
      const key = JSON.stringify(described?.primaryKey.map((column) => data?.[column]));
      const known = rows.get(stream) ?? new Map<string, Row>();
      rows.set(stream, known);
      if (!known.has(key)) known.set(key, { line, cursor: data?.[described?.cursor ?? ''] });
    } else if (message.state !== undefined) {
      const { stream_descriptor: of, stream_state: bookmark } = message.state.stream;
      states.push({ stream: of.name, bookmark, line });
      airbyte.set(of.name, message.state);
    } else if (message.value !== undefined) {
      singer = message.value;
      for (const [stream, bookmark] of Object.entries(message.value.bookmarks))
        states.push({ stream, bookmark, line });
    }
  });
  return { rows, states, torn, state: singer ?? (airbyte.size === 0 ? undefined : [...airbyte.values()]) };
}

/** The first state that is ahead of its rows; `all`: what a run that nobody stopped had heard. */
export function claims(heard: Heard, all: Heard): string | undefined {
  for (const { stream, bookmark, line } of heard.states) {
    const { until, gaps } = bookmark;
    if (gaps.length > 0 && !BY_CURSOR.includes(stream)) continue;
    for (const [key, { cursor }] of all.rows.get(stream) ?? []) {
      const at = micros(String(cursor));
      const open =
        BY_CURSOR.includes(stream) &&
        (at >= micros(until) || gaps.some(([from, to]) => at >= micros(from) && at < micros(to)));
      const came = heard.rows.get(stream)?.get(key)?.line ?? Number.POSITIVE_INFINITY;
      if (!open && came > line) return `the state in line ${line} claims ${key} of ${stream}`;
    }
  }
  return undefined;
}

/** Rows of the whole run that none of the others brought. */
export const missing = (all: Heard, parts: readonly Heard[]): number =>
  [...all.rows].reduce(
    (sum, [stream, rows]) =>
      sum + [...rows.keys()].filter((key) => !parts.some((part) => part.rows.get(stream)?.has(key))).length,
    0,
  );

/** So many digits that text order is time order. */
const micros = (instant: string): string =>
  instant.replace(/(?:\.(\d+))?Z$/, (_, fraction: string = '') => `.${fraction.padEnd(6, '0')}Z`);
