/** What a user would lose if this failed: the reason why a request was refused, and with it an afternoon. */
import { expect } from 'chai';
import { firstError, judge, retryAfter, tidy, type Verdict } from '../../src/klaviyo/retry.js';

const headers = (values: Readonly<Record<string, string>> = {}) => ({
  get: (name: string) => values[name] ?? null,
});
const errors = (error: object): string => JSON.stringify({ errors: [error] });
const WALL = Date.UTC(2026, 8, 1);
const refused = (status: number, body = '', values: Readonly<Record<string, string>> = {}): Verdict => {
  const refusal = { status, headers: headers(values), body, where: 'GET /api/x', scopes: ['x:read'] };
  return judge({ ...refusal, ...{ wall: WALL } });
};
const said = (verdict: Verdict): string => verdict.fault.message.split(' — ')[0] ?? '';

describe('what is said of a refusal', () => {
  for (const [row, verdict, line] of [
    ['H1', refused(401, errors({ detail: 'x' })), 'KLV_KEY_INVALID Klaviyo refuses the api_key (401)'],
    ['H6', refused(404), 'KLV_CONTRACT GET /api/x does not exist (404)'],
    ['N9', refused(407), 'KLV_PROXY_AUTH the proxy wants a login (407)'],
    [
      'H8',
      refused(410, errors({ detail: 'Gone.' })),
      'KLV_REVISION_RETIRED GET /api/x refuses the revision: Gone.',
    ],
    ['H8', refused(410), 'KLV_REVISION_RETIRED GET /api/x refuses the revision'],
    [
      'P6',
      refused(400, errors({ detail: 'Invalid cursor provided' })),
      'KLV_REQUEST GET /api/x answered 400: Invalid cursor provided',
    ],
    ['H7', refused(400), 'KLV_REQUEST GET /api/x answered 400'],
    ['L1', refused(429), 'KLV_RATE_LIMIT GET /api/x stays rate limited (429)'],
    ['H14', refused(204), 'KLV_CONTRACT GET /api/x answered 204, without a body'],
    ['H9', refused(503), 'KLV_UNAVAILABLE GET /api/x answered 503'],
    ['H9', refused(500, errors({ detail: 'Oops.' })), 'KLV_UNAVAILABLE GET /api/x answered 500: Oops.'],
    ['H4', refused(403), "KLV_EDGE_BLOCKED GET /api/x is blocked at the network's edge (403)"],
    [
      'H4',
      refused(403, '', { 'cf-ray': '8f0' }),
      "KLV_EDGE_BLOCKED GET /api/x is blocked at the network's edge (403, ray 8f0)",
    ],
    ['H12', refused(300), 'KLV_REDIRECT GET /api/x answered 300 host=unknown'],
    ['H12', refused(399), 'KLV_REDIRECT GET /api/x answered 399 host=unknown'],
  ] as const)
    it(`${row} ${line}`, () => {
      expect(said(verdict)).to.equal(line);
    });

  it('L3 a rest is told in whole seconds, none too few', () => {
    expect(said(refused(429, '', { 'retry-after': '900.5' }))).to.contain('asks for 901 s of rest');
  });

  it('H2 H3 plan and scope are told apart, however they are written', () => {
    for (const [detail, code] of [
      ['This needs the Reviews addon.', 'KLV_PLAN'],
      ['ADD-ON REQUIRED', 'KLV_PLAN'],
      ['Not enabled for this account', 'KLV_PLAN'],
      ['Your subscription does not include this', 'KLV_PLAN'],
      ['MISSING SCOPE plan:read', 'KLV_SCOPE'],
    ] as const)
      expect(refused(403, errors({ detail })).fault.code, detail).to.equal(code);
    expect(refused(403, errors({ code: 'x' })).fault.code).to.equal('KLV_SCOPE');
  });

  it('H8 H9 P6 a word in the text of another refusal decides nothing', () => {
    for (const detail of ['the revision of this page', 'no cursor at hand'])
      for (const status of [500, 503, 408])
        expect(refused(status, errors({ detail })).kind, `${status} ${detail}`).to.equal('retry');
    expect(refused(422, errors({ detail: 'cursor' })).kind).to.equal('fail');
    expect(refused(422, errors({ detail: 'revision' })).fault.code).to.equal('KLV_REQUEST');
    expect(refused(400, errors({ detail: 'REVISION unknown' })).fault.code).to.equal('KLV_REVISION_RETIRED');
    expect(refused(400, errors({ detail: 'Cursor is not valid' })).kind).to.equal('expired');
  });

  it('H13 only an error of the API is taken for one', () => {
    for (const body of [
      '{"errors":"x"}',
      '{"errors":[]}',
      '{"errors":{"0":{"detail":"x"}}}',
      '[]',
      'null',
      '',
    ])
      expect(firstError(body), body).to.equal(undefined);
    expect(firstError(errors({ code: 5, detail: null, source: { pointer: 7 } }))).to.deep.equal({});
    expect(
      firstError(errors({ code: 'throttled', detail: 'x', source: { parameter: 'sort' } })),
    ).to.deep.equal({
      code: 'throttled',
      detail: 'x',
      pointer: 'sort',
    });
    expect(refused(403, '{"errors":"x"}').fault.code).to.equal('KLV_EDGE_BLOCKED');
  });

  it('Y4 everybody’s address and number is masked, not only the first', () => {
    expect(tidy('a@b.de, c@d.de and +4915112345678, +14155550100')).to.not.match(/b\.de|d\.de|\d{7}/);
  });
});

const SERVER = { date: 'Tue, 01 Sep 2026 10:00:00 GMT' };

describe('L2 a wait that is not said is not guessed', () => {
  for (const [what, values, detail, expected] of [
    ['text, where the server tells its time', { 'retry-after': 'soon', ...SERVER }, undefined, undefined],
    ['a date in another form', { 'retry-after': '2026-09-01T10:01:30Z', ...SERVER }, undefined, undefined],
    [
      'a date inside of text',
      { 'retry-after': '- Tue, 01 Sep 2026 10:01:30 GMT', ...SERVER },
      undefined,
      undefined,
    ],
    ['two numbers', { 'retry-after': '5 6' }, undefined, undefined],
    ['a point without digits', { 'retry-after': '5.' }, undefined, undefined],
    ['a number in a text', { 'retry-after': 'x5' }, undefined, undefined],
    ['many digits', { 'retry-after': '12.25' }, undefined, 12_250],
    ['the body, in capitals', {}, 'AVAILABLE IN 41 SECONDS', 41_000],
    ['the body, without a number', {}, 'available in a second', undefined],
  ] as const)
    it(`${what}: ${expected === undefined ? 'not said' : `${expected} ms`}`, () => {
      expect(retryAfter(headers(values), detail)).to.equal(expected);
    });
});
