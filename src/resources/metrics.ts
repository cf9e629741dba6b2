import type { MetricV2 } from '../generated/rows.js';
import { relatedIds } from '../klaviyo/json-api.js';
import type { Resource, Stream } from '../resource.js';
import { including, plain, sparse } from './fields.js';

const metricV2 = {
  description: 'The kinds of events, each with the integration that sends it.',
  lacks: 'A metric that was deleted is not told of: under upsert its row stays.',
  primaryKey: ['id'],
  rows: (metric) => [
    { ...metric.attributes, id: metric.id, flow_trigger_ids: relatedIds(metric, 'flow-triggers') },
  ],
} satisfies Stream<MetricV2>;

export const metrics = {
  name: 'metrics',
  path: '/api/metrics',
  scopes: ['metrics:read'],
  limit: () => ({ burst: 10, steady: 150 }),
  query: (wanted) => ({
    ...including({ 'flow-triggers': wanted.column('metric_v2', 'flow_trigger_ids') }),
    ...sparse(wanted, 'metric', plain('metric_v2', 'name', 'created', 'updated', 'integration')),
  }),
  streams: { metric_v2: metricV2 },
} as const satisfies Resource;
