/** What a user would lose if this failed: a page, a run, the account's allowance, or the key. */
import { expect } from 'chai';
import { Fault } from '../../src/errors.js';
import { KLAVIYO, REVISION } from '../../src/klaviyo/client.js';
import type { Resource } from '../../src/resource.js';
import { errors, ids, KEY, PAGE, type Reply, slice, things, world } from './asking.js';

describe('a page', () => {
  it('is asked for with key, revision and query, and comes as a body', async () => {
    const { page, asked, counts } = world([
      {
        body: `{"data":[{"type":"thing","id":"a"}],"links":{"next":"${KLAVIYO}/api/things?page%5Bcursor%5D=n"}}`,
      },
    ]);
    const answer = await page({ ...slice, pageCursor: 'a=b&c' }, { pageSize: 5 });
    expect(answer).to.have.nested.property('body.next', 'n');
    expect(ids(answer)).to.deep.equal(['a']);
    expect(asked[0]?.url.href).to.equal(`${KLAVIYO}/api/things?page%5Bsize%5D=5&page%5Bcursor%5D=a%3Db%26c`);
    expect(asked[0]?.headers).to.deep.include({
      authorization: `Klaviyo-API-Key ${KEY}`,
      revision: REVISION,
    });
    expect(asked[0]?.headers.accept).to.equal('application/vnd.api+json');
    expect(counts()).to.include({ requests: 1, retries: 0, limited: 0 });
  });

  for (const [row, reply] of [
    ['N1 a refused connection', new Error('connect ECONNREFUSED 127.0.0.1:443')],
    ['N3 N4 a reset', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })],
    ['H9 500', { status: 500 }],
    ['H9 522', { status: 522, body: '<html>' }],
    ['H11 503', { status: 503 }],
    ['H4 403 of the edge', { status: 403, body: '<html>', headers: { 'cf-mitigated': 'challenge' } }],
    ['H14 204', { status: 204 }],
    ['H14 an empty 200', { status: 200 }],
    ['B1 B2 half a document', { body: '{"data":[{"type":"thing","id":"a"}' }],
    ['B5 HTML with 200', { body: '<!DOCTYPE html><p>Maintenance</p>' }],
    ['H13 200 with an error of 503', { body: errors({ status: 503, detail: 'down' }) }],
    ['H13 200 with an error of no status', { body: errors({ detail: 'down' }) }],
    ['L1 429', { status: 429, headers: { 'retry-after': '3' } }],
  ] as const satisfies readonly (readonly [string, Reply])[])
    it(`${row}, twice, then the page`, async () => {
      const { page, asked } = world([reply, reply, PAGE]);
      expect(ids(await page())).to.deep.equal(['a']);
      expect(asked).to.have.length(3);
    });

  for (const [row, reply, code] of [
    ['H1 401', { status: 401 }, 'KLV_KEY_INVALID'],
    [
      'H2 403',
      { status: 403, body: errors({ code: 'permission_denied', detail: 'no permission' }) },
      'KLV_SCOPE',
    ],
    ['H3 403', { status: 403, body: errors({ detail: 'needs the add-on' }) }, 'KLV_PLAN'],
    ['H7 400', { status: 400, body: errors({ detail: 'bad filter' }) }, 'KLV_REQUEST'],
    ['H8 410', { status: 410 }, 'KLV_REVISION_RETIRED'],
    ['H12 302', { status: 302, headers: { location: 'https://evil.example/' } }, 'KLV_REDIRECT'],
    ['H13 200 with an error of 401', { body: errors({ status: 401 }) }, 'KLV_KEY_INVALID'],
    ['H13 200 with an error of 400', { body: errors({ status: '400', detail: 'x' }) }, 'KLV_REQUEST'],
    ['B10 no list', { body: '{"data":null}' }, 'KLV_CONTRACT'],
    ['N7 TLS', new Fault('KLV_TLS', 'x'), 'KLV_TLS'],
    [
      'P1 a foreign next',
      { body: '{"data":[],"links":{"next":"https://evil.example/?page[cursor]=c"}}' },
      'KLV_NEXT_FOREIGN',
    ],
  ] as const satisfies readonly (readonly [string, Reply, string])[])
    it(`${row}: ${code} after one request, I9 never sent again unchanged`, async () => {
      const { fault, asked } = world([reply, PAGE]);
      expect((await fault()).code).to.equal(code);
      expect(asked).to.have.length(1);
    });

  it('H5 404 is for the asker to judge, and so is P6 an expired cursor', async () => {
    expect(await world([{ status: 404 }]).page()).to.include({ kind: 'missing' });
    const expired = {
      status: 400,
      body: errors({ detail: 'Invalid cursor provided', source: { parameter: 'page[cursor]' } }),
    };
    const { page, asked } = world([expired, PAGE]);
    expect(await page()).to.include({ kind: 'expired' });
    expect(asked).to.have.length(1);
  });

  for (const [row, reply, said] of [
    ['H14 204 for ever', { status: 204 }, '204'],
    ['H14 an empty 200 for ever', { status: 200 }, 'an empty body'],
    [
      'B5 HTML for ever',
      { body: `<html>${'x'.repeat(5_000)} jane@example.com</html>` },
      'no JSON: <html>xxx',
    ],
  ] as const satisfies readonly (readonly [string, Reply, string])[])
    it(`${row}: KLV_CONTRACT after a few tries, in short words`, async () => {
      const { fault, asked, clock } = world([reply]);
      const { code, message } = await fault();
      expect(code).to.equal('KLV_CONTRACT');
      expect(message).to.contain(said);
      expect(message.length).to.be.below(350);
      expect(asked).to.have.length(4);
      expect(clock.now()).to.be.below(60_000);
    });

  it('N11 ten minutes without an answer are survived, in a bounded number of requests', async () => {
    const { page, clock, asked } = world((at) =>
      at < 10 * 60_000 ? new Error('connect ECONNREFUSED') : PAGE,
    );
    expect(ids(await page())).to.deep.equal(['a']);
    expect(clock.now()).to.be.within(10 * 60_000, 11 * 60_000);
    expect(asked.length).to.be.within(8, 40);
  });

  it('N12 forty minutes are not: KLV_UNAVAILABLE, transient, after half an hour', async () => {
    const { fault, clock, asked } = world([new Error('connect ECONNREFUSED')]);
    const { code, class: of } = await fault();
    expect([code, of]).to.deep.equal(['KLV_UNAVAILABLE', 'transient']);
    expect(clock.now()).to.be.within(30 * 60_000, 33 * 60_000);
    expect(asked.length).to.be.at.least(8);
  });

  it('L5 429 for ever ends after half an hour, too', async () => {
    const { fault, clock, counts } = world([{ status: 429, headers: { 'retry-after': '60' } }]);
    expect((await fault()).code).to.equal('KLV_RATE_LIMIT');
    expect(clock.now()).to.be.within(30 * 60_000, 33 * 60_000);
    expect(counts().limited).to.be.at.least(8);
    expect(counts().retries).to.equal(0);
  });

  it('a person who waits is told soon, and not after the rest that a 429 asks for', async () => {
    for (const reply of [new Error('down'), { status: 429, headers: { 'retry-after': '600' } }]) {
      const { fault, clock } = world([reply], { giveUpAfter: 20_000 });
      await fault();
      expect(clock.now()).to.be.at.most(20_000);
    }
  });

  it('V1 B7 numbers, a byte order mark and bytes that are no UTF-8 come through', async () => {
    const body = Buffer.concat([
      Buffer.from('\ufeff{"data":[{"type":"thing","id":"a","attributes":{"n":1.0,"s":"x'),
      Buffer.from([0xff]),
      Buffer.from('y"}}]}'),
    ]);
    const answer = await world([{ body }]).page();
    expect(answer.kind === 'page' && answer.body.data[0]?.attributes).to.deep.equal({
      n: '\u00001.0',
      s: 'x\ufffdy',
    });
  });
});

