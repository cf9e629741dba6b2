/** The server's clock: bounds of filters are times of its, not of this machine's. */
import { fromMillis, type Instant } from '../time.js';
import type { AwakeClock } from './awake.js';
import type { HttpGet } from './http.js';
import { GIVE_UP_AFTER, GIVE_UP_LOOKUP_AFTER, hinted, judgeFailure, nextDelay } from './retry.js';

/**
 * A read ends so much before it begins: the API refuses a bound younger than five seconds, and twice that leaves room
 * for clocks that differ.
 */
export const LAG_SECONDS = 10;

export interface TimeParts {
  readonly get: HttpGet;
  readonly origin: string;
  readonly clock: AwakeClock & { readonly wall: () => number };
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly log: (level: 'debug' | 'warn', text: string) => void;
}

/**
 * Asked without the key, as any answer of the server has its date; this machine's clock if an answer does not tell.
 * Where none comes it is asked again, as pages are: a bookmark by a clock that is fast would pass rows yet to come.
 */
export async function serverTime(parts: TimeParts): Promise<Instant> {
  const { get, origin, clock, random, signal, log } = parts;
  const url = new URL('/', origin);
  const started = clock.now();
  for (let tries = 1; ; tries += 1) {
    const own = clock.wall();
    const began = clock.now();
    try {
      const { headers } = await get(url, {}, AbortSignal.any([signal, AbortSignal.timeout(10_000)]));
      const date = Date.parse(headers.get('date') ?? '');
      if (Number.isNaN(date)) return fromMillis(own);
      if (Math.abs(date - own) > 60_000)
        log(
          'warn',
          `this machine's clock is ${Math.round((own - date) / 1000)} s off the server's, which is used`,
        );
      return fromMillis(date);
    } catch (error) {
      clock.ended(began);
      if (signal.aborted) throw signal.reason;
      const failed = judgeFailure(error, { where: 'GET /', begun: false, hide: (text) => text });
      if (failed.kind !== 'retry') throw failed.fault;
      const budget = failed.unknownHost ? GIVE_UP_LOOKUP_AFTER : GIVE_UP_AFTER;
      const quiet = clock.now() - Math.max(started, clock.since());
      const delay = nextDelay(tries, { quiet, budget }, undefined, random());
      if (delay === undefined) throw hinted(failed, url);
      log(tries < 3 ? 'debug' : 'warn', `${failed.fault.message} (next try in ${Math.ceil(delay / 1000)} s)`);
      await clock.sleep(delay, signal);
    }
  }
}
