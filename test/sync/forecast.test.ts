/** What a user would lose if this failed: a bar of progress in Airbyte that means something. */
import { expect } from 'chai';
import type { Lines } from '../../src/lines.js';
import type { Body, Config, JsonApiObject, Resource, Slice } from '../../src/resource.js';
import { makeAccount } from '../../src/sandbox/index.js';
import { createForecast } from '../../src/sync/forecast.js';
import { plan } from '../../src/sync/plan.js';
import { addSeconds, type Instant, ORIGIN } from '../../src/time.js';
import { asked, inside, KEY } from '../inside.js';
import { fakeClock } from '../klaviyo/clock.js';
import { type AirbyteMessage, messages } from '../promises/harness.js';
import { members, people, RESOURCES, STREAMS } from './world.js';

const START: Instant = '2026-03-01T00:00:00Z';
const at = (offset: number): Instant => addSeconds(START, offset);

const lines = (count: number): Lines => ({ count, bytes: Buffer.alloc(count * 100) });
const page = (count: number): Body => ({
  data: Array.from({ length: count }, () => ({}) as JsonApiObject),
  included: [],
  find: () => undefined,
});

function world(open: Slice[]) {
  const made = plan({
    ...{ resources: RESOURCES, streams: STREAMS, bookmarks: new Map(), since: START, now: at(1_000) },
    chosen: [...STREAMS].map(([name]) => ({ name, mode: 'incremental' as const })),
    config: { api_key: 'pk_test' } as Config,
  });
  return createForecast(made, { open: () => open });
}

const left = (resource: Resource, from: number, to: number, density?: number): Slice => ({
  ...{ resource, from: at(from), to: at(to), watermark: at(from) },
  ...(density === undefined ? {} : { density }),
});

describe('the forecast of rows', () => {
  it('is what came and what is ahead, at the density and the size of what came', () => {
    const open = [left(people, 100, 300, 2), left(people, 500, 5_000, 1)];
    const forecast = world(open);
    forecast.read(people, page(200));
    forecast.wrote('profile_v2', lines(200));
    // What is past the window is not read.
    expect(forecast.news('profile_v2', false)).to.deep.equal({ rows: 200 + 400 + 500, bytes: 110_000 });
  });

  it('takes into account that not every object is a row', () => {
    const forecast = world([left(people, 0, 100, 10)]);
    forecast.read(people, page(100));
    forecast.wrote('profile_v2', lines(20));
    expect(forecast.news('profile_v2', false)?.rows).to.equal(20 + 200);
  });

  for (const [what, slice] of [
    ['has not been read', left(people, 0, 100)],
    ['shows no density, as all its rows lay in one instant', left(people, 0, 100, 0)],
    ['is read from the beginning of time', { ...left(people, 0, 100, 1), watermark: ORIGIN }],
  ] as const)
    it(`says nothing while a range ${what}`, () => {
      const open = [left(people, 100, 200, 5), slice];
      const forecast = world(open);
      forecast.read(people, page(10));
      forecast.wrote('profile_v2', lines(10));
      expect(forecast.news('profile_v2', false)).to.equal(undefined);
      open.pop();
      expect(forecast.news('profile_v2', false)?.rows).to.equal(510);
    });

  it('says nothing of memberships, whose lists are met one by one, nor of a stream without rows', () => {
    const forecast = world([left(members, 0, 100, 1), left(people, 0, 100, 1)]);
    forecast.read(members, page(10));
    forecast.wrote('profile_list_v2', lines(10));
    forecast.read(people, page(0));
    for (const stream of ['profile_list_v2', 'profile_v2'] as const)
      for (const ended of [false, true]) expect(forecast.news(stream, ended)).to.equal(undefined);
  });

  it('is said again when it has moved by more than a tenth, and at the end as it came', () => {
    const open = [left(people, 0, 100, 10)];
    const forecast = world(open);
    forecast.read(people, page(1_000));
    forecast.wrote('profile_v2', lines(1_000));
    expect(forecast.news('profile_v2', false)?.rows).to.equal(2_000);
    open[0] = left(people, 0, 100, 11.9);
    expect(forecast.news('profile_v2', false)).to.equal(undefined);
    open[0] = left(people, 0, 100, 12.1);
    expect(forecast.news('profile_v2', false)?.rows).to.equal(2_210);
    open.pop();
    expect(forecast.news('profile_v2', true)).to.deep.equal({ rows: 1_000, bytes: 100_000 });
    expect(forecast.news('profile_v2', true)).to.equal(undefined);
  });
});

describe('estimates in Airbyte', () => {
  interface Estimate {
    readonly name: string;
    readonly type: string;
    readonly row_estimate: number;
    readonly byte_estimate: number;
  }

  it('come with states, after rows, near the truth, and end in it', async () => {
    const account = makeAccount({
      ...{ profiles: 500, events: 40_000, campaigns: 3, flows: 2 },
      now: () => Date.UTC(2026, 7, 31),
    });
    const clock = fakeClock();
    const config = JSON.stringify({ api_key: KEY, start_date: '2000-01-01' });
    const argv = ['read', '--config', '-', '--protocol', 'airbyte'];
    const { code, stdout } = await inside(argv, { get: asked(account, clock), clock, stdin: config });
    expect(code).to.equal(0);
    const all = await messages<AirbyteMessage & { trace: { estimate: Estimate } }>(stdout);
    const rows = new Map<string, number>();
    const said: {
      readonly name: string;
      readonly estimate: number;
      readonly so: number;
      readonly next: string;
    }[] = [];
    all.forEach(({ type, record, trace }, nth) => {
      if (type === 'RECORD') rows.set(record.stream, (rows.get(record.stream) ?? 0) + 1);
      if (trace?.type !== 'ESTIMATE') return;
      const { name, row_estimate: estimate, byte_estimate: bytes, type: of } = trace.estimate;
      expect([of, bytes > estimate * 100]).to.deep.equal(['STREAM', true]);
      said.push({ name, estimate, so: rows.get(name) ?? 0, next: all[nth + 1]?.type ?? '' });
    });
    const events = said.filter(({ name }) => name === 'event_v2');
    expect(events.length).to.be.within(2, 12);
    expect(said.every(({ next }) => next === 'STATE')).to.equal(true);
    for (const { estimate, so } of events) {
      expect(so).to.be.above(0);
      expect(estimate).to.be.within(Math.max(so, 10_000), 160_000);
    }
    expect(events.at(-1)?.estimate).to.equal(rows.get('event_v2'));
    expect(said.filter(({ name }) => /^profile_(list|segment)_v2$/.test(name))).to.deep.equal([]);
  });
});
