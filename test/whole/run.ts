/**
 * A whole run in this process against an account that answers in memory, at its limits, on a clock of the test's own:
 * hours of waiting take as long as the work between them. A run can be ended after any row, as a kill would.
 */

import { singerCatalog } from '../../src/discover.js';
import type { HttpGet } from '../../src/klaviyo/http.js';
import { ReaderGone } from '../../src/output.js';
import type { Config, StreamName } from '../../src/resource.js';
import { type AnswerOptions, type OpenSandbox, openSandbox } from '../../src/sandbox/index.js';
import { inside, KEY } from '../inside.js';
import { type FakeClock, fakeClock } from '../klaviyo/clock.js';
import { Folder } from '../promises/harness.js';

/** Nobody listens there: the account answers in memory. */
const URL_OF_ACCOUNT = 'http://127.0.0.1:9';

export interface Line {
  /** When it was written, in milliseconds of the clock. */
  readonly at: number;
  readonly text: string;
}

export interface Whole {
  readonly code: number;
  readonly lines: readonly Line[];
  readonly stderr: string;
  /** Milliseconds of the clock. */
  readonly took: number;
}

export interface WholeParts {
  readonly sandbox: OpenSandbox;
  readonly clock: FakeClock;
  readonly streams?: readonly StreamName[];
  readonly config?: Partial<Config>;
  /** A line of stdout that told a state. */
  readonly state?: string | undefined;
  /** After so many rows the reader is gone. */
  readonly rows?: number;
  /** In place of the account itself. */
  readonly get?: HttpGet;
  readonly signal?: AbortSignal;
  /** Told of each line. */
  readonly wrote?: (text: string) => void;
}

export const openAccount = (
  options: AnswerOptions,
): { readonly sandbox: OpenSandbox; readonly clock: FakeClock } => {
  const clock = fakeClock();
  return { clock, sandbox: openSandbox({ apiKey: KEY, now: clock.wall, ...options }, () => URL_OF_ACCOUNT) };
};

/** Answers of the account, each a tenth of a second on the way. */
export function answers(sandbox: OpenSandbox, clock: FakeClock, latencyMs = 100): HttpGet {
  return async (url, headers, signal, hooks) => {
    await clock.sleep(latencyMs, signal);
    signal.throwIfAborted();
    const target = `${url.pathname}${url.search}`;
    const reply = sandbox.answer({ method: 'GET', target, headers: { ...headers, host: url.host } });
    const body = await reply.body(false);
    const facts = new Headers(reply.headers);
    hooks?.answered?.(facts);
    if (reply.status === 200) await hooks?.admit?.(body.length);
    return { status: reply.status, headers: facts, body, received: body.length };
  };
}

export const isRow = (text: string): boolean => text.startsWith('{"type":"RECORD"');
export const isState = (text: string): boolean => text.startsWith('{"type":"STATE"');

export const rowsOf = ({ lines }: Whole): readonly Line[] => lines.filter(({ text }) => isRow(text));
export const statesOf = ({ lines }: Whole): readonly Line[] => lines.filter(({ text }) => isState(text));
export const lastState = (run: Whole): string | undefined => statesOf(run).at(-1)?.text;

/** Rows of a stream as they came. */
export const records = <Row>(run: Whole, stream: StreamName): readonly Row[] =>
  rowsOf(run)
    .filter(({ text }) => text.startsWith(`{"type":"RECORD","stream":"${stream}"`))
    .map(({ text }) => (JSON.parse(text) as { record: Row }).record);

function catalogOf(streams: readonly StreamName[]): object {
  const { streams: all } = singerCatalog() as {
    streams: { stream: StreamName; metadata: { breadcrumb: string[]; metadata: object }[] }[];
  };
  return {
    streams: all.map((one) => ({
      ...one,
      metadata: one.metadata.map(({ breadcrumb, metadata }) =>
        breadcrumb.length > 0
          ? { breadcrumb, metadata }
          : { breadcrumb, metadata: { ...metadata, selected: streams.includes(one.stream) } },
      ),
    })),
  };
}

export async function runWhole(parts: WholeParts): Promise<Whole> {
  const { sandbox, clock, streams, state, rows = Number.POSITIVE_INFINITY } = parts;
  const folder = new Folder();
  const lines: Line[] = [];
  let written = 0;
  const out = {
    write: (text: string | Uint8Array, taken?: () => void): Promise<void> => {
      for (const line of Buffer.from(text).toString('utf8').split('\n')) {
        if (line === '') continue;
        if (written >= rows) return Promise.reject(new ReaderGone());
        if (isRow(line)) written += 1;
        lines.push({ at: clock.now(), text: line });
        parts.wrote?.(line);
      }
      taken?.();
      return Promise.resolve();
    },
    flush: () => Promise.resolve(),
    stop: () => {},
    failure: () => (written >= rows ? new ReaderGone() : undefined),
  };
  try {
    const args = ['read', '--config', '-'];
    if (streams !== undefined) args.push('--catalog', folder.write('catalog.json', catalogOf(streams)));
    if (state !== undefined) args.push('--state', folder.write('state.json', state));
    const began = clock.now();
    const { code, stderr } = await inside(args, {
      clock,
      get: parts.get ?? answers(sandbox, clock),
      stdin: JSON.stringify({
        api_key: KEY,
        base_url: URL_OF_ACCOUNT,
        start_date: '2000-01-01',
        ...parts.config,
      }),
      out,
      ...(parts.signal === undefined ? {} : { signal: parts.signal }),
    });
    return { code, stderr, lines, took: clock.now() - began };
  } finally {
    folder.remove();
  }
}

/** How often each endpoint was asked since the request of that number. */
export function asked(sandbox: OpenSandbox, from = 0): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { endpoint } of sandbox.requests.slice(from))
    counts.set(endpoint, (counts.get(endpoint) ?? 0) + 1);
  return counts;
}

/** Of all requests from that number on, what was answered with 429. */
export function limitedShare(sandbox: OpenSandbox, from = 0): number {
  const all = sandbox.requests.slice(from);
  return all.filter(({ status }) => status === 429).length / all.length;
}

/** The most requests that an endpoint was asked in any span of so many milliseconds. */
export function most(sandbox: OpenSandbox, endpoint: string, span: number): number {
  const times = sandbox.requests.filter((one) => one.endpoint === endpoint).map(({ at }) => at);
  let first = 0;
  return times.reduce((best, at, last) => {
    while ((times[first] ?? at) <= at - span) first += 1;
    return Math.max(best, last - first + 1);
  }, 0);
}
