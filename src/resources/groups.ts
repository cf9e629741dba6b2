/** Lists and segments are the same kind of thing to Klaviyo: a group of profiles with the date each one joined. */

import type { Body, Config, Cursor, JsonApiObject, Reference, Scan } from '../resource.js';
import { normalise } from '../time.js';

/**
 * Nothing promises that a group's `updated` moves when its members do, so every group is asked on every run.
 * Who leaves is not in the feed at all: the members are read again from the beginning from time to time.
 */
export const membersCursor = {
  field: 'joined_group_at',
  lower: 'greater-or-equal',
  upper: 'less-than',
  sorted: true,
  rereadDays: (config: Config) => config.membership_refresh_days ?? 7,
} as const satisfies Cursor;

/** `group`: the column that names the group. */
export const membersScan = (group: string): Scan => ({
  attributes: ['joined_group_at'],
  columns: { [group]: 'parent', profile_id: 'id', read_at: 'wholeSince' },
});

export function* groupReferences({ data }: Body): Iterable<Reference> {
  for (const group of data) yield { id: group.id, created: instant(group, 'created') };
}

/** An attribute that is an instant, normalised; undefined where it is not. */
export function instant(object: JsonApiObject, name: string): string | undefined {
  const value = object.attributes[name];
  return typeof value === 'string' ? normalise(value) : undefined;
}
