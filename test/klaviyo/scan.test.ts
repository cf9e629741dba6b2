/** What a user would lose if this failed: events, or the truth of their values. The scanner against JSON.parse. */
import { expect } from 'chai';
import fc from 'fast-check';
import { noMends, parseJson } from '../../src/klaviyo/json.js';
import { toBody, toObject } from '../../src/klaviyo/json-api.js';
import { createScanner, type ScannedObject, shapeOf } from '../../src/klaviyo/scan.js';
import type { Body, Config, Json, Slice, StreamName } from '../../src/resource.js';
import { events } from '../../src/resources/events.js';
import { RESOURCES, STREAMS } from '../../src/resources/index.js';
import { fitter } from '../../src/row.js';
import { copier } from '../../src/scanned-row.js';
import { schemaOf } from '../../src/schemas.js';
import { toPage } from '../../src/sync/page.js';
import { plan } from '../../src/sync/plan.js';
import { FOREVER, ORIGIN } from '../../src/time.js';
import { tokens, written } from './tokens.js';

const EVENT: StreamName = 'event_v2';
const config = { api_key: 'pk_test', excluded_metric_ids: ['left-out'] } as Config;
const made = plan({
  resources: RESOURCES,
  streams: STREAMS,
  chosen: [{ name: EVENT, mode: 'full_refresh' }],
  bookmarks: new Map(),
  config,
  since: ORIGIN,
  now: '2030-01-01T00:00:00Z',
});
const slice: Slice = { resource: events, from: ORIGIN, to: FOREVER, watermark: ORIGIN };
const warnings = { warn: () => {}, mends: noMends() };
const scan = createScanner(shapeOf(events.scan), 'keep');

function rows(body: Body, columns?: ReadonlySet<string>, of: Slice = slice): readonly Json[] {
  const parts = {
    plan: made,
    fits: new Map([[EVENT, fitter(EVENT, schemaOf(EVENT), columns, warnings)]]),
    copies: new Map([[EVENT, copier(events, schemaOf(EVENT), columns, config)]]),
    lookup: () => false,
  };
  const page = toPage(of, body, parts);
  const texts = page.rows.get(EVENT) ?? [];
  return page.bytes === true ? texts.map((text) => Buffer.from(text, 'latin1').toString('utf8')) : texts;
}

const parsed = (text: string): Body =>
  toBody(parseJson(text, noMends(), 'keep'), 'the test', false, 'https://a.klaviyo.com');

function scanned(text: string): Body | undefined {
  const page = scan(Buffer.from(text));
  if (page === undefined) return undefined;
  const parse = ({ start, end }: ScannedObject) =>
    toObject(
      parseJson(Buffer.from(page.text.slice(start, end), 'latin1').toString('utf8'), noMends(), 'keep'),
      'the test',
      'data[]',
    );
  return { data: [], included: [], find: () => undefined, scanned: { objects: page.objects, parse } };
}

