/**
 * What a user would lose if this failed: a value in the wrong column where the scanner takes too much, hours where it
 * takes too little. What it finds, to the byte, and what it leaves to the other way.
 */
import { expect } from 'chai';
import { createScanner, type ScannedObject, type ScannedPage, shapeOf } from '../../src/klaviyo/scan.js';
import { events } from '../../src/resources/events.js';

const SHAPE = {
  attributes: ['timestamp', 'event_properties', 'datetime'],
  inside: { attribute: 'event_properties', members: ['$flow', 'Campaign Name', '$value'] },
  one: ['profile', 'metric'],
  many: ['attributions'],
};
const scanner = createScanner(SHAPE, 'keep');
const scan = (text: string, way = scanner): ScannedPage | undefined => way(Buffer.from(text));
const only = (text: string): ScannedObject => {
  const page = scan(text);
  const [object] = page?.objects ?? [];
  if (object === undefined) throw new Error(`nothing was found in ${text}`);
  return object;
};

const ATTRIBUTES =
  '{"timestamp":17,"event_properties":{"other":[1],"$flow":"f","Campaign Name":"c","$value":1.0},"datetime":"d"}';
const RELATIONSHIPS =
  '{"profile":{"links":{"self":"x"},"data":{"type":"profile","id":"p"}},"metric":{"data":{"id":"m","type":"metric"}},' +
  '"attributions":{"data":[{"type":"attribution","id":"a"},{"id":"b"}]}}';
const EVENT = `{"type":"event","id":"e","attributes":${ATTRIBUTES},"relationships":${RELATIONSHIPS},"links":{"self":"y"}}`;
const PAGE = `{"data":[${EVENT}],"links":{"self":"s","next":"n","prev":null},"meta":{"a":[]}}`;

const event = (members: string): string => `{"data":[{${members}}]}`;
const withAttributes = (attributes: string): string =>
  event(`"id":"e","attributes":${attributes},"relationships":{}`);
const withRelationships = (relationships: string): string =>
  event(`"id":"e","attributes":{},"relationships":${relationships}`);
const withValue = (value: string): string => withAttributes(`{"event_properties":{"a":${value}}}`);

describe('what is found of a page', () => {
  it('I13 each part, as it stands', () => {
    const page = scan(PAGE);
    const { start, end, ...found } = only(PAGE);
    expect(PAGE.slice(start, end)).to.equal(EVENT);
    expect(found).to.deep.equal({
      odd: false,
      id: '"e"',
      attributes: [
        '17',
        ATTRIBUTES.slice(ATTRIBUTES.indexOf('{"other'), ATTRIBUTES.indexOf(',"datetime')),
        '"d"',
      ],
      inside: ['"f"', '"c"', '1.0'],
      one: ['"p"', '"m"'],
      many: ['["a","b"]'],
    });
    expect([page?.next, page?.text, page?.objects.length]).to.deep.equal(['"n"', PAGE, 1]);
  });

  it('each object for itself: what one has does not show in the next', () => {
    const bare = '{"id":"b","attributes":{}}';
    const [first, second, third] = scan(`{"data":[${EVENT},${bare},${EVENT}]}`)?.objects ?? [];
    expect(second).to.deep.include({
      odd: false,
      id: '"b"',
      attributes: [undefined, undefined, undefined],
      inside: [undefined, undefined, undefined],
      one: [undefined, undefined],
      many: [undefined],
    });
    expect(third).to.deep.equal({ ...first, start: third?.start, end: third?.end });
    const odd = scan(`{"data":[{"id":"b"},${bare}]}`)?.objects.map((one) => one.odd);
    expect(odd).to.deep.equal([true, false]);
  });
});

