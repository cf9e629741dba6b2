/** What people did over a year: unevenly, most of all in November. */
import { DAY, isoSeconds, SECOND } from '../clock.js';
import { type Random, uuid } from '../random.js';
import { type AccountObject, type Attributes, many, one, type Raw } from '../types.js';
import { type Around, journeys, type Step } from './journeys.js';
import { METRICS } from './metrics.js';
import { PRODUCTS } from './words.js';

export interface Events {
  readonly events: AccountObject[];
  readonly attributions: AccountObject[];
}

const TOTAL = METRICS.reduce((sum, { share }) => sum + share, 0);

/** In (from, to), in microseconds; in order of time. */
export function makeEvents(chance: Random, count: number, from: number, to: number, around: Around): Events {
  const made: Events = { events: [], attributions: [] };
  if (around.metrics.length === 0) return made;
  const moments = Array.from({ length: count }, () => moment(chance, from, to)).sort((a, b) => a - b);
  const follow = journeys(chance, around);
  for (const at of moments) addEvent(made, chance, at, around, follow);
  return made;
}

/** Tries again where the shop is quiet: at night, and outside of the season. */
function moment(chance: Random, from: number, to: number): number {
  for (let tries = 0; tries < 30; tries++) {
    const at = Math.floor((from + chance.next() * (to - from)) / SECOND) * SECOND;
    const date = new Date(at / 1000);
    const month = date.getUTCMonth();
    const season = month === 10 ? 1 : month === 11 ? 0.6 : 0.25;
    const hour = date.getUTCHours() < 7 ? 0.3 : 1;
    if (at >= from && chance.next() < season * hour) return at;
  }
  return Math.ceil((from + to) / 2 / SECOND) * SECOND;
}

function addEvent(
  made: Events,
  chance: Random,
  at: number,
  around: Around,
  follow: (name: string, at: number, id: string) => Step,
): void {
  let left = chance.next() * TOTAL;
  let index = 0;
  for (; index < METRICS.length - 1; index++) {
    left -= METRICS[index]?.share ?? 0;
    if (left < 0) break;
  }
  const name = METRICS[index]?.name ?? '';
  const id = chance.text(11);
  const identity = uuid(chance);
  const { profile, source, credit } = follow(name, at, id);
  const attributionIds: string[] = [];
  if (credit !== undefined) {
    const attribution = identity.replaceAll('-', '');
    attributionIds.push(attribution);
    made.attributions.push({
      type: 'attribution',
      id: attribution,
      attributes: {},
      relationships: {
        event: one('event', id),
        'attributed-event': one('event', credit.event),
        ...credit.source.relationships,
      },
    });
  }
  made.events.push({
    type: 'event',
    id,
    attributes: {
      timestamp: at / SECOND,
      event_properties: { ...properties(chance, name, around), ...source?.properties, $event_id: identity },
      datetime: isoSeconds(at),
      uuid: identity,
    },
    relationships: {
      profile: profile === undefined ? {} : one('profile', profile),
      metric: one('metric', around.metrics[index]?.id ?? ''),
      attributions: many('attribution', attributionIds),
    },
  });
}

const cents = (value: number) => Math.round(value * 100) / 100;

function line(chance: Random): { [name: string]: Raw } & { RowTotal: number } {
  const product = chance.pick(PRODUCTS);
  const quantity = chance.int(1, 3);
  return {
    ProductID: product.id,
    SKU: product.sku,
    ProductName: product.name,
    Quantity: quantity,
    ItemPrice: product.price,
    RowTotal: cents(product.price * quantity),
    Categories: product.categories,
  };
}

function properties(chance: Random, name: string, { lists }: Around): Attributes {
  if (name === 'Placed Order' || name === 'Started Checkout') {
    const lines = Array.from({ length: chance.int(1, 4) }, () => line(chance));
    return {
      $value: cents(lines.reduce((sum, { RowTotal }) => sum + RowTotal, 0)),
      $value_currency: 'USD',
      OrderId: String(chance.int(100_000, 999_999)),
      ItemNames: lines.map(({ ProductName }) => ProductName ?? null),
      Items: lines,
      'Discount Code': chance.chance(0.2) ? 'WELCOME10' : '',
      $extra: { source_name: 'web', taxes_included: false, note: null },
    };
  }
  if (name === 'Ordered Product') {
    const ordered = line(chance);
    return { ...ordered, $value: ordered.RowTotal };
  }
  if (name === 'Viewed Product') {
    const { id, sku, name: called, price, categories } = chance.pick(PRODUCTS);
    return {
      ProductID: id,
      SKU: sku,
      ProductName: called,
      Price: price,
      Categories: categories,
      URL: `https://shop.example/p/${sku}?ref=${chance.int(1, 99)}`,
    };
  }
  if (name === 'Active on Site')
    return { page: `https://shop.example/${chance.text(4)}`, Browser: 'Firefox', $is_session_activity: true };
  if (name === 'Subscribed to List')
    return { List: lists.length > 0 ? chance.pick(lists).id : null, $consent_method: 'Klaviyo Form' };
  if (name === 'Unsubscribed from List')
    // A list that was deleted since is in no listing.
    return {
      List: lists.length > 0 && chance.chance(0.9) ? chance.pick(lists).id : 'Tt9aQe',
      Method: 'Preference page',
    };
  if (name === 'Loyalty Points Earned')
    return { points: chance.int(1, 900), balance: chance.int(0, 90_000) / 100, 'tier name': 'gold' };
  if (name === 'Clicked SMS') return { URL: 'https://shop.example/s', 'To Number': '+12125550000' };
  if (name === 'Received SMS')
    return { 'Message Body': 'Oak & Fog: 20 % off', 'To Number': '+12125550000', Segments: chance.int(1, 2) };
  return {
    ...(name === 'Bounced Email' ? { 'Bounce Type': chance.pick(['Hard', 'Soft', 'Soft']) } : {}),
    Subject: 'New arrivals are here',
    'Email Domain': 'example.com',
    'Client Type': 'Browser',
    'Client OS': 'iOS',
  };
}

/** As many as the year's rate gives for so long. */
export const rate = (yearly: number, micros: number): number => Math.round((yearly * micros) / (365 * DAY));
