import type { ProfileSegmentV2, SegmentV2 } from '../generated/rows.js';
import { relatedIds } from '../klaviyo/json-api.js';
import type { Resource, Stream } from '../resource.js';
import { including, plain, sparse } from './fields.js';
import { groupReferences, membersCursor, membersScan } from './groups.js';
import { BY_CHANGE, MEMBERS } from './positions.js';

const segmentV2 = {
  description: 'Segments: groups that people enter and leave by what they are and do.',
  lacks:
    'A segment that was deleted is not told of: its row stays. How many are in it is no column, as that is told segment by segment at 15 a minute: count `profile_segment_v2`.',
  primaryKey: ['id'],
  cursor: 'updated',
  position: BY_CHANGE,
  rows: (segment) => [
    {
      ...segment.attributes,
      id: segment.id,
      tag_ids: relatedIds(segment, 'tags'),
      flow_trigger_ids: relatedIds(segment, 'flow-triggers'),
    },
  ],
} satisfies Stream<SegmentV2>;

const profileSegmentV2 = {
  description: 'Who is in which segment, and since when.',
  onlyWhole: 'who has left a segment',
  lacks:
    'Only the date of the last joining is told: who left and came back has one row. While `segment_v2.is_processing` is true, the membership is being worked out, and is read as it stands.',
  primaryKey: ['segment_id', 'profile_id'],
  cursor: 'joined_group_at',
  departures: true,
  position: MEMBERS,
  rows: (profile, { slice, wholeSince }) => [
    {
      segment_id: slice.references?.[0]?.id,
      profile_id: profile.id,
      joined_group_at: profile.attributes.joined_group_at,
      read_at: wholeSince,
    },
  ],
} satisfies Stream<ProfileSegmentV2>;

export const segmentMembers = {
  name: 'segment members',
  path: '/api/segments/{id}/profiles',
  each: 'segments',
  scopes: ['segments:read', 'profiles:read'],
  limit: () => ({ burst: 75, steady: 750 }),
  pageSize: { default: 20, max: 100 },
  query: () => ({ 'fields[profile]': 'joined_group_at' }),
  cursor: membersCursor,
  scan: membersScan('segment_id'),
  streams: { profile_segment_v2: profileSegmentV2 },
} as const satisfies Resource;

export const segments = {
  name: 'segments',
  path: '/api/segments',
  scopes: ['segments:read'],
  limit: () => ({ burst: 75, steady: 750 }),
  pageSize: { default: 10, max: 10 },
  query: (wanted) => ({
    ...including({
      tags: wanted.column('segment_v2', 'tag_ids'),
      'flow-triggers': wanted.column('segment_v2', 'flow_trigger_ids'),
    }),
    ...sparse(wanted, 'segment', {
      ...plain('segment_v2', 'name', 'definition', 'updated', 'is_active', 'is_processing', 'is_starred'),
      created: [['segment_v2', 'created'], ['profile_segment_v2']],
    }),
  }),
  optional: { segment: ['name', 'definition', 'created', 'updated'] },
  // The description does not say whether inactive segments are listed unasked.
  filter: 'any(is_active,[true,false])',
  cursor: { field: 'updated', lower: 'greater-than', sorted: true },
  walk: 'created',
  children: [{ resource: segmentMembers, references: groupReferences }],
  streams: { segment_v2: segmentV2 },
} as const satisfies Resource;
