/** Runs as they come to pass: a short one, one of ten hours, one that failed, and one of nothing. */
import { STREAM_NAMES } from '../../src/generated/rows.js';
import type { StreamName } from '../../src/resource.js';
import { RESOURCES, reachable } from '../../src/resources/index.js';
import type { EndpointSummary, RunSummary, StreamSummary } from '../../src/run-summary.js';
import { addSeconds } from '../../src/time.js';

const STARTED = '2026-11-25T00:48:31Z';

/** Endpoints of the table, each path once, with the streams that they feed. */
const PATHS = new Map<string, { limit: EndpointSummary['limit']; streams: StreamName[] }>();
for (const { path, limit, streams } of reachable(RESOURCES)) {
  const names = Object.keys(streams) as StreamName[];
  PATHS.set(path, {
    limit: limit({ api_key: 'pk_' }),
    streams: [...(PATHS.get(path)?.streams ?? []), ...names],
  });
}

/** What an endpoint sent in each step: as many as it has work for and the limit lets through, a minute's all at once. */
function endpoint(path: string, at: number, stepMs: number, steps: number): EndpointSummary {
  const { limit, streams } = PATHS.get(path) ?? { limit: { burst: 1, steady: 1 }, streams: [] };
  const most = Math.max(1, Math.min(Math.floor(limit.burst * 0.9 * (stepMs / 1000)), limit.steady));
  const period = Math.max(1, Math.round(60_000 / stepMs));
  const first = at % 4;
  const last = Math.max(first + 1, Math.floor(steps * (1 - at / 16)));
  const sent: number[] = [];
  for (let step = 0; step < last; step += 1) {
    const minute = sent.slice(Math.max(0, step - period + 1)).reduce((sum, one) => sum + one, 0);
    const left = stepMs >= 60_000 ? limit.steady : limit.steady - minute;
    const wanted = most * (((at * 7 + 3) % 10) / 10 + 0.1) * (0.75 + Math.sin(step / (3 + at)) / 4);
    sent.push(step < first ? 0 : Math.max(0, Math.min(left, Math.ceil(wanted))));
  }
  const limited = sent.map((requests, step) =>
    requests > 0 && (step * (at + 3)) % 97 === 96 ? 1 + (at % 2) : 0,
  );
  const requests = sent.reduce((sum, one) => sum + one, 0);
  const refused = limited.reduce((sum, one) => sum + one, 0);
  return {
    ...{ path, streams, limit, requests, limited: refused, retries: Math.floor(requests / 500) },
    waitedMs: requests * 40 * (at % 5),
    backedOffMs: refused * 2_200,
    answeredMs: requests * (90 + at * 20),
    firstMs: first * stepMs + 12,
    lastMs: last * stepMs - 40,
    timeline: { stepMs, sent, limited },
  };
}

const CURSORLESS = new Set<StreamName>(['metric_v2', 'campaign_utm_param_v2', 'audience_included_v2']);

const stream = (name: StreamName, at: number, rows: number): StreamSummary => ({
  ...{ name, state: 'complete', rows, pages: Math.ceil(rows / 100) },
  ...(CURSORLESS.has(name) || rows === 0
    ? {}
    : {
        oldest: addSeconds('2024-02-03T10:11:12.345678Z', at * 3_000_000),
        newest: addSeconds(STARTED, -at * 86_400),
      }),
});

function made(seconds: number, stepMs: number, rows: (at: number) => number): RunSummary {
  const steps = Math.ceil((seconds * 1_000) / stepMs);
  const streams = STREAM_NAMES.map((name, at) => stream(name, at, rows(at)));
  const endpoints = [...PATHS.keys()].map((path, at) => endpoint(path, at, stepMs, steps));
  const sum = (of: (one: EndpointSummary) => number): number =>
    endpoints.reduce((all, one) => all + of(one), 0);
  const requests = sum((one) => one.requests);
  return {
    version: 1,
    connector: { name: 'source-klaviyo-v2', version: '0.1.0', revision: '2026-07-15' },
    protocol: 'singer',
    account: 'XyZ123',
    ...{ started: STARTED, ended: addSeconds(STARTED, seconds), seconds, exitCode: 0 },
    rows: streams.reduce((all, one) => all + one.rows, 0),
    ...{ requests, limited: sum((one) => one.limited), retries: sum((one) => one.retries) },
    ...{ bytes: requests * 96_321, pages: requests - 3, splits: Math.floor(seconds / 3) },
    ...{ streams, endpoints, warnings: [], changed: {} },
    state: Object.fromEntries(
      streams.map(({ name }) => [name, { version: 1, until: '2026-11-25T00:48:21Z', gaps: [] }]),
    ),
    stateIs: 'written',
  };
}

export const short = (): RunSummary => made(27.9, 1_000, (at) => (at === 5 ? 0 : 37 + at * at * 91));

/** 600 steps and 15 endpoints: the most that a timeline holds. */
export const long = (): RunSummary => made(38_400, 64_000, (at) => 1_000_000 + at * 123_457);

export const empty = (): RunSummary => ({
  ...made(0, 1_000, () => 0),
  ...{ seconds: 0.4, requests: 0, limited: 0, retries: 0, bytes: 0, pages: 0, splits: 0, rows: 0 },
  ...{ streams: [], endpoints: [], state: {} },
});

export function failed(): RunSummary {
  const run = made(312, 1_000, (at) => 512 * (at + 1));
  const errors: Readonly<Partial<Record<StreamName, string>>> = {
    flow_v2:
      'KLV_SCOPE the key lacks flows:read — add the scope to the key in Klaviyo, or deselect the stream',
    event_v2:
      'KLV_UNAVAILABLE GET /api/events was answered with 503 for 30 minutes — run again later; nothing is lost',
  };
  const { account, ...rest } = run;
  return {
    ...rest,
    protocol: 'airbyte',
    exitCode: 2,
    streams: run.streams.map((one): StreamSummary => {
      const error = errors[one.name];
      if (error !== undefined) return { ...one, state: 'incomplete', error };
      return one.name === 'profile_v2' ? { ...one, state: 'reading' } : one;
    }),
    warnings: [
      {
        text: 'KLV_SHAPE /api/events no longer sends attribution, which no object of 1,000 had',
        remedy: 'its column is null; see whether a newer version of the connector reads it',
        count: 1,
      },
      {
        text: 'template of a message: some were gone between listing and reading, and are left out',
        count: 12,
      },
      {
        text: 'KLV_CONFIG_OPEN others may read /etc/klaviyo.json',
        remedy: 'give it to its owner alone',
        count: 1,
      },
    ],
    changed: { 'NUL characters removed': 3, 'unparsable dates made null': 12_345, 'never happened': 0 },
  };
}

/** Ended by a signal while most streams were read: what ended it is the error of each. */
export function stopped(): RunSummary {
  const run = made(95, 1_000, (at) => 512 * (at + 1));
  const error = 'stopped by SIGTERM — run again with the last state';
  return {
    ...run,
    ...{ exitCode: 143, error },
    streams: run.streams.map((one, at) => (at < 5 ? one : { ...one, state: 'incomplete', error })),
  };
}
