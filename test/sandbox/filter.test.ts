import { expect } from 'chai';
import fc from 'fast-check';
import { isoMicros } from '../../src/sandbox/clock.js';
import { type Clause, type Literal, parseFilter } from '../../src/sandbox/filter.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { Refusal } from '../../src/sandbox/refusal.js';
import { ask, idsOf, NOW, SMALL } from './asking.js';

const written = (literal: Literal): string => {
  if (literal.kind === 'string') return `'${literal.value.replace(/['\\]/g, '\\$&')}'`;
  return literal.kind === 'datetime'
    ? isoMicros(literal.value).replace('+00:00', 'Z')
    : String(literal.value);
};
const print = ({ operator, field, value }: Clause): string =>
  value === undefined
    ? `${operator}(${field})`
    : `${operator}(${field},${Array.isArray(value) ? `[${value.map(written).join(',')}]` : written(value as Literal)})`;

const literal: fc.Arbitrary<Literal> = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((value) => ({ kind: 'string' as const, value })),
  fc.integer().map((value) => ({ kind: 'number' as const, value })),
  fc.boolean().map((value) => ({ kind: 'boolean' as const, value })),
  fc.integer({ min: 0, max: 4e15 }).map((value) => ({ kind: 'datetime' as const, value })),
);
const clause: fc.Arbitrary<Clause> = fc.record(
  {
    operator: fc.constantFrom('equals', 'any', 'greater-than', 'less-or-equal', 'has'),
    field: fc.constantFrom('id', 'messages.channel', 'updated', '_kx', 'a.b_c'),
    value: fc.oneof(literal, fc.array(literal)),
  },
  { requiredKeys: ['operator', 'field'] },
);

describe('sandbox filter grammar', () => {
  it('reads back what is written, joined, wrapped and nested', () => {
    fc.assert(
      fc.property(fc.array(clause, { minLength: 1, maxLength: 5 }), (clauses) => {
        const joined = clauses.map(print).join(',');
        expect(parseFilter(joined)).to.deep.equal(clauses);
        expect(parseFilter(`and(${joined})`)).to.deep.equal(clauses);
        expect(parseFilter(`and(and(${joined}), ${print(clauses[0] as Clause)})`)).to.deep.equal([
          ...clauses,
          clauses[0],
        ]);
      }),
    );
  });

  it('never fails but with a 400', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseFilter(text);
        } catch (error) {
          expect(error).to.be.instanceOf(Refusal);
        }
      }),
    );
  });
});

