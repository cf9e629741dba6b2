/** The rows of a bulk account: a few of the shop's, told apart by what follows from their index. */
import { makeEvents } from '../account/events.js';
import type { Making } from '../account/making.js';
import { makeProfile } from '../account/profiles.js';
import { PRODUCTS } from '../account/words.js';
import { DAY, isoMicros, isoSeconds, SECOND } from '../clock.js';
import type { Random } from '../random.js';
import { type Account, type AccountObject, type Attributes, many, one, RawNumber } from '../types.js';
import type { BulkSizes } from './bulk.js';
import type { Moments } from './density.js';
import type { Kind } from './form.js';
import { eventId, eventUuid, profileId } from './ids.js';

/** Together longer than what gzip looks back on, so that a page does not shrink to nothing. */
const SAMPLES = 61;
/** Between a profile's `created` and its `updated`: either order is that of the index. */
const UNCHANGED = 30 * DAY;

const mark = (letter: string, width: number): string => `q${letter.repeat(width - 2)}q`;

/** Every so many-th has a name that is not all ASCII. */
const FOREIGN = 20;

/** What an order was of: no two are alike but in their form, so they are not zipped to nothing either. */
function itemsOf(chance: Random, variant: number): Attributes {
  const Items = [0, 1].map(() => {
    const product = chance.pick(PRODUCTS);
    const sku = chance.text(12);
    const Quantity = chance.int(1, 9);
    const cents = chance.int(500, 25_000);
    return {
      ProductID: sku,
      SKU: `${product.sku}-${chance.int(100, 999)}`,
      ProductName: variant % FOREIGN === 0 ? `${product.name}, édition d’été` : product.name,
      Quantity,
      ItemPrice: cents / 100,
      RowTotal: (cents * Quantity) / 100,
      ProductURL: `https://shop.example/products/${sku}`,
      ImageURL: `https://cdn.shop.example/${chance.text(24)}.jpg`,
      Categories: product.categories,
    };
  });
  return { Items, CheckoutToken: chance.text(32), CheckoutURL: `https://shop.example/c/${chance.text(32)}` };
}

/** `profiles`: how many there are for events to refer to. */
export function eventKind(
  at: Making,
  around: Account,
  { profiles, items = false }: Pick<BulkSizes, 'profiles' | 'items'>,
  moment: Moments,
): Kind {
  const chance = at.chance('bulk events');
  const chanceOfItems = at.chance('bulk items');
  const bought = Array.from({ length: SAMPLES }, (_, variant) =>
    items ? itemsOf(chanceOfItems, variant) : {},
  );
  const person = (index: number) => (profiles === 0 ? undefined : profileId((index * 7919) % profiles));
  const { events } = makeEvents(chance, SAMPLES, at.now - 365 * DAY, at.now - DAY, around);
  return {
    variants: SAMPLES,
    marks: [mark('I', 11), mark('U', 36), mark('D', 25), mark('T', 10), mark('P', 26)],
    values: (index) => {
      const micros = moment(index);
      return [
        eventId(index),
        eventUuid(index),
        isoSeconds(micros),
        String(Math.floor(micros / SECOND)),
        person(index) ?? '',
      ];
    },
    refs(index, relation) {
      const profile = person(index);
      if (relation === 'profile' && profile !== undefined) return [{ type: 'profile', id: profile }];
      const data = relation === 'metric' ? events[index % SAMPLES]?.relationships.metric?.data : undefined;
      return data && 'id' in data ? [data] : [];
    },
    row: (variant, [id = '', uuid = '', datetime = '', timestamp = '', profile = '']) => {
      const sample = events[variant] as AccountObject;
      const { event_properties, ...rest } = sample.attributes;
      const properties = { ...(event_properties as object), ...bought[variant], $event_id: uuid };
      return {
        object: {
          type: 'event',
          id,
          attributes: {
            ...rest,
            timestamp: new RawNumber(timestamp),
            event_properties: properties,
            datetime,
            uuid,
          },
          relationships: {
            ...sample.relationships,
            profile: profiles === 0 ? {} : one('profile', profile),
            attributions: many('attribution', []),
          },
        },
      };
    },
  };
}

const PROFILE_MARKS = [mark('I', 26), mark('N', 9), mark('C', 32), mark('U', 32)];

/** What all profiles are like, also as members: made once, however many lists there are. */
export function profileSamples(at: Making): readonly AccountObject[] {
  const chance = at.chance('bulk profiles');
  return Array.from({ length: SAMPLES }, (_, index) =>
    unsuppressed(makeProfile(chance, index, at.now - 90 * DAY, at.now - 60 * DAY)),
  );
}

/** A member is a profile with its moment of joining; `first` is the index of the first one. */
export function profileKind(
  samples: readonly AccountObject[],
  moment: Moments,
  joining?: { first: number; moment: Moments },
): Kind {
  const first = joining?.first ?? 0;
  return {
    variants: SAMPLES,
    marks: joining === undefined ? PROFILE_MARKS : [...PROFILE_MARKS, mark('J', 25)],
    values: (index) => {
      const profile = first + index;
      const updated = moment(profile);
      return [
        profileId(profile),
        String(profile).padStart(9, '0'),
        isoMicros(updated - UNCHANGED),
        isoMicros(updated),
        joining === undefined ? '' : isoSeconds(joining.moment(index)),
      ];
    },
    refs: () => [],
    row: (variant, [id = '', number = '', created = '', updated = '', joined]) => {
      // A member is as the profile of its index is.
      const { attributes } = samples[(variant + first) % SAMPLES] as AccountObject;
      return {
        object: {
          type: 'profile',
          id,
          attributes: {
            ...attributes,
            email: `person.${number}@example.com`,
            external_id: number,
            created,
            updated,
            last_event_date: created,
          },
          relationships: {},
        },
        ...(joined === undefined || joined === '' ? {} : { joined }),
      };
    },
  };
}

/** Orders by suppression would not be that of the index. */
function unsuppressed(profile: AccountObject): AccountObject {
  return { ...profile, attributes: { ...profile.attributes, subscriptions: withoutSuppressions(profile) } };
}

function withoutSuppressions({ attributes }: AccountObject) {
  const text = JSON.stringify(attributes.subscriptions).replace(/"suppression":\[.*?\]/, '"suppression":[]');
  return JSON.parse(text) as AccountObject['attributes'];
}
