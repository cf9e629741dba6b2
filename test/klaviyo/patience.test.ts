/** What a user would lose if this failed: a night's run to a fault that heals, or hours to one that never does. */
import { expect } from 'chai';
import { Fault } from '../../src/errors.js';
import type { Resource } from '../../src/resource.js';
import { errors, ids, KEY, PAGE, type Reply, slice, things, world } from './asking.js';

const MINUTE = 60_000;
const network = (code: string, message = code): Error => Object.assign(new Error(message), { code });
const RESET = network('ECONNRESET', 'read ECONNRESET');
const unknownHost = network('ENOTFOUND', 'getaddrinfo ENOTFOUND a.klaviyo.com');
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'page',
    (error: unknown) => (error instanceof Fault ? error.code : String(error)),
  );

describe('what heals is waited for, in time and not in tries', () => {
  for (const [row, reply, until] of [
    ['N1 a connection refused for 5 minutes', network('ECONNREFUSED'), 5 * MINUTE],
    ['N2 a name server that is away for 2 minutes', network('EAI_AGAIN'), 2 * MINUTE],
    ['N11 an outage of 10 minutes', network('ECONNREFUSED'), 10 * MINUTE],
    ['N11 an outage of 29 minutes', network('ETIMEDOUT'), 29 * MINUTE],
    ['L5 a limit for 20 minutes', { status: 429 }, 20 * MINUTE],
    ['H4 a challenge of the edge for 12 minutes', { status: 403, body: '<html>' }, 12 * MINUTE],
  ] as const satisfies readonly (readonly [string, Reply, number])[])
    it(`${row}: the page comes soon after`, async () => {
      const { page, clock } = world((at) => (at < until ? reply : PAGE));
      expect(ids(await page())).to.deep.equal(['a']);
      expect(clock.now()).to.be.within(until, until + MINUTE);
    });

  it('N11 an outage in mid-run: every page comes once it is over', async () => {
    const { client, clock } = world((at) =>
      at > MINUTE && at < 11 * MINUTE ? network('ECONNREFUSED') : PAGE,
    );
    const pages = await clock.run(Promise.all(Array.from({ length: 250 }, () => client.page(slice))));
    expect(pages.flatMap(ids)).to.have.length(250);
  });

  it('N12 L5 a request is given up when its endpoint has served nobody for half an hour, and no other with it', async () => {
    const other: Resource = { ...things, path: '/api/others' };
    const { client, clock } = world((_, url) => (url.pathname === other.path ? PAGE : { status: 503 }));
    const failed = codeOf(client.page(slice));
    const served: string[] = [];
    const served5 = (async () => {
      for (let n = 0; n < 5; n += 1) {
        await clock.sleep(10 * MINUTE);
        served.push(...ids(await client.page({ ...slice, resource: other })));
      }
    })();
    expect(await clock.run(failed)).to.equal('KLV_UNAVAILABLE');
    expect(clock.now()).to.be.within(30 * MINUTE, 32 * MINUTE);
    await clock.run(served5);
    expect(served).to.have.length(5);
  });

  for (const [row, status, code, minutes] of [
    [
      'L5 a limit on an endpoint that serves others is waited for until half an hour after the last success',
      429,
      'KLV_RATE_LIMIT',
      110,
    ],
    [
      'L5 a page that alone fails is given up after half an hour, however well its endpoint serves others',
      503,
      'KLV_UNAVAILABLE',
      30,
    ],
  ] as const)
    it(row, async () => {
      const bad = { ...slice, pageCursor: 'bad' };
      const { client, clock } = world((_, url) => (url.search.includes('bad') ? { status } : PAGE));
      let at = 0;
      const failed = codeOf(client.page(bad)).finally(() => {
        at = clock.now();
      });
      const others = (async () => {
        for (let n = 0; n < 4; n += 1) {
          await clock.sleep(20 * MINUTE);
          await client.page(slice);
        }
      })();
      await clock.run(others);
      expect(await clock.run(failed)).to.equal(code);
      expect(at).to.be.within(minutes * MINUTE, (minutes + 2) * MINUTE);
    });

  it('H4 a challenge that stays is told of with its ray id, after ten minutes at least', async () => {
    const headers = { 'cf-mitigated': 'challenge', 'cf-ray': '8f1-FRA' };
    const { fault, clock } = world([{ status: 403, body: errors({ detail: 'x' }), headers }]);
    const { code, class: of, message } = await fault();
    expect([code, of]).to.deep.equal(['KLV_EDGE_BLOCKED', 'transient']);
    expect(message).to.contain('ray 8f1-FRA');
    expect(clock.now()).to.be.at.least(10 * MINUTE);
  });

  for (const [row, reply] of [
    ['B4 an encoding that was not asked for', network('ERR_CONTENT_ENCODING', 'encoded as br')],
    ['Y9 headers that are too large', network('HPE_HEADER_OVERFLOW', 'Parse Error: Header overflow')],
    ['H14 an empty answer', { status: 200, body: '' }],
    ['B5 HTML with 200', { status: 200, body: '<p>' }],
  ] as const satisfies readonly (readonly [string, Reply])[])
    it(`${row} is tried a few times, and is then the system's fault`, async () => {
      const { fault, asked, clock } = world([reply]);
      const { code, class: of } = await fault();
      expect([code, of, asked.length]).to.deep.equal(['KLV_CONTRACT', 'system', 4]);
      expect(clock.now()).to.be.below(MINUTE);
      expect(ids(await world([reply, reply, reply, PAGE]).page())).to.deep.equal(['a']);
    });

  it('B5 an outage before does not use up the tries of a malformed answer', async () => {
    const { page, asked } = world([...Array(6).fill({ status: 502 }), { body: '<p>' }, PAGE]);
    await page();
    expect(asked).to.have.length(8);
  });
});

