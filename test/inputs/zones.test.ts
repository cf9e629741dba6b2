/** What a user would lose if this failed: rows of an hour, on the night that the clocks change, or on another machine. */
import { expect } from 'chai';
import type { StreamName } from '../../src/resource.js';
import { advanceAccount, makeAccount } from '../../src/sandbox/index.js';
import { asked, inside, KEY, type Left } from '../inside.js';
import { type FakeClock, fakeClock } from '../klaviyo/clock.js';
import { byKey, Folder, messages, type SingerMessage, singerRecords } from '../promises/harness.js';
import { truthOf } from '../promises/truth.js';

const ZONES = ['UTC', 'America/New_York', 'Asia/Kathmandu', 'Europe/Berlin', 'Pacific/Apia'];

/** Each begins a second before, so that it happens while the run is reading. */
const NIGHTS: readonly (readonly [string, string])[] = [
  ['New York goes an hour forward', '2026-03-08T06:59:59Z'],
  ['New York goes an hour back', '2026-11-01T05:59:59Z'],
  ['Berlin goes an hour forward', '2026-03-29T00:59:59Z'],
  ['Berlin goes an hour back', '2026-10-25T00:59:59Z'],
  ['Apia leaves out a day', '2011-12-30T09:59:59Z'],
  ['a year ends', '2026-12-31T23:59:59Z'],
  ['the 29th of February begins', '2028-02-28T23:59:59Z'],
  ['the 29th of February ends', '2028-02-29T23:59:59Z'],
];

const SIZE = { profiles: 30, events: 90, lists: 3, segments: 2, flows: 5, campaigns: 4 } as const;

describe('T6 R4 I17 I20: the machine’s zone and the calendar', () => {
  const folder = new Folder();
  const own = process.env.TZ;
  const setZone = (zone: string | undefined): void => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  };
  afterEach(() => setZone(own));
  after(() => folder.remove());

  const lastState = (all: readonly SingerMessage[]): unknown =>
    all.filter(({ type }) => type === 'STATE').at(-1)?.value;
  const config = (more: object = {}) =>
    folder.write('config.json', { api_key: KEY, start_date: '2000-01-01', ...more });

  for (const [what, moment] of NIGHTS)
    it(`${what} during the run: the same bytes in five zones, every row, and none twice`, async () => {
      const account = makeAccount({ ...SIZE, now: () => Date.parse(moment) });
      const all: Left[] = [];
      for (const zone of ZONES) {
        setZone(zone);
        const clock = fakeClock(Date.parse(moment));
        all.push(await inside(['--config', config()], { clock, get: asked(account, clock) }));
        expect(clock.now(), 'the run goes past the moment').to.be.greaterThan(1_000);
      }
      const [first] = all;
      expect(first?.code, first?.stderr).to.equal(0);
      for (const [index, { stdout, stderr, requests }] of all.entries()) {
        expect(stdout === first?.stdout, ZONES[index]).to.equal(true);
        expect(stderr).to.equal(first?.stderr);
        expect(requests).to.deep.equal(first?.requests);
      }
      const said = await messages<SingerMessage>(first?.stdout ?? '');
      const { rows, repeats } = byKey(singerRecords(said));
      expect(repeats).to.equal(0);
      for (const [stream, want] of truthOf(account))
        expect([...(rows.get(stream)?.keys() ?? [])].sort(), stream).to.deep.equal([...want.keys()].sort());
    });

  it('T6 a history of three months, and the run after it, over two changes of the clocks', async () => {
    const moment = Date.parse('2026-05-31T00:30:00Z');
    const outputs = new Map<string, string>();
    for (const zone of ZONES) {
      setZone(zone);
      const account = makeAccount({ ...SIZE, now: () => moment });
      const run = (wall: number, ...more: string[]) => {
        const clock: FakeClock = fakeClock(wall);
        const argv = ['--config', config({ start_date: undefined }), ...more];
        return inside(argv, { clock, get: asked(account, clock) });
      };
      const first = await run(moment);
      const state = lastState(await messages<SingerMessage>(first.stdout));
      const later = moment + 86_400_000;
      advanceAccount(account, moment, later);
      const second = await run(later, '--state', folder.write('state.json', state ?? {}));
      expect([first.code, second.code], first.stderr + second.stderr).to.deep.equal([0, 0]);
      const asks = first.requests.filter((one) => one.startsWith('/api/events'));
      expect(asks[0], 'the last day of February').to.contain(
        'greater-or-equal(datetime,2026-02-28T00:30:00Z)',
      );
      const { rows } = byKey(singerRecords(await messages<SingerMessage>(second.stdout)));
      expect(rows.get('event_v2' satisfies StreamName)?.size).to.be.greaterThan(0);
      outputs.set(zone, first.stdout + second.stdout);
    }
    expect(new Set(outputs.values()).size, [...outputs.keys()].join()).to.equal(1);
  });

  it('the zone does change what a Date says here: the tests above can see one', () => {
    const hours = ZONES.map((zone) => {
      setZone(zone);
      return new Date(Date.UTC(2026, 0, 1, 12)).getHours();
    });
    expect(new Set(hours).size).to.equal(5);
  });
});
