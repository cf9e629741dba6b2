/** How a read fares, for people: a line a stream now and then, or one line that keeps changing on a terminal. */
import type { Message } from './message.js';
import type { StreamName } from './resource.js';

export interface StreamTally {
  rows: number;
  state: 'waiting' | 'reading' | 'complete' | 'incomplete';
}

export type Tally = ReadonlyMap<StreamName, StreamTally>;

export interface Progress {
  readonly see: (message: Message) => void;
  readonly tally: Tally;
  readonly stop: () => void;
}

const LINES_MS = 30_000;
const LIVE_MS = 200;

export function createProgress(options: {
  readonly streams: readonly StreamName[];
  readonly requests: () => number;
  /** Minutes that the rest needs, as far as it can be told. */
  readonly left: () => number;
  /** A whole line. */
  readonly say: (text: string) => void;
  /** A terminal's line that is written over; absent where there is no terminal. */
  readonly paint?: (text: string) => void;
}): Progress {
  const { streams, requests, left, say, paint } = options;
  const tally = new Map<StreamName, StreamTally>(
    streams.map((name) => [name, { rows: 0, state: 'waiting' }]),
  );
  const rest = (): string => {
    const minutes = Math.ceil(left());
    return minutes > 0 ? `, about ${minutes} min left` : '';
  };
  const live = (): void => {
    const reading = [...tally].filter(([, { state }]) => state === 'reading').map(([name]) => name);
    const rows = [...tally.values()].reduce((sum, one) => sum + one.rows, 0);
    const ended = [...tally.values()].filter(({ state }) => state === 'complete').length;
    paint?.(
      `${rows.toLocaleString('en')} rows, ${ended} of ${tally.size} streams, ${requests()} requests${rest()}: ${reading.join(', ')}`,
    );
  };
  const lines = (): void => {
    for (const [name, { rows, state }] of tally)
      if (state === 'reading') say(`${name}: ${rows} rows so far (${requests()} requests in all${rest()})`);
  };
  const timer = setInterval(paint === undefined ? lines : live, paint === undefined ? LINES_MS : LIVE_MS);
  timer.unref();
  return {
    tally,
    see(message) {
      const one = tally.get(message.stream);
      if (one === undefined) return;
      if (message.type === 'records') one.rows += message.lines.count;
      if (message.type === 'status')
        one.state =
          message.status === 'complete' || message.status === 'incomplete' ? message.status : 'reading';
    },
    stop() {
      clearInterval(timer);
      paint?.('');
    },
  };
}
