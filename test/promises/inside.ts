/** A whole run within the test's own process, with a reader that takes its time, and an end that comes from outside. */
import { Writable } from 'node:stream';
import type { HttpGet } from '../../src/klaviyo/http.js';
import { createOutput } from '../../src/output.js';
import { inside as command } from '../inside.js';
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

/** Answered at once: what a run asks before it reads. */
const FIRST: Readonly<Record<string, string>> = {
  '/': '',
  '/api/accounts': JSON.stringify({
    data: [{ type: 'account', id: 'AbC123', attributes: {} }],
    links: { next: null },
  }),
};

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
    const body = Buffer.from(FIRST[url.pathname] ?? (await parts.get(url, self, signal)));
    const headers = new Headers({ date: new Date(clock.wall()).toUTCString() });
    hooks?.answered?.(headers);
    await hooks?.admit?.(body.length);
    return { status: 200, headers, body, received: body.length };
  };
  const self: Inside = {
    clock,
    stop,
    stdout: () => taken,
    underWay: () => underWay,
    stderr: () => stderr,
    run: async (...argv) => {
      const left = await command(argv, { get, clock, out, signal: stop.signal });
      stderr = left.stderr;
      return left.code;
    },
  };
  return self;
}
