/**
 * What a user would lose if this failed: a value in the wrong column where the scanner takes too much, hours where it
 * takes too little. What it finds, to the byte, and what it leaves to the other way.
 */
import { expect } from 'chai';
import { begin, end, GIVE_UP, place } from '../../src/klaviyo/json-tokens.js';
import { skip } from '../../src/klaviyo/json-walk.js';
import { createScanner, type ScannedPage } from '../../src/klaviyo/scan.js';
import type { Scan } from '../../src/resource.js';
import { type FoundObject, objectsOf } from './found.js';

const SHAPE: Scan = {
  attributes: ['timestamp', 'event_properties', 'datetime'],
  inside: 'event_properties',
  columns: {
    id: 'id',
    flow: { text: '$flow' },
    campaign: { text: 'Campaign Name' },
    value: { number: '$value' },
    profile: { one: 'profile' },
    metric: { one: 'metric' },
    attributions: { many: 'attributions' },
  },
};
const scanner = createScanner(SHAPE, 'keep', {});
const scan = (text: string, way = scanner): ScannedPage | undefined => way(Buffer.from(text));
const only = (text: string, way = scanner): FoundObject => {
  const [object] = objectsOf(scan(text, way));
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

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('what is found of a page', () => {
  it('I13 each part, as it stands', () => {
    const page = scan(PAGE);
    expect(only(PAGE)).to.deep.equal({
      text: EVENT,
      odd: false,
      folded: false,
      id: '"e"',
      attributes: [
        '17',
        ATTRIBUTES.slice(ATTRIBUTES.indexOf('{"other'), ATTRIBUTES.indexOf(',"datetime')),
        '"d"',
      ],
      inside: ['"f"', '"c"', '1.0'],
      one: ['"p"', '"m"'],
      many: ['[{"type":"attribution","id":"a"},{"id":"b"}]'],
      others: {},
    });
    expect([page?.next, page?.bytes.toString(), page?.count]).to.deep.equal(['"n"', PAGE, 1]);
  });

  it('each object for itself: what one has does not show in the next', () => {
    const bare = '{"id":"b","attributes":{}}';
    const [first, second, third] = objectsOf(scan(`{"data":[${EVENT},${bare},${EVENT}]}`));
    expect(second).to.deep.include({
      odd: false,
      id: '"b"',
      attributes: [undefined, undefined, undefined],
      inside: [undefined, undefined, undefined],
      one: [undefined, undefined],
      many: [undefined],
    });
    expect(third).to.deep.equal(first);
    const odd = objectsOf(scan(`{"data":[{"id":"b"},${bare}]}`)).map((one) => one.odd);
    expect(odd).to.deep.equal([true, false]);
  });
});

describe('which values are taken as they stand', () => {
  const nested = (depth: number, open: string, close: string): string =>
    `${open.repeat(depth)}1${close.repeat(depth)}`;
  for (const [what, values] of [
    ['numbers', ['0', '-0', '9', '10', '1203456789', '-1.0', '0.0', '0.10', '1.9', `1${'0'.repeat(299)}`]],
    ['exponents', ['1e1', '1E1', '0e1', '1.5e3', '-2.50E-7', '1e+308', '1e-400', '0.0e99999']],
    [
      'numbers of many digits',
      [`1${'0'.repeat(300)}`, `-1${'0'.repeat(299)}`, `0.${'1'.repeat(299)}`, `0.${'7'.repeat(5_000)}`],
    ],
    ['words', ['true', 'false', 'null', '[true,false,null]']],
    ['escapes', ['"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\\\u0000"']],
    ['units', ['"\\u0001\\u0009\\u001f\\u00AF\\u00af\\uAbCd"', '"\\ud7ff\\ue000\\uFFFF\\uffff"']],
    ['pairs', ['"\\ud800\\udc00"', '"\\uDBFF\\uDFFF"', '"\\udabc\\udead."']],
    ['text', ['" "', '"~\u007f"', '"é🎉\u00c5"', '"\u0084\u0086"', '"\u2027\u202a\u2068\u1028"']],
    ['nesting', [nested(197, '[', ']'), nested(197, '{"a":', '}'), '[[],{},[{}]]', '{"b":{},"c":[]}']],
    ['one name twice', ['{"a":1,"a":2}', '{"__proto__":{},"constructor":[]}', '{"":0}']],
  ] as const)
    it(`I13 ${what}`, () => {
      for (const value of values) {
        const { attributes, odd } = only(withValue(value));
        expect(attributes[1], value).to.equal(`{"a":${value}}`);
        expect(odd, value).to.equal(false);
      }
    });

  for (const [what, values] of [
    ['V1 numbers beyond a double', ['1e309', '-1E400', `1${'0'.repeat(309)}`, `${'9'.repeat(400)}.0e5`]],
    [
      'V2 what targets refuse',
      ['"\\u0000"', '"a\\u0000b"', '"\u0085"', '"\u2028"', '"\u2029"', '{"\\u0000":1}'],
    ],
    [
      'V2 halves of pairs',
      [
        '"\\ud800"',
        '"\\udbff."',
        '"\\udc00"',
        '"\\udfff"',
        '"\\ud800\\ud800"',
        '"\\udc00\\udc00"',
        '"\\ud800\\udbff"',
        '"\\ud800\\ue000"',
        '"\\ud800xudc00"',
        '"\\ud800\\ndc00"',
        '"\\ud800 \\udc00"',
      ],
    ],
  ] as const)
    it(`I13 ${what}: the object alone is read the other way`, () => {
      for (const value of values) {
        const bare = '{"id":"b","attributes":{"event_properties":{"a":1}}}';
        const odd = { text: `{"id":"e","attributes":{"event_properties":{"a":${value}}}}`, odd: true };
        const page = scan(`{"data":[${bare},${odd.text},${bare}],"links":{"self":"\u2028"}}`);
        expect(
          objectsOf(page).map((one) => one.odd),
          value,
        ).to.deep.equal([false, true, false]);
        expect(objectsOf(page)[1], value).to.include(odd);
      }
    });

  for (const [what, values] of [
    [
      'numbers',
      [
        '00',
        '01',
        '-01',
        '-',
        '--1',
        '1.',
        '1.e1',
        '.1',
        '1.-1',
        '0x1',
        '1e',
        '1e+',
        '1E-',
        '1e1.5',
        '1ee1',
        '+1',
      ],
    ],
    ['words', ['tru', 'truE', 'True', 'fals', 'falsy', 'nul', 'nil', 'undefined', 'trueno']],
    ['escapes', ['"\\a"', '"\\0"', '"\\\'"', '"\\x41"', '"\\', '"\\"', '"\\U0041"']],
    [
      'units',
      ['"\\u000"', '"\\u00g0"', '"\\u:000"', '"\\u/000"', '"\\u@000"', '"\\uG000"', '"\\u`000"', '"\\u 123"'],
    ],
    ['control characters', ['"\u001f"', '"\n"', '"\u0000"', '"\t"']],
    [
      'nesting',
      [nested(198, '[', ']'), nested(198, '{"a":', '}'), '[1', '[1,', '{"a":1', '{"a"', '[1}', '{"a":1]'],
    ],
    [
      'commas and colons',
      ['[1,]', '[,]', '{,}', '{"a":1,}', '{"a",1}', '{"a":1 "b":2}', '[1:2]', '{1:2}', '[1;2]'],
    ],
  ] as const)
    it(`I19 B7 ${what} that are wrong, or for the other way, are not`, () => {
      for (const value of values) expect(scan(withValue(value)), value).to.equal(undefined);
    });

  it('V2 the line ends between its tokens are known of such an object too', () => {
    const folded = '{"id":"e",\n"attributes":{"timestamp":"\u2028"}}';
    const found = objectsOf(scan(`{"data":[${folded},${folded.replace('\n', ' ')}]}`));
    expect(found.map((one) => [one.odd, one.folded])).to.deep.equal([
      [true, true],
      [true, false],
    ]);
  });

  it('V1 integers that may be wider than 64 bit are left to the other way, where they become text', () => {
    const narrow = createScanner(SHAPE, 'string', {});
    expect(only(withValue('9'.repeat(18)), narrow).odd).to.equal(false);
    expect(only(withValue('9'.repeat(19)), narrow).odd).to.equal(true);
    expect(only(withValue(`${'9'.repeat(19)}.5`), narrow).odd).to.equal(false);
    expect(only(withValue(`${'9'.repeat(19)}e1`), narrow).odd).to.equal(false);
    expect(only(withValue('9'.repeat(19))).odd).to.equal(false);
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
    ['a reference with two ids', withRelationships('{"profile":{"data":{"id":"p","id":"q"}}}')],
    ['a reference with a number after its id', withRelationships('{"profile":{"data":{"id":"p","id":5}}}')],
    ['a reference with a hidden id', withRelationships('{"profile":{"data":{"id":"p","\\u0069d":"q"}}}')],
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
      'a list where one is meant',
      withRelationships('{"profile":{"data":[{"id":"p"}]}}'),
      { one: [undefined, undefined] },
    ],
    [
      'a text where a reference is meant',
      withRelationships('{"profile":{"data":"p"}}'),
      { one: [undefined, undefined] },
    ],
    [
      'a reference without an id',
      withRelationships('{"profile":{"data":{"type":"profile"}}}'),
      { one: [undefined, undefined] },
    ],
    [
      'B8 attributes that are not known',
      withAttributes('{"new_one":{"a":[1]},"timestamp":2,"__proto__":"x"}'),
      {
        others: Object.fromEntries([
          ['new_one', '{"a":[1]}'],
          ['__proto__', '"x"'],
        ]),
      },
    ],
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
      withAttributes(
        '{"event_properties":{"$flo":1,"$flow2":2,"C":3,"x\\u0024":4,"a":1,"a":2,"\\u0024flo":5}}',
      ),
      { inside: [undefined, undefined, undefined] },
    ],
    [
      'a property of any kind',
      withAttributes('{"event_properties":{"$flow":{"$flow":1},"$value":[2]}}'),
      { inside: ['{"$flow":1}', undefined, '[2]'] },
    ],
    [
      'a property of what follows properties that are null',
      withAttributes('{"event_properties":null,"new_one":{"$flow":"x"}}'),
      { inside: [undefined, undefined, undefined] },
    ],
    [
      'an id of what follows a relation to nobody',
      withRelationships(
        '{"profile":{"data":null,"other":{"id":"x"}},"metric":null,"more":{"data":{"id":"x"}}}',
      ),
      { one: [undefined, undefined] },
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
      expect(page?.bytes.toString()).to.equal(text);
      expect(page?.next).to.equal(next);
      expect(page !== undefined && 'next' in page).to.equal(next !== undefined);
    });
});

