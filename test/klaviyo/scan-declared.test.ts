/**
 * What a user would lose if this failed: a date in a form that no column takes, a value in a column of another type,
 * or a row of the page before. Values inside of values, which are proved to fit when a page is passed.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { createScanner, type ScannedPage } from '../../src/klaviyo/scan.js';
import { NOTES, NOTES_END } from '../../src/klaviyo/scan-slots.js';
import type { Scan } from '../../src/resource.js';
import { profiles } from '../../src/resources/profiles.js';
import type { Schema } from '../../src/schemas.js';
import { schemaOf } from '../../src/schemas.js';
import { pageOf } from './drawn.js';
import { objectsOf } from './found.js';

const of = (type: string, more: Omit<Schema, 'type'> = {}): Schema => ({ type: ['null', type], ...more });
const instant = of('string', { format: 'date-time' });

const SHAPE: Scan = { attributes: ['a', 'b'], columns: { id: 'id' } };
const COLUMNS: Readonly<Record<string, Schema>> = {
  a: of('object', {
    properties: {
      text: of('string'),
      on: instant,
      day: of('string', { format: 'date' }),
      count: of('integer'),
      part: of('number'),
      yes: of('boolean'),
      free: of('object'),
      all: of('array'),
      texts: of('array', { items: of('string') }),
      times: of('array', { items: instant }),
      things: of('array', { items: of('object', { properties: { on: instant, text: of('string') } }) }),
      grid: of('array', { items: of('array', { items: of('integer') }) }),
      deep: of('object', { properties: { on: instant } }),
    },
  }),
  b: of('object', { properties: { on: instant } }),
};

const scan = createScanner(SHAPE, 'keep', COLUMNS);
const page = (...attributes: string[]): Buffer =>
  Buffer.from(`{"data":[${attributes.map((text) => `{"id":"e","attributes":${text}}`).join(', ')}]}`);

/** Of each object: whether it is odd, and what is noted of it; `#` stands for one whose end is not noted. */
function seen(found: ScannedPage | undefined) {
  if (found === undefined) throw new Error('the page is left to the other way');
  const { bytes, index, stride, notes } = found;
  return objectsOf(found).map(({ odd }, object) => {
    const noted: string[] = [];
    const at = (place: number): number => index[object * stride + place] ?? 0;
    for (let note = at(NOTES); note < at(NOTES_END); note += 2) {
      const [from = 0, to = 0] = notes.subarray(note, note + 2);
      noted.push(to === 0 ? `#${String.fromCharCode(bytes[from] ?? 0)}` : bytes.toString('utf8', from, to));
    }
    return { odd, noted };
  });
}
const one = (a: string): { odd: boolean; noted: string[] } | undefined => seen(scan(page(`{"a":${a}}`)))[0];