describe('which values are taken as they stand', () => {
  const nested = (depth: number, open: string, close: string): string =>
    `${open.repeat(depth)}1${close.repeat(depth)}`;
  for (const [what, values] of [
    ['numbers', ['0', '-0', '9', '10', '1203456789', '-1.0', '0.0', '0.10', '1.9', `1${'0'.repeat(299)}`]],
    ['words', ['true', 'false', 'null', '[true,false,null]']],
    ['escapes', ['"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\\\u0000"']],
    ['units', ['"\\u0001\\u0009\\u001f\\u00AF\\u00af\\uAbCd"', '"\\ud7ff\\ue000\\uFFFF\\uffff"']],
    ['pairs', ['"\\ud800\\udc00"', '"\\uDBFF\\uDFFF"', '"\\udabc\\udead."']],
    ['text', ['" "', '"~\u007f"', '"é🎉\u00c5"', '"\u0084\u0086"', '"\u2027\u202a\u2068\u1028"']],
    ['nesting', [nested(196, '[', ']'), nested(196, '{"a":', '}'), '[[],{},[{}]]', '{"b":{},"c":[]}']],
  ] as const)
    it(`I13 ${what}`, () => {
      for (const value of values) {
        const { attributes, odd } = only(withValue(value));
        expect(Buffer.from(attributes[1] ?? '', 'latin1').toString(), value).to.equal(`{"a":${value}}`);
        expect(odd).to.equal(false);
      }
    });

  for (const [what, values] of [
    [
      'numbers',
      ['00', '01', '-01', '-', '--1', '1.', '1.e1', '.1', '1.-1', '0x1', '1e1', '1E1', '0e1', '1.5e3'],
    ],
    ['numbers of many digits', [`1${'0'.repeat(300)}`, `-1${'0'.repeat(299)}`, `0.${'1'.repeat(299)}`]],
    ['words', ['tru', 'truE', 'True', 'fals', 'falsy', 'nul', 'nil', 'undefined', 'trueno']],
    ['escapes', ['"\\a"', '"\\0"', '"\\\'"', '"\\x41"', '"\\', '"\\"', '"\\U0041"']],
    [
      'units',
      ['"\\u000"', '"\\u00g0"', '"\\u:000"', '"\\u/000"', '"\\u@000"', '"\\uG000"', '"\\u`000"', '"\\u 123"'],
    ],
    ['what targets refuse', ['"\\u0000"', '"a\\u0000b"', '"\u0085"', '"\u2028"', '"\u2029"']],
    [
      'halves of pairs',
      [
        '"\\ud800"',
        '"\\udbff."',
        '"\\udc00"',
        '"\\udfff"',
        '"\\ud800\\ud800"',
        '"\\ud800\\udbff"',
        '"\\ud800\\ue000"',
        '"\\ud800xudc00"',
        '"\\ud800\\ndc00"',
        '"\\ud800 \\udc00"',
      ],
    ],
    ['control characters', ['"\u001f"', '"\n"', '"\u0000"', '"\t"']],
    [
      'nesting',
      [nested(197, '[', ']'), nested(197, '{"a":', '}'), '[1', '[1,', '{"a":1', '{"a"', '[1}', '{"a":1]'],
    ],
    [
      'commas and colons',
      ['[1,]', '[,]', '{,}', '{"a":1,}', '{"a",1}', '{"a":1 "b":2}', '[1:2]', '{1:2}', '[1;2]'],
    ],
  ] as const)
    it(`I19 B7 ${what} that are wrong, or for the other way, are not`, () => {
      for (const value of values) expect(scan(withValue(value)), value).to.equal(undefined);
    });

  it('V1 integers that may be wider than 64 bit are left to the other way, where they become text', () => {
    const narrow = createScanner(SHAPE, 'string');
    expect(scan(withValue('9'.repeat(18)), narrow)).not.to.equal(undefined);
    expect(scan(withValue('9'.repeat(19)), narrow)).to.equal(undefined);
    expect(scan(withValue('9'.repeat(19)))).not.to.equal(undefined);
  });

  it('B7 bytes that are no UTF-8 are left to the other way', () => {
    const bytes = Buffer.from(withValue('"a"'));
    bytes[bytes.indexOf('"a"}') + 1] = 0xe9;
    expect(scanner(bytes)).to.equal(undefined);
  });
});