const blank = fc.constantFrom('', '', '', ' ', '  ', '\t');
const date = fc.constantFrom(
  '"2026-06-23T00:15:23+00:00"',
  '"2026-06-23T00:15:23.918411+00:00"',
  '"2026-06-23 00:15:23+02:00"',
  '"2026-01-31T10:00:00Z"',
  '"0000-00-00"',
  '""',
  'null',
  '17',
);
const id = fc.oneof(
  fc.constantFrom('"left-out"', '"kept"', '"\\u00e9t\\u00e9"', '"été 🎉"'),
  fc.string().map((text) => JSON.stringify(text)),
);
const anything = written('keep').map(({ text }) => text);
const member = (name: fc.Arbitrary<string>, value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(name, blank, blank, value).map(([key, before, after, text]) => `${key}${before}:${after}${text}`);
const object = (members: fc.Arbitrary<readonly string[]>): fc.Arbitrary<string> =>
  fc.tuple(members, blank).map(([texts, gap]) => `{${gap}${texts.join(`${gap},`)}${gap}}`);
const some = (...members: fc.Arbitrary<string>[]): fc.Arbitrary<readonly string[]> =>
  fc.tuple(...members.map((one) => fc.option(one, { nil: undefined, freq: 4 }))).chain((texts) =>
    fc.shuffledSubarray(
      texts.filter((text) => text !== undefined),
      { minLength: 0 },
    ),
  );
/** A name as it stands, or with an escape for one of its letters. */
const key = (name: string): fc.Arbitrary<string> =>
  fc.tuple(fc.nat(name.length - 1), fc.nat(30)).map(([at, chance]) => {
    const unit = name.charCodeAt(at).toString(16).padStart(4, '0');
    return chance > 0 ? `"${name}"` : `"${name.slice(0, at)}\\u${unit}${name.slice(at + 1)}"`;
  });

const properties = object(
  some(
    member(key('$flow'), fc.oneof(id, anything)),
    member(key('$message'), id),
    member(
      key('$value'),
      fc.oneof(fc.constantFrom('49.0', '12', '-0', '1e2', '12345678901234567890'), anything),
    ),
    member(key('Campaign Name'), id),
    member(
      fc.string({ maxLength: 6 }).map((text) => JSON.stringify(`x${text}`)),
      anything,
    ),
  ),
);
const reference = (type: string) =>
  object(some(member(key('type'), fc.constant(`"${type}"`)), member(key('id'), id)));
const event = object(
  fc
    .tuple(
      member(key('type'), fc.constant('"event"')),
      member(
        key('id'),
        fc.uuid().map((text) => JSON.stringify(text)),
      ),
      member(
        key('attributes'),
        object(
          some(
            member(key('timestamp'), fc.constantFrom('1764030584', '1764030584.0', 'null', '"17"', '1E9')),
            member(key('datetime'), date),
            member(key('uuid'), fc.oneof(id, fc.constant('null'))),
            member(
              key('event_properties'),
              fc.oneof({ weight: 6, arbitrary: properties }, { weight: 1, arbitrary: anything }),
            ),
            member(key('new_one'), fc.constantFrom('1.50', '{"a":null}')),
          ),
        ),
      ),
      member(
        key('relationships'),
        object(
          some(
            member(
              key('profile'),
              object(some(member(key('data'), fc.oneof(reference('profile'), fc.constant('null'))))),
            ),
            member(
              key('metric'),
              object(
                some(
                  member(key('data'), reference('metric')),
                  member(key('links'), fc.constant('{"self":"x"}')),
                ),
              ),
            ),
            member(
              key('attributions'),
              fc.constantFrom('{"data":[]}', '{"data":[{"type":"attribution","id":"a"},{"id":"b"}]}', '{}'),
            ),
          ),
        ),
      ),
    )
    .chain((members) => fc.shuffledSubarray(members, { minLength: members.length })),
);
const page = fc
  .tuple(fc.array(event, { minLength: 1, maxLength: 4 }), blank, fc.boolean())
  .map(
    ([texts, gap, linked]) =>
      `{"data"${gap}:${gap}[${texts.join(',')}]${linked ? ',"links":{"next":null}' : ''}}`,
  );

describe('scan: rows are what JSON.parse would have made of them', () => {
  it('I13 I19: whatever the scanner takes, it gives the same rows', () => {
    let taken = 0;
    const distinct = new Set<string>();
    fc.assert(
      fc.property(page, fc.boolean(), (text, narrow) => {
        const columns = narrow ? new Set(['id', 'datetime', 'value', 'metric_id']) : undefined;
        const body = scanned(text);
        if (body === undefined) return;
        taken += 1;
        distinct.add(text);
        expect(rows(body, columns).map(tokens)).to.deep.equal(rows(parsed(text), columns).map(tokens));
      }),
      { numRuns: 1_500 },
    );
    expect(taken, 'pages that were taken').to.be.greaterThan(150);
    expect(distinct.size, 'different ones').to.be.greaterThan(taken / 2);
  });

  it('I19: what JSON.parse refuses, the scanner refuses', () => {
    let refused = 0;
    fc.assert(
      fc.property(
        page,
        fc.nat(),
        fc.constantFrom(
          '',
          '"',
          '\\',
          ',',
          ':',
          '{',
          '}',
          '[',
          ']',
          '0',
          '-',
          'e',
          '.',
          'u',
          '\n',
          '\u0001',
          'é',
        ),
        fc.boolean(),
        (text, where, put, cut) => {
          const at = where % text.length;
          const broken = cut ? text.slice(0, at) : text.slice(0, at) + put + text.slice(at + 1);
          let valid = true;
          try {
            JSON.parse(broken);
          } catch {
            valid = false;
          }
          if (valid) return;
          refused += 1;
          expect(scan(Buffer.from(broken)), broken).to.equal(undefined);
        },
      ),
      { numRuns: 3_000 },
    );
    expect(refused).to.be.greaterThan(1_000);
  });

  const inside = (value: string): string =>
    `{"data":[{"type":"event","id":"e","attributes":{"event_properties":{"a":${value}}},"relationships":{}}]}`;

  it('takes each kind of value as it stands', () => {
    for (const value of [
      '0',
      '-1',
      '1.50',
      '12345678901234567890123',
      '-0',
      'true',
      'false',
      'null',
      '""',
      '"\\u00e9\\/\\n"',
      '"\\ud83c\\udf89"',
      '"🎉"',
      '[]',
      '[ 1 , [ ] ]',
      '{}',
      '{"a":1,"a":2}',
      '{"__proto__":{"x":1}}',
    ]) {
      const body = scanned(inside(value));
      expect(body, value).to.not.equal(undefined);
      expect(rows(body as Body)[0], value).to.include(`"event_properties":{"a":${value}}`);
    }
  });

  it('T9: leaves rows outside the slice to whoever reads them', () => {
    const at = (datetime: string) =>
      `{"type":"event","id":"${datetime}","attributes":{"datetime":"${datetime}"}}`;
    const times = [
      '2026-01-01T00:00:04Z',
      '2026-01-01T00:00:05Z',
      '2026-01-01T00:00:05.5Z',
      '2026-01-01T00:00:06Z',
    ];
    const body = scanned(`{"data":[${times.map(at).join(',')}]}`) as Body;
    const narrow = {
      ...slice,
      from: '2026-01-01T00:00:05Z',
      to: '2026-01-01T00:00:09Z',
      stop: '2026-01-01T00:00:06Z',
    };
    expect(rows(body, undefined, narrow).map((text) => JSON.parse(text).id)).to.deep.equal(times.slice(1, 3));
  });

  it('gives up what is wrong, and what another way must mend', () => {
    for (const value of [
      '01',
      '1.',
      '.5',
      '+1',
      '-',
      '1e5',
      '1E400',
      'nul',
      'NaN',
      "'a'",
      '"a',
      '"\\x"',
      '"\\u12"',
      '"\\u0000"',
      '"\\ud800"',
      '"\\udc00\\ud800"',
      '"\u2028"',
      '"\u0085"',
      '"\t"',
      '[1,]',
      '[,1]',
      '[1 2]',
      '{"a"}',
      '{"a":}',
      '{a:1}',
      '{"a":1,}',
      '[\n1]',
      '1 /* x */',
      '[[[['.repeat(60) + ']]]]'.repeat(60),
    ])
      expect(scan(Buffer.from(inside(value))), value).to.equal(undefined);
    expect(scan(Buffer.concat([Buffer.from(inside('"')), Buffer.from([0xff])])), 'no UTF-8').to.equal(
      undefined,
    );
    expect(scan(Buffer.from(`\ufeff${inside('1')}`)), 'byte order mark').to.equal(undefined);
    expect(scan(Buffer.from(`${inside('1')}x`)), 'something after the end').to.equal(undefined);
    expect(scan(Buffer.from('{"data":[],"errors":[{"status":"500"}]}')), 'errors').to.equal(undefined);
    expect(scan(Buffer.from('{"data":{}}')), 'no array').to.equal(undefined);
    expect(scan(Buffer.from('{}')), 'no data').to.equal(undefined);
    expect(scan(Buffer.from(`${inside('1')}\n`)), 'a line end after the end').to.not.equal(undefined);
    expect(
      createScanner(shapeOf(events.scan), 'string')(Buffer.from(inside('12345678901234567890'))),
    ).to.equal(undefined);
  });
});
