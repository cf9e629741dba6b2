/** A whole command in this process: no socket and no real time, so that the same goes in and the same comes out. */
import type { IncomingMessage } from 'node:http';
import { run } from '../src/app.js';
import type { Io } from '../src/io.js';
import type { HttpGet } from '../src/klaviyo/http.js';
import { createMask } from '../src/log.js';
import { type Account, SCOPES } from '../src/sandbox/index.js';
import { answer } from '../src/sandbox/page.js';
import { permit } from '../src/sandbox/permit.js';
import { readQuery } from '../src/sandbox/query.js';
import { Refusal, refusalBody } from '../src/sandbox/refusal.js';
import { view } from '../src/sandbox/view.js';
import { secretsOfEnvironment } from '../src/secrets.js';
import { type FakeClock, fakeClock } from './klaviyo/clock.js';
import { canary } from './promises/canary.js';

/** No piece of it is found in anything else, so that what is found is a leak. */
export const KEY = 'pk_inside_vQmYzRtLwXgHkNcPbJfDsAeU4817';

const leak = canary(KEY);

export interface Parts {
  /** Who is asked; nobody, unless given. */
  readonly get?: HttpGet;
  readonly clock?: FakeClock;
  readonly env?: Io['env'];
  readonly stdin?: string;
  /** In place of an output that takes all at once. */
  readonly out?: Io['out'];
  /** Ends the run. */
  readonly signal?: AbortSignal;
  /** What the executable is called as. */
  readonly name?: string;
}

export interface Left {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Path and query of each request, in order. */
  readonly requests: readonly string[];
}

const nobody: HttpGet = () => Promise.reject(new Error('nobody is to be asked'));

/** Fails where anything that was said holds a piece of the key. */
export async function inside(argv: readonly string[], parts: Parts = {}): Promise<Left> {
  const clock = parts.clock ?? fakeClock();
  const requests: string[] = [];
  const written: Buffer[] = [];
  let stderr = '';
  const mask = createMask();
  mask.hide(...secretsOfEnvironment(parts.env ?? {}));
  const get: HttpGet = (url, ...rest) => {
    requests.push(decodeURIComponent(`${url.pathname}${url.search}`));
    return (parts.get ?? nobody)(url, ...rest);
  };
  const io: Io = {
    out: parts.out ?? {
      write: (lines, encoding = 'utf8') => {
        written.push(Buffer.from(lines, encoding));
        return Promise.resolve();
      },
      flush: () => Promise.resolve(),
      stop: () => {},
    },
    err: (text) => {
      stderr += mask(text);
    },
    columns: () => undefined,
    env: parts.env ?? {},
    stdin: () => Promise.resolve(parts.stdin ?? ''),
    clock,
    random: () => 0.5,
    http: () => ({ get, close: () => {} }),
    mask,
    signal: parts.signal ?? new AbortController().signal,
  };
  const code = await clock.run(run(argv, parts.name ?? 'source-klaviyo-v2', io));
  const stdout = Buffer.concat(written).toString('utf8');
  const leaked = leak(stdout) ?? leak(stderr);
  if (leaked !== undefined) throw new Error(leaked);
  return { code, stdout, stderr, requests };
}

/** An account of the sandbox that answers without a server. What it holds now is served; `date`: the server's clock. */
export function asked(
  account: Account,
  clock: Pick<FakeClock, 'wall'>,
  { scopes = SCOPES, date = clock.wall }: { scopes?: readonly string[]; date?: () => number } = {},
): HttpGet {
  const shown = view(account);
  const reply = (url: URL, headers: Readonly<Record<string, string>>): readonly [number, Buffer] => {
    try {
      const request = { method: 'GET', headers } as unknown as IncomingMessage;
      const { endpoint, id } = permit(request, url.pathname, { apiKey: KEY, scopes });
      const query = readQuery(endpoint, id, url.searchParams, date() * 1000);
      const { origin, pathname: path, searchParams: search } = url;
      return [200, answer(shown, { endpoint, id, query, search, origin, asked: origin, path })];
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return [error.status, Buffer.from(refusalBody(error, 'of the test'))];
    }
  };
  return async (url, headers, _signal, hooks) => {
    const [status, body] = reply(url, headers);
    const facts = new Map([['date', new Date(date()).toUTCString()]]);
    const answered = { get: (name: string) => facts.get(name) ?? null };
    hooks?.answered?.(answered);
    await hooks?.admit?.(body.length);
    return { status, headers: answered, body, received: body.length };
  };
}