describe('N2 a host that has no address', () => {
  it('is asked for a minute when nothing was ever reached, and then named', async () => {
    const { fault, clock, asked } = world([unknownHost]);
    const { code, class: of, message } = await fault();
    expect([code, of]).to.deep.equal(['KLV_UNAVAILABLE', 'transient']);
    expect(message).to.contain('a.klaviyo.com').and.to.contain('base_url');
    expect(clock.now()).to.be.within(MINUTE, 2 * MINUTE);
    expect(asked.length).to.be.within(3, 20);
  });

  it('is waited for like any outage once something was reached, if only an error', async () => {
    const { page, fault, clock } = world((at) => (at === 0 ? { status: 404 } : unknownHost));
    await page();
    clock.to(1);
    await fault();
    expect(clock.now()).to.be.at.least(30 * MINUTE);
  });

  it('is not unknown because its name server is away', async () => {
    const { fault, clock } = world([network('EAI_AGAIN')]);
    await fault();
    expect(clock.now()).to.be.at.least(30 * MINUTE);
  });
});

describe('N3 a connection that died while it was idle', () => {
  for (const error of [RESET, network('EPIPE', 'write EPIPE'), new Error('socket hang up')])
    it(`${error.message}: asked again at once, on a new connection, and it is no try`, async () => {
      const { page, asked, counts, log, clock } = world([error, PAGE]);
      expect(ids(await page())).to.deep.equal(['a']);
      expect(asked.map(({ at, hooks }) => [at, hooks?.fresh === true])).to.deep.equal([
        [0, false],
        [0, true],
      ]);
      expect([clock.now(), counts().retries, counts().requests]).to.deep.equal([0, 1, 2]);
      expect(log).to.have.length(1);
      expect(log[0]).to.match(/^debug .*asked again at once/);
    });

  it('takes its turn like any request', async () => {
    const one: Resource = { ...things, limit: () => ({ burst: 1, steady: 100 }) };
    const { page, asked } = world([RESET, PAGE]);
    await page({ ...slice, resource: one });
    expect(asked.map(({ at }) => at)).to.deep.equal([0, 1_000]);
  });

  it('a second reset waits like any fault, and uses up no less patience', async () => {
    const { fault, asked, counts, clock } = world([RESET]);
    expect((await fault()).code).to.equal('KLV_UNAVAILABLE');
    expect(clock.now()).to.be.at.least(30 * MINUTE);
    expect(counts().retries).to.equal(asked.length - 1);
    expect(asked.filter(({ hooks }) => hooks?.fresh === true)).to.have.length(1);
    expect(asked.filter(({ at }) => at === 0)).to.have.length(2);
  });

  it('N4 a reset in mid answer is no dead connection: it waits its time', async () => {
    let first = true;
    const { page, clock } = world([PAGE], {
      get: (_url, _headers, _signal, hooks) => {
        const headers = { get: () => null };
        hooks?.answered?.(headers);
        if (!first) return Promise.resolve({ status: 200, headers, body: Buffer.from(BODY), received: 1 });
        first = false;
        return Promise.reject(RESET);
      },
    });
    expect(ids(await page())).to.deep.equal(['a']);
    expect(clock.now()).to.be.greaterThan(0);
  });
});