describe('what is looked for, where it is little', () => {
  const way = (columns: Scan['columns'], of: Parameters<typeof createScanner>[2] = {}) =>
    createScanner({ attributes: ['a', 'b'], inside: 'a', columns }, 'keep', of);

  it('I13 one member of an attribute', () => {
    const text = withAttributes('{"a":{"x":"X","y":"Y"},"b":{"x":"Z"}}');
    expect(only(text, way({ c: { text: 'x' } }))).to.deep.include({ odd: false, inside: ['"X"'] });
    expect(only(text, way({ c: { number: 'y' } }))).to.deep.include({ odd: false, inside: ['"Y"'] });
    expect(only(text, way({}))).to.deep.include({ odd: false, inside: [] });
  });

  it('I13 one relation', () => {
    const text = withRelationships('{"r":{"data":{"id":"R"}},"s":{"data":[{"id":"S"}]}}');
    expect(only(text, way({ c: { one: 'r' } }))).to.deep.include({ one: ['"R"'], many: [] });
    expect(only(text, way({ c: { many: 's' } }))).to.deep.include({ one: [], many: ['[{"id":"S"}]'] });
    expect(only(text, way({}))).to.deep.include({ one: [], many: [] });
  });

  it('I13 D2 an attribute by the name of a column that comes from elsewhere need not fit it', () => {
    const object = { type: ['null', 'object'], properties: { x: { type: ['null', 'string'] } } } as const;
    const text = withAttributes('{"b":{"x":5}}');
    expect(only(text, way({}, { b: object })).odd).to.equal(true);
    expect(only(text, way({ b: { text: 'y' } }, { b: object })).odd).to.equal(false);
  });

  it('I13 B11 what a page includes, in its order, if rows look into it, and the relation that leads there', () => {
    const included = ['{"type":"x","id":"a","attributes":{"id":5}}', '{"id":"b"}', '{ "id" : "c" }'];
    const text = `{"data":[{"id":"e","attributes":{},"relationships":{"s":{"data":[{"id":"S"}]}}}],"included":[${included}]}`;
    const textsIn = (page: ScannedPage | undefined) =>
      page?.included.map(({ from, to }) => page.bytes.toString('utf8', from, to));
    const joined = way({ id: 'id', d: { text: 'x' }, c: { included: 's', as: () => null } });
    for (const shape of [joined, joined]) {
      const page = scan(text, shape);
      expect(textsIn(page)).to.deep.equal(included);
      expect(objectsOf(page)[0]).to.deep.include({ odd: false, many: ['[{"id":"S"}]'] });
      expect(textsIn(scan('{"data":[]}', shape))).to.deep.equal([]);
    }
    expect(textsIn(scan(text, way({ c: { many: 's' } })))).to.deep.equal([]);
  });
});

