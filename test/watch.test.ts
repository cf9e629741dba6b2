/** What a user would lose if this failed: figures of a run that are true, however long it is. */
import { expect } from 'chai';
import fc from 'fast-check';
import { Fault } from '../src/errors.js';
import { noMends } from '../src/klaviyo/json.js';
import type { Lines } from '../src/lines.js';
import type { StreamName } from '../src/resource.js';
import { toMicros } from '../src/time.js';
import { watchEndpoint } from '../src/watch-endpoint.js';
import { watchRun } from '../src/watch-run.js';
import { createWarnings } from '../src/watch-warnings.js';
import { fakeClock } from './klaviyo/clock.js';

const connector = { name: 'c', version: '1.2.3', revision: '2026-07-15' };
const USE = { burst: 10, steady: 150, lately: 15 };
const events = { path: '/api/events', streams: { event_v2: {} } } as never;

function world() {
  const clock = fakeClock();
  const mends = noMends();
  return { clock, mends, watch: watchRun({ connector, clock, mends }) };
}

const records = (stream: StreamName, count: number, oldest?: string, newest = oldest) => {
  const span =
    oldest === undefined ? {} : { span: { oldest: toMicros(oldest), newest: toMicros(newest ?? oldest) } };
  const lines: Lines = { count, bytes: Buffer.from(''), ...span };
  return { type: 'records', stream, lines } as const;
};

describe('an endpoint that is watched', () => {
  it('sums up what its requests waited for and what came of them', () => {
    const clock = fakeClock();
    const endpoint = watchEndpoint(() => USE, clock.now);
    clock.to(500);
    const first = endpoint.sent(200);
    clock.to(800);
    first.answered(1_000);
    first.answered(7);
    const second = endpoint.sent(50);
    clock.to(1_900);
    second.answered(0);
    second.retried(4_000);
    endpoint.sent(0).limited();
    expect(endpoint.bytes()).to.equal(1_000);
    expect(endpoint.facts()).to.deep.equal({
      limit: { burst: 10, steady: 150 },
      ...{ requests: 3, limited: 1, retries: 1 },
      ...{ waitedMs: 250, backedOffMs: 4_000, answeredMs: 1_400, firstMs: 500, lastMs: 1_900 },
      timeline: { stepMs: 1_000, sent: [2, 1], limited: [0, 1] },
    });
  });

  it('tells when requests went out in at most 600 steps, each twice as long as it must be at the most', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40_000_000), { minLength: 1, maxLength: 60 }), (times) => {
        const sorted = [...times].sort((a, b) => a - b);
        let now = 0;
        const endpoint = watchEndpoint(
          () => USE,
          () => now,
        );
        sorted.forEach((at, nth) => {
          now = at;
          const request = endpoint.sent(0);
          if (nth % 3 === 0) request.limited();
        });
        const { timeline, lastMs } = endpoint.facts();
        const { stepMs, sent, limited } = timeline;
        expect(sent.length).to.be.within(1, 600);
        expect(limited).to.have.length(sent.length);
        expect(stepMs === 1_000 || lastMs >= (stepMs / 2) * 600, `${stepMs} ${lastMs}`).to.equal(true);
        const counted = (some: readonly number[]): number[] => {
          const counts = Array<number>(sent.length).fill(0);
          for (const at of some) counts[Math.floor(at / stepMs)] = (counts[Math.floor(at / stepMs)] ?? 0) + 1;
          return counts;
        };
        expect(sent).to.deep.equal(counted(sorted));
        expect(limited).to.deep.equal(counted(sorted.filter((_, nth) => nth % 3 === 0)));
      }),
    );
  });
});

describe('warnings', () => {
  it('come once each, with their count, and what to do apart', () => {
    const warnings = createWarnings();
    warnings.add('KLV_SHAPE event has no x — and a dash — its column is null');
    warnings.add('metric_v2.created — no code');
    warnings.add('KLV_SHAPE event has no x — and a dash — its column is null');
    expect(warnings.all()).to.deep.equal([
      { text: 'KLV_SHAPE event has no x — and a dash', remedy: 'its column is null', count: 2 },
      { text: 'metric_v2.created — no code', count: 1 },
    ]);
  });

  it('of more texts than anybody reads only their number is kept', () => {
    const warnings = createWarnings();
    for (let nth = 0; nth < 1_000; nth += 1) warnings.add(`row ${nth}`);
    warnings.add('row 3');
    const all = warnings.all();
    expect(all).to.have.length(201);
    expect(all[3]).to.deep.equal({ text: 'row 3', count: 2 });
    expect(all[200]?.count).to.equal(800);
  });
});