const BODY = '{"data":[{"type":"thing","id":"a"}]}';

describe('R6 a machine that sleeps for an hour', () => {
  const HOUR = 60 * MINUTE;

  it('in the middle of a request loses no patience by it', async () => {
    let asked = 0;
    const made = world([PAGE], {
      get: () => {
        asked += 1;
        if (asked === 1) made.clock.to(HOUR);
        if (asked < 8) return Promise.reject(network('EAI_AGAIN'));
        return Promise.resolve({
          status: 200,
          headers: { get: () => null },
          body: Buffer.from(BODY),
          received: 1,
        });
      },
    });
    expect(ids(await made.page())).to.deep.equal(['a']);
    expect(asked).to.equal(8);
  });

  it('between two tries, or while a request waits for its turn, loses none either', async () => {
    for (const first of [{ status: 503 }, { status: 429, headers: { 'retry-after': '5' } }] as const) {
      const { client, clock, asked } = world([first, network('EAI_AGAIN'), network('EAI_AGAIN'), PAGE]);
      const page = client.page(slice);
      await new Promise((resolve) => setImmediate(resolve));
      clock.to(HOUR);
      expect(ids(await clock.run(page))).to.deep.equal(['a']);
      expect(asked).to.have.length(4);
    }
  });

  it('an outage that is as long is given up all the same', async () => {
    const { fault, clock } = world((at) => (at < HOUR ? { status: 503 } : PAGE));
    expect((await fault()).code).to.equal('KLV_UNAVAILABLE');
    expect(clock.now()).to.be.below(HOUR);
  });
});

describe('L3 a rest that is too long to wait for', () => {
  for (const [what, headers, time] of [
    [
      'an hour, by the server’s clock',
      { 'retry-after': '3600', date: 'Tue, 01 Sep 2026 10:00:00 GMT' },
      '2026-09-01T11:00:00Z',
    ],
    [
      'an hour, by the machine’s clock where the server has none',
      { 'retry-after': '3600' },
      '2026-09-01T01:00:00Z',
    ],
    ['30 years', { 'retry-after': '1000000000' }, '2058-05-10T01:46:40Z'],
    ['longer than there are dates', { 'retry-after': '9'.repeat(30) }, '9999-12-31T00:00:00Z'],
  ] as const)
    it(`${what}: told at once, with the time at which to try again`, async () => {
      const { fault, asked } = world([{ status: 429, headers }]);
      const { code, class: of, message } = await fault();
      expect([code, of]).to.deep.equal(['KLV_RATE_LIMIT', 'transient']);
      expect(message).to.contain(`try after ${time}`);
      expect(asked).to.have.length(1);
    });

  it('I9 L1 no other page of the endpoint is asked for before, also of those that wait for their turn', async () => {
    const one: Resource = { ...things, limit: () => ({ burst: 1, steady: 100 }) };
    const other: Resource = { ...things, path: '/api/others' };
    const { client, clock, asked } = world([{ status: 429, headers: { 'retry-after': '3600' } }, PAGE]);
    const page = (resource: Resource): Promise<string> => codeOf(client.page({ ...slice, resource }));
    const both = [page(one), page(one)];
    expect(await clock.run(Promise.all(both))).to.deep.equal(['KLV_RATE_LIMIT', 'KLV_RATE_LIMIT']);
    expect(await clock.run(page(one))).to.equal('KLV_RATE_LIMIT');
    expect(await clock.run(page(other))).to.equal('page');
    expect(asked.map(({ url }) => url.pathname)).to.deep.equal([one.path, other.path]);
    clock.to(60 * MINUTE + 2_000);
    expect(await clock.run(page(one))).to.equal('page');
  });
});