describe('pace', () => {
  it('L1 the Retry-After of one page holds every page of the endpoint, and no other endpoint', async () => {
    const { client, clock, asked } = world([{ status: 429, headers: { 'retry-after': '20' } }, PAGE]);
    const other: Resource = { ...things, path: '/api/others' };
    const first = client.page(slice);
    await new Promise((resolve) => setImmediate(resolve));
    const rest = [client.page(slice), client.page(slice), client.page({ ...slice, resource: other })];
    await clock.run(Promise.all([first, ...rest]));
    const late = asked.slice(1).map(({ url, at }) => [url.pathname, at]);
    expect(late).to.have.deep.members([
      ['/api/others', 0],
      ['/api/things', 20_500],
      ['/api/things', 20_500],
      ['/api/things', 20_500],
    ]);
  });

  it('L2 a 429 that says nothing is never asked again at once, whatever the dice', async () => {
    const { page, asked } = world([{ status: 429 }, PAGE], { random: () => 0 });
    await page();
    expect(asked[1]?.at).to.equal(1_000);
  });

  it('L6 an allowance that is used up is waited for, so that no 429 comes', async () => {
    const spent: Reply = { ...PAGE, headers: { 'ratelimit-remaining': '0', 'ratelimit-reset': '37' } };
    const { page, asked } = world([spent, PAGE]);
    await page();
    await page();
    expect(asked.map(({ at }) => at)).to.deep.equal([0, 37_000]);
  });

  it('L6 headers of another kind hold nothing up', async () => {
    for (const headers of [
      { 'ratelimit-remaining': '0' },
      { 'ratelimit-remaining': '0', 'ratelimit-reset': 'soon' },
      { 'ratelimit-remaining': '0', 'ratelimit-reset': '1e12' },
      { 'ratelimit-remaining': '1', 'ratelimit-reset': '37' },
      { 'ratelimit-reset': '37' },
    ]) {
      const { page, asked } = world([{ ...PAGE, headers } as Reply, PAGE]);
      await page();
      await page();
      expect(asked.map(({ at }) => at)).to.deep.equal([0, 0]);
    }
  });

  it('O2 rate_limit_share leaves the rest of the account’s allowance to others', async () => {
    const { client, clock, asked } = world([PAGE], {}, { rate_limit_share: 0.5 });
    await clock.run(Promise.all(Array.from({ length: 60 }, () => client.page(slice))));
    expect(asked.filter(({ at }) => at < 60_000)).to.have.length(50);
  });
});

