/** What would be lost if this failed: figures measured on a bulk account that hold for an ordinary one. */
import { expect } from 'chai';
import fc from 'fast-check';
import { isoMicros, isoSeconds, parseInstant, SECOND } from '../../src/sandbox/clock.js';
import {
  eventId,
  eventIndex,
  makeAccount,
  profileId,
  profileIndex,
  type Sandbox,
  startSandbox,
} from '../../src/sandbox/index.js';
import { compose, render, shapeOf } from '../../src/sandbox/render.js';
import { ask, idsOf, NOW, withSandbox } from './asking.js';

const EVENTS = 2_345;
const PROFILES = 700;
const MEMBERS = 900;
const BULK = {
  account: 'bulk',
  events: EVENTS,
  profiles: PROFILES,
  members: MEMBERS,
  lists: 7,
  now: () => NOW,
} as const;
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const END = NOW * 1000;
const START = END - 3 * 366 * 86_400 * SECOND;

/** Moments that cut all time into windows, each two seconds from the next at least. */
const cuts = fc
  .uniqueArray(fc.integer({ min: START / SECOND / 2 + 1, max: END / SECOND / 2 - 10 }), { maxLength: 4 })
  .map((halves) => [START, ...halves.sort((a, b) => a - b).map((half) => half * 2 * SECOND), END]);

