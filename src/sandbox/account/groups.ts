/** Lists and segments, and who is in them since when. */
import { isoMicros, isoSeconds, parseInstant } from '../clock.js';
import { type Random, shortId, uuid } from '../random.js';
import { type AccountObject, type Membership, many } from '../types.js';
import { between, lifetime, type Making, SETTLED } from './making.js';
import { LISTS, SEGMENTS, TAGS } from './words.js';

export function makeTags(making: Making): AccountObject[] {
  const chance = making.chance('tags');
  return TAGS.map((name) => ({ type: 'tag', id: uuid(chance), attributes: { name }, relationships: {} }));
}

const name = (names: readonly string[], index: number) =>
  (names[index % names.length] ?? 'Group') +
  (index < names.length ? '' : ` ${Math.floor(index / names.length) + 1}`);

const some = (chance: Random, tags: readonly AccountObject[]) =>
  many('tag', chance.chance(0.4) && tags.length > 0 ? [chance.pick(tags).id] : []);

export function makeLists(making: Making, count: number, tags: readonly AccountObject[]): AccountObject[] {
  const chance = making.chance('lists');
  return Array.from({ length: count }, (_, index) =>
    makeList(chance, name(LISTS, index), lifetime(chance, making.now, 800), tags),
  );
}

export function makeList(
  chance: Random,
  called: string,
  times: { created: string; updated: string },
  tags: readonly AccountObject[],
): AccountObject {
  return {
    type: 'list',
    id: shortId(chance),
    attributes: { name: called, ...times, opt_in_process: chance.pick(['single_opt_in', 'double_opt_in']) },
    relationships: { tags: some(chance, tags), 'flow-triggers': many('flow', []) },
  };
}

export function makeSegments(
  making: Making,
  count: number,
  metrics: readonly AccountObject[],
  tags: readonly AccountObject[],
): AccountObject[] {
  const chance = making.chance('segments');
  return Array.from({ length: count }, (_, index) => ({
    type: 'segment',
    id: shortId(chance),
    attributes: {
      name: name(SEGMENTS, index),
      definition: {
        condition_groups: [
          {
            conditions: [
              {
                type: 'profile-metric',
                metric_id: chance.pick(metrics).id,
                measurement: 'count',
                measurement_filter: { type: 'numeric', operator: 'greater-than', value: chance.int(0, 5) },
                timeframe_filter: { type: 'date', operator: 'in-the-last', unit: 'day', quantity: 90 },
              },
            ],
          },
        ],
      },
      ...lifetime(chance, making.now, 700),
      is_active: index % 8 !== 3,
      is_processing: index % 8 === 5,
      is_starred: index % 8 === 0,
    },
    relationships: { tags: some(chance, tags), 'flow-triggers': many('flow', []) },
  }));
}

/** The first group holds most people, the last ones few, and one of them nobody. */
export function makeMemberships(
  making: Making,
  groups: readonly AccountObject[],
  profiles: readonly AccountObject[],
): Map<string, Membership[]> {
  const chance = making.chance('memberships');
  return new Map(
    groups.map((group, index) => {
      const share = index === 2 && groups.length > 3 ? 0 : 0.7 / (index + 1);
      const members = profiles.filter(() => chance.chance(share));
      return [group.id, members.map((profile) => join(chance, profile, making.now - SETTLED))];
    }),
  );
}

export function join(chance: Random, profile: AccountObject, latest: number, earliest?: number): Membership {
  const created = parseInstant(String(profile.attributes.created)) ?? latest;
  const at = between(chance, Math.min(latest, earliest ?? created), latest);
  return { profileId: profile.id, joinedGroupAt: chance.chance(0.5) ? isoSeconds(at) : isoMicros(at) };
}