describe('the end of a run', () => {
  it('X1 an abort ends the wait between two tries with its reason', async () => {
    const { client, clock, stop, asked } = world([{ status: 503 }]);
    const page = client.page(slice);
    await new Promise((resolve) => setImmediate(resolve));
    const reason = new Error('SIGTERM');
    stop.abort(reason);
    expect(
      await page.then(
        () => 'page',
        (error: unknown) => error,
      ),
    ).to.equal(reason);
    expect([asked.length, clock.now()]).to.deep.equal([1, 0]);
  });

  it('X1 an abort during a request is no fault of the network, whatever it ends with', async () => {
    for (const error of [new Error('aborted'), new Fault('KLV_TLS', 'x')]) {
      const stop = new AbortController();
      const { client, clock, log, counts } = world([PAGE], {
        signal: stop.signal,
        get: () => {
          stop.abort(new Error('SIGTERM'));
          return Promise.reject(error);
        },
      });
      const page = clock.run(client.page(slice)).then(
        () => 'page',
        (reason: unknown) => reason,
      );
      expect(await page).to.equal(stop.signal.reason);
      expect([counts().retries, log]).to.deep.equal([0, []]);
    }
  });

  it('many pages may wait at once without a warning of a leak', async () => {
    const { client, clock, stop } = world([{ status: 503 }, PAGE]);
    const warned: unknown[] = [];
    const hear = (warning: unknown): void => void warned.push(warning);
    process.on('warning', hear);
    for (let n = 0; n < 64; n += 1) stop.signal.addEventListener('abort', () => {});
    await clock.run(Promise.all(Array.from({ length: 64 }, () => client.page(slice))));
    process.off('warning', hear);
    expect(warned).to.deep.equal([]);
  });
});

