/** What a user would lose if this failed: a value, or the whole row to a target that refuses it. */
import { expect } from 'chai';
import fc from 'fast-check';
import { Fault } from '../src/errors.js';
import { type Mends, noMends, parseJson } from '../src/klaviyo/json.js';
import type { Members, StreamName } from '../src/resource.js';
import { STREAMS } from '../src/resources/index.js';
import { fitter } from '../src/row.js';
import { type Schema, type StreamSchema, schemaOf, typeOf } from '../src/schemas.js';

const nullable = (type: string, more: Partial<Schema> = {}): Schema => ({ type: ['null', type], ...more });

const SCHEMA: StreamSchema = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    name: nullable('string'),
    created: nullable('string', { format: 'date-time' }),
    day: nullable('string', { format: 'date' }),
    count: nullable('integer'),
    amount: nullable('number'),
    active: nullable('boolean'),
    tags: nullable('array', { items: nullable('string') }),
    steps: nullable('array', {
      items: nullable('object', {
        properties: { at: nullable('string', { format: 'date-time' }), n: nullable('integer') },
      }),
    }),
    place: nullable('object', { properties: { city: nullable('string'), zip: nullable('integer') } }),
    free: nullable('object'),
    additional_attributes: nullable('object'),
  },
};

interface Fitted {
  readonly text: string;
  readonly row: Members;
  readonly warned: readonly string[];
  readonly mends: Mends;
}

/** A draft as it comes of an answer: JSON text, so that numbers are held as the API wrote them. */
function fitted(
  draft: string,
  columns?: readonly string[],
  schema = SCHEMA,
  stream: StreamName = 'profile_v2',
): Fitted {
  const mends = noMends();
  const warned: string[] = [];
  const warn = (of: string, column: string, what: string): void =>
    void warned.push(`${of}.${column} ${what}`);
  const make = fitter(stream, schema, columns === undefined ? undefined : new Set(columns), { warn, mends });
  const text = make(parseJson(draft, mends, 'keep') as Members);
  return { text, row: JSON.parse(text) as Members, warned, mends };
}

