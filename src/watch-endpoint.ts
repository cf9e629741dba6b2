/** One endpoint as it is watched: sums, and how many requests went out when, in a space that does not grow. */
import type { EndpointSummary } from './run-summary.js';
import type { EndpointWatch, Use } from './watch.js';

type Facts = Omit<EndpointSummary, 'path' | 'streams'>;

export interface WatchedEndpoint extends EndpointWatch {
  readonly use: () => Use;
  readonly bytes: () => number;
  readonly facts: () => Facts;
}

/** `now`: milliseconds since the start of the run. */
export function watchEndpoint(use: () => Use, now: () => number): WatchedEndpoint {
  const timeline = createTimeline();
  const sums = { requests: 0, limited: 0, retries: 0, waitedMs: 0, backedOffMs: 0, answeredMs: 0 };
  let bytes = 0;
  let firstMs: number | undefined;
  let lastMs = 0;
  return {
    use,
    bytes: () => bytes,
    sent(waitedMs) {
      const at = now();
      firstMs ??= at;
      lastMs = at;
      sums.requests += 1;
      sums.waitedMs += waitedMs;
      timeline.sent(at);
      let open = true;
      return {
        answered(received) {
          if (!open) return;
          open = false;
          sums.answeredMs += now() - at;
          bytes += received;
        },
        limited() {
          sums.limited += 1;
          timeline.limited(at);
        },
        retried(afterMs) {
          sums.retries += 1;
          sums.backedOffMs += afterMs;
        },
      };
    },
    facts() {
      const { burst, steady } = use();
      const { waitedMs, backedOffMs, answeredMs, ...counts } = sums;
      return {
        limit: { burst, steady },
        ...counts,
        waitedMs: Math.round(waitedMs),
        backedOffMs: Math.round(backedOffMs),
        answeredMs: Math.round(answeredMs),
        firstMs: Math.round(firstMs ?? 0),
        lastMs: Math.round(lastMs),
        timeline: timeline.facts(),
      };
    },
  };
}

const FIRST_STEP_MS = 1_000;
const MOST_STEPS = 600;

/** Counts by steps of time. A run that outgrows them is told in steps twice as long, and so on. */
function createTimeline() {
  let stepMs = FIRST_STEP_MS;
  let sent: number[] = [];
  let limited: number[] = [];
  const step = (atMs: number): number => {
    while (atMs >= stepMs * MOST_STEPS) {
      stepMs *= 2;
      sent = inPairs(sent);
      limited = inPairs(limited);
    }
    const nth = Math.floor(atMs / stepMs);
    while (sent.length <= nth) {
      sent.push(0);
      limited.push(0);
    }
    return nth;
  };
  const count = (steps: number[], nth: number): void => {
    steps[nth] = (steps[nth] ?? 0) + 1;
  };
  return {
    sent(atMs: number): void {
      const nth = step(atMs);
      count(sent, nth);
    },
    /** Told of the step in which the request went out, so that no step has more of them than requests. */
    limited(atMs: number): void {
      const nth = step(atMs);
      count(limited, nth);
    },
    facts: () => ({ stepMs, sent: [...sent], limited: [...limited] }),
  };
}

const inPairs = (counts: readonly number[]): number[] =>
  Array.from({ length: Math.ceil(counts.length / 2) }, (_, nth) => {
    return (counts[2 * nth] ?? 0) + (counts[2 * nth + 1] ?? 0);
  });
