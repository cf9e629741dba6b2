/**
 * What a user would lose if this failed: the truth of a row, to a scanner that takes what a parser refuses or reads it
 * differently. Pages as Klaviyo writes them, with one slip of a byte anywhere.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { Fault } from '../../src/errors.js';
import { decodeText, noMends, parseJson } from '../../src/klaviyo/json.js';
import { nextCursor, toBody } from '../../src/klaviyo/json-api.js';
import { createScanner } from '../../src/klaviyo/scan.js';
import type { Body, Config, Slice, StreamName, Value } from '../../src/resource.js';
import { events } from '../../src/resources/events.js';
import { RESOURCES, STREAMS } from '../../src/resources/index.js';
import { fitter } from '../../src/row.js';
import { copier } from '../../src/scanned-row.js';
import { schemaOf } from '../../src/schemas.js';
import { toPage } from '../../src/sync/page.js';
import { plan } from '../../src/sync/plan.js';
import { FOREVER, ORIGIN } from '../../src/time.js';
import { bodyOf, PLAIN, textsOf } from '../klaviyo/found.js';
import { lastHolds, type Token, tokens } from '../klaviyo/tokens.js';
import { DATE } from './answering.js';

const EVENT: StreamName = 'event_v2';
const HOST = 'https://a.klaviyo.com';
const config = { api_key: 'pk_test', excluded_metric_ids: ['out'] } as Config;
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
const parts = {
  ...PLAIN,
  plan: made,
  fits: new Map([[EVENT, fitter(EVENT, schemaOf(EVENT), undefined, warnings)]]),
  copies: new Map([[EVENT, copier(events, schemaOf(EVENT), undefined, { config, told: () => {} })]]),
  lookup: () => false,
};
const scan = createScanner(events.scan, 'keep', {});

type Outcome = { readonly rows: readonly Token[]; readonly next: string | undefined } | 'refused';

function outcome(body: () => Body): Outcome {
  try {
    const made = body();
    const page = toPage(slice, made, parts);
    return { rows: textsOf(page.rows.get(EVENT)).map((row) => lastHolds(tokens(row))), next: made.next };
  } catch (error) {
    if (error instanceof Fault || error instanceof SyntaxError) return 'refused';
    throw error;
  }
}

const parsed = (bytes: Buffer): Outcome =>
  outcome(() => {
    const document = parseJson(decodeText(bytes, noMends()), noMends(), 'keep');
    // The client makes a failure of such an answer, and so of one that the scanner leaves to it.
    const { errors } = (document ?? {}) as { errors?: Value };
    if (Array.isArray(errors) && errors.length > 0) throw new Fault('KLV_CONTRACT', 'errors');
    return toBody(document, 'the test', false, HOST);
  });

/** 'left': to the parser. */
function scanned(bytes: Buffer): Outcome | 'left' {
  const page = scan(bytes);
  if (page === undefined) return 'left';
  return outcome(() => {
    const next =
      page.next === undefined ? undefined : nextCursor(JSON.parse(page.next) as Value, 'the test', HOST);
    return {
      ...bodyOf(page),
      ...(next === undefined ? {} : { next }),
    };
  });
}

const object = (id: string, metric: string, properties: string): string =>
  `{"type":"event","id":"${id}","attributes":{"timestamp":1782173723,"event_properties":${properties},"datetime":"${DATE}","uuid":"u-1"},"relationships":{"profile":{"data":{"type":"profile","id":"p"},"links":{"self":"x"}},"metric":{"data":{"type":"metric","id":"${metric}"}},"attributions":{"data":[{"type":"attribution","id":"a"}]}},"links":{"self":"${HOST}/api/events/${id}/"}}`;
const DOCUMENT = Buffer.from(
  `{"data":[${[
    object(
      'e1',
      'm',
      '{"$value":49.0,"$flow":"F","$message":"M","$event_id":"k:1","Campaign Name":"é 🎉","n":-0,"b":[true,null,{}]}',
    ),
    object('e2', 'out', '{}'),
    object('e3', 'm', '{"a":{"a":"\\u00e9\\"\\\\/"},"ab":12345678901234567890, "c" : 1.50 }'),
  ].join(
    ',',
  )}],"included":[{"type":"attribution","id":"a","relationships":{"campaign":{"data":{"type":"campaign","id":"c"}},"attributed-event":{"data":{"id":"t"}}}}],"links":{"self":"${HOST}/api/events","next":"${HOST}/api/events?page%5Bcursor%5D=abc","prev":null}}`,
);

type Mutation = readonly [kind: 'flip' | 'set' | 'cut' | 'end' | 'insert', at: number, byte: number];

function mutated([kind, where, byte]: Mutation): Buffer {
  const at = where % (DOCUMENT.length + 1);
  const [before, after] = [DOCUMENT.subarray(0, at), DOCUMENT.subarray(at + 1)];
  switch (kind) {
    case 'flip':
      return Buffer.concat([before, Buffer.from([(DOCUMENT[at] ?? 0) ^ (1 << (byte % 8))]), after]);
    case 'set':
      return Buffer.concat([before, Buffer.from([byte]), after]);
    case 'cut':
      return Buffer.concat([before, after]);
    case 'end':
      return before;
    default:
      return Buffer.concat([before, Buffer.from([byte]), DOCUMENT.subarray(at)]);
  }
}