describe('a run that is watched', () => {
  it('knows of each stream its state, rows, pages and span, and the state entry that holds', () => {
    const { watch } = world();
    const given = { version: 1, until: '2026-01-01T00:00:00Z', gaps: [] };
    watch.reads(
      ['event_v2', 'list_v2'],
      new Map<string, unknown>([
        ['event_v2', given],
        ['segment_v2', { ...given, account: 'A' }],
        ['unknown', 5],
      ]),
    );
    const others = { segment_v2: { ...given, account: 'A' }, unknown: 5 };
    const states = () => watch.summary().streams.map(({ state }) => state);
    watch.wrote({ type: 'status', stream: 'event_v2', status: 'started' });
    expect(states()).to.deep.equal(['waiting', 'waiting']);
    watch.page(['event_v2']);
    expect(states()).to.deep.equal(['reading', 'waiting']);
    watch.wrote(records('event_v2', 3, '2026-02-01T00:00:00Z', '2026-02-03T00:00:00.5Z'));
    watch.wrote(records('event_v2', 2, '2026-01-31T00:00:00Z'));
    watch.wrote(records('event_v2', 1));
    watch.wrote({ type: 'status', stream: 'list_v2', status: 'running' });
    expect(watch.summary().state).to.deep.equal({ event_v2: given, ...others });
    const bookmark = { version: 1, until: '2026-03-01T00:00:00Z', gaps: [] } as const;
    watch.wrote({ type: 'state', stream: 'list_v2', bookmark });
    watch.wrote({ type: 'status', stream: 'list_v2', status: 'complete' });
    watch.page(['event_v2', 'flow_v2']);
    expect(watch.summary()).to.deep.include({
      rows: 6,
      pages: 2,
      state: { event_v2: given, list_v2: bookmark, ...others },
      stateIs: 'written',
    });
    expect(watch.summary({ exitCode: 141, lost: true })).to.deep.include({
      state: { event_v2: given, ...others },
      stateIs: 'given',
    });
    expect(watch.summary().streams).to.deep.equal([
      {
        ...{ name: 'event_v2', state: 'reading', rows: 6, pages: 2 },
        ...{ oldest: '2026-01-31T00:00:00Z', newest: '2026-02-03T00:00:00.5Z' },
      },
      { name: 'list_v2', state: 'complete', rows: 0, pages: 0 },
    ]);
  });

  it('once over, tells what is not complete, and why', () => {
    const { watch } = world();
    watch.reads(['event_v2', 'list_v2', 'flow_v2']);
    watch.wrote({ type: 'status', stream: 'event_v2', status: 'complete' });
    const error = new Fault('KLV_SCOPE', 'x', { remedy: 'y' });
    watch.wrote({ type: 'status', stream: 'list_v2', status: 'incomplete', error });
    watch.over();
    const { exitCode, error: told, streams } = watch.summary({ exitCode: 143, error: 'stopped' });
    expect([exitCode, told]).to.deep.equal([143, 'stopped']);
    expect(streams.map(({ state, error: why }) => [state, why])).to.deep.equal([
      ['complete', undefined],
      ['incomplete', 'KLV_SCOPE x — y'],
      ['incomplete', 'stopped'],
    ]);
  });

  it('sums up endpoints by their path, and names the streams of each that are read', () => {
    const { watch, clock } = world();
    watch.reads(['event_v2']);
    clock.to(2_000);
    const other = { path: '/api/events', streams: { list_v2: {} } } as never;
    watch
      .endpoint(events, () => USE)
      .sent(1)
      .answered(10);
    watch
      .endpoint(other, () => USE)
      .sent(2)
      .limited();
    watch
      .endpoint({ path: '/api/accounts', streams: {} }, () => USE)
      .sent(0)
      .retried(0);
    watch.split();
    expect(watch.use('/api/events')).to.equal(USE);
    expect(watch.use('/api/lists')).to.equal(undefined);
    const summary = watch.summary();
    expect(summary).to.deep.include({
      requests: 3,
      limited: 1,
      retries: 1,
      bytes: 10,
      splits: 1,
      seconds: 2,
    });
    expect(summary.endpoints.map(({ path, streams, requests }) => [path, streams, requests])).to.deep.equal([
      ['/api/events', ['event_v2'], 2],
      ['/api/accounts', [], 1],
    ]);
  });

  it('counts what only the end can tell among the warnings, and changes of values apart', () => {
    const { watch, mends } = world();
    watch.gone('lists');
    watch.gone('lists');
    mends.oversize = 1;
    mends.nuls = 4;
    watch.warned('KLV_X a — b');
    const { warnings, changed } = watch.summary();
    expect(warnings.map(({ text }) => text)).to.deep.equal(['KLV_X a', ...watch.closing()]);
    expect(watch.closing()).to.deep.equal([
      'lists: 2 were gone between listing and reading, and are left out',
      '1 row of more than 20 MB was left out, as oversize: "skip" asks',
    ]);
    expect(changed).to.deep.equal({ 'NUL characters removed': 4 });
  });

  it('a summary that was taken does not change any more', () => {
    const { watch } = world();
    const endpoint = watch.endpoint(events, () => USE);
    endpoint.sent(0);
    const before = watch.summary();
    const text = JSON.stringify(before);
    endpoint.sent(0).limited();
    watch.warned('more');
    watch.reads(['event_v2']);
    expect(JSON.stringify(before)).to.equal(text);
  });
});
