/** States as whole runs take them: what comes, what is told, what is written back. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type Account, advanceAccount, makeAccount } from '../../src/sandbox/index.js';
import { asked, inside, KEY, type Left } from '../inside.js';
import { fakeClock } from '../klaviyo/clock.js';
import {
  type AirbyteMessage,
  byKey,
  Folder,
  messages,
  type SingerMessage,
  singerRecords,
} from '../promises/harness.js';
import { truthOf } from '../promises/truth.js';

const RELEASED = fileURLToPath(new URL('../../../test/state/released/', import.meta.url));
const NOW = Date.UTC(2026, 8, 1);
const DAY = 86_400_000;
const SIZE = { profiles: 30, events: 200, lists: 2, segments: 1, flows: 1, campaigns: 3, now: () => NOW };

type Bookmarks = Record<string, Record<string, unknown>>;

describe('states, as whole runs take them', () => {
  const folder = new Folder();
  after(() => folder.remove());

  interface How {
    readonly account?: Account;
    readonly wall?: number;
    readonly config?: object;
    readonly state?: unknown;
    readonly argv?: readonly string[];
  }
  const still = makeAccount(SIZE);
  async function read({
    account = still,
    wall = NOW,
    config = {},
    state,
    argv = [],
  }: How = {}): Promise<
    Left & { readonly all: readonly SingerMessage[]; readonly value: { readonly bookmarks: Bookmarks } }
  > {
    const clock = fakeClock(wall);
    const path = folder.write('config.json', { api_key: KEY, start_date: '2000-01-01', ...config });
    const given = state === undefined ? [] : ['--state', folder.write('state.json', state)];
    const left = await inside(['--config', path, ...given, ...argv], { clock, get: asked(account, clock) });
    expect(left.code, left.stderr).to.equal(0);
    const all = await messages<SingerMessage>(left.stdout);
    return { ...left, all, value: all.filter(({ type }) => type === 'STATE').at(-1)?.value as never };
  }
  const warnings = ({ stderr }: Left): string[] => {
    const lines = stderr.split('\n').filter((line) => line.startsWith('WARNING '));
    for (const line of lines) expect(line.length).to.be.at.most(200 + 'WARNING '.length);
    return lines.map((line) => line.slice('WARNING '.length));
  };
  const rowsOf = ({ all }: { readonly all: readonly SingerMessage[] }, stream: string) =>
    all.filter(({ type, stream: of }) => type === 'RECORD' && of === stream).map(({ record }) => record);
  const only = (...names: string[]): string[] => [
    '--catalog',
    folder.write('catalog.json', {
      streams: names.map((name) => ({
        tap_stream_id: name,
        stream: name,
        schema: {},
        metadata: [{ breadcrumb: [], metadata: { selected: true } }],
      })),
    }),
  ];

  it('S2 an empty state is a first run', async () => {
    const none = await read();
    for (const state of [{}, 'null', []]) expect((await read({ state })).stdout).to.equal(none.stdout);
  });

  it('S11 what Meltano prints and stores is read on, and not from the beginning', async () => {
    const { value } = await read();
    const on = await read({ state: value });
    expect(rowsOf(on, 'profile_v2')).to.deep.equal([]);
    for (const state of [
      { singer_state: value },
      { completed: { singer_state: value }, partial: {} },
      { completed: {}, partial: { singer_state: value } },
    ]) {
      const again = await read({ state });
      expect(warnings(again)).to.deep.equal([]);
      expect(again.stdout).to.equal(on.stdout);
    }
  });

  it('S3 a state ahead of the clock: no row of its streams, a warning, exit 0, and the next run goes on', async () => {
    const ahead = { version: 1, until: '2030-01-01T00:00:00Z', gaps: [] };
    const argv = only('event_v2', 'profile_v2', 'campaign_v2');
    const state = { bookmarks: { event_v2: ahead, profile_v2: ahead, campaign_v2: ahead } };
    const account = makeAccount(SIZE);
    const first = await read({ account, state, argv, config: { events_lookback_days: 0 } });
    expect(first.all.filter(({ type }) => type === 'RECORD')).to.deep.equal([]);
    expect(warnings(first)).to.deep.equal([
      'KLV_STATE_AHEAD the state is ahead of the clock: event_v2 and 2 more — it is taken as if it ended now',
    ]);
    expect(first.value.bookmarks.event_v2).to.include({ version: 1, until: '2026-08-31T23:59:50Z' });
    advanceAccount(account, NOW, NOW + 7 * DAY);
    const second = await read({ account, wall: NOW + 7 * DAY, state: first.value, argv });
    expect(rowsOf(second, 'event_v2')).to.not.be.empty;
    expect(warnings(second)).to.deep.equal([]);
    // The tail looks back to before the run that read nothing.
    const lower = 'greater-or-equal(datetime,2026-08-24T23:59:50Z)';
    expect(
      second.requests.some((one) => one.includes(lower)),
      second.requests.join('\n'),
    ).to.equal(true);
  });

  it('S3 a clock that is a minute off is not worth a word', async () => {
    const bookmarks = { campaign_v2: { version: 1, until: '2026-09-01T00:00:59Z', gaps: [] } };
    expect(warnings(await read({ state: { bookmarks }, argv: only('campaign_v2') }))).to.deep.equal([]);
  });

  it('S5 S11 a state of any released version is read', async () => {
    const files = readdirSync(RELEASED);
    expect(files).to.include('0.1.0-singer.json');
    for (const name of files) {
      const text = readFileSync(join(RELEASED, name), 'utf8').replaceAll('ACCOUNT', still.info.id);
      const left = await read({ state: text });
      expect(warnings(left), name).to.deep.equal([]);
      const again = await read({ state: left.value });
      expect(again.value, name).to.deep.equal(left.value);
    }
  });

  it('S8 an unknown stream is kept word for word, and told of once', async () => {
    const odd = { anything: [1, null, { a: 'ü' }], version: 99 };
    const state = { bookmarks: { old_v1: odd, another: null }, currently_syncing: 'x' };
    const left = await read({ state, argv: only('metric_v2') });
    expect(left.value).to.deep.include({ currently_syncing: 'x' });
    expect(JSON.stringify(left.value.bookmarks.old_v1)).to.equal(JSON.stringify(odd));
    expect(left.value.bookmarks).to.have.property('another', null);
    expect(warnings(left)).to.deep.equal(
      ['old_v1', 'another'].map(
        (name) => `KLV_STATE_UNKNOWN "${name}" is no stream — its entry is kept as it is`,
      ),
    );
  });

  it('S8 what a GLOBAL state shares is kept; an Airbyte platform is told of the streams that were read alone', async () => {
    const old = { stream_descriptor: { name: 'old_v1' }, stream_state: { cursor: 5 } };
    const state = { type: 'GLOBAL', global: { shared_state: { a: 1 }, stream_states: [old] } };
    for (const form of [state, [state]]) {
      const singer = await read({ state: form, argv: only('metric_v2') });
      expect(singer.value).to.deep.include({ shared_state: { a: 1 } });
      expect(singer.value.bookmarks.old_v1).to.deep.equal({ cursor: 5 });
    }
    const airbyte = await read({ state, argv: [...only('metric_v2'), '--protocol', 'airbyte'] });
    const said = (await messages<AirbyteMessage>(airbyte.stdout)).filter(({ type }) => type === 'STATE');
    expect(new Set(said.map(({ state }) => state.stream.stream_descriptor.name))).to.deep.equal(
      new Set(['metric_v2']),
    );
  });

  it('S9 S11 a stream that is new, or was reset, begins at start_date, and the others go on', async () => {
    const { value } = await read();
    const { profile_v2: _, ...others } = value.bookmarks;
    for (const bookmarks of [others, { ...others, profile_v2: null }, { ...others, profile_v2: {} }]) {
      const next = await read({ state: { bookmarks } });
      expect(rowsOf(next, 'profile_v2')).to.have.length(still.profiles.length);
      for (const stream of ['event_v2', 'list_v2', 'profile_list_v2'])
        expect(rowsOf(next, stream), stream).to.deep.equal([]);
      expect(next.value.bookmarks).to.deep.equal(value.bookmarks);
    }
  });

  it('S11 of the lines of an earlier run, gathered, the last one of a stream holds: a reset, too', async () => {
    const argv = only('profile_v2');
    const line = (stream_state: unknown) => ({
      type: 'STATE',
      state: { type: 'STREAM', stream: { stream_descriptor: { name: 'profile_v2' }, stream_state } },
    });
    const done = { version: 1, until: '2026-08-31T23:59:50Z', gaps: [] };
    expect(rowsOf(await read({ argv, state: [line(null), line(done)] }), 'profile_v2')).to.deep.equal([]);
    const reset = await read({ argv, state: [line(done), line(null)] });
    expect(rowsOf(reset, 'profile_v2')).to.have.length(still.profiles.length);
  });

  it('S10 a start_date that was moved back: the state wins, and a warning says how to read further back', async () => {
    const argv = only('event_v2', 'profile_v2', 'list_v2');
    const first = await read({ config: { start_date: '2026-08-01' }, argv });
    expect(first.value.bookmarks.event_v2).to.include({ since: '2026-08-01T00:00:00Z' });
    expect(first.value.bookmarks.list_v2).to.not.have.property('since');
    const later = await read({ config: { start_date: '2026-07-01' }, state: first.value, argv });
    expect(later.all.filter(({ type }) => type === 'RECORD')).to.deep.equal([]);
    expect(warnings(later)).to.deep.equal([
      'KLV_STATE_START the history is to begin at 2026-07-01T00:00:00Z, that of event_v2, profile_v2 began at 2026-08-01T00:00:00Z — to read further back, move it with position, or take it out of the state',
    ]);
    expect(later.value.bookmarks).to.deep.equal(first.value.bookmarks);
    // As the line says: without its entry, the stream is read from there.
    const { event_v2: _, ...others } = later.value.bookmarks;
    const reset = await read({ config: { start_date: '2026-07-01' }, state: { bookmarks: others }, argv });
    expect(rowsOf(reset, 'event_v2').length).to.be.greaterThan(rowsOf(first, 'event_v2').length);
    expect(reset.value.bookmarks.event_v2).to.include({ since: '2026-07-01T00:00:00Z' });
    expect(warnings(reset)[0]).to.contain('that of profile_v2 began');
  });

  it('S10 a length of time that was made longer is told of, one that merely moves on is not', async () => {
    const argv = only('profile_v2');
    const history = (historical_sync_duration: string) => ({
      start_date: undefined,
      historical_sync_duration,
    });
    const { value } = await read({ config: history('3 months'), argv });
    for (const [length, told] of [
      ['3 months', 0],
      ['4 months', 1],
      ['all', 1],
    ] as const) {
      const next = await read({ config: history(length), argv, state: value, wall: NOW + DAY });
      expect(warnings(next), length).to.have.length(told);
    }
  });

  it('S13 a state given twice brings the same bytes; an older one loses nothing', async () => {
    const account = makeAccount(SIZE);
    const first = await read({ account });
    advanceAccount(account, NOW, NOW + DAY);
    const second = await read({ account, wall: NOW + DAY, state: first.value });
    const replayed = await read({ account, wall: NOW + DAY, state: first.value });
    expect(replayed.stdout).to.equal(second.stdout);
    advanceAccount(account, NOW + DAY, NOW + 2 * DAY);
    const older = await read({ account, wall: NOW + 2 * DAY, state: first.value });
    const { rows } = byKey(singerRecords([...first.all, ...older.all]));
    const truth = truthOf(account);
    for (const stream of ['profile_v2', 'event_v2', 'list_v2', 'campaign_v2', 'profile_list_v2'] as const)
      expect([...(rows.get(stream)?.keys() ?? [])], stream).to.include.members([
        ...(truth.get(stream)?.keys() ?? []),
      ]);
  });

  it('S12 I14 every state of a run over many lists stays small, however many they are: within 32 KB for all streams', async () => {
    const size = {
      ...SIZE,
      account: 'bulk',
      profiles: 5,
      events: 5,
      lists: 1_300,
      segments: 0,
      members: 5,
    } as const;
    const { stdout, all } = await read({ account: makeAccount(size), argv: only('profile_list_v2') });
    const states = stdout.split('\n').filter((line) => line.includes('"type":"STATE"'));
    const open = all.flatMap(({ type, value }) =>
      type === 'STATE' ? [(JSON.stringify(value).match(/":"1970-01-01T00:00:00Z"/g) ?? []).length] : [],
    );
    expect(Math.max(...open), 'a state in the middle of the walk').to.be.within(20, 266);
    // Segments are walked alike: two of these, and sixteen entries that stay as they are.
    expect(Math.max(...states.map((line) => Buffer.byteLength(line)))).to.be.within(1_000, 15 * 1024);
  });
});
