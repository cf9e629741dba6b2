import type { EventV2 } from '../generated/rows.js';
import { member, related, relatedIds, text } from '../klaviyo/json-api.js';
import { numberText } from '../numbers.js';
import type { Body, Config, Members, Resource, Stream } from '../resource.js';
import { including, plain, sparse } from './fields.js';

/**
 * Metrics are chosen here and not by the filter: the endpoint's `metric_id` filter does not take custom metrics,
 * and a row cannot be told from its id to be of one.
 */
function chosen({ metric_ids, excluded_metric_ids }: Config, metricId: string | null): boolean {
  if (metric_ids !== undefined && metric_ids.length > 0 && !metric_ids.includes(metricId ?? '')) return false;
  return !(excluded_metric_ids ?? []).includes(metricId ?? '');
}

/** What the event is credited to, by each of its attributions; the event that it is credited for is its parent. */
const CREDITED = {
  attributed_event_id: 'attributed-event',
  campaign_id: 'campaign',
  campaign_message_id: 'campaign-message',
  flow_id: 'flow',
  flow_message_id: 'flow-message',
  flow_message_variation_id: 'flow-message-variation',
} as const;

/** One that was not included is told by its id alone. */
const credits = (ids: readonly string[], find: Body['find']): readonly Members[] =>
  ids.map((id) => {
    const attribution = find('attribution', id);
    const credited = Object.entries(CREDITED).map(([column, relation]) => [
      column,
      attribution === undefined ? null : related(attribution, relation),
    ]);
    return { id, ...Object.fromEntries(credited) };
  });

const eventV2 = {
  description: 'What people did: one row an event, with all of its properties.',
  lacks:
    'An event that shows up later than `events_lookback_days` after its time, or with an older date than that, comes only with a full refresh. The row keeps the profile’s id of when it was read: after a merge that profile is gone.',
  primaryKey: ['id'],
  cursor: 'datetime',
  // An event is dated once.
  position: { moves: true, passed: 'never come, unless the stream is moved back' },
  rows: (event, { config, body }) => {
    const metricId = related(event, 'metric');
    if (!chosen(config, metricId)) return [];
    const properties = event.attributes.event_properties;
    const value = member(properties, '$value');
    const attributions = relatedIds(event, 'attributions');
    return [
      {
        ...event.attributes,
        id: event.id,
        profile_id: related(event, 'profile'),
        metric_id: metricId,
        attribution_ids: attributions,
        attributions: attributions === null ? null : credits(attributions, body.find),
        flow_id: text(member(properties, '$flow')),
        message_id: text(member(properties, '$message')),
        event_key: text(member(properties, '$event_id')),
        value: numberText(value) === undefined ? null : value,
        campaign_name: text(member(properties, 'Campaign Name')),
      },
    ];
  },
} satisfies Stream<EventV2>;

export const events = {
  name: 'events',
  path: '/api/events',
  scopes: ['events:read'],
  limit: () => ({ burst: 350, steady: 3500 }),
  pageSize: { default: 200, max: 1000 },
  // Profile and metric ids come without an include; attributions do not.
  query: (wanted) => ({
    ...including({ attributions: wanted.column('event_v2', 'attribution_ids', 'attributions') }),
    ...sparse(wanted, 'event', {
      ...plain('event_v2', 'timestamp', 'datetime', 'uuid'),
      event_properties: [
        ['event_v2', 'event_properties', 'flow_id', 'message_id', 'event_key', 'value', 'campaign_name'],
      ],
    }),
  }),
  cursor: {
    field: 'datetime',
    lower: 'greater-or-equal',
    upper: 'less-than',
    sorted: true,
    history: true,
    future: true,
    lateDays: (config) => config.events_lookback_days ?? 7,
  },
  scan: {
    attributes: ['timestamp', 'event_properties', 'datetime', 'uuid'],
    inside: 'event_properties',
    columns: {
      id: 'id',
      profile_id: { one: 'profile' },
      metric_id: { one: 'metric' },
      attribution_ids: { many: 'attributions' },
      attributions: { included: 'attributions', as: credits },
      flow_id: { text: '$flow' },
      message_id: { text: '$message' },
      event_key: { text: '$event_id' },
      value: { number: '$value' },
      campaign_name: { text: 'Campaign Name' },
    },
    wanted: (config) =>
      (config.metric_ids ?? []).length + (config.excluded_metric_ids ?? []).length === 0
        ? undefined
        : (one) => chosen(config, one('metric')),
  },
  streams: { event_v2: eventV2 },
} as const satisfies Resource;
