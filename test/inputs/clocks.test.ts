/** What a user would lose if this failed: rows that a clock, theirs or the server's, puts out of sight. */
import { expect } from 'chai';
import { type Account, makeAccount } from '../../src/sandbox/index.js';
import { compare } from '../../src/time.js';
import { asked, inside, KEY } from '../inside.js';
import { type FakeClock, fakeClock } from '../klaviyo/clock.js';
import { byKey, Folder, messages, type SingerMessage, singerRecords } from '../promises/harness.js';
import { truthOf } from '../promises/truth.js';

const NOW = Date.UTC(2026, 8, 1);
const DAY = 86_400_000;
const SIZE = { profiles: 20, events: 60, lists: 3, segments: 2, flows: 3, campaigns: 4, now: () => NOW };

interface Bookmark {
  readonly until: string;
}
interface How {
  /** What the machine says; the server's time unless given. */
  readonly wall?: (clock: FakeClock, requests: number) => number;
  readonly state?: unknown;
  readonly config?: object;
  readonly catalog?: object;
}

describe('clocks, as whole runs meet them', () => {
  const folder = new Folder();
  after(() => folder.remove());

  async function read(
    account: Account,
    server: number,
    { wall, state = {}, config = {}, catalog }: How = {},
  ) {
    const right = fakeClock(server);
    let requests = 0;
    const clock: FakeClock = { ...right, wall: () => wall?.(right, requests) ?? right.wall() };
    const get = asked(account, clock, { date: right.wall });
    const path = folder.write('config.json', { api_key: KEY, start_date: '2000-01-01', ...config });
    const chosen = catalog === undefined ? [] : ['--catalog', folder.write('catalog.json', catalog)];
    const argv = ['--config', path, '--state', folder.write('state.json', state), ...chosen];
    const left = await inside(argv, {
      clock,
      get: (...args) => {
        requests += 1;
        return get(...args);
      },
    });
    expect(left.code, left.stderr).to.equal(0);
    const all = await messages<SingerMessage>(left.stdout);
    const value = all.filter(({ type }) => type === 'STATE').at(-1)?.value;
    const bookmarks = value?.bookmarks as Readonly<Record<string, Bookmark>>;
    return { ...left, all, value, bookmarks, ...byKey(singerRecords(all)) };
  }
  type Read = Awaited<ReturnType<typeof read>>;
  const expectAll = ({ rows }: Pick<Read, 'rows'>, account: Account): void => {
    for (const [stream, want] of truthOf(account))
      expect([...(rows.get(stream)?.keys() ?? [])].sort(), stream).to.deep.equal([...want.keys()].sort());
  };
  const untils = ({ bookmarks }: Read) => new Set(Object.values(bookmarks).map(({ until }) => until));
  const dated = (account: Account, ...times: readonly string[]): readonly string[] =>
    times.map((time, index) => {
      const event = account.events[index];
      if (event === undefined) throw new Error('too few events');
      event.attributes.datetime = time.replace('Z', '+00:00');
      event.attributes.timestamp = Math.floor(Date.parse(time) / 1000);
      return JSON.stringify([event.id]);
    });

  it('T1 an event of the future waits until its time has come; no state is ahead of the run', async () => {
    const account = makeAccount(SIZE);
    const [soon = '', far = ''] = dated(account, '2026-09-15T12:00:00.5Z', '2027-08-31T00:00:00Z');
    const first = await read(account, NOW);
    const ids = (one: Read) => [...(one.rows.get('event_v2')?.keys() ?? [])];
    expect(ids(first)).to.have.length(account.events.length - 2);
    expect(untils(first)).to.deep.equal(new Set(['2026-08-31T23:59:50Z']));
    const streams = [
      {
        tap_stream_id: 'event_v2',
        metadata: [{ breadcrumb: [], metadata: { selected: true, 'replication-method': 'FULL_TABLE' } }],
      },
    ];
    const whole = await read(account, NOW, { catalog: { streams } });
    expect(ids(whole).sort()).to.deep.equal(ids(first).sort());
    const second = await read(account, NOW + 15 * DAY, { state: first.value });
    expect(ids(second)).to.include(soon).and.not.include(far);
    const third = await read(account, NOW + 370 * DAY, { state: second.value });
    expect(ids(third)).to.include(far);
  });

  it('T3 a machine whose clock is ten minutes off reads by the server’s, and says so', async () => {
    const account = makeAccount(SIZE);
    const right = await read(account, NOW);
    for (const off of [600, -600]) {
      const run = await read(account, NOW, { wall: (clock) => clock.wall() + off * 1000 });
      expect(run.stderr).to.contain(
        `WARNING this machine's clock is ${off} s off the server's, which is used\n`,
      );
      expect(run.requests).to.deep.equal(right.requests);
      expect(run.value).to.deep.equal(right.value);
      expectAll(run, account);
    }
    expect(right.stderr).to.not.contain('WARNING');
  });

  it('T4 I3 a clock that jumps in mid-run, back or on, moves no bookmark and loses no row', async () => {
    const account = makeAccount(SIZE);
    const right = await read(account, NOW);
    for (const jump of [-2 * 3_600_000, -400 * DAY, 2 * 3_600_000]) {
      const wall = (clock: FakeClock, requests: number) => clock.wall() + (requests > 5 ? jump : 0);
      const run = await read(account, NOW, { wall });
      expect(run.requests).to.deep.equal(right.requests);
      expect(run.value).to.deep.equal(right.value);
      expectAll(run, account);
      // And the next run by the right clock goes on from there.
      const next = await read(account, NOW + DAY, { state: run.value });
      for (const [stream, { until }] of Object.entries(next.bookmarks))
        expect(compare(right.bookmarks[stream]?.until ?? '', until), stream).to.be.below(0);
    }
  });

  it('T5 no bound of any request is younger than ten seconds before the run', async () => {
    const account = makeAccount(SIZE);
    const first = await read(account, NOW);
    const second = await read(account, NOW + DAY, { state: first.value });
    for (const [{ requests }, latest] of [
      [first, '2026-08-31T23:59:50Z'],
      [second, '2026-09-01T23:59:50Z'],
    ] as const) {
      const bounds = requests.flatMap((one) =>
        [...one.matchAll(/,(\d{4}-[^)]+Z)\)/g)].map(([, bound = '']) => bound),
      );
      expect(bounds).to.include(latest);
      for (const bound of bounds) expect(compare(bound, latest), bound).to.be.at.most(0);
    }
  });

  it('T9 I16 rows a microsecond before, at and after the edge of two runs come once each', async () => {
    const account = makeAccount(SIZE);
    const edge = ['2026-08-31T23:59:49.999999Z', '2026-08-31T23:59:50Z', '2026-08-31T23:59:50.000001Z'];
    const ids = dated(account, ...edge);
    const config = { events_lookback_days: 0 };
    const first = await read(account, NOW, { config });
    const second = await read(account, NOW + DAY, { config, state: first.value });
    const came = (run: Read) => ids.filter((id) => run.rows.get('event_v2')?.has(id));
    expect([came(first), came(second)]).to.deep.equal([ids.slice(0, 1), ids.slice(1)]);
    expect([first.repeats, second.repeats]).to.deep.equal([0, 0]);
  });

  it('T10 who leaves a list and joins again comes again, under the same key', async () => {
    const account = makeAccount(SIZE);
    const first = await read(account, NOW);
    const [list = ''] =
      [...account.memberships].find(([id, some]) => id === account.lists[0]?.id && some.length > 0) ?? [];
    const members = account.memberships.get(list) ?? [];
    const [member] = members;
    if (member === undefined) throw new Error('the list has nobody');
    members[0] = { ...member, joinedGroupAt: '2026-09-01T06:00:00+00:00' };
    const second = await read(account, NOW + DAY, { state: first.value });
    const again = second.all.filter(({ type, stream }) => type === 'RECORD' && stream === 'profile_list_v2');
    expect(
      again.map(({ record }) => [record.list_id, record.profile_id, record.joined_group_at]),
    ).to.deep.equal([[list, member.profileId, '2026-09-01T06:00:00Z']]);
    const before = first.all.filter(
      ({ stream, record }) =>
        stream === 'profile_list_v2' && record?.list_id === list && record.profile_id === member.profileId,
    );
    expect(before).to.have.length(1);
  });
});
