/** Watches a run from its start to its end, and knows at any moment what it has come to. */
import type { Mends } from './klaviyo/json.js';
import type { Message } from './message.js';
import type { ProtocolName } from './protocol/protocol.js';
import type { StreamName } from './resource.js';
import type { RunSummary, StreamSummary } from './run-summary.js';
import { fromMicros, fromMillis, type Micros } from './time.js';
import type { Use, Watch } from './watch.js';
import { type WatchedEndpoint, watchEndpoint } from './watch-endpoint.js';
import { createWarnings } from './watch-warnings.js';
import { count } from './words.js';

export interface RunWatch extends Watch {
  /** What is known from here on. */
  readonly knows: (facts: Partial<Pick<RunSummary, 'protocol' | 'account'>>) => void;
  /** The streams that are going to be read; `given`: the state entries that the run begins with, of others too. */
  readonly reads: (streams: Iterable<StreamName>, given?: ReadonlyMap<string, unknown>) => void;
  /** stdout has taken the message. */
  readonly wrote: (message: Message) => void;
  /** A whole line, as people saw it. */
  readonly warned: (text: string) => void;
  /** Warnings that only the end can tell, as they count; whole lines. */
  readonly closing: () => readonly string[];
  /** Nothing more will come: what is not complete now never will be. */
  readonly over: () => void;
  /** Of the endpoint at a path, once it was asked. */
  readonly use: (path: string) => Use | undefined;
  readonly summary: (end?: RunEnd) => RunSummary;
}

/** Of a run that is over. */
export interface RunEnd {
  readonly exitCode: number;
  /** What ended it as a whole, one line. */
  readonly error?: string;
  /** Nobody knows what of stdout was read: then only the state that the run began with is known to hold. */
  readonly lost?: boolean;
}

interface StreamFacts {
  state: StreamSummary['state'];
  rows: number;
  pages: number;
  oldest: Micros;
  newest: Micros;
  error?: string;
  /** The last state entry that was written. */
  entry?: unknown;
}

const unread = (): StreamFacts => ({
  state: 'waiting',
  rows: 0,
  pages: 0,
  oldest: Number.POSITIVE_INFINITY,
  newest: Number.NEGATIVE_INFINITY,
});

export function watchRun(parts: {
  readonly connector: RunSummary['connector'];
  readonly clock: { readonly now: () => number; readonly wall: () => number };
  readonly mends: Mends;
}): RunWatch {
  const { connector, clock, mends } = parts;
  const began = clock.now();
  const started = fromMillis(clock.wall());
  const since = (): number => clock.now() - began;
  let known: { protocol: ProtocolName; account?: string } = { protocol: 'singer' };
  const streams = new Map<StreamName, StreamFacts>();
  let given: ReadonlyMap<string, unknown> = new Map();
  const endpoints = new Map<string, WatchedEndpoint & { readonly feeds: Set<StreamName> }>();
  const warnings = createWarnings();
  const gone = new Map<string, number>();
  let pages = 0;
  let splits = 0;

  const closing = (): string[] => [
    ...[...gone].map(
      ([resource, times]) =>
        `${resource}: ${count(times)} were gone between listing and reading, and are left out`,
    ),
    ...leftOut(mends),
  ];
  const endpointSummaries = (): RunSummary['endpoints'] =>
    [...endpoints].map(([path, { feeds, facts }]) => ({
      path,
      streams: [...streams.keys()].filter((name) => feeds.has(name)),
      ...facts(),
    }));

  return {
    endpoint(resource, use) {
      const { path } = resource;
      const watched = endpoints.get(path) ?? { ...watchEndpoint(use, since), feeds: new Set() };
      endpoints.set(path, watched);
      for (const name of Object.keys(resource.streams)) watched.feeds.add(name as StreamName);
      return watched;
    },
    page(fed) {
      pages += 1;
      for (const name of fed) {
        const facts = streams.get(name);
        if (facts === undefined) continue;
        facts.pages += 1;
        if (facts.state === 'waiting') facts.state = 'reading';
      }
    },
    split: () => {
      splits += 1;
    },
    gone: (resource) => void gone.set(resource, (gone.get(resource) ?? 0) + 1),
    knows: (facts) => {
      known = { ...known, ...facts };
    },
    reads(names, entries = new Map()) {
      given = entries;
      for (const name of names) streams.set(name, unread());
    },
    wrote(message) {
      const facts = streams.get(message.stream) ?? unread();
      streams.set(message.stream, facts);
      note(facts, message);
    },
    warned: warnings.add,
    closing,
    over() {
      for (const facts of streams.values()) if (facts.state !== 'complete') facts.state = 'incomplete';
    },
    use: (path) => endpoints.get(path)?.use(),
    summary(end) {
      const all = endpointSummaries();
      const sum = (of: (one: (typeof all)[number]) => number): number =>
        all.reduce((total, one) => total + of(one), 0);
      const told = [...streams].map(([name, facts]) => streamSummary(name, facts, end));
      return {
        version: 1,
        connector,
        ...known,
        started,
        ended: fromMillis(clock.wall()),
        seconds: Math.round(since()) / 1000,
        exitCode: end?.exitCode ?? 0,
        ...(end?.error === undefined ? {} : { error: end.error }),
        rows: told.reduce((total, { rows }) => total + rows, 0),
        requests: sum(({ requests }) => requests),
        limited: sum(({ limited }) => limited),
        retries: sum(({ retries }) => retries),
        bytes: [...endpoints.values()].reduce((total, { bytes }) => total + bytes(), 0),
        pages,
        splits,
        streams: told,
        endpoints: all,
        warnings: [...warnings.all(), ...closing().map((text) => ({ text, count: 1 }))],
        changed: changes(mends),
        state: Object.fromEntries(end?.lost === true ? given : [...given, ...written(streams)]),
        stateIs: end?.lost === true ? 'given' : 'written',
      };
    },
  };
}

