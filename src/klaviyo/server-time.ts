/** The server's clock: bounds of filters are times of its, not of this machine's. */
import { asFault } from '../errors.js';
import { fromMillis, type Instant } from '../time.js';
import type { HttpGet } from './http.js';

export interface TimeParts {
  readonly get: HttpGet;
  readonly origin: string;
  readonly wall: () => number;
  readonly signal: AbortSignal;
  readonly log: (level: 'debug' | 'warn', text: string) => void;
}

/** Asked without the key, as any answer of the server has its date; this machine's clock if it does not tell. */
export async function serverTime({ get, origin, wall, signal, log }: TimeParts): Promise<Instant> {
  const own = wall();
  try {
    const { headers } = await get(
      new URL('/', origin),
      {},
      AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
    );
    const date = Date.parse(headers.get('date') ?? '');
    if (Number.isNaN(date)) return fromMillis(own);
    if (Math.abs(date - own) > 60_000)
      log(
        'warn',
        `this machine's clock is ${Math.round((own - date) / 1000)} s off the server's, which is used`,
      );
    return fromMillis(date);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    log('debug', `the server's time is not known: ${asFault(error).message}`);
    return fromMillis(own);
  }
}
