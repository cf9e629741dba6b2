/** The end of a run as those who watch it hear of it: once, whatever ended it. */
import { codeOf } from './ending.js';
import { asFault, Fault } from './errors.js';
import { Interrupted, type Io } from './io.js';
import { forPeople, talk } from './log.js';
import { ReaderGone } from './output.js';
import type { Progress } from './progress.js';
import type { RunSummary } from './run-summary.js';
import type { RunWatch } from './watch-run.js';

export interface Closing {
  /** Goes on until reading is over. */
  readonly shows: (progress: Progress) => void;
  readonly readingIsOver: () => void;
  /** `reason`: what ended the run as a whole. */
  readonly end: (exitCode: number, reason?: unknown) => void;
}

/** `keep` is given the summary of a run that is over; what it throws is told, and changes nothing else. */
export function createClosing(
  watch: RunWatch,
  io: Io,
  keep: readonly ((summary: RunSummary) => void)[],
): Closing {
  let showing: Progress | undefined;
  let ended = false;
  const readingIsOver = (): void => {
    watch.over();
    showing?.stop();
    showing = undefined;
  };
  const end: Closing['end'] = (exitCode, reason = io.signal.reason) => {
    if (ended) return;
    ended = true;
    io.signal.removeEventListener('abort', broken);
    readingIsOver();
    const error = reason === undefined ? {} : { error: forPeople(io.mask(inWords(reason))) };
    const summary = watch.summary({ exitCode, ...error, lost: io.out.failure() !== undefined });
    for (const one of keep)
      try {
        one(summary);
      } catch (fault) {
        talk(io, false)('warn', asFault(fault).message);
      }
  };
  /** Where nothing good can come any more it is over at once, before people hear why. */
  function broken(): void {
    const reason: unknown = io.signal.reason;
    if (!(reason instanceof Interrupted)) end(codeOf(reason), reason);
  }
  io.signal.addEventListener('abort', broken);
  // Whoever sends a second signal does not wait for the end of what the first one ended.
  io.atExit?.(end);
  return {
    shows: (progress) => {
      if (ended) progress.stop();
      else showing = progress;
    },
    readingIsOver,
    end,
  };
}

/** What to do after an end that is nobody's fault. */
export const goOn = ({ message }: Error): string => `${message} — run again with the last state`;

function inWords(reason: unknown): string {
  if (reason instanceof Fault) return reason.message;
  if (reason instanceof Interrupted || reason instanceof ReaderGone) return goOn(reason);
  return asFault(reason).message;
}
