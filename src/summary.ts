/** What a run came to, told at its end. */
import type { Log } from './log.js';
import type { RunSummary } from './run-summary.js';
import { count, endInWords, statesInWords } from './words.js';

/** `closing`: warnings that were not told before. `moved`: the run has written states. */
export function tellSummary(
  summary: RunSummary,
  { closing, moved }: { readonly closing: readonly string[]; readonly moved: boolean },
  log: Log,
): void {
  log('info', endInWords(summary));
  if (moved) log('info', `next state: ${statesInWords(summary)}`);
  for (const text of closing) log('warn', text);
  const changed = Object.entries(summary.changed);
  if (changed.length > 0)
    log('warn', `values changed: ${changed.map(([what, times]) => `${count(times)} ${what}`).join(', ')}`);
}
