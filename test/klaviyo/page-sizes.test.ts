/** What a user would lose if this failed: a stream to one heavy page, or hours to pages that are needlessly small. */
import { expect } from 'chai';
import { Fault } from '../../src/errors.js';
import { createPageSizes } from '../../src/klaviyo/page-sizes.js';
import type { Resource } from '../../src/resource.js';
import { errors, ids, PAGE, type Reply, slice, things, world } from './asking.js';

const sizeOf = (url: URL): number => Number(url.searchParams.get('page[size]'));
const REFUSED: Reply = {
  status: 400,
  body: errors({ detail: 'is not a valid value', source: { parameter: 'page[size]' } }),
};
const TOO_LARGE = new Fault('KLV_BODY_TOO_LARGE', '/api/things answered more than 64 MB');

/** A server that serves pages of so many and no more. */
const upTo = (most: number, reply: Reply) => (_at: number, url: URL) => (sizeOf(url) > most ? reply : PAGE);

describe('P7 a page size that is refused', () => {
  for (const [what, reply] of [
    ['by its parameter', REFUSED],
    ['by its pointer', { status: 400, body: errors({ source: { pointer: '/data/page[size]' } }) }],
    ['in words', { status: 400, body: errors({ detail: 'The page size must be at most 20' }) }],
    ['in a 200', { body: errors({ status: 400, detail: 'page_size is too large' }) }],
  ] as const satisfies readonly (readonly [string, Reply])[])
    it(`${what}: is halved at once, and remembered`, async () => {
      const { page, asked, log, clock } = world(upTo(20, reply));
      expect(ids(await page())).to.deep.equal(['a']);
      await page();
      expect(asked.map(({ url }) => sizeOf(url))).to.deep.equal([50, 25, 12, 12]);
      expect(clock.now()).to.equal(0);
      expect(log[1]).to.match(/^info .*pages of 12\)/);
    });

  it('I9 is never smaller than the documented default: then it is a fault like any 400', async () => {
    const { fault, asked } = world([REFUSED]);
    const { code, message } = await fault();
    expect(code).to.equal('KLV_REQUEST');
    expect(message).to.contain('at page[size]: is not a valid value');
    expect(asked.map(({ url }) => sizeOf(url))).to.deep.equal([50, 25, 12, 10]);
    await fault();
    expect(asked).to.have.length(5);
  });

  it('is each endpoint’s own, and known to the requests that were under way', async () => {
    const other: Resource = { ...things, path: '/api/others' };
    const { client, clock, asked } = world((_, url) =>
      url.pathname === things.path && sizeOf(url) > 25 ? REFUSED : PAGE,
    );
    await clock.run(Promise.all([client.page(slice), client.page(slice), client.page(slice)]));
    expect(asked.map(({ url }) => sizeOf(url))).to.deep.equal([50, 50, 50, 25, 25, 25]);
    await clock.run(client.page({ ...slice, resource: other }));
    expect(asked.slice(-1).map(({ url }) => sizeOf(url))).to.deep.equal([50]);
  });

  it('a refusal that comes late does not make pages larger again', () => {
    const sizes = createPageSizes();
    expect(sizes.halve(things, 50, 'default')).to.equal(true);
    expect(sizes.halve(things, 25, 'default')).to.equal(true);
    expect(sizes.halve(things, 50, 'default')).to.equal(true);
    expect(sizes.of(things)).to.equal(12);
  });

  it('that was asked for by number is not changed, and where there is none nothing is', async () => {
    const { client, clock, asked } = world([REFUSED]);
    const { pageSize: _, ...bare } = things;
    for (const page of [
      () => client.page(slice, { pageSize: 30 }),
      () => client.page({ ...slice, resource: bare }),
    ])
      expect(await clock.run(page()).catch((error: Fault) => error.code)).to.equal('KLV_REQUEST');
    expect(asked).to.have.length(2);
  });

  it('P6 a cursor that does not fit the new size starts its slice again', async () => {
    const expired: Reply = { status: 400, body: errors({ source: { parameter: 'page[cursor]' } }) };
    const { page, asked } = world([REFUSED, expired]);
    expect(await page({ ...slice, pageCursor: 'c' })).to.include({ kind: 'expired' });
    expect(asked).to.have.length(2);
  });
});

