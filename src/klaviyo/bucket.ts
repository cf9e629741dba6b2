/** What the requests of one endpoint share: its allowance, since when it has served nobody, and whether it rests. */
import type { Fault } from '../errors.js';
import type { Limit } from '../resource.js';
import { type Clock, createLimiter, type Limiter } from './limiter.js';

export interface Bucket extends Limiter {
  readonly served: () => void;
  /** When it last answered as it should; 0 for never. */
  readonly servedAt: () => number;
  /** The server wants no request for `ms`, which is too long to wait: until then whoever asks gets the fault. */
  readonly close: (ms: number, fault: Fault) => void;
}

export function createBucket(limit: Limit, share: number, clock: Clock): Bucket {
  const limiter = createLimiter(limit, share, clock);
  let servedAt = 0;
  let closed: { readonly until: number; readonly fault: Fault } | undefined;
  const refuse = (): void => {
    if (closed !== undefined && clock.now() < closed.until) throw closed.fault;
  };
  return {
    ...limiter,
    async turn(signal) {
      refuse();
      const waited = await limiter.turn(signal);
      try {
        refuse();
      } catch (fault) {
        limiter.answered();
        throw fault;
      }
      return waited;
    },
    served: () => {
      servedAt = clock.now();
    },
    servedAt: () => servedAt,
    close: (ms, fault) => {
      closed = { until: clock.now() + ms, fault };
    },
  };
}