describe('one slip in a page', () => {
  const TELLING = [...Buffer.from('"\\{}[]:,0123456789.-+eEunltrfa \t\r\n\0\x1f\x7f')];
  const tally = { left: 0, refused: 0, same: 0 };

  function check(mutation: Mutation): void {
    const bytes = mutated(mutation);
    const fast = scanned(bytes);
    if (fast === 'left') {
      tally.left += 1;
      return;
    }
    tally[fast === 'refused' ? 'refused' : 'same'] += 1;
    // As text, which is told apart sooner than thousands of objects.
    expect(JSON.stringify(fast), bytes.toString('latin1')).to.equal(JSON.stringify(parsed(bytes)));
  }

  it('I19 the page itself is taken, and gives the same rows both ways', () => {
    const fast = scanned(DOCUMENT);
    expect(fast).to.deep.equal(parsed(DOCUMENT)).and.to.have.property('next', 'abc');
    expect(fast).to.have.property('rows').with.length(2);
  });

  it('I19 I13 each byte cut, each prefix, bits of each flipped: refused by both ways, or the same rows by both', () => {
    for (let at = 0; at < DOCUMENT.length; at += 1) {
      check(['cut', at, 0]);
      check(['end', at, 0]);
      for (const bit of [at, at + 3, at + 5]) check(['flip', at, bit]);
    }
    expect(tally.same, 'pages that were taken').to.be.above(1_000);
    expect(tally.refused, 'pages that were scanned and refused').to.be.above(5);
    expect(tally.left, 'pages that were left to the parser').to.be.above(1_000);
  });

  it('I19 I13 any byte put anywhere, or in the place of another', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('set', 'insert'),
        fc.nat(DOCUMENT.length),
        fc.oneof(fc.constantFrom(...TELLING), fc.nat(255)),
        (kind, at, byte) => check([kind, at, byte]),
      ),
      { numRuns: 2_000 },
    );
  });

  it('I19 I13 what takes more than one slip: a member twice, a name in escapes, a zero before a number', () => {
    const one = object('e', 'm', '{"$value":49.0,"n":-0}');
    const changes: readonly (readonly [string, string])[] = [
      ['"id":"e"', '"id":"e","id":"f"'],
      ['"id":"e"', '"id":"e","id":7'],
      ['"id":"e"', '"id":"e","i\\u0064":"f"'],
      ['"attributes":{', '"attributes":{},"attributes":{'],
      ['"attributes":{', '"attribute":{'],
      ['"relationships":{', '"attributes":{},"relationships":{'],
      ['"links":{"self":"https', '"relationships":{},"links":{"self":"https'],
      ['"relationships":{', '"relationships":{},"relationships":{'],
      ['"metric":{', '"metric":{"data":null},"metric":{'],
      ['"data":{"type":"metric"', '"data":{"type":"metric","id":"x"},"data":{"type":"metric"'],
      ['"data":{"type":"metric"', '"data":null,"data":{"type":"metric"'],
      ['"type":"metric"', '"id":"x","type":"metric"'],
      ['"$value":49.0', '"$value":49.0,"$v\\u0061lue":7'],
      ['"$value":49.0', '"$value":49.0,"$value":7'],
      ['"uuid":"u-1"', '"uuid":"u-1","uuid":"u-2"'],
      ['"uuid":"u-1"', '"u\\u0075id":"u-1"'],
      ['"n":-0', '"n":-01'],
      ['"n":-0', '"n":00'],
      ['"n":-0', '"n":0.'],
      ['"n":-0', '"n":-'],
    ];
    for (const [from, to] of changes) {
      expect(one, from).to.contain(from);
      const bytes = Buffer.from(`{"data":[${one.replace(from, () => to)}]}`);
      const fast = scanned(bytes);
      if (fast !== 'left') expect(fast, to).to.deep.equal(parsed(bytes));
    }
    for (const text of [
      `{"data":[${one}]}x`,
      `{"data":[],"data":[${one}]}`,
      `{"data":[${one}],"d\\u0061ta":[]}`,
    ]) {
      const fast = scanned(Buffer.from(text));
      if (fast !== 'left') expect(fast, text).to.deep.equal(parsed(Buffer.from(text)));
    }
  });

  it('I19 what is included and has no id, is taken by neither', () => {
    for (const included of [
      '[{"type":"a"}]',
      '[{"id":""}]',
      '[{"id":7}]',
      '[7]',
      '{}',
      '7',
      '[{"i\\u0064":7}]',
    ]) {
      const bytes = Buffer.from(`{"data":[${object('e', 'm', '{}')}],"included":${included}}`);
      expect(scanned(bytes), included).to.equal('left');
      expect(parsed(bytes), included).to.equal('refused');
    }
    for (const included of ['[]', 'null', '[{"id":"a","x":{"id":7}}]']) {
      const bytes = Buffer.from(`{"data":[${object('e', 'm', '{}')}],"included":${included}}`);
      expect(scanned(bytes), included).to.deep.equal(parsed(bytes)).and.not.equal('left');
    }
  });
});
