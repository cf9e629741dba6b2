import type { ProfileV2 } from '../generated/rows.js';
import type { Resource, Stream } from '../resource.js';
import { plain, sparse } from './fields.js';
import { BY_CHANGE } from './positions.js';

const profileV2 = {
  description: 'People: one row a profile, with its custom properties, location and consent.',
  lacks:
    'A profile that was deleted, or merged into another, is not told of: its row stays. With `start_date` or `historical_sync_duration`, profiles that have not changed since then do not come.',
  primaryKey: ['id'],
  cursor: 'updated',
  position: BY_CHANGE,
  rows: (profile) => [{ ...profile.attributes, id: profile.id }],
} satisfies Stream<ProfileV2>;

export const profiles = {
  name: 'profiles',
  path: '/api/profiles',
  scopes: ['profiles:read'],
  // Asking for predictive_analytics moves the request to a class five times slower.
  limit: ({ predictive_analytics }) =>
    predictive_analytics ? { burst: 10, steady: 150 } : { burst: 75, steady: 750 },
  pageSize: { default: 20, max: 100 },
  query: (wanted) => {
    const fields = sparse(wanted, 'profile', {
      ...plain(
        'profile_v2',
        'email',
        'phone_number',
        'external_id',
        'first_name',
        'last_name',
        'organization',
      ),
      ...plain('profile_v2', 'locale', 'title', 'image', 'created', 'updated', 'last_event_date', 'location'),
      ...plain('profile_v2', 'properties', 'subscriptions'),
      ...(wanted.config.predictive_analytics ? plain('profile_v2', 'predictive_analytics') : {}),
    });
    const additional = [
      ...(wanted.column('profile_v2', 'subscriptions') ? ['subscriptions'] : []),
      ...(wanted.config.predictive_analytics && wanted.column('profile_v2', 'predictive_analytics')
        ? ['predictive_analytics']
        : []),
    ];
    return {
      ...fields,
      ...(additional.length === 0 ? {} : { 'additional-fields[profile]': additional.join(',') }),
    };
  },
  cursor: { field: 'updated', lower: 'greater-than', upper: 'less-than', sorted: true, history: true },
  scan: {
    attributes: [
      'email',
      'phone_number',
      'external_id',
      'first_name',
      'last_name',
      'organization',
      'locale',
      'title',
      'image',
      'created',
      'updated',
      'last_event_date',
      'location',
      'properties',
      'subscriptions',
      'predictive_analytics',
    ],
    columns: { id: 'id' },
  },
  streams: { profile_v2: profileV2 },
} as const satisfies Resource;