describe('values that are declared inside of values', () => {
  const FITS = { odd: false, noted: [] };
  const MISFITS = [
    ...[
      '{"text":1}',
      '{"text":true}',
      '{"text":{}}',
      '{"text":[]}',
      '{"on":5}',
      '{"on":{}}',
      '{"day":"2026-01-01"}',
    ],
    ...['{"count":"1"}', '{"count":true}', '{"part":"1"}', '{"part":[]}', '{"yes":1}', '{"yes":"true"}'],
    ...['{"free":[]}', '{"free":"x"}', '{"all":{}}', '{"all":0}', '{"texts":[1]}', '{"texts":["a",{}]}'],
    ...['{"texts":{}}', '{"times":[1]}', '{"things":[null]}', '{"things":[{},null]}', '{"things":["x"]}'],
    ...['{"things":[{"on":1}]}', '{"things":[{},{"text":0}]}', '{"grid":[[1],["x"]]}', '{"grid":[1]}'],
    ...['{"deep":[]}', '{"deep":{"on":[]}}', '{"on":"2026-01-02T03:04:05\\u005a"}', '{"te\\u0078t":"a"}'],
  ];
  const COPIED = [
    ...[
      '{}',
      'null',
      '{"text":"x","free":{"text":1,"on":2},"all":[1,"a",null,{"on":5}],"yes":false,"part":1e5}',
    ],
    ...['{"text":null,"on":null,"day":null,"count":null,"part":null,"yes":null,"free":null,"all":null}'],
    ...[
      '{"texts":null,"times":null,"things":null,"grid":null,"deep":null}',
      '{"texts":[],"things":[ ],"grid":[[]]}',
    ],
    ...[
      '{"texts":["a",null]}',
      '{"things":[{},{"other":{"on":1}}]}',
      '{"new":{"on":1,"text":2},"more":[{"on":3}]}',
    ],
  ];

  it('I13 D2 of the right kinds, null, or not declared: copied as they stand', () => {
    for (const value of COPIED) expect(one(value), value).to.deep.equal(FITS);
  });

  it('I13 D2 of another kind, or behind an escape: the object is read the other way', () => {
    for (const value of MISFITS) expect(one(value)?.odd, value).to.equal(true);
  });

  it('V4 V1 instants and integers are noted, where they are and nowhere else', () => {
    const text =
      '{"on":"A","count":1,"free":{"on":"B"},"times":["C", "D",null],"things":[{"on" : "E"},{"text":"F","on":"G"}],' +
      '"grid":[[2,3],[ -4]],"deep":{"on":"H","deep":{"on":"I"}},"on2":"J"}';
    expect(one(text)).to.deep.equal({
      odd: false,
      noted: ['"A"', '#1', '"C"', '"D"', '"E"', '"G"', '#2', '#3', '#-', '"H"'],
    });
  });

  it('I13 each object has its own', () => {
    const found = seen(
      scan(
        page('{"a":{"on":"A"},"b":{"on":"B"}}', '{}', '{"b":{"on":1}}', '{"b":{"on":"C"},"a":{"count":1}}'),
      ),
    );
    expect(found).to.deep.equal([
      { odd: false, noted: ['"A"', '"B"'] },
      { odd: false, noted: [] },
      { odd: true, noted: [] },
      { odd: false, noted: ['"C"', '#1'] },
    ]);
  });

  it('G1 as many as there are', () => {
    const times = Array.from({ length: 5_000 }, (_, nth) => `"${nth}"`);
    expect(one(`{"times":[${times.join()}]}`)).to.deep.equal({ odd: false, noted: times });
  });
});

describe('a page that was released', () => {
  it('I13 leaves nothing to the one that is noted in its place', () => {
    const again = createScanner(profiles.scan, 'keep', schemaOf('profile_v2').properties);
    const known = new Set<Int32Array>();
    let reused = 0;
    fc.assert(
      fc.property(pageOf('profiles'), (text) => {
        const fresh = createScanner(profiles.scan, 'keep', schemaOf('profile_v2').properties);
        const found = again(Buffer.from(text));
        expect(objectsOf(found)).to.deep.equal(objectsOf(fresh(Buffer.from(text))));
        if (found === undefined) return;
        expect(seen(found)).to.deep.equal(seen(fresh(Buffer.from(text))));
        if (known.has(found.index)) reused += 1;
        known.add(found.index);
        found.release();
      }),
      { numRuns: 200 },
    );
    expect(reused, 'pages that were noted in the place of others').to.be.greaterThan(150);
  });

  it('I13 those that were not keep what is theirs', () => {
    const [first, second] = [page('{"a":{"on":"A"}}'), page('{"a":{"on":"B"}}', '{"a":{"count":7}}')].map(
      (bytes) => scan(bytes),
    );
    expect(seen(first)).to.deep.equal([{ odd: false, noted: ['"A"'] }]);
    first?.release();
    scan(page('{"a":{"on":"C"}}', '{"a":{"on":"D"}}'));
    expect(seen(second).map(({ noted }) => noted)).to.deep.equal([['"B"'], ['#7']]);
  });
});
