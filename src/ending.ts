/** How long a run that must end may take for it. */
import { asFault, exitCode } from './errors.js';
import { Interrupted, type Io } from './io.js';
import { ReaderGone } from './output.js';

/** Whoever sent a signal sends one soon that cannot be caught. Five seconds are promised, also of a busy machine. */
export const CUT_MS = 3_000;
/** Then nothing more is handed over, so that a slow reader still has time for the lines under way. */
const STOP_MS = 2_000;

/** As a shell tells the end of a writer that nobody reads: 128 and SIGPIPE. */
const READER_GONE = 141;

/** With which code a run ends that something has ended. */
export const codeOf = (reason: unknown): number =>
  reason instanceof ReaderGone
    ? READER_GONE
    : reason instanceof Interrupted
      ? reason.exitCode
      : exitCode([asFault(reason)]);

/**
 * Rejects with the signal's reason when nothing under way is waited for any more: after a signal when its time is up,
 * else at once, as where the reader has gone or the run is broken nothing good can come.
 */
export function lastCall({ signal, clock, out }: Pick<Io, 'signal' | 'clock' | 'out'>): Promise<never> {
  const call = new Promise<never>((_, reject) => {
    const end = async (): Promise<void> => {
      const reason: unknown = signal.reason;
      if (reason instanceof Interrupted) {
        await clock.sleep(STOP_MS);
        out.stop(reason);
        await clock.sleep(CUT_MS - STOP_MS);
      }
      reject(reason);
    };
    if (signal.aborted) void end();
    else signal.addEventListener('abort', () => void end(), { once: true });
  });
  // It is raced against what may have ended before.
  call.catch(() => {});
  return call;
}
