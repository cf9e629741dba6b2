/** Time for tests: it stands still until everything waits, then goes on to the first one that wakes. */
import type { Clock } from '../../src/klaviyo/limiter.js';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export interface FakeClock extends Clock {
  readonly wall: () => number;
  readonly sleeping: () => number;
  /** Goes on, without waking those that sleep longer. */
  readonly to: (at: number) => void;
  /** Lets time pass until the promise is settled; fails if it never can be. */
  readonly run: <T>(promise: Promise<T>) => Promise<T>;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function fakeClock(wallAtZero = Date.UTC(2026, 8, 1)): FakeClock {
  let time = 0;
  const sleepers = new Set<Sleeper>();
  const to = (at: number): void => {
    time = Math.max(time, at);
    for (const sleeper of [...sleepers].sort((a, b) => a.at - b.at))
      if (sleeper.at <= time) {
        sleepers.delete(sleeper);
        sleeper.wake();
      }
  };
  return {
    now: () => time,
    wall: () => wallAtZero + time,
    sleeping: () => sleepers.size,
    to,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const stop = (): void => {
          sleepers.delete(sleeper);
          resolve();
        };
        const wake = (): void => {
          signal?.removeEventListener('abort', stop);
          resolve();
        };
        const sleeper = { at: time + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', stop);
      }),
    async run(promise) {
      let settled = false;
      const done = promise.finally(() => {
        settled = true;
      });
      done.catch(() => {});
      for (;;) {
        await turn();
        if (settled) return done;
        if (sleepers.size === 0) throw new Error('nobody sleeps, and the promise is not settled');
        to(Math.min(...[...sleepers].map(({ at }) => at)));
      }
    },
  };
}
