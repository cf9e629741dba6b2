/** What a user would lose if this failed: the rows of one stream because of another, or of one run because of another. */
import { expect } from 'chai';
import { STREAM_NAMES } from '../../src/generated/rows.js';
import type { HttpGet } from '../../src/klaviyo/http.js';
import type { StreamName } from '../../src/resource.js';
import { advanceAccount, makeAccount, SCOPES } from '../../src/sandbox/index.js';
import { asked, inside, KEY } from '../inside.js';
import { fakeClock } from '../klaviyo/clock.js';
import { byKey, Folder, messages, type SingerMessage, singerRecords } from '../promises/harness.js';
import { truthOf } from '../promises/truth.js';

const NOW = Date.UTC(2026, 8, 1);
const SIZE = { profiles: 20, events: 60, lists: 3, segments: 2, flows: 2, campaigns: 4, now: () => NOW };

/** The one column that is found among the lists and segments of the same run, as its description says. */
const LOOKED_UP = /"audience_type":(?:null|"list"|"segment"),/;

describe('I15: a stream and the others', () => {
  const folder = new Folder();
  after(() => folder.remove());
  const account = makeAccount(SIZE);

  /** By stream: its records but for the time of their writing, in order of their text, and its last bookmark. */
  async function read(names: readonly StreamName[], get?: (right: HttpGet) => HttpGet, scopes = SCOPES) {
    const clock = fakeClock(NOW);
    const config = folder.write('config.json', { api_key: KEY, start_date: '2000-01-01' });
    const streams = names.map((name) => ({
      tap_stream_id: name,
      stream: name,
      schema: {},
      metadata: [{ breadcrumb: [], metadata: { selected: true } }],
    }));
    const right = asked(account, clock, { scopes });
    const argv = ['--config', config, '--catalog', folder.write('catalog.json', { streams })];
    const left = await inside(argv, { clock, get: get?.(right) ?? right });
    const all = await messages<SingerMessage>(left.stdout);
    const bookmarks = all.filter(({ type }) => type === 'STATE').at(-1)?.value.bookmarks ?? {};
    const told = (stream: StreamName): string =>
      left.stdout
        .split('\n')
        .filter((line) => line.startsWith(`{"type":"RECORD","stream":"${stream}"`))
        .map((line) => line.replace(LOOKED_UP, '').replace(/,"time_extracted":"[^"]+"/, ''))
        .sort()
        .join('\n') + JSON.stringify(bookmarks[stream]);
    return { ...left, bookmarks, told: new Map(names.map((name) => [name, told(name)])) };
  }

  let whole: Awaited<ReturnType<typeof read>>;
  before(async () => {
    whole = await read(STREAM_NAMES);
    expect(whole.code, whole.stderr).to.equal(0);
  });

  for (const without of STREAM_NAMES)
    it(`I15 K7: without ${without} the others say the same, byte for byte, and alone it does, too`, async () => {
      const others = STREAM_NAMES.filter((name) => name !== without);
      const { code, told } = await read(others);
      expect(code).to.equal(0);
      for (const name of others) expect(told.get(name) === whole.told.get(name), name).to.equal(true);
      const alone = await read([without]);
      expect(alone.told.get(without)).to.equal(whole.told.get(without));
    });

  it('I15 O5 H2: what fails for a missing scope leaves the others as they were', async () => {
    for (const scope of SCOPES.filter((one) => one !== 'accounts:read')) {
      const left = await read(
        STREAM_NAMES,
        undefined,
        SCOPES.filter((one) => one !== scope),
      );
      expect(left.code, scope).to.equal(2);
      const same = STREAM_NAMES.filter((name) => left.told.get(name) === whole.told.get(name));
      const failed = STREAM_NAMES.filter(
        (name) => (left.bookmarks[name] as { gaps: readonly unknown[] }).gaps.length > 0,
      );
      expect(failed, scope).to.not.be.empty;
      // Each stream is either the same, or says that it is not done.
      expect([...same, ...failed].sort(), scope).to.deep.equal([...STREAM_NAMES].sort());
      expect(left.stderr.match(/^CRITICAL KLV_SCOPE /gm), scope).to.not.be.empty;
    }
  });

  it('I15 O5: a stream that fails in the middle leaves the others as they were', async () => {
    for (const path of ['/api/events', '/api/profiles', '/api/lists', '/api/metrics', '/api/templates']) {
      const left = await read(STREAM_NAMES, (right) => (url, ...rest) => {
        if (url.pathname !== path) return right(url, ...rest);
        const body = Buffer.from('{"errors":[{"code":"invalid","detail":"of the test"}]}');
        return Promise.resolve({ status: 400, headers: { get: () => null }, body, received: body.length });
      });
      expect(left.code, path).to.equal(1);
      const differ = STREAM_NAMES.filter((name) => left.told.get(name) !== whole.told.get(name));
      for (const name of differ)
        expect((left.bookmarks[name] as { gaps: readonly unknown[] }).gaps, `${path} ${name}`).to.not.be
          .empty;
      expect(differ.length, path).to.be.within(1, 4);
    }
  });

  it('R5 O1: a run that begins while the last one still reads: both end well, and nothing is lost', async () => {
    const own = makeAccount(SIZE);
    const config = folder.write('config.json', { api_key: KEY, start_date: '2000-01-01' });
    const run = async (wall: number, state: unknown) => {
      const clock = fakeClock(wall);
      const argv = ['--config', config, '--state', folder.write(`state-${wall}.json`, state)];
      const left = await inside(argv, { clock, get: asked(own, clock) });
      expect(left.code, left.stderr).to.equal(0);
      return messages<SingerMessage>(left.stdout);
    };
    const stateOf = (all: readonly SingerMessage[]): unknown =>
      all.filter(({ type }) => type === 'STATE').at(-1)?.value;
    const first = await run(NOW, {});
    const state = stateOf(first);
    const later = NOW + 86_400_000;
    advanceAccount(own, NOW, later);
    // Side by side, from one state: whichever of the two states is kept then, the next run goes on from it.
    const [slow, overtaking] = await Promise.all([run(later, state), run(later + 60_000, state)]);
    const last = later + 86_400_000;
    advanceAccount(own, later, last);
    for (const kept of [slow, overtaking]) {
      const next = await run(last, stateOf(kept));
      const { rows } = byKey(singerRecords([...first, ...kept, ...next]));
      for (const stream of ['profile_v2', 'event_v2', 'list_v2', 'flow_v2', 'campaign_v2'] as const)
        expect([...(rows.get(stream)?.keys() ?? [])], stream).to.include.members([
          ...(truthOf(own).get(stream)?.keys() ?? []),
        ]);
    }
  });
});
