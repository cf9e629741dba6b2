import { expect } from 'chai';
import { parseInstant } from '../../src/sandbox/clock.js';
import {
  type Account,
  type AccountObject,
  advanceAccount,
  makeAccount,
  NASTY,
  print,
} from '../../src/sandbox/index.js';
import type { AccountOptions, Raw } from '../../src/sandbox/types.js';
import { ask, idsOf, NOW, SMALL, withSandbox } from './asking.js';

const bytes = (account: Account): string =>
  JSON.stringify(
    Object.entries(account).map(([name, value]) => [
      name,
      value instanceof Map ? [...value] : print(value as Raw),
    ]),
  );
const made = (options: AccountOptions = {}) => makeAccount({ ...SMALL, ...options });
const COLLECTIONS = [
  'profiles',
  'events',
  'lists',
  'segments',
  'flows',
  'flowActions',
  'flowMessages',
  'campaigns',
  'campaignMessages',
] as const;
const CURSORS = ['updated', 'updated_at', 'created', 'created_at', 'datetime'];

function* moments(account: Account): Iterable<number> {
  for (const collection of COLLECTIONS)
    for (const { attributes } of account[collection] as AccountObject[])
      for (const name of CURSORS) {
        const value = attributes[name];
        if (typeof value === 'string') yield parseInstant(value) ?? Number.NaN;
      }
  for (const members of account.memberships.values())
    for (const { joinedGroupAt } of members) yield parseInstant(joinedGroupAt) ?? Number.NaN;
}

