/** What a user would lose if this failed: a run to a fault that heals, or a day to one that never does. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Code, FaultClass } from '../../src/errors.js';
import {
  GIVE_UP_AFTER,
  judge,
  MAX_DELAY,
  nextDelay,
  retryAfter,
  tidy,
  type Verdict,
} from '../../src/klaviyo/retry.js';

const headers = (values: Readonly<Record<string, string>> = {}) => ({
  get: (name: string) => values[name] ?? null,
});
const NOW = Date.UTC(2026, 8, 1);
const errors = (error: object): string => JSON.stringify({ errors: [error] });
const refused = (status: number, body = '', values: Readonly<Record<string, string>> = {}): Verdict =>
  judge({
    status,
    headers: headers(values),
    body,
    where: 'GET /api/x',
    scopes: ['x:read', 'y:read'],
    wall: NOW,
  });

const HTML = '<!DOCTYPE html><html><head><title>Attention Required!</title></head></html>';
const denied = (detail: string): string => errors({ status: 403, code: 'permission_denied', detail });

type Row = readonly [
  row: string,
  verdict: Verdict,
  kind: Verdict['kind'],
  code: Code,
  of: FaultClass,
  said?: string,
];
const TABLE: readonly Row[] = [
  ['H1 401', refused(401, errors({ code: 'not_authenticated' })), 'fail', 'KLV_KEY_INVALID', 'config'],
  ['H1 401 as HTML', refused(401, HTML), 'fail', 'KLV_KEY_INVALID', 'config'],
  [
    'H2 403 permission_denied',
    refused(403, denied('You do not have permission to perform this action.')),
    'fail',
    'KLV_SCOPE',
    'config',
    'GET /api/x needs x:read and y:read',
  ],
  [
    'H2 403 that names a scope of a plan',
    refused(403, denied('Missing scope subscriptions:read')),
    'fail',
    'KLV_SCOPE',
    'config',
  ],
  [
    'H3 403 for an add-on',
    refused(403, denied('This needs the Reviews add-on.')),
    'fail',
    'KLV_PLAN',
    'config',
    'add-on',
  ],
  ['H3 403 for a plan', refused(403, denied('Upgrade your plan to use this.')), 'fail', 'KLV_PLAN', 'config'],
  [
    'H4 403 as HTML',
    refused(403, HTML, { 'cf-ray': '8f0-FRA' }),
    'retry',
    'KLV_EDGE_BLOCKED',
    'transient',
    'ray 8f0-FRA',
  ],
  [
    'H4 403 challenge',
    refused(403, denied('x'), { 'cf-mitigated': 'challenge' }),
    'retry',
    'KLV_EDGE_BLOCKED',
    'transient',
  ],
  ['H4 403 without a body', refused(403), 'retry', 'KLV_EDGE_BLOCKED', 'transient'],
  ['H5 H6 404', refused(404, errors({ code: 'not_found' })), 'missing', 'KLV_CONTRACT', 'system'],
  [
    'H7 400',
    refused(400, errors({ detail: "'updatd' is not a valid field", source: { parameter: 'filter' } })),
    'fail',
    'KLV_REQUEST',
    'system',
    "answered 400 at filter: 'updatd' is not a valid field",
  ],
  [
    'H7 400 with a pointer',
    refused(400, errors({ source: { pointer: '/data' } })),
    'fail',
    'KLV_REQUEST',
    'system',
    'at /data',
  ],
  [
    'P7 400 at the page size',
    refused(400, errors({ detail: 'Invalid cursor or size', source: { parameter: 'page[size]' } })),
    'large',
    'KLV_REQUEST',
    'system',
  ],
  [
    'P6 400 at the cursor',
    refused(400, errors({ detail: 'is not valid', source: { parameter: 'page[cursor]' } })),
    'expired',
    'KLV_REQUEST',
    'system',
  ],
  ['H7 405', refused(405), 'fail', 'KLV_REQUEST', 'system'],
  ['H8 410', refused(410, errors({ detail: 'gone' })), 'fail', 'KLV_REVISION_RETIRED', 'config'],
  [
    'H8 400 naming the revision',
    refused(400, errors({ detail: 'The API revision is invalid.' })),
    'fail',
    'KLV_REVISION_RETIRED',
    'config',
  ],
  ...[500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 599, 408, 425].map(
    (status): Row => [`H9 ${status}`, refused(status, HTML), 'retry', 'KLV_UNAVAILABLE', 'transient'],
  ),
  ...[501, 505].map((status): Row => [`H9 ${status}`, refused(status), 'fail', 'KLV_REQUEST', 'system']),
  ...[301, 302, 303, 307, 308].map(
    (status): Row => [
      `H12 ${status}`,
      refused(status, '', { location: 'https://evil.example/api?token=1' }),
      'fail',
      'KLV_REDIRECT',
      'system',
      'host=evil.example —',
    ],
  ),
  ['H12 302 to nowhere', refused(302), 'fail', 'KLV_REDIRECT', 'system', 'host=unknown'],
  ['H14 204', refused(204), 'retry', 'KLV_CONTRACT', 'system'],
  ['N9 407', refused(407, HTML), 'fail', 'KLV_PROXY_AUTH', 'config'],
  [
    'P6 400 invalid cursor',
    refused(400, errors({ detail: 'Invalid cursor provided' })),
    'expired',
    'KLV_REQUEST',
    'system',
  ],
  ['L1 429', refused(429, '', { 'retry-after': '7' }), 'retry', 'KLV_RATE_LIMIT', 'transient'],
  [
    'L3 429 for an hour',
    refused(429, '', { 'retry-after': '3600' }),
    'fail',
    'KLV_RATE_LIMIT',
    'transient',
    '3600 s of rest',
  ],
  [
    'L3 429 for ever',
    refused(429, '', { 'retry-after': '1000000000' }),
    'fail',
    'KLV_RATE_LIMIT',
    'transient',
  ],
];

describe('what a failed request means', () => {
  for (const [row, verdict, kind, code, of, said] of TABLE)
    it(`${row}: ${kind}, ${code}`, () => {
      expect(verdict.kind).to.equal(kind);
      expect(verdict.fault.code).to.equal(code);
      expect(verdict.fault.class).to.equal(of);
      if (said !== undefined) expect(verdict.fault.message).to.contain(said);
    });

  it('L1 a 429 tells how long to rest, up to a quarter of an hour', () => {
    expect(refused(429, '', { 'retry-after': '7' })).to.include({ limited: true, after: 7_000 });
    expect(refused(429, '', { 'retry-after': '900' })).to.include({ kind: 'retry', after: 900_000 });
    expect(refused(429, '', { 'retry-after': '901' }).kind).to.equal('fail');
    expect(refused(429)).to.include({ limited: true }).and.not.to.have.property('after');
    expect(refused(503, '', { 'retry-after': '7' })).not.to.have.property('limited');
  });

  it('never fails on what a body may hold', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(400, 403, 404, 410, 429, 500),
        fc.oneof(
          fc.string(),
          fc.constantFrom(
            'null',
            '[]',
            '{"errors":null}',
            '{"errors":[]}',
            '{"errors":[null]}',
            '{"errors":[1]}',
            '{"errors":{}}',
          ),
          fc.json().map((value) => `{"errors":[${value}]}`),
          fc.json().map((value) => `{"errors":[{"detail":${value},"code":${value},"source":${value}}]}`),
        ),
        (status, body) => {
          const { fault } = refused(status, body);
          expect(fault.message).to.match(/^KLV_[A-Z_]+ [^\n]* — /);
        },
      ),
    );
  });
});

const SERVER = { date: 'Tue, 01 Sep 2026 10:00:00 GMT' };

describe('L2 how long a server asks to wait', () => {
  for (const [what, values, detail, expected] of [
    ['a number of seconds', { 'retry-after': '5' }, undefined, 5_000],
    ['a fraction', { 'retry-after': '1.5' }, undefined, 1_500],
    ['less than a second', { 'retry-after': '0.2' }, undefined, 1_000],
    ['spaces around it', { 'retry-after': ' 5 ' }, undefined, 5_000],
    ['0', { 'retry-after': '0' }, undefined, undefined],
    ['0, and the body says', { 'retry-after': '0' }, 'Expected available in 4 seconds.', 4_000],
    ['a negative number', { 'retry-after': '-5' }, undefined, undefined],
    ['a negative number, and the body says', { 'retry-after': '-5' }, 'available in 1 second', 1_000],
    ['text', { 'retry-after': 'soon' }, undefined, undefined],
    [
      'text, and the body says',
      { 'retry-after': 'soon' },
      'Request was throttled. Expected available in 12 seconds.',
      12_000,
    ],
    ['nothing, and the body says', {}, 'Expected available in 0 seconds.', 1_000],
    ['nothing at all', {}, undefined, undefined],
    ['an empty header', { 'retry-after': '' }, 'too many', undefined],
    [
      'a date, by the server’s clock',
      { 'retry-after': 'Tue, 01 Sep 2026 10:01:30 GMT', ...SERVER },
      undefined,
      90_000,
    ],
    [
      'a date that has passed',
      { 'retry-after': 'Tue, 01 Sep 2026 09:00:00 GMT', ...SERVER },
      undefined,
      1_000,
    ],
    [
      'a date, without the server’s',
      { 'retry-after': 'Tue, 01 Sep 2026 10:01:30 GMT' },
      'available in 3 seconds',
      3_000,
    ],
    ['Infinity', { 'retry-after': 'Infinity' }, undefined, undefined],
    ['an exponent', { 'retry-after': '1e9' }, undefined, undefined],
  ] as const satisfies readonly (readonly [
    string,
    Record<string, string>,
    string | undefined,
    number | undefined,
  ])[])
    it(`${what}: ${expected === undefined ? 'not said' : `${expected} ms`}`, () => {
      expect(retryAfter(headers(values), detail)).to.equal(expected);
    });
});

/** Tries until the answer heals or the law gives up: how many tries, and how long. */
function outage(
  length: number,
  random: () => number,
  answerTakes: number,
): { tries: number; elapsed: number; healed: boolean } {
  let elapsed = 0;
  for (let tries = 1; ; tries += 1) {
    elapsed += answerTakes;
    if (elapsed >= length) return { tries, elapsed, healed: true };
    const delay = nextDelay(tries, { quiet: elapsed }, undefined, random());
    if (delay === undefined) return { tries, elapsed, healed: false };
    elapsed += delay;
  }
}

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('when a request is tried again', () => {
  it('waits a random part of a growing bound, of a minute at most', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        fc.nat(GIVE_UP_AFTER - 1),
        unit,
        (tries, elapsed, random) => {
          const delay = nextDelay(tries, { quiet: elapsed }, undefined, random);
          expect(delay).to.be.at.least(0);
          expect(delay).to.be.at.most(Math.min(MAX_DELAY, 1_000 * 2 ** Math.min(tries, 6)));
          expect(nextDelay(tries, { quiet: elapsed }, undefined, 0)).to.equal(0);
          expect(nextDelay(tries, { quiet: elapsed }, undefined, 0.5)).to.be.at.least(1_000);
        },
      ),
    );
  });

  it('L1 waits as long as the server says and not much longer', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(900_000), unit, (tries, after, random) => {
        const delay = nextDelay(tries, { quiet: 0 }, after, random);
        expect(delay).to.be.at.least(after);
        expect(delay).to.be.below(after + 1_001);
      }),
    );
  });

  const randoms = fc.infiniteStream(unit).map((stream) => () => stream.next().value);

  it('N11 an outage of ten minutes is survived, whatever the dice', () => {
    fc.assert(
      fc.property(randoms, fc.integer({ min: 1, max: 180_000 }), (random, answerTakes) => {
        expect(outage(10 * 60_000, random, answerTakes).healed).to.equal(true);
      }),
    );
    expect(outage(10 * 60_000, () => 0.999, 1).healed).to.equal(true);
  });

  it('N12 an outage of forty minutes is given up after thirty', () => {
    fc.assert(
      fc.property(randoms, fc.integer({ min: 1, max: 180_000 }), (random, answerTakes) => {
        const { healed, elapsed } = outage(40 * 60_000, random, answerTakes);
        expect(healed).to.equal(false);
        expect(elapsed).to.be.within(GIVE_UP_AFTER, GIVE_UP_AFTER + MAX_DELAY + 180_000);
      }),
    );
  });

  it('counts time, not tries', () => {
    expect(nextDelay(3, { quiet: GIVE_UP_AFTER }, undefined, 0.5)).to.equal(undefined);
    // A machine may have slept for all of it.
    expect(nextDelay(2, { quiet: GIVE_UP_AFTER }, undefined, 0.5)).to.be.a('number');
    expect(nextDelay(1_000, { quiet: GIVE_UP_AFTER - 1 }, undefined, 0.5)).to.be.a('number');
    expect(nextDelay(3, { quiet: 60, budget: 60 }, 5, 0.5)).to.equal(undefined);
    expect(nextDelay(1, { quiet: 59, budget: 60 }, 5, 0.5)).to.equal(505);
  });
});

