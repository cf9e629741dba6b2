/**
 * How many requests of an endpoint are under way at once: what its pace needs at 0.4 s an answer, and
 * more while its allowance is left unused.
 */
import type { Config, Resource } from '../resource.js';

const MOST = 64;
/** Seconds that an answer is taken to need at first, and at the most. */
const FIRST_LATENCY = 0.4;
const MOST_LATENCY = 1.2;
/** Milliseconds for a turn below which the endpoint's pace did not hold the request back. */
const AT_ONCE = 5;

export interface Widths {
  readonly of: (resource: Resource) => number;
  /** `waited`: milliseconds for its turn; `under`: requests of the endpoint that are under way. */
  readonly landed: (resource: Resource, waited: number, under: number) => void;
}

export function createWidths(config: Config): Widths {
  const widths = new Map<Resource, number>();
  const pace = (resource: Resource): number => resource.limit(config).steady / 60;
  const of = (resource: Resource): number =>
    widths.get(resource) ?? Math.min(MOST, Math.max(1, Math.ceil(pace(resource) * FIRST_LATENCY)));
  return {
    of,
    landed(resource, waited, under) {
      const now = of(resource);
      const most = Math.min(MOST, Math.max(2, Math.ceil(pace(resource) * MOST_LATENCY)));
      if (waited < AT_ONCE && under >= now && now < most) widths.set(resource, now + 1);
    },
  };
}
