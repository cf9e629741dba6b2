/** What a run came to, told at its end. */
import type { Mends } from './klaviyo/json.js';
import type { Log } from './log.js';
import type { Tally } from './progress.js';

export interface Summary {
  readonly tally: Tally;
  readonly requests: number;
  readonly limited: number;
  readonly retries: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly mends: Mends;
}

export function tellSummary(
  { tally, requests, limited, retries, bytes, seconds, mends }: Summary,
  log: Log,
): void {
  const rows = [...tally.values()].reduce((sum, one) => sum + one.rows, 0);
  log(
    'info',
    `${rows} rows of ${tally.size} streams, ${requests} requests (${limited} rate limited, ${retries} tried again), ${(
      bytes / 1e6
    ).toFixed(1)} MB, ${seconds.toFixed(1)} s`,
  );
  const changed = Object.entries({
    'lone surrogates replaced': mends.surrogates,
    'NUL characters removed': mends.nuls,
    'numbers beyond a double made strings': mends.huge,
    'wide integers made strings': mends.wide,
    'unparsable dates made null': mends.dates,
    'values of another type moved to additional_attributes': mends.misfits,
  }).filter(([, count]) => count > 0);
  if (changed.length > 0)
    log('warn', `values changed: ${changed.map(([what, count]) => `${count} ${what}`).join(', ')}`);
}
