/** How a read fares, for people: a table that keeps changing on a terminal, elsewhere a line a stream now and then. */
import type { Clock } from './klaviyo/limiter.js';
import type { StreamName } from './resource.js';
import type { RunSummary } from './run-summary.js';
import type { Terminal } from './terminal/terminal.js';
import { inWords, streamInWords } from './words.js';

/** What is true now, and of no interest afterwards. */
export interface Present {
  /** Of what the endpoint of a stream allows in a minute, what was used in the last one; undefined before it is asked. */
  readonly share: (stream: StreamName) => number | undefined;
  /** Minutes that the rest of a stream, or of all, needs at least, as far as it can be told. */
  readonly minutesLeft: (stream?: StreamName) => number;
  /** The run has been told to end. */
  readonly stopping: boolean;
}

export interface Progress {
  /** Once is enough: what is drawn becomes what stays. */
  readonly stop: () => void;
}

export interface ProgressParts {
  readonly summary: () => RunSummary;
  readonly present: () => Present;
  readonly clock: Clock;
  /** A whole line. */
  readonly say: (text: string) => void;
  /** To be drawn on; absent: lines are said. */
  readonly terminal?: Terminal | undefined;
}

const LINES_MS = 30_000;
const LIVE_MS = 250;

export const showProgress = (parts: ProgressParts): Promise<Progress> =>
  parts.terminal === undefined ? Promise.resolve(inLines(parts)) : onTerminal(parts, parts.terminal);

function inLines({ summary, present, clock, say }: ProgressParts): Progress {
  return repeat(clock, LINES_MS, () => {
    const [now, so] = [present(), summary()];
    const reading = so.streams.filter(({ state }) => state === 'reading');
    for (const stream of reading) say(streamInWords(stream, now));
    if (reading.length === 0) say(inWords(so, now));
  });
}

async function onTerminal({ summary, present, clock }: ProgressParts, terminal: Terminal): Promise<Progress> {
  const [{ createLive }, { lastTable, liveTable }] = await Promise.all([
    import('./terminal/live.js'),
    import('./terminal/table.js'),
  ]);
  const size = () => ({ columns: terminal.columns(), rows: terminal.rows() });
  const lines = (): readonly string[] => liveTable(summary(), present(), size());
  const live = createLive(terminal, lines);
  live.draw(lines());
  const drawing = repeat(clock, LIVE_MS, () => live.draw(lines()));
  return {
    stop() {
      drawing.stop();
      live.end(lastTable(summary(), size()));
    },
  };
}

function repeat(clock: Clock, ms: number, act: () => void): Progress {
  const stop = new AbortController();
  const go = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(ms, stop.signal);
      if (stop.signal.aborted) return;
      act();
    }
  };
  void go();
  return { stop: () => stop.abort() };
}
