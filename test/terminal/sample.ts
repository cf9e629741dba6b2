/** A run in its midst, made up. */
import { STREAM_NAMES } from '../../src/generated/rows.js';
import type { Present } from '../../src/progress.js';
import type { RunSummary, StreamSummary } from '../../src/run-summary.js';

export const stream = (name: StreamSummary['name'], more: Partial<StreamSummary> = {}): StreamSummary => ({
  name,
  state: 'waiting',
  rows: 0,
  pages: 0,
  ...more,
});

const SPAN = { oldest: '2026-01-02T03:04:05.678Z', newest: '2026-08-31T23:59:59Z' };

export const running = (more: Partial<RunSummary> = {}): RunSummary => ({
  version: 1,
  connector: { name: 'source-klaviyo-v2', version: '0.1.0', revision: '2026-07-15' },
  protocol: 'singer',
  started: '2026-09-01T00:00:00Z',
  ended: '2026-09-01T01:02:03Z',
  seconds: 3_723,
  exitCode: 0,
  rows: 1_234_567,
  requests: 4_321,
  limited: 12,
  retries: 3,
  bytes: 2_345_678_901,
  pages: 4_000,
  splits: 40,
  streams: STREAM_NAMES.map((name, nth) =>
    nth < 2
      ? stream(name, { state: 'reading', rows: 600_000 * (nth + 1), pages: 600, ...SPAN })
      : stream(name, { state: nth < 12 ? 'complete' : 'waiting', rows: nth }),
  ),
  endpoints: [],
  warnings: [],
  changed: {},
  state: {},
  stateIs: 'written',
  ...more,
});

export const present = (more: Partial<Present> = {}): Present => ({
  share: (name) => (name === 'event_v2' ? 0.97 : 0.25),
  minutesLeft: () => 12.3,
  stopping: false,
  ...more,
});