describe('an error that is not of the page', () => {
  it('is not taken for one', () => {
    const bytes = Buffer.from('{"data":[],"links":{"next":"n"}}');
    bytes.subarray = () => {
      throw new Error('of the test');
    };
    expect(() => scanner(bytes)).to.throw('of the test');
  });
});

describe('a value that ends where the bytes do', () => {
  for (const value of [
    'true',
    'false',
    'null',
    '0',
    '-1.5e3',
    '""',
    '"a"',
    '[]',
    '{}',
    '[null]',
    '{"a":true}',
  ])
    it(`I19 ${value}`, () => {
      const bytes = Buffer.from(`xx${value}`);
      begin(bytes, 2);
      skip();
      end();
      expect(place()).to.equal(bytes.length);
      for (const wrong of [value.slice(0, -1), `${value}x`, value.replace(/.(?=.$)/, 'x')]) {
        if (wrong === '' || isJson(wrong)) continue;
        expect(() => {
          begin(Buffer.from(wrong));
          skip();
          end();
        }, wrong).to.throw(GIVE_UP.message);
      }
    });
});

describe('pages of any size', () => {
  it('G1 more objects than the last page had: what was found before stays', () => {
    const id = (nth: number): string => `"e${nth}"`;
    const objects = Array.from({ length: 700 }, (_, nth) => EVENT.replace('"e"', id(nth)));
    for (const way of [createScanner(SHAPE, 'keep', {}), scanner]) {
      const page = scan(`{"data":[${objects.join(',')}]}`, way);
      expect(objectsOf(page)).to.deep.equal(
        objects.map((text, nth) => ({ ...only(`{"data":[${text}]}`), text, id: id(nth) })),
      );
    }
  });

  it('G1 strings without number, wherever a page begins in memory', () => {
    for (const count of [3_000, 30_000])
      for (const shift of [0, 1, 2, 3]) {
        const strings = Array.from({ length: count }, (_, nth) => `"${'x'.repeat(nth % 7)}\\n${nth}"`).join();
        const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(withValue(`[${strings}]`))]);
        const [object] = objectsOf(scanner(bytes.subarray(shift)));
        expect(object?.attributes[1] === `{"a":[${strings}]}`, `${count} strings`).to.equal(true);
        // Nothing of a page is left for the next: it ends where its own bytes do.
        expect(scan('{"data":[{"id":"e')).to.equal(undefined);
      }
  });
});