describe('a key that is refused', () => {
  const NEW = 'pk_replaced9876543210fedcba';
  const DENIED: Reply = { status: 401, body: errors({ code: 'not_authenticated' }) };

  it('H1 ends the run after one request: nothing more goes out, not even what waits', async () => {
    const other: Resource = { ...things, path: '/api/others' };
    const { client, clock, asked } = world((_, url) =>
      url.pathname === other.path ? { status: 503 } : DENIED,
    );
    const waits = codeOf(client.page({ ...slice, resource: other }));
    expect(await clock.run(codeOf(client.page(slice)))).to.equal('KLV_KEY_INVALID');
    expect(await waits).to.equal('KLV_KEY_INVALID');
    expect(await codeOf(client.page({ ...slice, resource: { ...things, path: '/api/third' } }))).to.equal(
      'KLV_KEY_INVALID',
    );
    expect(asked).to.have.length(2);
    expect(clock.now()).to.equal(0);
  });

  it('H1 is not read again if it never worked', async () => {
    let reads = 0;
    const { fault } = world([DENIED], {
      freshKey: () => {
        reads += 1;
        return Promise.resolve(NEW);
      },
    });
    expect((await fault()).code).to.equal('KLV_KEY_INVALID');
    expect(reads).to.equal(0);
  });

  it('R1 that was replaced in mid-run is read again once, and every later request goes out with the new one', async () => {
    let reads = 0;
    let current = KEY;
    const { client, clock, asked, log } = world(
      (_at, _url, headers) => (headers.authorization === `Klaviyo-API-Key ${current}` ? PAGE : DENIED),
      {
        freshKey: () => {
          reads += 1;
          return Promise.resolve(NEW);
        },
      },
    );
    await clock.run(client.page(slice));
    current = NEW;
    const pages = await clock.run(Promise.all(Array.from({ length: 5 }, () => client.page(slice))));
    expect(pages.flatMap(ids)).to.have.length(5);
    await clock.run(client.page(slice));
    expect(reads).to.equal(1);
    expect(asked.slice(-1)[0]?.headers.authorization).to.equal(`Klaviyo-API-Key ${NEW}`);
    expect(asked).to.have.length(1 + 5 + 5 + 1);
    expect(log.filter((line) => line.includes('replaced'))).to.have.length(1);
    expect(log.join('\n')).to.contain('replaced').and.not.to.contain(NEW);
    current = 'pk_a_third_one';
    expect(await clock.run(codeOf(client.page(slice)))).to.equal('KLV_KEY_INVALID');
    expect(reads).to.equal(1);
  });

  for (const [what, freshKey] of [
    ['stands there as before', () => Promise.resolve(KEY)],
    ['is no longer there', () => Promise.resolve(undefined)],
    ['cannot be read', () => Promise.reject(new Fault('KLV_CONFIG_FILE', 'gone'))],
  ] as const)
    it(`R1 and ${what}: KLV_KEY_INVALID, and nothing more is asked`, async () => {
      const { page, fault, asked } = world([PAGE, DENIED], { freshKey });
      await page();
      expect((await fault()).code).to.equal('KLV_KEY_INVALID');
      expect((await fault()).code).to.equal('KLV_KEY_INVALID');
      expect(asked).to.have.length(2);
    });

  it('R1 Y1 neither key is shown, whichever an answer repeats', async () => {
    const { page, fault, log } = world(
      [
        PAGE,
        DENIED,
        { status: 503, body: errors({ detail: `${KEY} ${NEW}` }) },
        { status: 400, body: errors({ detail: `${KEY} ${NEW}` }) },
      ],
      { freshKey: () => Promise.resolve(NEW) },
    );
    await page();
    const { message } = await fault();
    expect([message, ...log].join('\n'))
      .not.to.contain(KEY)
      .and.not.to.contain(NEW);
    expect(message).to.contain('*** ***');
  });
});

describe('what changes in mid-run', () => {
  for (const [row, reply, code] of [
    [
      'R2 a scope that is withdrawn',
      { status: 403, body: errors({ code: 'permission_denied' }) },
      'KLV_SCOPE',
    ],
    ['R3 H8 a revision that is retired', { status: 410 }, 'KLV_REVISION_RETIRED'],
    ['R3 D6 a shape that is another', { body: '{"items":[]}' }, 'KLV_CONTRACT'],
  ] as const satisfies readonly (readonly [string, Reply, string])[])
    it(`${row}: ${code} after one request, and other endpoints go on`, async () => {
      const other: Resource = { ...things, path: '/api/others' };
      const { client, clock, asked } = world((at, url) =>
        at > 0 && url.pathname === things.path ? reply : PAGE,
      );
      await clock.run(client.page(slice));
      clock.to(3 * 60 * MINUTE);
      expect(await clock.run(codeOf(client.page(slice)))).to.equal(code);
      expect(asked).to.have.length(2);
      expect(await clock.run(codeOf(client.page({ ...slice, resource: other })))).to.equal('page');
    });
});