describe('B3 a page of more than 64 MB', () => {
  it('is halved, below the default too', async () => {
    const { page, asked } = world(upTo(3, TOO_LARGE));
    expect(ids(await page())).to.deep.equal(['a']);
    expect(asked.map(({ url }) => sizeOf(url))).to.deep.equal([50, 25, 12, 6, 3]);
  });

  it('is a fault when it holds one object', async () => {
    const { fault, asked } = world([TOO_LARGE]);
    const { code, class: of } = await fault();
    expect([code, of]).to.deep.equal(['KLV_BODY_TOO_LARGE', 'system']);
    expect(asked.map(({ url }) => sizeOf(url))).to.deep.equal([50, 25, 12, 6, 3, 1]);
  });

  it('leaves the gate before it is asked for again', async () => {
    const { client, clock } = world(upTo(25, TOO_LARGE));
    let left = 0;
    const leave = (): void => {
      left += 1;
    };
    await clock.run(client.page(slice, { gate: { wait: () => Promise.resolve(), leave } }));
    expect(left).to.equal(1);
  });
});

describe('H10 a page that is too heavy to be served', () => {
  const DOWN: Reply = { status: 503 };
  const heavy: Resource = {
    ...things,
    query: () => ({ 'additional-fields[thing]': 'subscriptions,predictive_analytics' }),
  };
  const of = { ...slice, resource: heavy };

  it('is halved after three tries each, down to the default', async () => {
    const { page, asked } = world(upTo(10, DOWN));
    await page(of);
    expect(asked.map(({ url }) => sizeOf(url))).to.deep.equal([50, 50, 50, 25, 25, 25, 12, 12, 12, 10]);
  });

  it('the former size is tried once more, as an outage looks the same; if it fails the smaller one stays', async () => {
    const { page, asked } = world(upTo(25, DOWN));
    for (let n = 0; n < 4; n += 1) await page(of);
    expect(asked.map(({ url }) => sizeOf(url))).to.deep.equal([50, 50, 50, 25, 50, 25, 25, 25]);
  });

  it('N11 an outage leaves pages as large as they were', async () => {
    const { page, asked } = world((at) => (at < 60_000 ? DOWN : PAGE));
    await page(of);
    const tries = asked.length;
    for (let n = 0; n < 4; n += 1) await page(of);
    expect(asked.slice(tries).map(({ url }) => sizeOf(url))).to.deep.equal([50, 50, 50, 50]);
    expect(asked.slice(0, tries).map(({ url }) => sizeOf(url))).to.include(12);
  });

  it('a page that becomes heavier later is halved again', async () => {
    let most = 25;
    const { page, asked } = world((_, url) => (sizeOf(url) > most ? DOWN : PAGE));
    for (let n = 0; n < 2; n += 1) await page(of);
    most = 12;
    const before = asked.length;
    for (let n = 0; n < 3; n += 1) await page(of);
    expect(asked.slice(before).map(({ url }) => sizeOf(url))).to.deep.equal([25, 25, 25, 12, 25, 12, 12]);
  });

  it('three times running, that is: another fault in between shows that it is not the page', async () => {
    const { page, asked } = world([DOWN, DOWN, { status: 502 }, DOWN, DOWN, { status: 500 }, PAGE]);
    await page(of);
    expect(new Set(asked.map(({ url }) => sizeOf(url)))).to.deep.equal(new Set([50]));
  });

  it('when it stays, the line says what makes it heavy, if that was asked for', async () => {
    const { client, clock, fault } = world([DOWN]);
    const {
      code,
      class: which,
      message,
    } = (await clock.run(client.page(of)).catch((error: unknown) => error)) as Fault;
    expect([code, which]).to.deep.equal(['KLV_UNAVAILABLE', 'transient']);
    expect(message).to.contain('predictive_analytics: false');
    expect((await fault()).message).not.to.contain('predictive');
  });

  it('H11 is not halved where nothing makes it heavy', async () => {
    const { page, asked } = world([DOWN, DOWN, DOWN, DOWN, DOWN, DOWN, PAGE]);
    await page();
    expect(new Set(asked.map(({ url }) => sizeOf(url)))).to.deep.equal(new Set([50]));
  });
});
