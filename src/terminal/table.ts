/** A run as a table, a line a stream, for a terminal of any size. Pure. */
import type { Present } from '../progress.js';
import type { RunSummary, StreamSummary } from '../run-summary.js';
import { entryInWords, inWords, lengthOf, many } from '../words.js';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
const STYLES: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };
const styled = (text: string, style: Style | undefined): string =>
  style === undefined || text === '' ? text : `\u001b[${STYLES[style]}m${text}\u001b[0m`;

interface Column {
  readonly title: string;
  readonly right?: true;
  /** Where there is no room for all, those of the highest number go first; 0 stays. */
  readonly goes: number;
  readonly text: (stream: StreamSummary) => string;
  readonly style?: (stream: StreamSummary) => Style | undefined;
}

const STATES: Readonly<Record<StreamSummary['state'], Style | undefined>> = {
  waiting: 'dim',
  reading: 'cyan',
  complete: 'green',
  incomplete: 'red',
};
const GAP = '  ';
/** A share of a limit from which on the limit is what the stream waits for. */
const NEARLY_ALL = 0.9;

const minute = (instant: string | undefined): string =>
  instant === undefined ? '' : `${instant.slice(0, 10)} ${instant.slice(11, 16)}`;

const common = [
  { title: 'stream', goes: 0, text: ({ name }) => name },
  { title: 'state', goes: 1, text: ({ state }) => state, style: ({ state }) => STATES[state] },
  { title: 'rows', right: true, goes: 0, text: ({ rows }) => rows.toLocaleString('en') },
  { title: 'pages', right: true, goes: 5, text: ({ pages }) => pages.toLocaleString('en') },
] as const satisfies readonly Column[];

const span = (goes: readonly [number, number]): readonly Column[] => [
  { title: 'oldest, UTC', goes: goes[0], text: ({ oldest }) => minute(oldest) },
  { title: 'newest, UTC', goes: goes[1], text: ({ newest }) => minute(newest) },
];

const liveColumns = ({ share, minutesLeft }: Present): readonly Column[] => [
  ...common,
  {
    title: 'limit',
    right: true,
    goes: 4,
    text: ({ name, state }) => {
      const used = state === 'complete' ? undefined : share(name);
      return used === undefined ? '' : `${Math.round(used * 100)}%`;
    },
    style: ({ name }) => ((share(name) ?? 0) >= NEARLY_ALL ? 'yellow' : undefined),
  },
  ...span([6, 3]),
  {
    title: 'left',
    right: true,
    goes: 2,
    text: ({ name, state }) => (state === 'reading' ? lengthOf(minutesLeft(name)) : ''),
  },
];

const lastColumns = (state: RunSummary['state']): readonly Column[] => [
  ...common,
  ...span([4, 3]),
  // A sample moves none.
  ...(Object.keys(state).length === 0
    ? []
    : [
        {
          title: 'next state, UTC',
          goes: 2,
          text: ({ name }: StreamSummary) => entryInWords(state[name], minute),
        },
      ]),
];

/** As it is while the run goes on. */
export function liveTable(summary: RunSummary, present: Present, { columns, rows }: Size): readonly string[] {
  const { streams } = summary;
  const room = rows - 1;
  // Head and total, and where not all streams have room, a line about the others.
  const shown =
    streams.length + 2 <= room ? streams : streams.filter(shownIn(streams, Math.max(0, room - 3)));
  const total = cut(inWords(summary, present), columns);
  return [
    ...table(shown, liveColumns(present), columns),
    ...(shown.length < streams.length ? [styled(cut(others(streams, new Set(shown)), columns), 'dim')] : []),
    styled(total, 'bold'),
  ].slice(-Math.max(1, room));
}

/** As it stays when the run has ended. */
export const lastTable = ({ streams, state }: RunSummary, { columns }: Size): readonly string[] =>
  streams.length === 0 ? [] : table(streams, lastColumns(state), columns);

const RANK: Readonly<Record<StreamSummary['state'], number>> = {
  reading: 0,
  incomplete: 1,
  waiting: 2,
  complete: 3,
};

/** Those that are read go first, what is complete last; within that the order stays. */
function shownIn(streams: readonly StreamSummary[], room: number): (stream: StreamSummary) => boolean {
  const first = [...streams].sort((a, b) => RANK[a.state] - RANK[b.state]).slice(0, room);
  return (stream) => first.includes(stream);
}

function others(streams: readonly StreamSummary[], shown: ReadonlySet<StreamSummary>): string {
  const counts = new Map<string, number>();
  for (const stream of streams)
    if (!shown.has(stream)) counts.set(stream.state, (counts.get(stream.state) ?? 0) + 1);
  const parts = [...counts].map(([state, count]) => `${count} ${state}`);
  return `… and ${many(streams.length - shown.size, 'other stream')}: ${parts.join(', ')}`;
}

const cut = (text: string, columns: number): string =>
  text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;

function table(streams: readonly StreamSummary[], all: readonly Column[], width: number): string[] {
  const made = fitting(
    all.map((column) => {
      const cells = streams.map(column.text);
      return { column, cells, width: Math.max(column.title.length, ...cells.map(({ length }) => length)) };
    }),
    width,
  );
  const line = (
    text: (cells: readonly string[], column: Column) => string,
    style: (column: Column) => Style | undefined,
  ) =>
    made
      .map(({ column, cells, width: wide }) => {
        const short = cut(text(cells, column), wide);
        const padded = column.right ? short.padStart(wide) : short.padEnd(wide);
        return styled(padded, style(column));
      })
      .join(GAP)
      .trimEnd();
  return [
    line(
      (_, { title }) => title,
      () => 'dim',
    ),
    ...streams.map((stream, nth) =>
      line(
        (cells) => cells[nth] ?? '',
        ({ style }) => style?.(stream),
      ),
    ),
  ];
}

interface Made {
  readonly column: Column;
  readonly cells: readonly string[];
  readonly width: number;
}

/** Columns that a line has room for; if even those that stay are too wide, the first one is cut. */
function fitting(all: readonly Made[], width: number): readonly Made[] {
  const wide = (some: readonly Made[]): number =>
    some.reduce((sum, one) => sum + one.width, GAP.length * (some.length - 1));
  let kept = all;
  while (wide(kept) > width) {
    const last = kept.reduce((most, one) => (one.column.goes > most.column.goes ? one : most));
    if (last.column.goes === 0) break;
    kept = kept.filter((one) => one !== last);
  }
  const [first, ...rest] = kept;
  if (first === undefined || wide(kept) <= width) return kept;
  const left = width - wide(rest) - GAP.length;
  return left >= 4
    ? [{ ...first, width: left }, ...rest]
    : [{ ...first, width: Math.min(first.width, width) }];
}
