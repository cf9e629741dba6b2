/** What the tests of the limiter have in common: who asks when, and what that comes to. */
import { setMaxListeners } from 'node:events';
import type { FakeClock } from './clock.js';

export const never = new AbortController().signal;
setMaxListeners(0, never);

/** The most of these instants that lie in any half-open window of this length. */
export function most(instants: readonly number[], window: number): number {
  return Math.max(
    0,
    ...instants.map((start) => instants.filter((at) => at >= start && at < start + window).length),
  );
}

/** Asks at each of these times, and says when each request went out. */
export async function ask(
  clock: FakeClock,
  limiter: { turn: (signal: AbortSignal) => Promise<unknown> },
  times: readonly number[],
): Promise<number[]> {
  const sent: number[] = [];
  await clock.run(
    Promise.all(
      times.map(async (at) => {
        await clock.sleep(at);
        await limiter.turn(never);
        sent.push(clock.now());
      }),
    ),
  );
  return sent;
}