describe('Y1 Y2 the key', () => {
  const echo = `your key ${KEY} is odd`;
  for (const [what, reply] of [
    ['an error of the network', new Error(`request to https://x/?k=${KEY} failed: ${echo}`)],
    ['the detail of a 400', { status: 400, body: errors({ detail: echo, source: { pointer: KEY } }) }],
    ['the detail of a 410', { status: 410, body: errors({ detail: echo }) }],
    ['the detail of a 503', { status: 503, body: errors({ detail: echo }) }],
    ['the detail of a 403', { status: 403, body: errors({ detail: `${echo}, upgrade your plan` }) }],
    ['an error in a 200', { body: errors({ status: 400, detail: echo }) }],
    ['HTML in a 200', { body: `<p>${'x'.repeat(180)}${echo}</p>` }],
  ] as const satisfies readonly (readonly [string, Reply])[])
    it(`is in no line and no fault, though ${what} repeats it`, async () => {
      const { fault, log } = world([reply]);
      const { message, stack } = await fault();
      for (let at = 0; at + 12 <= KEY.length; at += 1)
        for (const text of [message, stack, ...log]) expect(text).not.to.contain(KEY.slice(at, at + 12));
    });

  it('I12 goes to one origin, whatever the answers name', async () => {
    const next = '//evil.example/api/things?page[cursor]=c';
    const { page, asked, fault } = world(
      [
        { status: 503, headers: { location: 'https://evil.example/' } },
        { body: `{"data":[],"links":{"self":"https://evil.example/","next":"/api/things?page[cursor]=c"}}` },
        { body: `{"data":[],"links":{"next":"${next}"}}` },
      ],
      {},
      { base_url: 'http://127.0.0.1:8080/some/path' },
    );
    await page();
    expect((await fault()).code).to.equal('KLV_NEXT_FOREIGN');
    expect(new Set(asked.map(({ url }) => url.origin))).to.deep.equal(new Set(['http://127.0.0.1:8080']));
  });

  it('is not sent where only the time is asked for', async () => {
    const { client, asked, clock } = world([PAGE]);
    await clock.run(client.serverTime());
    expect(asked[0]?.headers).to.deep.equal({});
    expect(asked[0]?.url.href).to.equal(`${KLAVIYO}/`);
  });
});

describe('T3 the server’s clock', () => {
  const date = (text: string): Reply => ({ status: 404, headers: { date: text } });

  it('is used, whatever the status of the answer, and a machine that is off is told of', async () => {
    // The fake clock says 2026-09-01T00:00:00Z.
    for (const [text, expected, warns] of [
      ['Tue, 01 Sep 2026 00:00:59 GMT', '2026-09-01T00:00:59Z', 0],
      ['Tue, 01 Sep 2026 00:10:00 GMT', '2026-09-01T00:10:00Z', 1],
      ['Mon, 31 Aug 2026 23:50:00 GMT', '2026-08-31T23:50:00Z', 1],
    ] as const) {
      const { client, log } = world([date(text)]);
      expect(await client.serverTime()).to.equal(expected);
      expect(log.filter((line) => line.startsWith('warn'))).to.have.length(warns);
      if (warns > 0) expect(log[0]).to.contain('600 s off');
    }
  });

  it('is the machine’s own where the server does not tell', async () => {
    for (const reply of [PAGE, date('yesterday')])
      expect(await world([reply]).client.serverTime()).to.equal('2026-09-01T00:00:00Z');
  });

  it('N1 is asked for again where no answer comes: a clock that is fast would pass rows yet to come', async () => {
    const replies = [new Error('down'), new Error('down'), date('Mon, 31 Aug 2026 23:50:00 GMT')];
    const { client, clock, asked } = world(replies);
    expect(await clock.run(client.serverTime())).to.equal('2026-08-31T23:50:00Z');
    expect(asked).to.have.length(3);
  });

  it('N12 where none ever comes the run is given up', async () => {
    const { client, clock } = world([new Error('down')]);
    const fault = await clock.run(
      client.serverTime().then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
    expect(fault).to.include({ code: 'KLV_UNAVAILABLE' });
    expect(clock.now()).to.be.within(30 * 60_000, 32 * 60_000);
  });

  it('an abort is no answer', async () => {
    const { client, stop } = world([new Error('aborted')]);
    stop.abort(new Error('SIGTERM'));
    expect(
      await client.serverTime().then(
        () => 'time',
        (error: unknown) => error,
      ),
    ).to.equal(stop.signal.reason);
  });
});
