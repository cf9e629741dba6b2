/**
 * The form of a summary as a JSON Schema. The compiler holds it to the type: a member that is added, taken away or made
 * optional there must be so here.
 */
import { STREAM_NAMES } from '../../src/generated/rows.js';
import type { EndpointSummary, RunSummary, StreamSummary } from '../../src/run-summary.js';

type Members<T> = {
  readonly [K in keyof T]-?: object extends Pick<T, K>
    ? { readonly optional: object }
    : { readonly needed: object };
};

/** Of an object with these members and no other. */
function shape<T>(members: Members<T>): object {
  const all = Object.entries(members) as [string, { readonly needed?: object; readonly optional?: object }][];
  return {
    type: 'object',
    additionalProperties: false,
    required: all.flatMap(([name, { needed }]) => (needed === undefined ? [] : [name])),
    properties: Object.fromEntries(all.map(([name, { needed, optional }]) => [name, needed ?? optional])),
  };
}

const TEXT = { type: 'string', minLength: 1, not: { pattern: '[\\n\\u001b]' } };
const COUNT = { type: 'integer', minimum: 0 };
const INSTANT = { type: 'string', format: 'date-time', pattern: 'Z$' };
const STREAM = { enum: STREAM_NAMES };
const list = (items: object): object => ({ type: 'array', items });
const counts = list(COUNT);

const streamSummary = shape<StreamSummary>({
  name: { needed: STREAM },
  state: { needed: { enum: ['waiting', 'reading', 'complete', 'incomplete'] } },
  rows: { needed: COUNT },
  pages: { needed: COUNT },
  oldest: { optional: INSTANT },
  newest: { optional: INSTANT },
  error: { optional: TEXT },
});

const endpointSummary = shape<EndpointSummary>({
  path: { needed: { type: 'string', pattern: '^/api/' } },
  streams: { needed: list(STREAM) },
  limit: {
    needed: shape<EndpointSummary['limit']>({
      burst: { needed: { ...COUNT, minimum: 1 } },
      steady: { needed: { ...COUNT, minimum: 1 } },
    }),
  },
  requests: { needed: COUNT },
  limited: { needed: COUNT },
  retries: { needed: COUNT },
  waitedMs: { needed: COUNT },
  backedOffMs: { needed: COUNT },
  answeredMs: { needed: COUNT },
  firstMs: { needed: COUNT },
  lastMs: { needed: COUNT },
  timeline: {
    needed: shape<EndpointSummary['timeline']>({
      stepMs: { needed: { ...COUNT, minimum: 1_000 } },
      sent: { needed: { ...counts, maxItems: 600 } },
      limited: { needed: { ...counts, maxItems: 600 } },
    }),
  },
});

export const SUMMARY = shape<RunSummary>({
  version: { needed: { const: 1 } },
  connector: {
    needed: shape<RunSummary['connector']>({
      name: { needed: TEXT },
      version: { needed: TEXT },
      revision: { needed: TEXT },
    }),
  },
  protocol: { needed: { enum: ['airbyte', 'singer'] } },
  account: { optional: TEXT },
  started: { needed: INSTANT },
  ended: { needed: INSTANT },
  seconds: { needed: { type: 'number', minimum: 0 } },
  exitCode: { needed: { type: 'integer', minimum: 0, maximum: 255 } },
  error: { optional: TEXT },
  rows: { needed: COUNT },
  requests: { needed: COUNT },
  limited: { needed: COUNT },
  retries: { needed: COUNT },
  bytes: { needed: COUNT },
  pages: { needed: COUNT },
  splits: { needed: COUNT },
  streams: { needed: list(streamSummary) },
  endpoints: { needed: list(endpointSummary) },
  warnings: {
    needed: list(
      shape<RunSummary['warnings'][number]>({
        text: { needed: TEXT },
        remedy: { optional: TEXT },
        count: { needed: { ...COUNT, minimum: 1 } },
      }),
    ),
  },
  changed: { needed: { type: 'object', additionalProperties: { ...COUNT, minimum: 1 } } },
  // Entries of streams that this version does not know are carried on.
  state: { needed: { type: 'object' } },
  stateIs: { needed: { enum: ['written', 'given'] } },
});

/** Every member that the form has, at any depth. */
export function membersOf(schema: object): readonly string[] {
  const { properties = {}, items } = schema as { properties?: Record<string, object>; items?: object };
  return [
    ...Object.entries(properties).flatMap(([name, inner]) => [name, ...membersOf(inner)]),
    ...(items === undefined ? [] : membersOf(items)),
  ];
}
