import { expect } from 'chai';
import { compare } from '../../scripts/openapi/compare.js';
import { SOURCES } from '../../scripts/openapi/sources.js';
import { RESOURCES, reachable } from '../../src/resources/index.js';
import { type Parts, parts, project } from './document.js';

const listing = ({ document }: Parts) => document.paths['/api/boxes'].get;
const model = ({ document }: Parts, name: string) => document.components.schemas[name].properties;
const child = ({ resource }: Parts) => resource.children[0].resource;
const columns = ({ schemas }: Parts) => schemas.list_v2.properties;

const TEXT = { type: ['null', 'string'] };

/** What is changed in a project that fits, and all that the comparison then says. */
const CASES: Readonly<Record<string, [(made: Parts) => void, ...string[]]>> = {
  'an endpoint that is gone': [
    ({ document }) => delete document.paths['/api/boxes/{id}/lid'],
    'lids: there is no GET /api/boxes/{box_id}/lid',
  ],
  'another limit': [
    (made) => (listing(made)['x-klaviyo-ratelimit'].steady = '60/m'),
    'boxes: limit is 10/s 150/m, documented is 10/s 60/m',
  ],
  'a slower limit for an additional field': [
    (made) => {
      const field = 'additional-fields[box]';
      made.resource.query = () => ({ [field]: 'predictive_analytics' });
      listing(made).parameters.push({ name: field, schema: { type: 'array', items: { type: 'string' } } });
      listing(made).description =
        `Rate limits when using the \`${field}=predictive_analytics\`: \`1/s\`, \`15/m\``;
    },
    'boxes: limit is 10/s 150/m, documented is 1/s 15/m',
  ],
  'one scope less': [
    (made) => listing(made)['x-klaviyo-scopes'].pop(),
    'boxes: scopes are boxes:read tags:read, documented are boxes:read',
  ],
  'one scope more': [
    (made) => listing(made)['x-klaviyo-scopes'].push('lids:read'),
    'boxes: scopes are boxes:read tags:read, documented are boxes:read lids:read tags:read',
  ],
  'a smaller page': [
    (made) => (listing(made).parameters[4].schema.maximum = 10),
    'boxes: page size is 20 to 50, documented is 20 to 10',
  ],
  'a page size nobody asks for': [
    (made) => delete made.resource.pageSize,
    'boxes: page size is undefined to undefined, documented is 20 to 50',
  ],
  'no paging': [(made) => listing(made).parameters.splice(3, 1), 'boxes: there is no page[cursor]'],
  'one object where a page is expected': [
    (made) => delete child(made).single,
    'lids: single is false, but data is no array',
  ],
  'an exclusive lower bound': [
    (made) => (listing(made)['x-klaviyo-filters'].updated.operators.single = ['greater-than', 'less-than']),
    'boxes: greater-or-equal(updated,): updated takes greater-than, less-than with single value, not greater-or-equal',
  ],
  'no upper bound': [
    (made) => listing(made)['x-klaviyo-filters'].updated.operators.single.pop(),
    'boxes: less-than(updated,): updated takes greater-or-equal with single value, not less-than',
  ],
  'a cursor that is no filter': [
    (made) => delete listing(made)['x-klaviyo-filters'].updated,
    'boxes: greater-or-equal(updated,): updated cannot be filtered by',
    'boxes: less-than(updated,): updated cannot be filtered by',
  ],
  'no list of ids': [
    ({ document }) => delete document.paths['/api/boxes/{id}/lid'].get['x-klaviyo-filters'],
    'lids: any(id,[]): id cannot be filtered by',
  ],
  'a partition by a value that is gone': [
    (made) => listing(made)['x-klaviyo-filters'].kind.value.enum.pop(),
    "boxes: equals(kind,'paper'): kind has no value paper",
  ],
  'a filter that takes no list': [
    (made) => (listing(made)['x-klaviyo-filters'].open.operators = { single: ['equals'] }),
    'boxes: any(open,[true,false]): open takes nothing with list value, not any',
  ],
  'no order by the cursor, nor for the walk': [
    ({ document }) => (document.components.parameters.Sort.schema.enum = ['-updated']),
    'boxes: cannot be sorted by updated',
    'boxes: cannot be sorted by created',
  ],
  'an include and a field that are gone': [
    (made) => {
      listing(made).parameters[0].schema.items.enum = ['name'];
      listing(made).parameters[1].schema.items.enum = ['lids'];
    },
    'boxes: include has no value tags',
    'boxes: fields[box] has no value size',
  ],
  'an attribute that need not come': [
    (made) => (made.document.components.schemas.Name.required = ['updated']),
    'boxes: optional of box are none, documented are name',
  ],
  'an attribute that must come and is not missed': [
    (made) => (made.resource.optional = { box: ['size'] }),
    'boxes: optional of box are size, documented are none',
  ],
  'a parameter that is gone': [
    (made) => listing(made).parameters.splice(1, 1),
    'boxes: there is no parameter include',
  ],
  'a query that only one choice of columns makes': [
    (made) => {
      made.resource.query = (wanted: { column: (...names: string[]) => boolean }) =>
        wanted.column('list_v2', 'additional_attributes') ? {} : { include: 'nails' };
    },
    'boxes: include has no value nails',
  ],
  'a new attribute': [
    (made) => (model(made, 'Name').colour = { type: 'string' }),
    'list_v2.colour: is an attribute and no column',
  ],
  'a new attribute of an included object': [
    (made) => (model(made, 'Lid').attributes.properties.shape = { type: 'string' }),
    'flow_v2.shape: is an attribute and no column',
  ],
  'an attribute that is gone': [
    (made) => delete model(made, 'Name').name,
    'list_v2.name: is a column and no attribute',
  ],
  'a column of no origin': [
    (made) => (columns(made).invented = TEXT),
    'list_v2.invented: is a column and no attribute',
  ],
  'another type': [
    (made) => (model(made, 'Name').name = { type: 'boolean' }),
    'list_v2.name: is declared string, documented is boolean',
  ],
  'variants that disagree': [
    (made) => (model(made, 'Words').width = { type: 'string' }),
    'list_v2.size.width: is declared number, documented is number or string',
  ],
  'an integer column for a number': [
    (made) => (columns(made).size.properties.width = { type: ['null', 'integer'] }),
    'list_v2.size.width: is declared integer, documented is number',
  ],
  'a date that is text': [
    (made) => delete model(made, 'Name').updated.format,
    'list_v2.updated: has date-time format, documented is none',
  ],
  'text that is a date': [
    (made) => (model(made, 'Words').about = { type: 'string', format: 'date' }),
    'list_v2.size.about: has no format, documented is date',
  ],
  'a new member of a variant': [
    (made) => (model(made, 'Words').story = { type: 'string' }),
    'list_v2.size.story: is not declared (string)',
  ],
  'a declared member that is gone': [
    (made) => delete model(made, 'Words').about,
    'list_v2.size.about: is declared, and not in the document',
  ],
  'an array without items': [
    (made) => delete columns(made).size.properties.seen.items,
    'list_v2.size.seen: declares no items, documented are string',
  ],
  'a relationship that is gone': [
    (made) => delete model(made, 'Box').relationships.properties.tags,
    'list_v2.tag_ids: comes from relationships/tags, which is not in the document',
  ],
  'a relationship under another name': [
    (made) => (made.sources.flow_v2.columns.box_id = 'relationships/boxes'),
    'flow_v2.box_id: comes from relationships/boxes, which is not in the document',
  ],
  'ids of a relationship to one': [
    (made) => (made.schemas.flow_v2.properties.box_id = { type: ['null', 'array'] }),
    'flow_v2.box_id: is array, but relationships/box is not of as many',
  ],
  'an origin without a column': [
    (made) => (made.sources.list_v2.columns.lost = 'id'),
    'list_v2.lost: is listed as a column and is none',
  ],
  'an exception': [
    (made) => {
      model(made, 'Name').colour = { type: 'string' };
      made.sources.list_v2.exceptions = { colour: 'not asked for' };
    },
  ],
  'an exception that is none': [
    (made) => (made.sources.list_v2.exceptions = { colour: 'not asked for' }),
    'list_v2.colour: is listed as an exception and is none',
  ],
  'an answer without the object': [
    (made) => (made.sources.list_v2.type = 'crate'),
    'list_v2: the answer of GET /api/boxes has no crate',
  ],
  'a stream that nothing feeds': [
    (made) => delete made.resource.streams.list_v2,
    'list_v2: no resource feeds it',
  ],
};

describe('the comparison with an OpenAPI document', () => {
  it('finds nothing where all fits, and says how much it looked at', () => {
    const result = compare(parts().document, project(parts()));
    expect(result).to.deep.equal({ findings: [], resources: 2, columns: 13 });
  });

  for (const [name, [change, ...findings]] of Object.entries(CASES))
    it(`finds ${name}`, () => {
      const made = parts();
      change(made);
      expect(compare(made.document, project(made)).findings).to.deep.equal(findings);
    });

  it('knows where the rows of every stream come from', () => {
    const fed = reachable(RESOURCES).flatMap(({ streams }) => Object.keys(streams));
    expect(Object.keys(SOURCES)).to.have.members([...new Set(fed)]);
  });
});