const written = (streams: ReadonlyMap<StreamName, StreamFacts>): readonly (readonly [string, unknown])[] =>
  [...streams].flatMap(([name, { entry }]) => (entry === undefined ? [] : [[name, entry] as const]));

function note(facts: StreamFacts, message: Message): void {
  switch (message.type) {
    case 'records': {
      const { count, span } = message.lines;
      facts.rows += count;
      facts.oldest = Math.min(facts.oldest, span?.oldest ?? facts.oldest);
      facts.newest = Math.max(facts.newest, span?.newest ?? facts.newest);
      return;
    }
    case 'state':
      facts.entry = message.bookmark;
      return;
    case 'status':
      if (message.status === 'running') facts.state = 'reading';
      if (message.status === 'complete') facts.state = 'complete';
      if (message.status !== 'incomplete') return;
      facts.state = 'incomplete';
      if (message.error !== undefined) facts.error = message.error.message;
      return;
    default:
      return;
  }
}

function streamSummary(name: StreamName, facts: StreamFacts, end: RunEnd | undefined): StreamSummary {
  const { rows, pages, oldest, newest } = facts;
  const error = facts.error ?? (facts.state === 'incomplete' ? end?.error : undefined);
  return {
    name,
    state: facts.state,
    rows,
    pages,
    ...(oldest <= newest ? { oldest: fromMicros(oldest), newest: fromMicros(newest) } : {}),
    ...(error === undefined ? {} : { error }),
  };
}

const leftOut = ({ oversize }: Mends): string[] =>
  oversize === 0
    ? []
    : [
        `${oversize === 1 ? '1 row of more than 20 MB was' : `${count(oversize)} rows of more than 20 MB were`} left out, as oversize: "skip" asks`,
      ];

const CHANGES = {
  surrogates: 'lone surrogates replaced',
  nuls: 'NUL characters removed',
  huge: 'numbers beyond a double made strings',
  wide: 'wide integers made strings',
  bytes: 'bytes that are no UTF-8 replaced',
  dates: 'unparsable dates made null',
  misfits: 'values of another type moved to additional_attributes',
} as const satisfies Partial<Record<keyof Mends, string>>;

const changes = (mends: Mends): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(CHANGES)
      .map(([kind, what]) => [what, mends[kind as keyof typeof CHANGES]] as const)
      .filter(([, count]) => count > 0),
  );
