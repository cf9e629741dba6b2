import { expect } from 'chai';
import { ENDPOINTS } from '../../src/sandbox/index.js';
import { ask, NOW, withSandbox } from './asking.js';

describe('sandbox server', () => {
  it('asks for key, revision, scopes and GET', () =>
    withSandbox({ scopes: ['lists:read'] }, async (sandbox) => {
      const bare = await fetch(`${sandbox.url}/`);
      expect(bare.status).to.equal(404);
      expect(Date.parse(bare.headers.get('date') ?? '')).to.equal(NOW);
      const anonymous = await fetch(`${sandbox.url}/api/lists`);
      expect([anonymous.status, JSON.parse(await anonymous.text()).errors[0].code]).to.deep.equal([
        401,
        'not_authenticated',
      ]);
      const cases: [string, Record<string, string>, string, number, string][] = [
        ['/api/lists', { authorization: 'Klaviyo-API-Key pk_other' }, 'GET', 401, 'authentication_failed'],
        ['/api/lists', { revision: '2024-10-15' }, 'GET', 400, 'invalid'],
        ['/api/lists', {}, 'POST', 405, 'method_not_allowed'],
        ['/api/nothing', {}, 'GET', 404, 'not_found'],
        ['/api/lists/XXXXXX', {}, 'GET', 404, 'not_found'],
        ['/api/profiles', {}, 'GET', 403, 'permission_denied'],
      ];
      for (const [path, headers, method, status, code] of cases) {
        const reply = await ask(sandbox, path, headers, method);
        expect([reply.status, reply.doc.errors[0]?.code], path).to.deep.equal([status, code]);
        expect(reply.headers.get('content-type')).to.equal('application/vnd.api+json');
      }
      const members = await ask(sandbox, `/api/lists/${sandbox.account.lists[0]?.id}/profiles`);
      expect(members.status).to.equal(403);
      expect(members.doc.errors[0]?.detail).to.include('profiles:read').and.not.include('lists:read');
      expect(sandbox.requests.at(-1)).to.include({
        endpoint: 'get_profiles_for_list',
        status: 403,
        method: 'GET',
      });
    }));

  it('throttles by second and by minute, each endpoint and variant for itself', async () => {
    let now = NOW;
    await withSandbox({ limits: true, now: () => now }, async (sandbox) => {
      const statuses: number[] = [];
      for (let count = 0; count < 4; count++) statuses.push((await ask(sandbox, '/api/flows')).status);
      expect(statuses).to.deep.equal([200, 200, 200, 429]);
      const burst = await ask(sandbox, '/api/flows');
      expect(burst.headers.get('retry-after')).to.equal('1');
      expect(burst.doc.errors[0]?.code).to.equal('throttled');
      expect((await ask(sandbox, '/api/metrics')).status).to.equal(200);
      for (let count = 3; count < 60; count++) {
        if (count % 3 === 0) now += 1000;
        const reply = await ask(sandbox, '/api/flows');
        expect(reply.status).to.equal(200);
        expect(reply.headers.get('ratelimit-limit')).to.equal('60, 3;w=1, 60;w=60');
        expect(reply.headers.get('ratelimit-remaining')).to.equal(String(59 - count));
      }
      now += 1000;
      const steady = await ask(sandbox, '/api/flows');
      expect([steady.status, steady.headers.get('retry-after')]).to.deep.equal([429, '40']);
      now += 40_000;
      expect((await ask(sandbox, '/api/flows')).status).to.equal(200);

      const list = `/api/lists/${sandbox.account.lists[0]?.id}`;
      expect((await ask(sandbox, `${list}?additional-fields[list]=profile_count`)).status).to.equal(200);
      expect((await ask(sandbox, `${list}?additional-fields[list]=profile_count`)).status).to.equal(429);
      expect((await ask(sandbox, list)).status).to.equal(200);
    });
  });

  it('zips when asked, and moves its clock with the account', () =>
    withSandbox({}, async (sandbox) => {
      const zipped = await ask(sandbox, '/api/metrics', { 'accept-encoding': 'gzip' });
      expect(zipped.headers.get('content-encoding')).to.equal('gzip');
      const plain = await ask(sandbox, '/api/metrics', { 'accept-encoding': 'identity' });
      expect(plain.headers.get('content-encoding')).to.equal(null);
      expect(plain.text).to.equal(zipped.text);
      sandbox.advance(2);
      const later = await ask(sandbox, '/api/metrics');
      expect(Date.parse(later.headers.get('date') ?? '')).to.equal(NOW + 2 * 86_400_000);
    }));

  it('answers an empty account with empty pages', () =>
    withSandbox({ account: 'empty' }, async (sandbox) => {
      for (const { path, filter } of ENDPOINTS) {
        if (path.includes('{')) continue;
        const query =
          filter !== undefined && 'messages.channel' in filter
            ? "?filter=equals(messages.channel,'sms')"
            : '';
        const { status, doc } = await ask(sandbox, `${path}${query}`);
        expect([status, doc.data.length], path).to.deep.equal([200, path === '/api/accounts' ? 1 : 0]);
      }
      sandbox.advance(1);
    }));
});
