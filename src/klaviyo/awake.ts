/**
 * Time as a run lives through it. A machine that sleeps, or a process that is stopped, wakes an hour later in the
 * middle of a request: nothing failed for that hour, so no patience is used up by it.
 */
import type { Clock } from './limiter.js';

/** What takes so much longer than it can shows that the machine slept. */
const OVERSLEPT = 60_000;
/** No request takes longer: its own limit is three minutes. */
const LONGEST_REQUEST = 240_000;

export interface AwakeClock extends Clock {
  /** When it was last seen to wake; 0 for never. */
  readonly since: () => number;
  /** A request went out at that time and has ended now. */
  readonly ended: (began: number) => void;
}

export function awakeClock({ now, sleep }: Clock): AwakeClock {
  let since = 0;
  const see = (began: number, longest: number): void => {
    if (now() - began > longest) since = now();
  };
  return {
    now,
    async sleep(ms, signal) {
      const began = now();
      await sleep(ms, signal);
      see(began, ms + OVERSLEPT);
    },
    since: () => since,
    ended: (began) => see(began, LONGEST_REQUEST),
  };
}
