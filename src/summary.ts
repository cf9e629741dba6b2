/** What a run came to, told at its end. */
import type { Mends } from './klaviyo/json.js';
import type { Log } from './log.js';
import type { Tally } from './progress.js';

export interface Summary {
  readonly tally: Tally;
  readonly requests: number;
  readonly limited: number;
  readonly retries: number;
  /** Slices that were cut for another reader. */
  readonly splits: number;
  /** By resource: what was listed and gone when it was asked. */
  readonly gone: ReadonlyMap<string, number>;
  readonly bytes: number;
  readonly seconds: number;
  readonly mends: Mends;
}

export function tellSummary(
  { tally, requests, limited, retries, splits, gone, bytes, seconds, mends }: Summary,
  log: Log,
): void {
  const rows = [...tally.values()].reduce((sum, one) => sum + one.rows, 0);
  const more = [
    ...(splits > 0 ? [`at most ${splits} of them to read side by side`] : []),
    ...(limited > 0 ? [`${limited} rate limited`] : []),
    ...(retries > 0 ? [`${retries} tried again`] : []),
  ];
  const effort = more.length === 0 ? 'no more than needed' : more.join(', ');
  log(
    'info',
    `${rows} rows of ${tally.size} streams, ${requests} requests (${effort}), ${(bytes / 1e6).toFixed(
      1,
    )} MB, ${seconds.toFixed(1)} s`,
  );
  for (const [resource, count] of gone)
    log('warn', `${resource}: ${count} were gone between listing and reading, and are left out`);
  const changed = Object.entries({
    'lone surrogates replaced': mends.surrogates,
    'NUL characters removed': mends.nuls,
    'numbers beyond a double made strings': mends.huge,
    'wide integers made strings': mends.wide,
    'bytes that are no UTF-8 replaced': mends.bytes,
    'unparsable dates made null': mends.dates,
    'values of another type moved to additional_attributes': mends.misfits,
  }).filter(([, count]) => count > 0);
  if (mends.oversize > 0) {
    const what =
      mends.oversize === 1
        ? '1 row of more than 20 MB was'
        : `${mends.oversize} rows of more than 20 MB were`;
    log('warn', `${what} left out, as oversize: "skip" asks`);
  }
  if (changed.length > 0)
    log('warn', `values changed: ${changed.map(([what, count]) => `${count} ${what}`).join(', ')}`);
}
