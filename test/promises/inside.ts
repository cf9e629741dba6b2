/** A whole run within the test's own process, on a clock that the test moves. */
import { Writable } from 'node:stream';
import { run } from '../../src/app.js';
import type { Io } from '../../src/io.js';
import type { HttpGet } from '../../src/klaviyo/http.js';
import { createMask } from '../../src/log.js';
import { createOutput } from '../../src/output.js';
import { type FakeClock, fakeClock } from '../klaviyo/clock.js';

export interface Inside {
  readonly clock: FakeClock;
  readonly stop: AbortController;
  readonly stdout: () => string;
  /** Bytes that the reader has not taken whole: what may end in the middle of a line. */
  readonly underWay: () => number;
  readonly stderr: () => string;
  /** Resolves with the exit code; the clock goes on whenever all wait. */
  readonly run: (...argv: readonly string[]) => Promise<number>;
}

export function inside(parts: {
  readonly get: (url: URL, inside: Inside, signal: AbortSignal) => Promise<string>;
  /** Takes what is handed over; resolves when it is taken. */
  readonly reader?: (bytes: Buffer, clock: FakeClock) => Promise<void>;
}): Inside {
  const clock = fakeClock();
  const stop = new AbortController();
  let taken = '';
  let stderr = '';
  let underWay = 0;
  const out = createOutput(
    new Writable({
      write(bytes: Buffer, _, done) {
        underWay = bytes.length;
        const told = parts.reader?.(bytes, clock) ?? Promise.resolve();
        void told.then(() => {
          taken += bytes.toString('utf8');
          underWay = 0;
          done();
        }, done);
      },
    }),
    (error) => stop.abort(error),
  );
  const get: HttpGet = async (url, _headers, signal, hooks) => {
    const body = Buffer.from(await parts.get(url, self, signal));
    const headers = new Headers({ date: new Date(clock.wall()).toUTCString() });
    hooks?.answered?.(headers);
    await hooks?.admit?.(body.length);
    return { status: 200, headers, body, received: body.length };
  };
  const io: Io = {
    out,
    err: (text) => {
      stderr += text;
    },
    columns: () => undefined,
    env: {},
    stdin: () => Promise.resolve(''),
    clock,
    random: () => 0.5,
    http: () => ({ get, close: () => {} }),
    mask: createMask(),
    signal: stop.signal,
  };
  const self: Inside = {
    clock,
    stop,
    stdout: () => taken,
    underWay: () => underWay,
    stderr: () => stderr,
    run: (...argv) => clock.run(run(argv, 'source-klaviyo-v2', io)),
  };
  return self;
}