describe('bulk account', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await startSandbox({ ...BULK, limits: false });
  });
  after(() => sandbox.close());

  const lists = () => [...(sandbox.account.bulk?.members ?? [])];

  async function walked(
    path: string,
    size: number,
    moments: readonly number[],
    bounds: (a: number, b: number) => string,
  ) {
    const ids: string[] = [];
    for (const [index, from] of moments.slice(0, -1).entries()) {
      const filter = bounds(from, moments[index + 1] ?? END);
      ids.push(...(await idsOf(sandbox, `${path}&page[size]=${size}&filter=${filter}`)));
    }
    return ids;
  }

  it('gives each event once, in order, whatever the windows and pages', async () => {
    await fc.assert(
      fc.asyncProperty(cuts, fc.integer({ min: 150, max: 1000 }), async (moments, size) => {
        const ids = await walked('/api/events?sort=datetime', size, moments, (a, b) =>
          `greater-or-equal(datetime,${isoSeconds(a)}),less-than(datetime,${isoSeconds(b)})`.replaceAll(
            '+00:00',
            'Z',
          ),
        );
        expect(ids.map(eventIndex)).to.deep.equal(upTo(EVENTS));
      }),
      { numRuns: 10 },
    );
  });

  it('gives each profile once by its update, and each member once by its joining', async () => {
    await fc.assert(
      fc.asyncProperty(cuts, fc.integer({ min: 30, max: 100 }), async (moments, size) => {
        const utc = (micros: number) => isoMicros(micros).replace('+00:00', 'Z');
        const profiles = await walked('/api/profiles?sort=updated', size, moments, (a, b) => {
          return `greater-than(updated,${utc(a - 1)}),less-than(updated,${utc(b)})`;
        });
        expect(profiles.map(profileIndex)).to.deep.equal(upTo(PROFILES));
        for (const [list, { first, count }] of lists().slice(0, 2)) {
          const path = `/api/lists/${list}/profiles?sort=joined_group_at`;
          const members = await walked(path, size, moments, (a, b) => {
            return `greater-or-equal(joined_group_at,${utc(a)}),less-than(joined_group_at,${utc(b)})`;
          });
          expect(members.map((id) => (profileIndex(id) ?? 0) - first)).to.deep.equal(upTo(count));
        }
      }),
      { numRuns: 8 },
    );
  });

  it('has every order that the endpoint takes, both ways and backwards', async () => {
    for (const sort of [
      'created',
      'email',
      'id',
      'updated',
      'subscriptions.email.marketing.suppression.timestamp',
    ]) {
      const ids = await idsOf(sandbox, `/api/profiles?page[size]=100&sort=${sort}`);
      expect(ids.map(profileIndex), sort).to.deep.equal(upTo(PROFILES));
    }
    const down = await idsOf(sandbox, '/api/events?page[size]=900&sort=-timestamp');
    expect(down.map(eventIndex).reverse()).to.deep.equal(upTo(EVENTS));
    const second = await ask(sandbox, (await ask(sandbox, '/api/events?sort=datetime')).doc.links.next ?? '');
    const back = await ask(sandbox, second.doc.links.prev ?? '');
    expect(eventIndex(back.doc.data[0].id)).to.equal(0);
  });

  it('has uneven months: nine events out of ten in two of them', async () => {
    const { doc } = await ask(sandbox, '/api/events?page[size]=1000&sort=datetime');
    const next = await ask(sandbox, doc.links.next ?? '');
    const moments = [...doc.data, ...next.doc.data].map(
      ({ attributes }) => (parseInstant(attributes.datetime) ?? 0) / SECOND,
    );
    const month = (3 * 365 * 86_400) / 36;
    const busiest = moments.filter((_, index) => {
      const later = moments[index + Math.floor(EVENTS * 0.4)];
      return later !== undefined && later - (moments[index] ?? 0) <= month;
    });
    expect(busiest.length).to.be.greaterThan(0);
  });

  it('says of itself what it is', async () => {
    const spread = lists().map(([, { count }]) => count);
    expect(spread.reduce((sum, count) => sum + count, 0)).to.be.within(MEMBERS - 4, MEMBERS + 4);
    expect(spread).to.include(0);
    for (const [list, { count }] of lists()) {
      const { doc } = await ask(sandbox, `/api/lists/${list}?additional-fields[list]=profile_count`);
      expect(doc.data.attributes.profile_count).to.equal(count);
      expect(await idsOf(sandbox, `/api/lists/${list}/relationships/profiles?page[size]=100`)).to.have.length(
        count,
      );
    }
    expect((await ask(sandbox, '/api/lists/XXXXXX/profiles')).status).to.equal(404);
    const shop = makeAccount({ ...BULK, events: 5_000_000, profiles: 5_000_000 });
    expect(shop.bulk?.ordered('get_events', '', 'datetime')?.length).to.equal(5_000_000);
    expect([shop.events.length, shop.profiles.length]).to.deep.equal([0, 0]);
  });

  it('filters by what no index tells, and refers to what is there', async () => {
    const all = (await ask(sandbox, '/api/events?page[size]=1000&sort=datetime')).doc.data;
    const metric = all[5].relationships.metric.data.id;
    const same = await idsOf(sandbox, `/api/events?page[size]=700&filter=equals(metric_id,"${metric}")`);
    expect(same).to.include.members([all[5].id]).and.to.have.length.lessThan(EVENTS);
    for (const event of all.slice(0, 20)) {
      const profile = event.relationships.profile.data.id;
      expect(await idsOf(sandbox, `/api/profiles?filter=equals(id,"${profile}")`)).to.deep.equal([profile]);
      const theirs = `/api/events?page[size]=1000&filter=equals(profile_id,"${profile}")`;
      expect(await idsOf(sandbox, theirs)).to.include(event.id);
    }
    const { doc } = await ask(sandbox, '/api/events?page[size]=50&include=metric,profile,attributions');
    const found = new Set(doc.included?.map(({ type, id }) => `${type}/${id}`));
    for (const { relationships } of doc.data)
      for (const name of ['metric', 'profile'] as const)
        expect(found.has(`${name}/${relationships[name].data.id}`)).to.equal(true);
  });

  it('prints a row by its form as it would off the object', () => {
    const { bulk, lists: groups } = sandbox.account;
    const shapes = [
      { additional: [], include: [], bare: false },
      { additional: ['subscriptions'], include: ['attributions'], bare: false },
      {
        fields: ['datetime', 'updated', 'joined_group_at', 'event_properties'],
        additional: [],
        include: [],
        bare: false,
      },
      { additional: [], include: [], bare: true },
    ].map(shapeOf);
    const orders = [
      bulk?.ordered('get_events', '', 'datetime'),
      bulk?.ordered('get_profiles', '', 'updated'),
      bulk?.ordered('get_profiles_for_list', groups[0]?.id ?? '', 'joined_group_at'),
    ];
    for (const order of orders)
      for (const shape of shapes)
        for (const index of [0, 1, 60, 61, 200, (order?.length ?? 0) - 1]) {
          const row = order?.row(index);
          if (row === undefined) throw new Error('no row');
          const plain = { object: row.object, joined: row.joined };
          expect(render(row, shape, 'http://x').toString()).to.equal(compose(plain, shape, 'http://x'));
        }
  });

  it('has ids that tell their index, in its order', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31), fc.nat(2 ** 31), (a, b) => {
        expect([eventIndex(eventId(a)), profileIndex(profileId(a))]).to.deep.equal([a, a]);
        expect(eventId(a) < eventId(b)).to.equal(a < b);
        expect(profileId(a) < profileId(b)).to.equal(a < b);
      }),
    );
    for (const text of ['', 'EV', 'EV00000000u', profileId(3)]) expect(eventIndex(text)).to.equal(undefined);
  });

  it('zips nothing when told not to', () =>
    withSandbox({ ...BULK, gzip: false }, async (plain) => {
      const page = await ask(plain, '/api/events?page[size]=1000', { 'accept-encoding': 'gzip' });
      expect(page.headers.get('content-encoding')).to.equal(null);
      expect(page.doc.data).to.have.length(1000);
    }));
});