describe('which objects are read the other way', () => {
  for (const [what, text] of [
    ['no id', event('"attributes":{}')],
    ['an empty id', event('"id":"","attributes":{}')],
    ['an id that is a number', event('"id":5,"attributes":{}')],
    ['an id that is null', event('"id":null,"attributes":{}')],
    ['two ids', event('"id":"e","id":"f","attributes":{}')],
    ['no attributes', event('"id":"e"')],
    ['attributes that are null', event('"id":"e","attributes":null')],
    ['attributes that are a list', event('"id":"e","attributes":[]')],
    ['attributes twice', event('"id":"e","attributes":{},"attributes":{}')],
    ['relationships twice', event('"id":"e","attributes":{},"relationships":{},"relationships":{}')],
    ['a hidden member', event('"id":"e","attributes":{},"\\u0069d":"f"')],
    ['B8 an attribute that is not known', withAttributes('{"new_one":1}')],
    ['B8 an attribute twice', withAttributes('{"timestamp":1,"timestamp":2}')],
    ['a hidden attribute', withAttributes('{"time\\u0073tamp":1}')],
    ['B8 properties twice', withAttributes('{"event_properties":{"$flow":"f"},"event_properties":{"a":1}}')],
    ['properties twice, first null', withAttributes('{"event_properties":null,"event_properties":{"a":1}}')],
    ['properties twice, then null', withAttributes('{"event_properties":{},"event_properties":null}')],
    ['B8 a property that is looked for, twice', withAttributes('{"event_properties":{"$flow":1,"$flow":2}}')],
    ['a hidden property', withAttributes('{"event_properties":{"\\u0024flow":1}}')],
    ['a property hidden in part', withAttributes('{"event_properties":{"$fl\\u006fw":1}}')],
    ['a hidden relation', withRelationships('{"pr\\u006ffile":{"data":{"id":"p"}}}')],
    [
      'a to-one relation twice',
      withRelationships('{"profile":{"data":{"id":"p"}},"profile":{"data":{"id":"q"}}}'),
    ],
    [
      'a to-many relation twice',
      withRelationships('{"attributions":{"data":[]},"attributions":{"data":[{"id":"q"}]}}'),
    ],
    ['a relation with two data', withRelationships('{"profile":{"data":{"id":"p"},"data":null}}')],
    ['a relation with hidden data', withRelationships('{"profile":{"d\\u0061ta":{"id":"p"}}}')],
    ['a list where one is meant', withRelationships('{"profile":{"data":[{"id":"p"}]}}')],
    ['one where a list is meant', withRelationships('{"attributions":{"data":{"id":"a"}}}')],
    ['a text where a reference is meant', withRelationships('{"profile":{"data":"p"}}')],
    ['a reference without an id', withRelationships('{"profile":{"data":{"type":"profile"}}}')],
    ['a reference with two ids', withRelationships('{"profile":{"data":{"id":"p","id":"q"}}}')],
    ['a reference with a number', withRelationships('{"profile":{"data":{"id":5}}}')],
    ['a reference with a number after its id', withRelationships('{"profile":{"data":{"id":"p","id":5}}}')],
    ['a reference with a hidden id', withRelationships('{"profile":{"data":{"id":"p","\\u0069d":"q"}}}')],
    ['a list with a reference without an id', withRelationships('{"attributions":{"data":[{"id":"a"},{}]}}')],
  ] as const)
    it(`I13 ${what}`, () => {
      expect(only(text).odd).to.equal(true);
    });

  for (const [what, text, part] of [
    ['no relationships', event('"id":"e","attributes":{}'), { one: [undefined, undefined] }],
    [
      'relationships that are null',
      event('"id":"e","attributes":{},"relationships":null'),
      { many: [undefined] },
    ],
    ['a relation that is null', withRelationships('{"profile":null}'), { one: [undefined, undefined] }],
    ['a relation to nobody', withRelationships('{"profile":{"data":null}}'), { one: [undefined, undefined] }],
    [
      'a relation without data',
      withRelationships('{"metric":{"links":{}}}'),
      { one: [undefined, undefined] },
    ],
    ['a relation to none', withRelationships('{"attributions":{"data":[]}}'), { many: ['[]'] }],
    [
      'links after the data',
      withRelationships('{"profile":{"data":{"id":"p"},"links":{}}}'),
      { one: ['"p"', undefined] },
    ],
    ['other relations', withRelationships('{"other":{"data":[1]}}'), { one: [undefined, undefined] }],
    [
      'one relation after another',
      withRelationships('{"profile":{"data":{"id":"p"}},"metric":{"data":null},"attributions":{}}'),
      { one: ['"p"', undefined], many: [undefined] },
    ],
    [
      'properties that are null',
      withAttributes('{"event_properties":null}'),
      { attributes: [undefined, 'null', undefined] },
    ],
    [
      'properties that begin alike, or hide nothing that is looked for',
      withAttributes('{"event_properties":{"$flo":1,"$flow2":2,"C":3,"x\\u0024":4,"a":1,"a":2}}'),
      { inside: [undefined, undefined, undefined] },
    ],
    [
      'a property of any kind',
      withAttributes('{"event_properties":{"$flow":{"$flow":1},"$value":[2]}}'),
      { inside: ['{"$flow":1}', undefined, '[2]'] },
    ],
    [
      'a hidden member further in',
      withAttributes('{"event_properties":{"a":{"\\u0024flow":1}}}'),
      { id: '"e"' },
    ],
  ] as const)
    it(`fast all the same: ${what}`, () => {
      expect(only(text)).to.deep.include({ odd: false, ...part });
    });
});

