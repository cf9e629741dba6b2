/** A whole command in this process: no socket and no real time, so that the same goes in and the same comes out. */
import './loaded.js';
import { run } from '../src/app.js';
import type { Io } from '../src/io.js';
import type { HttpGet } from '../src/klaviyo/http.js';
import { createMask } from '../src/log.js';
import { answerer } from '../src/sandbox/answer.js';
import { type Account, SCOPES } from '../src/sandbox/index.js';
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
  readonly atExit?: Io['atExit'];
  readonly terminal?: Io['terminal'];
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
      write: (lines, taken) => {
        written.push(Buffer.from(lines));
        taken?.();
        return Promise.resolve();
      },
      flush: () => Promise.resolve(),
      stop: () => {},
      failure: () => undefined,
    },
    err: (text) => {
      stderr += mask(text);
    },
    ...(parts.atExit === undefined ? {} : { atExit: parts.atExit }),
    terminal: parts.terminal,
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
  let origin = '';
  const answer = answerer({
    apiKey: KEY,
    scopes,
    limits: true,
    rival: 0,
    longest: Number.POSITIVE_INFINITY,
    clock: date,
    view: () => shown,
    origin: () => origin,
    log: () => {},
  });
  return async (url, headers, _signal, hooks) => {
    origin = url.origin;
    const { status, body, ...reply } = answer({
      method: 'GET',
      target: `${url.pathname}${url.search}`,
      headers,
    });
    const answered = new Headers(reply.headers);
    hooks?.answered?.(answered);
    const bytes = await body(false);
    await hooks?.admit?.(bytes.length);
    return { status, headers: answered, body: bytes, received: bytes.length };
  };
}
