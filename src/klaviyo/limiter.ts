/**
 * What the API allows for one endpoint. A request goes out when fewer than `burst` went out in the last second and
 * fewer than `steady` in the last minute, whichever way the server's windows lie, and never before the server has
 * said it may.
 */
import type { Limit } from '../resource.js';

/** Time that only goes forward, in milliseconds, and a sleep that can be aborted; handed in, so tests need no wait. */
export interface Clock {
  readonly now: () => number;
  /** Resolves after `ms`, or at once when `signal` is aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export interface Limiter {
  /** Resolves when a request may be sent; rejects with the signal's reason when it is aborted. */
  readonly turn: (signal: AbortSignal) => Promise<void>;
  /** Nothing before `ms` from now: a Retry-After, or a window that is used up. */
  readonly pause: (ms: number) => void;
}

const SECOND = 1_000;
const MINUTE = 60_000;

export function createLimiter({ burst, steady }: Limit, share: number, clock: Clock): Limiter {
  // A request may arrive a little later than it was sent: a tenth of the second's allowance is left for that.
  const perSecond = Math.max(1, Math.floor(burst * share * 0.9));
  const perMinute = Math.max(1, Math.floor(steady * share));
  /** When the last `perMinute` requests went out, oldest first from `head` on. */
  const sent: number[] = [];
  let head = 0;
  let notBefore = 0;

  const count = (): number => sent.length - head;

  function wait(now: number): number {
    while (head < sent.length && (sent[head] ?? 0) <= now - MINUTE) head += 1;
    if (head > 4096) sent.splice(0, head), (head = 0);
    const nth = (n: number): number => sent[sent.length - n] ?? 0;
    return Math.max(
      notBefore - now,
      count() >= perMinute ? nth(perMinute) + MINUTE - now : 0,
      count() >= perSecond ? nth(perSecond) + SECOND - now : 0,
    );
  }

  return {
    async turn(signal) {
      for (;;) {
        signal.throwIfAborted();
        const now = clock.now();
        const ms = wait(now);
        if (ms <= 0) {
          sent.push(now);
          return;
        }
        await clock.sleep(ms, signal);
      }
    },
    pause(ms) {
      notBefore = Math.max(notBefore, clock.now() + ms);
    },
  };
}
