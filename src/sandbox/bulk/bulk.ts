/** An account of any size that takes no memory: events, profiles and members of lists are functions of an index. */
import { type Making, SETTLED } from '../account/making.js';
import { DAY, parseInstant, SECOND } from '../clock.js';
import { sortKey } from '../match.js';
import type { Account } from '../types.js';
import type { Key, Order, Row } from '../view.js';
import { type Moments, moments } from './density.js';
import { type Kind, rowsOf } from './form.js';
import { eventId, eventIndex, profileId, profileIndex } from './ids.js';
import { eventKind, profileKind, profileSamples } from './kinds.js';

export interface BulkSizes {
  readonly events: number;
  readonly profiles: number;
  /** Members of all lists together. */
  readonly members: number;
  /** All events lie in one and the same second. */
  readonly crowded?: boolean;
  /** Events have items. */
  readonly items?: boolean;
}

/** The members of a list are the profiles of these indices. */
export interface Members {
  readonly first: number;
  readonly count: number;
}

export interface Bulk {
  readonly sizes: BulkSizes;
  /** By the id of a list. */
  readonly members: ReadonlyMap<string, Members>;
  /** Undefined for what is not of a bulk kind. */
  ordered(endpoint: string, id: string, field: string): Order | undefined;
  find(type: string, id: string): Row | undefined;
}

/** Lists whose rows are kept as forms: those that are read at a time, and more. */
const KEPT = 500;
const HISTORY = 3 * 365 * DAY;

export function makeBulk(at: Making, account: Account, sizes: BulkSizes): Bulk {
  const end = at.now - SETTLED;
  const whole = (moment: Moments): Moments => {
    return (index) => Math.floor(moment(index) / SECOND) * SECOND;
  };
  const spreadOut = moments(sizes.events, end - HISTORY, end);
  const eventMoment = whole(sizes.crowded === true ? () => end - HISTORY / 2 : spreadOut);
  const profileMoment = moments(sizes.profiles, end - HISTORY, end);
  const events = collection(
    sizes.events,
    eventId,
    eventKind(at, account, sizes, eventMoment),
    (field, index) => (field === 'datetime' ? eventMoment(index) : undefined),
  );
  const samples = profileSamples(at);
  const profiles = collection(
    sizes.profiles,
    profileId,
    profileKind(samples, profileMoment),
    (field, index) => (field === 'updated' ? profileMoment(index) : undefined),
  );
  const members = spread(account, sizes);
  const groups = new Map<string, Collection>();
  const membersOf = (list: string): Collection | undefined => {
    const known = groups.get(list);
    const own = members.get(list);
    if (known !== undefined || own === undefined) return known;
    const { first, count } = own;
    const created = account.lists.find(({ id }) => id === list)?.attributes.created;
    const moment = whole(moments(count, (parseInstant(String(created)) ?? end) + SECOND, end));
    const made = collection(
      count,
      (index) => profileId(first + index),
      profileKind(samples, profileMoment, { first, moment }),
      (field, index) => (field === 'joined_group_at' ? moment(index) : undefined),
    );
    const [oldest] = groups.keys();
    if (groups.size >= KEPT && oldest !== undefined) groups.delete(oldest);
    groups.set(list, made);
    return made;
  };

  return {
    sizes,
    members,
    ordered(endpoint, id, field) {
      if (endpoint === 'get_events') return events.by(field);
      if (endpoint === 'get_profiles') return profiles.by(field);
      return endpoint.endsWith('_for_list') ? membersOf(id)?.by(field) : undefined;
    },
    find(type, id) {
      if (type === 'event') return events.at(eventIndex(id));
      return type === 'profile' ? profiles.at(profileIndex(id)) : undefined;
    },
  };
}

interface Collection {
  readonly by: (field: string) => Order;
  readonly at: (index: number | undefined) => Row | undefined;
}

/** `quick`: the keys of the field that is sorted by most often; the others are read off the rows. */
function collection(
  length: number,
  id: (index: number) => string,
  kind: Kind,
  quick: (field: string, index: number) => Key | undefined,
): Collection {
  const row = rowsOf(kind);
  return {
    by: (field) => ({
      length,
      key: (index) => (field === 'id' ? id(index) : (quick(field, index) ?? sortKey(row(index), field))),
      id,
      row,
      exact: true,
    }),
    at: (index) => (index !== undefined && index < length ? row(index) : undefined),
  };
}

/** The first list is the largest; each of the following has its share of the first, and one has nobody. */
function spread({ lists }: Account, { members, profiles }: BulkSizes): Map<string, Members> {
  const empty = lists.length > 3 ? 2 : -1;
  const weight = (index: number) => (index === empty ? 0 : 1 / (index + 1));
  const total = lists.reduce((sum, _, index) => sum + weight(index), 0);
  return new Map(
    lists.map(({ id }, index) => {
      const count = Math.min(profiles, Math.round((members * weight(index)) / total));
      return [id, { first: (index * 7919) % (profiles - count + 1), count }];
    }),
  );
}