describe('sandbox account', () => {
  for (const kind of ['shop', 'nasty'] as const)
    it(`${kind}: the same seed and clock give the same bytes, another seed gives others`, () => {
      const [one, same, other] = [
        made({ account: kind }),
        made({ account: kind }),
        made({ account: kind, seed: 2 }),
      ];
      expect(bytes(one) === bytes(same)).to.equal(true);
      expect(bytes(one) === bytes(other)).to.equal(false);
      for (const account of [one, same]) advanceAccount(account, NOW, NOW + 86_400_000);
      expect(bytes(one) === bytes(same)).to.equal(true);
    });

  it('has the sizes asked for', () => {
    const account = made({ profiles: 11, events: 12, lists: 13, segments: 14, flows: 3, campaigns: 16 });
    expect(account.profiles).to.have.length(11);
    expect(account.events).to.have.length(12);
    expect(account.lists).to.have.length(13);
    expect(account.segments).to.have.length(14);
    expect(account.flows).to.have.length(3);
    expect(account.campaigns).to.have.length(16);
    for (const profiles of [0, 1])
      made({ profiles, events: 1, lists: 0, segments: 0, flows: 0, campaigns: 0, account: 'nasty' });
  });

  it('has unique ids, and relations that lead somewhere', () => {
    const account = made({ account: 'nasty' });
    const objects = [
      ...COLLECTIONS.flatMap((name) => account[name] as AccountObject[]),
      ...account.metrics,
      ...account.templates,
      ...account.tags,
      ...account.images,
      ...account.attributions,
    ];
    const ids = new Set(objects.map(({ type, id }) => `${type}/${id}`));
    expect(ids.size).to.equal(objects.length);
    for (const { relationships } of objects)
      for (const { data } of Object.values(relationships))
        for (const { type, id } of [data ?? []].flat() as { type: string; id: string }[])
          expect(ids.has(`${type}/${id}`), `${type}/${id}`).to.equal(true);
  });

  it('is settled a minute before its clock', () => {
    for (const moment of moments(made())) expect(moment).to.be.at.most((NOW - 60_000) * 1000);
  });

  it('has people who open what they were sent, and orders credited to what their buyer opened last', () => {
    const account = made({ profiles: 300, events: 5000 });
    const metric = new Map(account.metrics.map(({ id, attributes }) => [id, attributes.name]));
    const to = ({ relationships }: AccountObject, name: string) =>
      (relationships[name]?.data as { id: string } | undefined)?.id;
    const messageOf = ({ attributes }: AccountObject) =>
      (attributes.event_properties as Record<string, string>).$message;
    const happened = account.events.map((event) => ({
      event,
      name: String(metric.get(to(event, 'metric') ?? '')),
      profile: to(event, 'profile'),
      at: Number(event.attributes.timestamp),
    }));
    const opened = happened.filter(({ profile, name }) => profile !== undefined && name === 'Opened Email');
    /** The latest first, and for how many hours each of them is credited. */
    const lasting = new Map(
      Object.entries({ 'Opened Email': 120, 'Clicked Email': 120, 'Clicked SMS': 120, 'Received SMS': 12 }),
    );
    const touches = happened
      .flatMap((one) => (lasting.has(one.name) ? [{ one, lasts: lasting.get(one.name) ?? 0 }] : []))
      .reverse();
    expect(opened.length).to.be.greaterThan(300);
    for (const { event, profile, at } of opened.filter(({ event }) => messageOf(event)))
      expect(
        happened.some(
          (one) =>
            one.name === 'Received Email' &&
            one.profile === profile &&
            one.at < at &&
            messageOf(one.event) === messageOf(event),
        ),
        event.id,
      ).to.equal(true);

    const byId = new Map(happened.map((one) => [one.event.id, one]));
    const orders = account.attributions.map((attribution) => ({
      order: byId.get(to(attribution, 'event') ?? ''),
      touch: byId.get(to(attribution, 'attributed-event') ?? ''),
      source: to(attribution, 'campaign') ?? to(attribution, 'flow-message'),
    }));
    expect(orders.length).to.be.greaterThan(100);
    for (const { order, touch, source } of orders) {
      const [lastly] = touches.filter(
        ({ one }) => one.profile === order?.profile && one.at < Number(order?.at),
      );
      const within = touches.find(
        ({ one, lasts }) =>
          one.profile === order?.profile &&
          one.at < Number(order?.at) &&
          Number(order?.at) <= one.at + lasts * 3600,
      );
      // Beyond the window only an order that names its message is credited.
      if (within === undefined)
        expect(order && messageOf(order.event)).to.equal(touch && messageOf(touch.event));
      expect(touch).to.equal((within ?? lastly)?.one);
      expect(source).to.equal(touch && messageOf(touch.event));
    }
    for (const { event } of happened) {
      const { $flow: flow, $message: message } = event.attributes.event_properties as Record<string, string>;
      if (flow === undefined) continue;
      const action = account.flowMessages.find(({ id }) => id === message);
      const parent = account.flowActions.find(({ id }) => id === (action && to(action, 'flow-action')));
      expect(parent && to(parent, 'flow')).to.equal(flow);
    }
  });

  it('lives on between the clocks', () => {
    const account = made();
    const before = new Set(moments(account));
    const counts = COLLECTIONS.map((name) => account[name].length);
    advanceAccount(account, NOW + 5000, NOW + 86_400_000);
    const fresh = [...moments(account)].filter((moment) => !before.has(moment));
    expect(fresh.length).to.be.greaterThan(20);
    for (const moment of fresh) {
      expect(moment).to.be.greaterThan((NOW + 5000) * 1000);
      expect(moment).to.be.at.most((NOW + 86_400_000 - 30_000) * 1000);
    }
    const grown = COLLECTIONS.filter((name, index) => account[name].length > (counts[index] ?? 0));
    expect(grown).to.include.members(['profiles', 'events', 'lists', 'campaigns', 'campaignMessages']);
  });

  it('nasty: the wire carries each value as it is', () =>
    withSandbox({ account: 'nasty' }, async (sandbox) => {
      expect(NASTY.length).to.be.greaterThan(50);
      let all = '';
      for (let next: string | null | undefined = '/api/events?page[size]=1000&sort=datetime'; next; ) {
        const reply = await ask(sandbox, next);
        all += reply.text;
        next = reply.doc.links.next;
      }
      const texts = [
        '"exact_one":1.0,',
        ':-0,',
        ':1e400,',
        '123456789012345678901234567890',
        'a\\u0000b',
        'half \\ud83d"',
        '"one\u2028two',
        '"$value":2.50',
        '"__proto__":',
        'k'.repeat(10_240),
      ];
      for (const text of texts) expect(all.includes(text), text.slice(0, 40)).to.equal(true);
      expect(all.length).to.be.greaterThan(5_000_000);
      expect((await ask(sandbox, '/api/lists')).text).to.match(/^\{\n {2}"data" : \[\n/);
      for (const [path, count] of [
        ['/api/profiles?page[size]=100&sort=updated', 230],
        ['/api/lists?sort=updated', 12],
      ] as const)
        expect(new Set(await idsOf(sandbox, path)).size, path).to.equal(count);
      const future = await idsOf(sandbox, '/api/events?page[size]=1000&sort=-datetime');
      expect(future).to.have.length(2600);
      expect(new Set(future).size).to.equal(2600);
    }));
});
