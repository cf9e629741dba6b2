/**
 * What the API allows for one endpoint. A request goes out when fewer than `burst` went out in the last second and
 * fewer than `steady` in the last minute, whichever way the server's windows lie, and never before the server has
 * said it may.
 */
import type { Limit } from '../resource.js';
import type { Use } from '../watch.js';

/** Time that only goes forward, in milliseconds, and a sleep that can be aborted; handed in, so tests need no wait. */
export interface Clock {
  readonly now: () => number;
  /** Resolves after `ms`, or at once when `signal` is aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export interface Headers {
  readonly get: (name: string) => string | null;
}

export interface Limiter {
  /** Resolves when a request may be sent, with the milliseconds waited; rejects with the reason of an aborted signal. */
  readonly turn: (signal: AbortSignal) => Promise<number>;
  /** The request that had its turn is over; an answer's headers say what the account may, and what is left of it. */
  readonly answered: (headers?: Headers) => void;
  /** Nothing before `ms` from now: a Retry-After. */
  readonly pause: (ms: number) => void;
  readonly use: () => Use;
}

const SECOND = 1_000;
const MINUTE = 60_000;

/** `RateLimit-Limit: 750, 75;w=1, 750;w=60`: requests in a window of so many seconds. */
export function statedLimit(header: string | null): Partial<Limit> {
  const windows = new Map(
    [...(header ?? '').matchAll(/(\d{1,9});w=(\d{1,4})\b/g)].map(([, n, w]) => [w, Number(n)]),
  );
  const [burst, steady] = [windows.get('1') ?? 0, windows.get('60') ?? 0];
  return { ...(burst > 0 ? { burst } : {}), ...(steady > 0 ? { steady } : {}) };
}

export function createLimiter(documented: Limit, share: number, clock: Clock): Limiter {
  // A request may arrive a little later than it was sent: a tenth of the second's allowance is left for that.
  const inSecond = (allowed: number): number => Math.max(1, Math.floor(allowed * share * 0.9));
  const inMinute = (allowed: number): number => Math.max(1, Math.floor(allowed * share));
  let { burst } = documented;
  let perSecond = inSecond(burst);
  let perMinute = inMinute(documented.steady);
  /** When the last requests went out, oldest first: no more than a minute may hold. */
  const sent: number[] = [];
  let notBefore = 0;
  let underway = 0;
  /** What the server says is left of its own minute: other keys of the account use it too. */
  let window = { left: Number.POSITIVE_INFINITY, until: 0 };

  function wait(now: number): number {
    const count = sent.length;
    const nth = (n: number): number => sent[sent.length - n] ?? 0;
    return Math.max(
      notBefore - now,
      window.left <= 0 ? window.until - now : 0,
      count >= perMinute ? nth(perMinute) + MINUTE - now : 0,
      count >= perSecond ? nth(perSecond) + SECOND - now : 0,
    );
  }

  return {
    async turn(signal) {
      const asked = clock.now();
      for (;;) {
        signal.throwIfAborted();
        const now = clock.now();
        const ms = wait(now);
        if (ms <= 0) {
          sent.push(now);
          if (sent.length > perMinute) sent.shift();
          underway += 1;
          window.left -= 1;
          return now - asked;
        }
        await clock.sleep(ms, signal);
      }
    },
    answered(headers) {
      underway -= 1;
      const stated = statedLimit(headers?.get('ratelimit-limit') ?? null);
      burst = stated.burst ?? burst;
      perSecond = inSecond(burst);
      if (stated.steady !== undefined) perMinute = inMinute(stated.steady);
      const left = headers?.get('ratelimit-remaining') ?? null;
      const reset = Number(headers?.get('ratelimit-reset'));
      // Requests under way may not be counted in it yet.
      if (left !== null && reset > 0 && reset <= 120)
        window = { left: Number(left) - underway, until: clock.now() + reset * SECOND };
    },
    pause(ms) {
      notBefore = Math.max(notBefore, clock.now() + ms);
    },
    use() {
      const from = clock.now() - MINUTE;
      let lately = 0;
      while (lately < sent.length && (sent[sent.length - 1 - lately] as number) > from) lately += 1;
      return { burst: Math.max(1, Math.floor(burst * share)), steady: perMinute, lately };
    },
  };
}