describe('which pages are read the other way', () => {
  for (const [what, text] of [
    ['data twice', '{"data":[],"data":[]}'],
    ['no data', '{"links":{}}'],
    ['data that is one object', '{"data":{}}'],
    ['data that is null', '{"data":null}'],
    ['data of something else', '{"data":[1]}'],
    ['links twice', '{"data":[],"links":{},"links":{"next":"n"}}'],
    ['B11 an included object without an id', '{"data":[],"included":[{"id":"a"},{"type":"x"}]}'],
    ['B11 an included object with an empty id', '{"data":[],"included":[{"id":""}]}'],
    ['B11 an included object with a number for an id', '{"data":[],"included":[{"id":5}]}'],
    ['B11 an included object with a hidden id', '{"data":[],"included":[{"id":"a","\\u0069d":"b"}]}'],
    ['B11 one included object', '{"data":[],"included":{"id":"a"}}'],
    ['H13 errors', '{"data":[],"errors":[]}'],
    ['hidden data', '{"data":[],"d\\u0061ta":[]}'],
    ['hidden links', '{"data":[],"l\\u0069nks":{"next":"n"}}'],
    ['a hidden next', '{"data":[],"links":{"n\\u0065xt":"n"}}'],
    ['a list', '[]'],
    ['a text', '"data"'],
  ] as const)
    it(`${what}`, () => {
      expect(scan(text)).to.equal(undefined);
    });

  for (const [what, text, next] of [
    ['no links', '{"data":[]}', undefined],
    ['links that are null', '{"data":[],"links":null}', undefined],
    ['no next', '{"data":[],"links":{"self":"s"}}', undefined],
    ['a next that is null', '{"data":[],"links":{"next":null}}', 'null'],
    ['a next', '{"links":{"next":"n","self":"s"},"data":[]}', '"n"'],
    ['nothing included', '{"data":[],"included":null}', undefined],
    ['something included', '{"data":[],"included":[{"type":"x","id":"a","links":{"next":"n"}}]}', undefined],
    ['links further in', '{"data":[],"meta":[{"links":{"next":"n"}}]}', undefined],
  ] as const)
    it(`P5 ${what}: the page that follows is ${next ?? 'none'}`, () => {
      const page = scan(text);
      expect(page).to.include({ text });
      expect(page?.next).to.equal(next);
      expect(page !== undefined && 'next' in page).to.equal(next !== undefined);
    });
});

