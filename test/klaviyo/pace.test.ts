/** What a user would lose if this failed: the allowance that the account's other tools live on. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Config, Limit, Resource } from '../../src/resource.js';
import { RESOURCES, reachable } from '../../src/resources/index.js';
import { accountLimits } from '../../src/sandbox/limits.js';
import type { Refusal } from '../../src/sandbox/refusal.js';
import { ids, PAGE, type Reply, slice, things, world } from './asking.js';

const named = (resource: Resource): Resource => ({
  ...things,
  name: resource.name,
  path: resource.path,
  limit: resource.limit,
});

/** An account whose other tools take a share of each minute. */
function account(limit: Limit, rival: number) {
  const limits = accountLimits(rival);
  return (at: number, url: URL): Reply => {
    try {
      const facts = limits(url.pathname, limit, at);
      const headers = Object.fromEntries(
        Object.entries(facts).map(([name, value]) => [name.toLowerCase(), value]),
      );
      return { ...PAGE, headers };
    } catch (error) {
      const { status, headers } = error as Refusal;
      return { status, headers: { 'retry-after': headers['Retry-After'] ?? '' } };
    }
  };
}

async function readAll(count: number, resource: Resource, rival: number) {
  const limit = resource.limit({} as Config);
  const made = world(account(limit, rival));
  const pages = await made.clock.run(
    Promise.all(Array.from({ length: count }, () => made.client.page({ ...slice, resource }))),
  );
  expect(pages.flatMap(ids)).to.have.length(count);
  return {
    limit,
    minutes: made.clock.now() / 60_000,
    limited: made.counts().limited,
    asked: made.asked,
  };
}

describe('pace on an account with limits', () => {
  it('L4 another tool takes half: every page comes, past the edges of minutes, and few are refused', async () => {
    const { limited, minutes } = await readAll(400, named(things), 0.5);
    expect(limited / 400).to.be.at.most(0.05);
    expect(minutes).to.be.within(4, 8);
  });

  for (const resource of reachable(RESOURCES).filter(({ limit }) => limit({} as Config).steady <= 150))
    it(`L8 ${resource.name} keep to their own pace, and 1 in 100 is refused at most`, async () => {
      const { steady } = resource.limit({} as Config);
      const bare = { ...named(resource), path: resource.path.replace(/\{\w+\}/g, 'x') };
      const { limited, minutes, asked } = await readAll(3 * steady, bare, 0);
      expect(limited / asked.length).to.be.at.most(0.01);
      expect(minutes).to.be.within(2, 4);
    });

  it('L7 two resources of one path share its allowance, two paths do not', async () => {
    const { client, clock, asked } = world([PAGE]);
    const twin: Resource = { ...things, name: 'twin' };
    const other: Resource = { ...things, path: '/api/others' };
    const pages = (resource: Resource) =>
      Array.from({ length: 60 }, () => client.page({ ...slice, resource }));
    await clock.run(Promise.all([...pages(things), ...pages(twin), ...pages(other)]));
    const first = asked.filter(({ at }) => at < 60_000);
    expect(first.filter(({ url }) => url.pathname === things.path)).to.have.length(100);
    expect(first.filter(({ url }) => url.pathname === other.path)).to.have.length(60);
  });

  it('I10 no second and no minute holds more requests than allowed, whatever is answered', async () => {
    const replies = fc.constantFrom<Reply>(
      PAGE,
      { status: 503 },
      { status: 429 },
      { status: 429, headers: { 'retry-after': '3' } },
      Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(replies, { maxLength: 60 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 30 }),
        async (script, burst, steady) => {
          const resource: Resource = { ...things, limit: () => ({ burst, steady }) };
          const { client, clock, asked } = world([...script, PAGE]);
          await clock.run(Promise.all(Array.from({ length: 40 }, () => client.page({ ...slice, resource }))));
          const times = asked.map(({ at }) => at);
          for (const [most, length] of [
            [burst, 1_000],
            [steady, 60_000],
          ] as const)
            for (const [n, at] of times.entries()) {
              const later = times[n + most];
              if (later !== undefined) expect(later - at).to.be.at.least(length);
            }
          expect(asked.length).to.be.at.most(40 + script.length);
        },
      ),
      { numRuns: 40 },
    );
  });
});
