/** A client whose network is a list of replies and whose time is the test's. */
import { Fault } from '../../src/errors.js';
import { type Client, type ClientParts, createClient, type PageAnswer } from '../../src/klaviyo/client.js';
import type { Hooks, HttpAnswer } from '../../src/klaviyo/http.js';
import { noMends } from '../../src/klaviyo/json.js';
import { withAside } from '../../src/log.js';
import type { Config, Resource, Slice } from '../../src/resource.js';
import type { RunSummary } from '../../src/run-summary.js';
import { ORIGIN } from '../../src/time.js';
import { watchRun } from '../../src/watch-run.js';
import { type FakeClock, fakeClock } from './clock.js';

export const KEY = 'pk_canary0123456789abcdef';

export const things: Resource = {
  name: 'things',
  path: '/api/things',
  scopes: ['things:read'],
  limit: () => ({ burst: 10, steady: 100 }),
  pageSize: { default: 10, max: 50 },
  streams: {},
};
export const slice: Slice = { resource: things, from: ORIGIN, to: ORIGIN, watermark: ORIGIN };

export type Reply =
  | {
      readonly status?: number;
      readonly body?: string | Buffer;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | Error;
export const PAGE: Reply = { body: '{"data":[{"type":"thing","id":"a"}],"links":{"next":null}}' };
export const errors = (error: object): string => JSON.stringify({ errors: [error] });

export interface World {
  readonly client: Client;
  readonly clock: FakeClock;
  readonly asked: {
    readonly url: URL;
    readonly headers: Readonly<Record<string, string>>;
    readonly at: number;
    readonly hooks: Hooks | undefined;
  }[];
  readonly log: string[];
  /** What the requests so far came to. */
  readonly counts: () => Pick<RunSummary, 'requests' | 'limited' | 'retries' | 'bytes' | 'endpoints'>;
  readonly stop: AbortController;
  /** Asks for the page, and lets time pass until it is there. */
  readonly page: (of?: Slice, options?: { pageSize: number }) => Promise<PageAnswer>;
  readonly fault: () => Promise<Fault>;
}

/** Answers in order, the last one for ever; or what is answered at each moment. */
export function world(
  replies: readonly Reply[] | ((at: number, url: URL, headers: Readonly<Record<string, string>>) => Reply),
  parts: Partial<ClientParts> = {},
  config: Partial<Config> = {},
): World {
  const clock = fakeClock();
  const asked: World['asked'] = [];
  const log: string[] = [];
  const stop = new AbortController();
  const connector = { name: 'of the test', version: '1', revision: '1' };
  const watch = watchRun({ connector, clock, mends: noMends() });
  const client = createClient({
    config: { api_key: KEY, ...config },
    wanted: { config: { api_key: KEY }, stream: () => true, column: () => true },
    // biome-ignore lint/suspicious/useAwait: it rejects instead of throwing
    get: async (url, headers, _signal, hooks): Promise<HttpAnswer> => {
      const reply =
        typeof replies === 'function'
          ? replies(clock.now(), url, headers)
          : (replies[Math.min(asked.length, replies.length - 1)] ?? new Error('no reply'));
      asked.push({ url, headers, at: clock.now(), hooks });
      if (reply instanceof Error) throw reply;
      const { status = 200, body = '', headers: values = {} } = reply;
      const bytes = Buffer.from(body);
      return {
        status,
        headers: { get: (name) => values[name] ?? null },
        body: bytes,
        received: bytes.length,
      };
    },
    clock,
    random: () => 0.5,
    signal: stop.signal,
    log: (level, text, aside) => void log.push(`${level} ${withAside(text, aside)}`),
    mends: noMends(),
    watch,
    ...parts,
  });
  const page: World['page'] = (of = slice, options) => clock.run(client.page(of, options));
  return {
    ...{ client, clock, asked, log, stop, page },
    counts: () => watch.summary(),
    fault: () =>
      page().then(
        (answer) => {
          throw new Error(`a page of ${JSON.stringify(answer)}`);
        },
        (error: unknown) => {
          if (error instanceof Fault) return error;
          throw error;
        },
      ),
  };
}

export const ids = (answer: PageAnswer): string[] =>
  answer.kind === 'page' ? answer.body.data.map(({ id }) => id) : [];