const cell = (column: string, value: string): string =>
  /^\{(?:"[a-z]+":[^,]+,)?"[a-z]+":(.*),"additional_attributes"/s.exec(
    fitted(`{"id":"a","${column}":${value}}`, ['id', column, 'additional_attributes']).text,
  )?.[1] ?? 'nothing';

describe('rule 3: date columns', () => {
  for (const [value, expected] of [
    ['2026-06-23T00:15:23+00:00', '2026-06-23T00:15:23Z'],
    ['2026-06-23 00:15:23.918411+00:00', '2026-06-23T00:15:23.918411Z'],
    ['2026-06-23T00:15:23.918411Z', '2026-06-23T00:15:23.918411Z'],
    ['2026-06-23T00:15:23.100Z', '2026-06-23T00:15:23.1Z'],
    ['2026-06-23T02:15:23+05:45', '2026-06-22T20:30:23Z'],
    ['2026-06-23T00:15:23-0400', '2026-06-23T04:15:23Z'],
    ['2026-06-23T00:15:23', '2026-06-23T00:15:23Z'],
    ['2026-06-23', '2026-06-23T00:00:00Z'],
    ['2024-02-29T23:59:59z', '2024-02-29T23:59:59Z'],
  ] as const)
    it(`V3 ${value}`, () => {
      expect(fitted(`{"id":"a","created":"${value}"}`).row.created).to.equal(expected);
      expect(fitted(`{"id":"a","day":"${value}"}`).row.day).to.equal(expected.slice(0, 10));
    });

  for (const value of [
    '""',
    '"0000-00-00"',
    '"0"',
    '"soon"',
    '"2026-02-30T00:00:00Z"',
    '"10000-01-01T00:00:00Z"',
    '1719100000',
    'true',
    '{}',
    '[]',
  ])
    it(`V4 ${value} is null, counted, and told with its raw value`, () => {
      const { row, mends, warned } = fitted(`{"id":"a","created":${value}}`);
      expect(row.created).to.equal(null);
      expect(mends.dates).to.equal(1);
      expect(warned).to.deep.equal([`profile_v2.created holds ${value}, which is no date: null there`]);
    });

  it('V4 null is no fault, and a date inside a free-form object stays as it came', () => {
    const { row, mends, warned } = fitted('{"id":"a","created":null,"free":{"created":"2026-06-23 00:15"}}');
    expect([row.created, row.free, mends.dates, warned]).to.deep.equal([
      null,
      { created: '2026-06-23 00:15' },
      0,
      [],
    ]);
  });

  it('a date in an array of objects is one of the schema’s, too', () => {
    expect(
      fitted('{"id":"a","steps":[{"at":"2026-01-02 03:04:05"},{"at":"x","n":1}]}').row.steps,
    ).to.deep.equal([{ at: '2026-01-02T03:04:05Z' }, { at: null, n: 1 }]);
  });
});

describe('rules 5 and 6: numbers', () => {
  for (const [value, expected] of [
    ['10', '10'],
    ['10.0', '10'],
    ['1E2', '100'],
    ['1.5e1', '15'],
    ['-0', '0'],
    ['-0.0', '0'],
    ['0', '0'],
    ['9223372036854775807', '9223372036854775807'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['9007199254740993', '9007199254740993'],
    ['1784908800', '1784908800'],
  ] as const)
    it(`V2 ${value} in an integer column is ${expected}`, () => {
      expect(cell('count', value)).to.equal(expected);
    });

  for (const value of [
    '1.5',
    '9223372036854775808',
    '-9223372036854775809',
    '1e30',
    'true',
    '"7"',
    '[1]',
    '{"a":1}',
    '1e400',
  ])
    it(`${value} in an integer column is none: null there, kept beside`, () => {
      const { row, text, mends, warned } = fitted(`{"id":"a","count":${value}}`);
      expect(row.count).to.equal(null);
      expect(text).to.contain(`"additional_attributes":{"count":${value === '1e400' ? '"1e400"' : value}}`);
      expect(mends.misfits).to.equal(1);
      expect(warned).to.have.length(1);
    });

  it('V1 a number column and a free-form object keep each digit', () => {
    for (const number of [
      '1.0',
      '-0',
      '0.10',
      '1e2',
      '12345678901234567890',
      '0.30000000000000004',
      '1E-7',
    ]) {
      expect(cell('amount', number)).to.equal(number);
      expect(fitted(`{"id":"a","free":{"n":[${number}]}}`).text).to.contain(`"free":{"n":[${number}]}`);
    }
  });

  it('a number beyond a double is a string, and so no number for a number column', () => {
    expect(fitted('{"id":"a","free":{"n":1e400},"amount":-1E999}').row).to.deep.include({
      free: { n: '1e400' },
      amount: null,
      additional_attributes: { amount: '-1E999' },
    });
  });

  it('an integer column holds whole numbers of 64 bit, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.maxSafeInteger().map(String), fc.bigInt().map(String)), (value) => {
        expect(cell('count', value)).to.match(/^(null|0|-?[1-9]\d{0,18})$/);
      }),
    );
  });
});