describe('sandbox filters', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await startSandbox({ ...SMALL, limits: false });
  });
  after(() => sandbox.close());

  const BAD: [string, string][] = [
    [
      'an operator that the field does not take',
      '/api/profiles?filter=greater-or-equal(updated,2026-01-01T00:00:00Z)',
    ],
    ['a field that is not filterable', "/api/profiles?filter=equals(first_name,'Sarah')"],
    ['an inherited name', "/api/profiles?filter=equals(constructor,'x')"],
    ['a list where one value is taken', '/api/events?filter=equals(profile_id,["a"])'],
    ['one value where a list is taken', "/api/flows?filter=any(id,'a')"],
    ['a missing bracket', '/api/profiles?filter=greater-than(updated,2026-01-01T00:00:00Z'],
    ['an unquoted string', '/api/profiles?filter=equals(email,sarah)'],
    ['a quoted datetime', "/api/profiles?filter=greater-than(updated,'2026-01-01T00:00:00Z')"],
    ['an unescaped offset', '/api/events?filter=greater-than(datetime,2026-01-01T00:00:00+00:00)'],
    ['or', "/api/profiles?filter=or(equals(id,'a'),equals(id,'b'))"],
    ['a lower bound that is too young', '/api/events?filter=greater-than(datetime,2026-07-20T11:59:56Z)'],
    ['a lower bound in the future', '/api/lists?filter=greater-than(updated,2027-01-01T00:00:00Z)'],
    [
      'bounds in one second',
      '/api/events?filter=greater-or-equal(datetime,2026-01-01T00:00:00Z),less-than(datetime,2026-01-01T00:00:00.5Z)',
    ],
    ['campaigns without a channel', '/api/campaigns'],
    ['campaigns of an unknown channel', "/api/campaigns?filter=equals(messages.channel,'fax')"],
    ['a filter where there is none', "/api/campaigns/x/campaign-messages?filter=equals(id,'a')"],
  ];
  for (const [what, path] of BAD)
    it(`refuses ${what}`, async () => {
      const { status, doc } = await ask(sandbox, path);
      expect(status, what).to.equal(400);
      expect(doc.errors[0]).to.include({ code: 'invalid' });
      expect(doc.errors[0]?.source).to.deep.equal({ parameter: 'filter' });
    });

  it('takes an escaped offset, and bounds that are 5 s old', async () => {
    const { status } = await ask(
      sandbox,
      '/api/events?filter=greater-than(datetime,2026-07-20T13:59:55%2B02:00)'.replace('%2B', '+'),
    );
    expect(status).to.equal(400);
    const response = await fetch(
      `${sandbox.url}/api/events?filter=greater-than(datetime,2026-07-20T13:59:55%2B02:00)`,
      { headers: { authorization: `Klaviyo-API-Key ${sandbox.apiKey}`, revision: '2026-07-15' } },
    );
    expect(response.status).to.equal(200);
  });

  it('keeps bounds as the operators say', async () => {
    const times = sandbox.account.events.map(({ attributes }) => String(attributes.datetime)).sort();
    const middle = times[1300] as string;
    const at = middle.replace('+00:00', 'Z');
    const expected = {
      'greater-than': times.filter((time) => time > middle),
      'greater-or-equal': times.filter((time) => time >= middle),
      'less-than': times.filter((time) => time < middle),
      'less-or-equal': times.filter((time) => time <= middle),
    };
    for (const [operator, wanted] of Object.entries(expected))
      for (const sort of ['datetime', '-datetime', '-timestamp']) {
        const ids = await idsOf(
          sandbox,
          `/api/events?page[size]=700&sort=${sort}&filter=${operator}(datetime,${at})`,
        );
        expect(new Set(ids).size, `${operator} ${sort}`).to.equal(wanted.length);
      }
  });

  it('finds by list, by nested field, by boolean, and what is related', async () => {
    const { account } = sandbox;
    const some = account.profiles.slice(3, 6).map(({ id }) => id);
    expect(await idsOf(sandbox, `/api/profiles?filter=any(id,${JSON.stringify(some)})`)).to.have.members(
      some,
    );
    expect(await idsOf(sandbox, "/api/metrics?filter=equals(integration.name,'Shopify')")).to.have.length(3);
    const starred = account.segments.filter(({ attributes }) => attributes.is_starred === true);
    expect(await idsOf(sandbox, '/api/segments?filter=equals(is_starred,true)')).to.have.length(
      starred.length,
    );
    expect(await idsOf(sandbox, '/api/segments?filter=any(is_active,[true,false])')).to.have.length(8);
    const anonymous = account.events.filter(({ relationships }) => relationships.profile?.data === undefined);
    expect(anonymous).to.not.have.length(0);
    const known = await idsOf(sandbox, '/api/events?page[size]=1000&filter=has(profile)');
    expect(known).to.have.length(account.events.length - anonymous.length);
    const reasons = await idsOf(
      sandbox,
      "/api/profiles?page[size]=100&filter=equals(subscriptions.email.marketing.suppression.reason,'UNSUBSCRIBE')",
    );
    expect(reasons).to.not.have.length(0);
  });

  it('leaves archived flows and campaigns out unless asked', async () => {
    const { flows, campaigns } = sandbox.account;
    const archived = flows.filter(({ attributes }) => attributes.archived === true);
    expect(await idsOf(sandbox, '/api/flows')).to.have.length(flows.length - archived.length);
    expect(await idsOf(sandbox, '/api/flows?filter=equals(archived,true)')).to.have.length(archived.length);
    let count = 0;
    for (const channel of ['email', 'sms', 'mobile_push'])
      for (const partition of ['true', 'false']) {
        const path = `/api/campaigns?filter=equals(messages.channel,'${channel}'),equals(archived,${partition})`;
        const ids = await idsOf(sandbox, path);
        expect(ids, path).to.not.have.length(0);
        count += ids.length;
      }
    expect(count).to.equal(campaigns.length);
    expect(NOW).to.equal(sandbox.account.now);
  });
});
