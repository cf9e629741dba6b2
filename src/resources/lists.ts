import type { ListV2, ProfileListV2 } from '../generated/rows.js';
import { relatedIds } from '../klaviyo/json-api.js';
import type { Resource, Stream } from '../resource.js';
import { including, plain, sparse } from './fields.js';
import { groupReferences, membersCursor, membersScan } from './groups.js';
import { BY_CHANGE, MEMBERS } from './positions.js';

const listV2 = {
  description: 'Lists that people subscribe to.',
  lacks:
    'A list that was deleted is not told of: its row stays. How many are on it is no column, as that is told list by list at 15 a minute: count `profile_list_v2`.',
  primaryKey: ['id'],
  cursor: 'updated',
  position: BY_CHANGE,
  rows: (list) => [
    {
      ...list.attributes,
      id: list.id,
      tag_ids: relatedIds(list, 'tags'),
      flow_trigger_ids: relatedIds(list, 'flow-triggers'),
    },
  ],
} satisfies Stream<ListV2>;

const profileListV2 = {
  description: 'Who is on which list, and since when.',
  onlyWhole: 'who has left a list',
  lacks: 'Only the date of the last joining is told: who left and came back has one row.',
  primaryKey: ['list_id', 'profile_id'],
  cursor: 'joined_group_at',
  departures: true,
  position: MEMBERS,
  rows: (profile, { slice, wholeSince }) => [
    {
      list_id: slice.references?.[0]?.id,
      profile_id: profile.id,
      joined_group_at: profile.attributes.joined_group_at,
      read_at: wholeSince,
    },
  ],
} satisfies Stream<ProfileListV2>;

export const listMembers = {
  name: 'list members',
  path: '/api/lists/{id}/profiles',
  each: 'lists',
  scopes: ['lists:read', 'profiles:read'],
  limit: () => ({ burst: 75, steady: 750 }),
  pageSize: { default: 20, max: 100 },
  query: () => ({ 'fields[profile]': 'joined_group_at' }),
  cursor: membersCursor,
  scan: membersScan('list_id'),
  streams: { profile_list_v2: profileListV2 },
} as const satisfies Resource;

export const lists = {
  name: 'lists',
  path: '/api/lists',
  scopes: ['lists:read'],
  limit: () => ({ burst: 75, steady: 750 }),
  pageSize: { default: 10, max: 10 },
  query: (wanted) => ({
    ...including({
      tags: wanted.column('list_v2', 'tag_ids'),
      'flow-triggers': wanted.column('list_v2', 'flow_trigger_ids'),
    }),
    ...sparse(wanted, 'list', {
      ...plain('list_v2', 'name', 'updated', 'opt_in_process'),
      created: [['list_v2', 'created'], ['profile_list_v2']],
    }),
  }),
  cursor: { field: 'updated', lower: 'greater-than', sorted: true },
  walk: 'created',
  children: [{ resource: listMembers, references: groupReferences }],
  streams: { list_v2: listV2 },
} as const satisfies Resource;
