/** What a user would lose if this failed: rows guessed from a document that is no list of objects, or the key. */
import { expect } from 'chai';
import { Fault } from '../../src/errors.js';
import { noMends, parseJson } from '../../src/klaviyo/json.js';
import { member, related, relatedIds, text, toBody } from '../../src/klaviyo/json-api.js';
import type { Body, JsonApiObject, Value } from '../../src/resource.js';

const ORIGIN = 'https://a.klaviyo.com';
const body = (document: Value, single = false): Body => toBody(document, 'GET /api/x', single, ORIGIN);
const fault = (document: Value, single = false): Fault => {
  try {
    body(document, single);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(document)} was taken`);
};
const object = (relationships: Value): JsonApiObject => {
  const [first] = body({ data: [{ id: 'a', relationships }] }).data;
  if (first === undefined) throw new Error('no object');
  return first;
};

describe('JSON:API documents', () => {
  for (const [what, document, said] of [
    ['data missing', {}, 'data is missing, expected an array'],
    ['data null', { data: null }, 'data is null, expected an array'],
    ['data an object', { data: { id: 'a' } }, 'data is an object, expected an array'],
    ['data a text', { data: 'a' }, 'data is a string, expected an array'],
    ['the document an array', [], 'the document is not an object'],
    ['the document null', null, 'the document is not an object'],
    ['an object of data null', { data: [null] }, 'data[0] is null, expected an object'],
    ['an object of data a text', { data: [{ id: 'a' }, 'b'] }, 'data[1] is a string, expected an object'],
    ['included an object', { data: [], included: {} }, 'included is an object, expected an array'],
    [
      'an included object without id',
      { data: [], included: [{}] },
      'included[0].id is missing, expected a string',
    ],
    ['links.next a number', { data: [], links: { next: 2 } }, 'links.next is a number, expected a string'],
    ['links.next no URL', { data: [], links: { next: 'http://' } }, 'links.next is no URL'],
    [
      'links.next without a cursor',
      { data: [], links: { next: `${ORIGIN}/api/x?a=1` } },
      'has no page[cursor]',
    ],
    [
      'links.next with an empty cursor',
      { data: [], links: { next: '/api/x?page[cursor]=' } },
      'has no page[cursor]',
    ],
  ] as const satisfies readonly (readonly [string, Value, string])[])
    it(`B10 ${what}: KLV_CONTRACT, no row guessed`, () => {
      const { code, message } = fault(document);
      expect(code).to.equal('KLV_CONTRACT');
      expect(message).to.contain('GET /api/x: ').and.to.contain(said);
    });

  for (const id of ['null', '""', '1', '1.0', 'true', '["a"]', undefined])
    it(`V5 an id that is ${id ?? 'missing'} is none`, () => {
      const document = parseJson(
        `{"data":[{${id === undefined ? '' : `"id":${id},`}"type":"x"}]}`,
        noMends(),
        'keep',
      );
      const { code, message } = fault(document);
      expect(code).to.equal('KLV_CONTRACT');
      expect(message).to.match(
        /data\[0\]\.id is (null|empty|a number|a boolean|an array|missing), expected a string/,
      );
    });

  it('takes what is there, and nothing where attributes and relationships are of another kind', () => {
    const { data } = body({
      data: [
        { id: 'a', type: 'x', attributes: { b: 1 } },
        { id: 'b', attributes: [], relationships: null },
      ],
    });
    expect(data).to.deep.equal([
      { id: 'a', type: 'x', attributes: { b: 1 }, relationships: {} },
      { id: 'b', type: '', attributes: {}, relationships: {} },
    ]);
  });

  it('single documents hold one object, or null for none', () => {
    expect(body({ data: { id: 'a', type: 'x' } }, true).data.map(({ id }) => id)).to.deep.equal(['a']);
    expect(body({ data: null }, true).data).to.deep.equal([]);
    expect(body({ data: [{ id: 'a' }] }, true).data).to.have.length(1);
    expect(fault({}, true).message).to.contain('data[0] is missing');
    expect(fault({ data: 'a' }, true).message).to.contain('data[0] is a string');
  });

  it('P5 the last page has no next', () => {
    for (const links of [undefined, null, {}, { next: null }, { next: '' }] as const)
      expect(body({ data: [], ...(links === undefined ? {} : { links }) })).not.to.have.property('next');
  });

  it('P8 only the token of links.next is taken, decoded', () => {
    const next = `${ORIGIN}/api/other/path?filter=equals(a,"b")&page%5Bcursor%5D=bmV4dDo6%2Bid%3D%3D&page[size]=1`;
    expect(body({ data: [], links: { next } }).next).to.equal('bmV4dDo6+id==');
    expect(body({ data: [], links: { next: '/api/x?page[cursor]=c' } }).next).to.equal('c');
  });

  for (const next of [
    'https://evil.example/api/x?page[cursor]=c',
    'http://a.klaviyo.com/api/x?page[cursor]=c',
    'https://a.klaviyo.com:8443/api/x?page[cursor]=c',
    '//evil.example/api/x?page[cursor]=c',
    'https://a.klaviyo.com@evil.example/?page[cursor]=c',
    'https://a.klaviyo.com.evil.example/?page[cursor]=c',
    'javascript:alert(1)?page[cursor]=c',
  ])
    it(`P1 links.next to ${next.slice(0, 40)} is refused`, () => {
      expect(fault({ data: [], links: { next } }).code).to.equal('KLV_NEXT_FOREIGN');
    });

  it('B11 finds what is included by type and id, and nothing else', () => {
    const { find, included } = body({
      data: [],
      included: [
        { id: '1', type: 'tag', attributes: { n: 1 } },
        { id: '1', type: 'flow' },
        { id: '__proto__', type: 'tag' },
      ],
    });
    expect(included).to.have.length(3);
    expect(find('tag', '1')?.attributes).to.deep.equal({ n: 1 });
    expect(find('flow', '1')?.type).to.equal('flow');
    expect(find('tag', '__proto__')?.id).to.equal('__proto__');
    expect(find('tag', '2')).to.equal(undefined);
    expect(body({ data: [], included: null }).included).to.deep.equal([]);
  });

  it('B11 a relation is kept though its object is not in the document', () => {
    const one = object({
      profile: { data: { type: 'profile', id: 'p' } },
      gone: { data: null },
      linked: { links: {} },
      odd: 'x',
      oddId: { data: { id: 5 } },
      tags: { data: [{ id: 't1' }, { id: 't2' }, null, { id: 3 }] },
      none: { data: [] },
    });
    expect(related(one, 'profile')).to.equal('p');
    for (const name of ['gone', 'linked', 'odd', 'oddId', 'tags', 'absent', 'constructor'])
      expect(related(one, name), name).to.equal(null);
    expect(relatedIds(one, 'tags')).to.deep.equal(['t1', 't2']);
    expect(relatedIds(one, 'none')).to.deep.equal([]);
    for (const name of ['gone', 'linked', 'odd', 'profile', 'absent'])
      expect(relatedIds(one, name), name).to.equal(null);
  });

  it('V6 a member of what is no object is undefined, a text of what is no text null', () => {
    expect(member({ a: 1 }, 'a')).to.equal(1);
    for (const value of ['abc', null, undefined, 5, ['a']]) expect(member(value, 'a')).to.equal(undefined);
    expect(text('a')).to.equal('a');
    for (const value of [1, null, undefined, {}, []]) expect(text(value)).to.equal(null);
  });
});