describe('what is looked for in events', () => {
  it('the attributes, and of the properties and relations what a column is made of', () => {
    expect(shapeOf(events.scan)).to.deep.equal({
      attributes: ['timestamp', 'event_properties', 'datetime', 'uuid'],
      inside: {
        attribute: 'event_properties',
        members: ['$flow', '$message', '$event_id', '$value', 'Campaign Name'],
      },
      one: ['profile', 'metric'],
      many: ['attributions'],
    });
  });
});

describe('every byte of a page counts', () => {
  it('blanks and tabs between any two tokens change nothing, line ends are left to the other way', () => {
    const { start: _, end: __, ...wanted } = only(PAGE);
    const edges = [...PAGE.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s"[\]{}:,]+/g)].map(({ index }) => index);
    for (const edge of edges.slice(1))
      for (const blank of [' ', '\t', ' \t  ']) {
        const text = PAGE.slice(0, edge) + blank + PAGE.slice(edge);
        const found = only(text);
        expect(JSON.parse(text.slice(found.start, found.end))).to.deep.equal(JSON.parse(EVENT));
        expect([found.odd, found.id, found.one, found.many, found.attributes[2]]).to.deep.equal([
          wanted.odd,
          wanted.id,
          wanted.one,
          wanted.many,
          wanted.attributes[2],
        ]);
        expect(scan(`${PAGE.slice(0, edge)}${blank}\n${PAGE.slice(edge)}`), text).to.equal(undefined);
      }
    for (const text of [` ${PAGE}`, `\t${PAGE}`, `${PAGE} \t\r\n`, `${PAGE}\n\n`])
      expect(scan(text)?.objects, JSON.stringify(text)).to.have.length(1);
    for (const text of [`\n${PAGE}`, `${PAGE}\u000b`, `${PAGE}\u0000`, `${PAGE}\n{}`, `${PAGE},`, ''])
      expect(scan(text), JSON.stringify(text)).to.equal(undefined);
  });

  it('I19 no byte put in the place of another makes a page of what JSON.parse refuses', () => {
    const text = `{"data":[{"id":"e","attributes":{"event_properties":{"a":[-1.5,true,null,false],"$":"\\u00e9\\n"}},"x":{}}]}`;
    let taken = 0;
    for (let at = 0; at < text.length; at += 1)
      for (let byte = 0; byte < 128; byte += 1) {
        const broken = text.slice(0, at) + String.fromCharCode(byte) + text.slice(at + 1);
        const page = scan(broken);
        if (page === undefined) continue;
        taken += 1;
        const [object] = page.objects;
        const [parsed] = (JSON.parse(broken) as { data: { id?: unknown; attributes?: object }[] }).data;
        if (object === undefined || object.odd) continue;
        const { event_properties: properties = null } = { ...parsed?.attributes } as Record<string, unknown>;
        expect([JSON.parse(object.id), JSON.parse(object.attributes[1] ?? 'null')], broken).to.deep.equal([
          parsed?.id,
          properties,
        ]);
      }
    expect(taken).to.be.greaterThan(1_000);
  });

  it('I19 nor does a byte left out, or a page cut off anywhere', () => {
    for (let at = 0; at < PAGE.length; at += 1) {
      expect(scan(PAGE.slice(0, at)), PAGE.slice(0, at)).to.equal(undefined);
      const without = PAGE.slice(0, at) + PAGE.slice(at + 1);
      if (scan(without) !== undefined) expect(() => JSON.parse(without), without).not.to.throw();
    }
  });
});
