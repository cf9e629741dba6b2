/** People: known by e-mail, by phone, or by nothing yet. */
import { DAY, isoMicros, isoSeconds } from '../clock.js';
import { type Random, ulid } from '../random.js';
import type { AccountObject, Attributes, Raw } from '../types.js';
import { ago, between, type Making, SETTLED } from './making.js';
import { CITIES, DOMAINS, FIRST, LAST } from './words.js';

export function makeProfiles(making: Making, count: number): AccountObject[] {
  const chance = making.chance('profiles');
  return Array.from({ length: count }, (_, index) => {
    const created = ago(chance, making.now, 900);
    return makeProfile(chance, index, created, between(chance, created, making.now - SETTLED));
  });
}

export function makeProfile(chance: Random, index: number, created: number, updated: number): AccountObject {
  const place = chance.pick(CITIES);
  const first = chance.pick(FIRST);
  const last = chance.pick(LAST);
  const anonymous = chance.chance(0.05);
  const byPhone = !anonymous && chance.chance(0.2);
  const email =
    anonymous || (byPhone && chance.chance(0.3))
      ? null
      : `${plain(first)}.${plain(last)}.${index}@${chance.pick(DOMAINS)}`;
  const phone = byPhone ? `${place.calling}${String(5550000 + index).slice(-7)}` : null;
  return {
    type: 'profile',
    id: ulid(chance, created / 1000),
    attributes: {
      email,
      phone_number: phone,
      external_id: chance.chance(0.4) ? String(100000 + index) : null,
      first_name: anonymous ? null : first,
      last_name: anonymous ? null : last,
      organization: chance.chance(0.05) ? 'Example Corporation' : null,
      locale: chance.chance(0.7) ? place.locale : null,
      title: chance.chance(0.05) ? 'Regional Manager' : null,
      image: null,
      created: isoMicros(created),
      updated: isoMicros(updated),
      last_event_date: chance.chance(0.8) ? isoSeconds(between(chance, created, updated)) : null,
      location: location(chance, place),
      properties: properties(chance, index),
      subscriptions: subscriptions(chance, created, updated, email !== null, phone !== null),
      predictive_analytics: chance.chance(0.5) ? predictions(chance, updated) : null,
    },
    relationships: {},
  };
}

const plain = (name: string) =>
  name
    .normalize('NFD')
    .replace(/[^A-Za-z]/g, '')
    .toLowerCase();

function location(chance: Random, place: (typeof CITIES)[number]): Attributes {
  // Klaviyo gives coordinates as they came in: as numbers from some sources, as text from others.
  const coordinate = (value: number): Raw => (chance.chance(0.5) ? value : value.toFixed(4));
  return {
    address1: chance.chance(0.4) ? `${chance.int(1, 400)} Main St` : null,
    address2: null,
    city: place.city,
    country: place.country,
    latitude: chance.chance(0.9) ? coordinate(place.latitude) : null,
    longitude: chance.chance(0.9) ? coordinate(place.longitude) : null,
    region: place.region,
    zip: chance.chance(0.8) ? place.zip : null,
    timezone: place.timezone,
    ip: chance.chance(0.5) ? `203.0.113.${chance.int(1, 254)}` : null,
  };
}

function properties(chance: Random, index: number): Attributes {
  return {
    $source: chance.pick([-6, -8, 'Signup form', 'Import']),
    $consent: chance.chance(0.6) ? ['email', 'web'] : [],
    'Accepts Marketing': chance.chance(0.6),
    'Shopify Tags': chance.chance(0.3) ? ['vip', 'returning'] : [],
    loyalty: {
      tier: chance.pick(['bronze', 'silver', 'gold']),
      points: chance.int(0, 4000),
      joined: '2025-03-01',
    },
    'Shoe size': chance.pick([38, 39.5, 42, '43']),
    customer_number: index,
  };
}

function subscriptions(
  chance: Random,
  created: number,
  updated: number,
  email: boolean,
  phone: boolean,
): Attributes {
  const when = isoSeconds(between(chance, created, updated));
  const subscribed = email && chance.chance(0.6);
  const suppressed = email && chance.chance(0.08);
  const bySms = phone && chance.chance(0.7);
  const consent = (yes: boolean) => (yes ? 'SUBSCRIBED' : 'NEVER_SUBSCRIBED');
  return {
    email: {
      marketing: {
        can_receive_email_marketing: email && !suppressed,
        consent: suppressed ? 'UNSUBSCRIBED' : consent(subscribed),
        // Consent from older imports has a space where a T should be.
        consent_timestamp: subscribed ? (chance.chance(0.05) ? when.replace('T', ' ') : when) : null,
        last_updated: subscribed || suppressed ? when : null,
        method: subscribed ? chance.pick(['PREFERENCE_PAGE', 'FORM', 'CHECKOUT', 'API']) : null,
        method_detail: subscribed ? 'shop.example/signup' : '',
        custom_method_detail: null,
        double_optin: subscribed ? chance.chance(0.5) : null,
        suppression: suppressed
          ? [
              {
                reason: chance.pick(['HARD_BOUNCE', 'SPAM_COMPLAINT', 'UNSUBSCRIBE', 'USER_SUPPRESSED']),
                timestamp: when,
              },
            ]
          : [],
        list_suppressions: [],
      },
    },
    sms: {
      marketing: {
        can_receive_sms_marketing: bySms,
        consent: consent(bySms),
        consent_timestamp: bySms ? when : null,
        method: bySms ? 'TEXT' : null,
        method_detail: bySms ? 'JOIN' : '',
        last_updated: bySms ? when : null,
      },
      transactional: {
        can_receive_sms_transactional: bySms,
        consent: consent(bySms),
        consent_timestamp: bySms ? when : null,
        method: bySms ? 'TEXT' : null,
        method_detail: '',
        last_updated: bySms ? when : null,
      },
    },
    mobile_push: {
      marketing: { can_receive_push_marketing: false, consent: 'NEVER_SUBSCRIBED', consent_timestamp: null },
    },
  };
}

function predictions(chance: Random, updated: number): Attributes {
  const orders = chance.int(1, 12);
  const average = chance.int(1500, 12000) / 100;
  const historic = Math.round(orders * average * 100) / 100;
  const predicted = chance.int(0, 20000) / 100;
  return {
    historic_clv: historic,
    predicted_clv: predicted,
    total_clv: Math.round((historic + predicted) * 100) / 100,
    historic_number_of_orders: orders,
    predicted_number_of_orders: chance.int(0, 300) / 100,
    average_days_between_orders: orders > 1 ? chance.int(10, 300) : null,
    average_order_value: average,
    churn_probability: chance.int(1, 99) / 100,
    expected_date_of_next_order: isoSeconds(updated + chance.int(10, 200) * DAY),
    ranked_channel_affinity: chance.chance(0.5) ? ['email', 'sms', 'push'] : ['sms', 'email', 'push'],
  };
}
