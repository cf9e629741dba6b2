/** A made-up API of one listing and one child, and a project that fits it: what the comparison is tried on. */

import type { Project } from '../../scripts/openapi/compare.js';
import type { Document } from '../../scripts/openapi/document.js';
import type { Resource } from '../../src/resource.js';
import type { StreamSchema } from '../../src/schemas.js';

/** A value that may be changed at will: each call of the makers below makes a new one. */
// biome-ignore lint/suspicious/noExplicitAny: tests write members of any depth into it.
export type Loose = any;

const text = { type: 'string', nullable: true };
const date = { type: 'string', format: 'date-time' };
const list = (values: readonly string[]) => ({ type: 'array', items: { type: 'string', enum: values } });
const answer = (schema: unknown) => ({ '200': { content: { 'application/vnd.api+json': { schema } } } });
const many = { type: 'object', properties: { data: { type: 'array', items: { type: 'object' } } } };
const one = { type: 'object', properties: { data: { type: 'object' } } };

export function document(): Document & Loose {
  // Parts are used more than once above, and a change must reach one place alone.
  return JSON.parse(JSON.stringify(api()));
}

function api() {
  return {
    paths: {
      '/api/boxes': {
        get: {
          'x-klaviyo-ratelimit': { burst: '10/s', steady: '150/m' },
          'x-klaviyo-scopes': ['boxes:read', 'tags:read'],
          'x-klaviyo-filters': {
            updated: { operators: { single: ['greater-or-equal', 'less-than'] }, value: date },
            kind: { operators: { single: ['equals'] }, value: { type: 'string', enum: ['wood', 'paper'] } },
            open: { operators: { list: ['any'] }, value: { type: 'boolean' } },
          },
          parameters: [
            { name: 'fields[box]', schema: list(['name', 'updated', 'size']) },
            { name: 'include', schema: list(['tags', 'lids']) },
            { name: 'filter', schema: { type: 'string' } },
            { name: 'page[cursor]', schema: { type: 'string' } },
            { name: 'page[size]', schema: { type: 'integer', default: 20, minimum: 1, maximum: 50 } },
            { $ref: '#/components/parameters/Sort' },
          ],
          responses: answer({
            type: 'object',
            properties: {
              data: { type: 'array', items: { $ref: '#/components/schemas/Box' } },
              included: { type: 'array', items: { oneOf: [{ $ref: '#/components/schemas/Lid' }] } },
            },
          }),
        },
      },
      '/api/boxes/{id}/lid': {
        get: {
          'x-klaviyo-ratelimit': { burst: '1/s', steady: '15/m' },
          'x-klaviyo-scopes': ['boxes:read'],
          'x-klaviyo-filters': { id: { operators: { list: ['any'] }, value: { type: 'string' } } },
          responses: answer({ type: 'object', properties: { data: { $ref: '#/components/schemas/Lid' } } }),
        },
      },
    },
    components: {
      parameters: {
        Sort: { name: 'sort', schema: { type: 'string', enum: ['created', 'updated', '-updated'] } },
      },
      schemas: {
        Box: {
          type: 'object',
          properties: {
            type: { type: 'string', enum: ['box'] },
            id: { type: 'string' },
            attributes: {
              allOf: [{ $ref: '#/components/schemas/Name' }, { $ref: '#/components/schemas/Sizes' }],
            },
            relationships: { type: 'object', properties: { tags: many, lids: many } },
          },
        },
        Name: { type: 'object', properties: { name: text, updated: date } },
        Sizes: {
          type: 'object',
          properties: {
            size: {
              oneOf: [{ $ref: '#/components/schemas/Inches' }, { $ref: '#/components/schemas/Words' }],
            },
            notes: { type: 'object', nullable: true },
          },
        },
        Inches: {
          type: 'object',
          properties: {
            width: { oneOf: [{ type: 'integer' }, { type: 'number' }] },
            depth: { type: 'number' },
            seen: { type: 'array', items: date },
          },
        },
        Words: { type: 'object', properties: { depth: { type: 'string' }, about: text } },
        Lid: {
          type: 'object',
          properties: {
            type: { type: 'string', enum: ['lid'] },
            id: { type: 'string' },
            attributes: { type: 'object', properties: { colour: text } },
            relationships: { type: 'object', properties: { box: one } },
          },
        },
      },
    },
  };
}

const column = (type: string, more: object = {}) => ({
  type: ['null', type],
  description: 'Made up.',
  ...more,
});
const rows = { description: 'Made up.', primaryKey: ['id'], rows: () => [] } as Loose;

export function schemas(): Loose {
  const moment = column('string', { format: 'date-time' });
  return {
    list_v2: {
      type: 'object',
      properties: {
        id: { type: ['string'], description: 'Made up.' },
        name: column('string'),
        updated: moment,
        size: column('object', {
          properties: {
            width: column('number'),
            seen: column('array', { items: { type: ['null', 'string'], format: 'date-time' } }),
            about: column('string'),
          },
        }),
        notes: column('object', { properties: { anything: column('boolean') } }),
        tag_ids: column('array', { items: column('string') }),
        remark: column('string'),
      },
    },
    flow_v2: {
      type: 'object',
      properties: { id: { type: ['string'] }, colour: column('string'), box_id: column('string') },
    },
  };
}

export function resource(): Resource & Loose {
  return {
    name: 'boxes',
    path: '/api/boxes',
    scopes: ['tags:read', 'boxes:read'],
    limit: () => ({ burst: 10, steady: 150 }),
    pageSize: { default: 20, max: 50 },
    query: () => ({ include: 'tags,lids', 'fields[box]': 'name,size' }),
    partitions: ["equals(kind,'wood')", "equals(kind,'paper')"],
    filter: 'any(open,[true,false])',
    cursor: { field: 'updated', lower: 'greater-or-equal', upper: 'less-than', sorted: true },
    walk: 'created',
    children: [
      {
        references: () => [],
        resource: {
          name: 'lids',
          path: '/api/boxes/{box_id}/lid',
          scopes: ['boxes:read'],
          limit: () => ({ burst: 1, steady: 15 }),
          single: true,
          batch: 5,
          streams: { flow_v2: rows },
        },
      },
    ],
    streams: { list_v2: rows, flow_v2: rows },
  };
}

export function sources(): Project['sources'] & Loose {
  return {
    list_v2: {
      type: 'box',
      columns: {
        id: 'id',
        tag_ids: 'relationships/tags',
        remark: 'attributes/notes/remark',
      },
    },
    flow_v2: { type: 'lid', columns: { id: 'id', box_id: 'relationships/box' } },
  };
}

export interface Parts {
  readonly document: Loose;
  readonly resource: Loose;
  readonly schemas: Loose;
  readonly sources: Loose;
}

export const parts = (): Parts => ({
  document: document(),
  resource: resource(),
  schemas: schemas(),
  sources: sources(),
});

export const project = (made: Parts): Project => ({
  resources: [made.resource],
  schema: (stream) => made.schemas[stream] as StreamSchema,
  sources: made.sources,
});
