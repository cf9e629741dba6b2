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
  /** What the server says the account may: a documented limit can be lower or higher for an account. */
  readonly learn: (limit: Partial<Limit>) => void;
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

export function createLimiter({ burst, steady }: Limit, share: number, clock: Clock): Limiter {
  // A request may arrive a little later than it was sent: a tenth of the second's allowance is left for that.
  const inSecond = (allowed: number): number => Math.max(1, Math.floor(allowed * share * 0.9));
  const inMinute = (allowed: number): number => Math.max(1, Math.floor(allowed * share));
  let perSecond = inSecond(burst);
  let perMinute = inMinute(steady);
  /** When the last `perMinute` requests went out, oldest first from `head` on. */
  const sent: number[] = [];
  let head = 0;
  let notBefore = 0;

  const count = (): number => sent.length - head;

  function wait(now: number): number {
    while (head < sent.length && (sent[head] ?? 0) <= now - MINUTE) head += 1;
    if (head > 4096) {
      sent.splice(0, head);
      head = 0;
    }
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
    learn(limit) {
      if (limit.burst !== undefined) perSecond = inSecond(limit.burst);
      if (limit.steady !== undefined) perMinute = inMinute(limit.steady);
    },
  };
}