describe('every byte of a page counts', () => {
  for (const [what, text] of [
    ['something else than a comma between objects', `{"data":[${EVENT};${EVENT}]}`],
    ['nothing between objects', `{"data":[${EVENT} ${EVENT}]}`],
    ['something else than a comma between members', `{"data":[${EVENT}];"meta":{}}`],
    ['an object that is none', '{"data":[1]}'],
    ['a text in place of an object', '{"data":["{}"]}'],
    ['a hidden member beside the data', `{"data":[${EVENT}],"\\u0065rrors":[]}`],
    ['two next pages', `{"data":[],"links":{"next":"n","next":"m"}}`],
    ['a hidden next page', `{"data":[],"links":{"n\\u0065xt":"n"}}`],
    ['members behind a document that has none', '{}"data":[]}'],
    ['errors that are none', '{"data":[],"errors":}'],
    ['errors that are left out', '{"data":[],"errors":,"meta":{}}'],
    ['something included with two ids', '{"data":[],"included":[{"id":"a","id":"b"}]}'],
    ['something included with an empty id', '{"data":[],"included":[{"id":""}]}'],
    ['a list in place of the document', `[${PAGE}]`],
  ] as const)
    it(`I19 ${what}: the page is read the other way`, () => {
      expect(scan(text)).to.equal(undefined);
    });

  it('what is strange beside the objects makes none of them odd', () => {
    const page = scan(`{"meta":"\\ud800",\n"data":[${EVENT},${EVENT}],"included":[{"id":"a","x":1e999}]}`);
    expect(objectsOf(page).map(({ odd, folded }) => [odd, folded])).to.deep.equal([
      [false, false],
      [false, false],
    ]);
  });

  it('blanks, tabs and line ends between any two tokens change nothing; the objects that have line ends are marked', () => {
    const wanted = only(PAGE);
    const compact = (text: string | undefined) => (text === undefined ? text : JSON.parse(text));
    const edges = [...PAGE.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s"[\]{}:,]+/g)].map(({ index }) => index);
    for (const edge of edges.slice(1))
      for (const blank of [' ', '\t', ' \t  ', '\n', '\r\n\t']) {
        const text = PAGE.slice(0, edge) + blank + PAGE.slice(edge);
        const found = only(text);
        expect(JSON.parse(found.text)).to.deep.equal(JSON.parse(EVENT));
        for (const part of ['attributes', 'inside', 'one', 'many'] as const)
          expect(found[part].map(compact), text).to.deep.equal(wanted[part].map(compact));
        expect(found).to.include({ odd: false, id: '"e"', folded: /[\r\n]/.test(found.text) });
      }
    for (const text of [` ${PAGE}`, `\t${PAGE}`, `\n${PAGE}`, `${PAGE} \t\r\n`, `${PAGE}\n\n`])
      expect(scan(text)?.count, JSON.stringify(text)).to.equal(1);
    for (const text of [`${PAGE}\u000b`, `${PAGE}\u0000`, `\ufeff${PAGE}`, `${PAGE}\n{}`, `${PAGE},`, ''])
      expect(scan(text), JSON.stringify(text)).to.equal(undefined);
  });

  it('I19 no byte put in the place of another makes a page of what JSON.parse refuses', () => {
    const text = `{"data":[{"id":"e","attributes":{"event_properties":{"a":[-1.5,true,null,false],"$":"\\u00e9\\n","k":"v","l":"w"}},"x":{}}]}`;
    let taken = 0;
    for (let at = 0; at < text.length; at += 1)
      for (let byte = 0; byte < 128; byte += 1) {
        const broken = text.slice(0, at) + String.fromCharCode(byte) + text.slice(at + 1);
        const page = scan(broken);
        if (page === undefined) continue;
        taken += 1;
        const [object] = objectsOf(page);
        const [parsed] = (JSON.parse(broken) as { data: { id?: unknown; attributes?: object }[] }).data;
        if (object === undefined || object.odd) continue;
        const { event_properties: properties = null } = { ...parsed?.attributes } as Record<string, unknown>;
        expect(
          [JSON.parse(object.id ?? ''), JSON.parse(object.attributes[1] ?? 'null')],
          broken,
        ).to.deep.equal([parsed?.id, properties]);
      }
    expect(taken).to.be.greaterThan(1_000);
  });

  it('I19 members that are texts, one after the other, are proved like any others', () => {
    for (const value of [
      '{"a":1;"b":"c"}',
      '{"a":1}"b":"c"}',
      '{"a":"x"."b":"c"}',
      '{,"a":"b"}',
      '{,"a":"b""c":1}',
      '{"a":1,"c";"v"}',
      '{"a":1,"c:";"v"}',
      '{"a":1,"c"x"v"}',
      '{"a":1,"c":x"v"}',
      '{"a":1,"c\\:"v"}',
      '{"a":1,"c\u0001:"v"}',
      '{"a":1,"c\\n":"}',
      '{"a":1,"c":"v\u0001"}',
      '{"a":1,"c":"v"',
    ])
      expect(scan(withValue(value)), value).to.equal(undefined);
    for (const value of [
      '{"a":1,"c\\n":"v"}',
      '{"a":1,"c\\n":":"}',
      '{"a":1,"c:":"v","d":":","e":"\\"","f":"g"}',
      '{"a":1,"c" :"v","d": "w" ,"e":"x"}',
      '{"a":"b","":"","c":{"d":"e","f":"g"},"h":"i"}',
    ])
      expect(only(withValue(value)), value).to.deep.include({
        odd: false,
        text: withValue(value).slice(9, -2),
      });
  });

  it('I19 nor does a byte left out, or a page cut off anywhere', () => {
    for (let at = 0; at < PAGE.length; at += 1) {
      expect(scan(PAGE.slice(0, at)), PAGE.slice(0, at)).to.equal(undefined);
      const without = PAGE.slice(0, at) + PAGE.slice(at + 1);
      if (scan(without) !== undefined) expect(() => JSON.parse(without), without).not.to.throw();
    }
  });
});
