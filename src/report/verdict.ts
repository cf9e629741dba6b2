/** Whether a run did what it was to do, in one sentence, and what follows from it. */
import { SIGNALS } from '../io.js';
import type { RunSummary } from '../run-summary.js';
import { listed, many } from './words.js';

export interface Verdict {
  readonly kind: 'complete' | 'incomplete' | 'stopped';
  readonly word: string;
  /** The word and what it means. */
  readonly sentence: string;
  readonly next?: string;
}

/** By exit code. */
const NEXT: Readonly<Record<number, string>> = {
  1: 'A fault of the connector or of the API; each error says what to do.',
  2: 'Something is to be mended on your side; each error says what.',
  3: 'Time heals it: run again later with the last state, which is safe to go on from.',
};
const GO_ON = 'Run again with the last state: what was not written comes then.';
const READER_GONE = 141;

export function verdict({ exitCode, streams }: Pick<RunSummary, 'exitCode' | 'streams'>): Verdict {
  const left = streams.filter(({ state }) => state !== 'complete').map(({ name }) => name);
  const ended = streams.length - left.length;
  const [signal] = Object.entries(SIGNALS).find(([, code]) => code === exitCode) ?? [];
  const why = signal ?? (exitCode === READER_GONE ? 'the reader of its output, which went away' : undefined);
  if (why !== undefined)
    return {
      kind: 'stopped',
      word: 'Stopped',
      sentence: `Stopped by ${why}: ${ended} of ${many(streams.length, 'stream')} had come to ${ended === 1 ? 'its' : 'their'} end.`,
      next: GO_ON,
    };
  const incomplete = (why: string): Verdict => ({
    kind: 'incomplete',
    word: 'Incomplete',
    sentence: `Incomplete: ${why}`,
    next: NEXT[exitCode] ?? GO_ON,
  });
  if (left.length > 0)
    return incomplete(
      `${left.length} of ${many(streams.length, 'stream')} did not come to ${left.length === 1 ? 'its' : 'their'} end (${listed(left)}).`,
    );
  if (exitCode !== 0)
    return incomplete(
      streams.length === 0
        ? `the run ended before a stream was begun, with exit code ${exitCode}.`
        : `all that was read came to its end, but the run ended with exit code ${exitCode}.`,
    );
  const sentence =
    streams.length === 0
      ? 'Complete: no stream was chosen, so nothing was read.'
      : streams.length === 1
        ? 'Complete: the one stream came to its end.'
        : `Complete: all ${many(streams.length, 'stream')} came to their end.`;
  return { kind: 'complete', word: 'Complete', sentence };
}