describe('other types', () => {
  it('D3 a number or a boolean in a string column is its text, digit for digit', () => {
    expect(cell('name', '1.0')).to.equal('"1.0"');
    expect(cell('name', '12345678901234567890')).to.equal('"12345678901234567890"');
    expect(cell('name', 'true')).to.equal('"true"');
  });

  for (const [column, value] of [
    ['name', '{"a":1.0}'],
    ['name', '["x"]'],
    ['amount', '"1.5"'],
    ['amount', 'false'],
    ['active', '"true"'],
    ['active', '1'],
    ['active', '0.0'],
    ['tags', '"a"'],
    ['tags', '{}'],
    ['place', '"Berlin"'],
    ['place', '[]'],
    ['place', '7.0'],
    ['free', '"x"'],
  ] as const)
    it(`V6 D3 ${value} in ${column} is null there and whole in additional_attributes`, () => {
      const { row, text, mends, warned } = fitted(`{"id":"a","${column}":${value}}`);
      expect(row[column]).to.equal(null);
      expect(text).to.contain(`"additional_attributes":{"${column}":${value}}`);
      expect(mends.misfits).to.equal(1);
      expect(warned[0]).to.contain(`profile_v2.${column} is no `);
    });

  it('a misfit inside an object or an array is kept under its dotted path', () => {
    expect(
      fitted(
        '{"id":"a","place":{"city":["x"],"zip":"7","more":1},"steps":[{"n":1},{"n":"b"}],"tags":["t",{"x":1}]}',
      ).row,
    ).to.deep.include({
      place: { city: null, zip: null, more: 1 },
      steps: [{ n: 1 }, { n: null }],
      tags: ['t', null],
      additional_attributes: {
        'place.city': ['x'],
        'place.zip': '7',
        'steps[1].n': 'b',
        'tags[1]': { x: 1 },
      },
    });
  });

  it('rule 7: a null in an array of objects is dropped, also one that was made of a misfit', () => {
    const { row } = fitted('{"id":"a","steps":[null,{"n":1},"x",null],"tags":["t",null]}');
    expect(row.steps).to.deep.equal([{ n: 1 }]);
    expect(row.tags).to.deep.equal(['t', null]);
    expect(row.additional_attributes).to.deep.equal({ 'steps[2]': 'x' });
  });

  it('the schema’s type holds for every column, whatever comes, and nothing but null loses its value', () => {
    const columns = Object.keys(SCHEMA.properties).filter(
      (name) => name !== 'id' && name !== 'additional_attributes',
    );
    fc.assert(
      fc.property(fc.constantFrom(...columns), fc.json({ maxDepth: 2 }), (column, value) => {
        const { row, mends } = fitted(`{"id":"a","${column}":${value}}`);
        const type = typeOf(SCHEMA.properties[column] ?? { type: 'null' });
        const got = row[column];
        const is =
          got === null
            ? 'null'
            : Array.isArray(got)
              ? 'array'
              : Number.isInteger(got)
                ? 'integer'
                : typeof got;
        expect([type, 'null', ...(type === 'number' ? ['integer'] : [])]).to.include(is);
        if (got === null && JSON.parse(value) !== null) expect(mends.dates + mends.misfits).to.be.at.least(1);
      }),
    );
  });
});