describe('Y4 Y7 what an API error may say in a log', () => {
  it('one short line, nobody’s address or number in it', () => {
    expect(tidy('no profile jane.doe@example.com with +4915112345678\n\u001b[31mred\u2028')).to.equal(
      'no profile ***@*** with +*** [31mred ',
    );
    expect(tidy('x'.repeat(10_000))).to.have.length(500);
  });

  it('an address or a number is masked before the text is cut, so that no half of it is left', () => {
    const address = 'jane.doe.the.third@example.com';
    const number = '+4915112345678';
    for (let before = 440; before <= 500; before += 1)
      for (const secret of [address, number]) {
        const said = tidy(`${'x'.repeat(before)} ${secret} and more`);
        expect(said).to.have.length.at.most(500);
        for (const piece of ['jane', 'doe', 'third', 'example', '4915', '5678'])
          expect(said).not.to.contain(piece);
      }
  });

  it('however an address or a number is written', () => {
    for (const text of [
      'equals(email,"jane@example.com")',
      'email=jane%40example.com&x=1',
      'JANE%40EXAMPLE.COM',
      '{"phone":"+1 (202) 555-0143"}',
      'phone=%2B12025550143',
      '+44 20 7946 0018',
    ])
      expect(tidy(text)).not.to.match(/jane|example|555|2025|7946/i);
    expect(tidy('error 12+34 at 2026-01-02T03:04:05+00:00')).to.equal(
      'error 12+34 at 2026-01-02T03:04:05+00:00',
    );
  });

  it('Y6 takes no longer than the text is long', () => {
    for (const text of [
      'x'.repeat(200_000),
      '@'.repeat(200_000),
      '+1 '.repeat(70_000),
      'a@'.repeat(100_000),
    ]) {
      const began = performance.now();
      tidy(text);
      expect(performance.now() - began).to.be.below(1_000);
    }
  });

  it('whatever it is, a line stays one line without a control character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 1_000 }), (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
        expect(tidy(text)).not.to.match(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
      }),
    );
  });
});