describe('columns', () => {
  it('come in the order of the schema, all of them, missing ones as null', () => {
    const { text } = fitted('{"free":{},"id":"a","name":"n"}');
    expect(text).to.equal(
      '{"id":"a","name":"n","created":null,"day":null,"count":null,"amount":null,"active":null,"tags":null,"steps":null,"place":null,"free":{},"additional_attributes":null}',
    );
  });

  it('K5 only those selected are written', () => {
    expect(fitted('{"id":"a","name":"n","count":1,"new":2}', ['count', 'id']).text).to.equal(
      '{"id":"a","count":1}',
    );
    expect(fitted('{"id":"a","name":"n"}', ['id', 'additional_attributes']).text).to.equal(
      '{"id":"a","additional_attributes":null}',
    );
  });

  it('K5 a column that was not selected is no new one', () => {
    const { row, warned } = fitted('{"id":"a","name":"n","created":"x"}', ['id', 'additional_attributes']);
    expect([row.additional_attributes, warned]).to.deep.equal([null, []]);
  });

  it('D1 B8 a member that the schema does not know is kept, whatever its name', () => {
    const text =
      '{"id":"a","new":1.0,"__proto__":{"x":1},"constructor":"c","toString":[null],"additional_attributes":"own"}';
    const { row, warned } = fitted(text);
    expect(JSON.stringify(row.additional_attributes)).to.equal(
      '{"new":1,"__proto__":{"x":1},"constructor":"c","toString":[null],"additional_attributes":"own"}',
    );
    expect(fitted(text).text).to.contain('"new":1.0');
    expect(warned[0]).to.equal('profile_v2.new is new: it goes into additional_attributes');
    expect(warned).to.have.length(5);
  });

  it('B8 in an object, too', () => {
    const place = '{"city":"c","__proto__":{"y":1},"constructor":1.0,"zip":1}';
    expect(fitted(`{"id":"a","place":${place}}`).text).to.contain(`"place":${place}`);
  });

  it('an undefined member is none', () => {
    const make = fitter('profile_v2', SCHEMA, undefined, { warn: () => {}, mends: noMends() });
    expect(JSON.parse(make({ id: 'a', name: undefined, other: undefined }))).to.include({
      name: null,
      additional_attributes: null,
    });
  });

  for (const draft of ['{}', '{"id":null}', '{"id":{}}', '{"id":["a"]}'])
    it(`V5 no row without its key: ${draft}`, () => {
      const make = (): unknown => fitted(draft);
      expect(make).to.throw(Fault).with.property('code', 'KLV_CONTRACT');
      expect(make).to.throw('profile_v2: a row has no id, which is part of its key');
    });
});

describe('rows of the real schemas', () => {
  it('an empty object with its key fits each of the 18', () => {
    expect(STREAMS.size).to.equal(18);
    for (const [name, { stream }] of STREAMS) {
      const schema = schemaOf(name);
      const key: Record<string, unknown> = {};
      for (const column of stream.primaryKey as readonly string[]) {
        const property = schema.properties[column];
        if (property === undefined) throw new Error(`${name} has no ${column}`);
        key[column] =
          typeOf(property) === 'boolean'
            ? false
            : property.format === undefined
              ? 'k'
              : '2026-01-02T03:04:05Z';
      }
      const row = JSON.parse(fitted(JSON.stringify(key), undefined, schema, name).text) as object;
      expect(Object.keys(row), name).to.deep.equal(Object.keys(schema.properties));
      expect(row, name).to.deep.include(key);
      for (const column of Object.keys(key)) {
        const { [column]: _, ...rest } = key;
        expect(
          () => fitted(JSON.stringify(rest), undefined, schema, name),
          `${name} without ${column}`,
        ).to.throw('KLV_CONTRACT');
      }
    }
  });

  it('an event keeps its properties to the digit', () => {
    const properties =
      '{"$value":"12.50","Items":[{"price":1.10,"sku":null},null],"__proto__":1e2,"n":12345678901234567890}';
    const { text } = fitted(
      `{"id":"e","timestamp":1784908800,"datetime":"2026-07-24 16:00:00+00:00","event_properties":${properties},"value":12.50}`,
      undefined,
      schemaOf('event_v2'),
      'event_v2',
    );
    expect(text).to.contain(`"event_properties":${properties}`).and.to.contain('"value":12.50');
    expect(text).to.contain('"datetime":"2026-07-24T16:00:00Z"').and.to.contain('"timestamp":1784908800');
  });

  it('V6 a profile whose location is odd keeps all of it', () => {
    const { row } = fitted(
      '{"id":"p","location":{"latitude":"52.5","longitude":13.4,"city":7,"zip":{"a":1}},"properties":{"a b":null},"email":5}',
      undefined,
      schemaOf('profile_v2'),
    );
    expect(row.location).to.deep.include({ latitude: '52.5', longitude: 13.4, city: '7', zip: null });
    expect(row).to.deep.include({ email: '5', additional_attributes: { 'location.zip': { a: 1 } } });
  });
});
