/** What a user would lose if this failed: a plan of the first sync that can be believed. */
import { spawnSync } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  type AccountSizes,
  dayOf,
  type EndpointEstimate,
  estimate,
  NEEDS,
  rereadDay,
  syncTime,
  timeFor,
  timeLeft,
} from '../src/estimate.js';
import { createLimiter } from '../src/klaviyo/limiter.js';
import type { Config, Limit } from '../src/resource.js';
import { RESOURCES, reachable } from '../src/resources/index.js';
import { fakeClock } from './klaviyo/clock.js';

const CONFIG: Config = { api_key: '' };
const NOTHING: AccountSizes = {
  profiles: 0,
  events: 0,
  metrics: 0,
  lists: 0,
  listMembers: 0,
  segments: 0,
  segmentMembers: 0,
  campaigns: 0,
  templates: 0,
  flows: 0,
  actionsPerFlow: 0,
  flowMessages: 0,
};

const of = (sizes: Partial<AccountSizes>, config = CONFIG) =>
  estimate({ ...NOTHING, ...sizes }, config, RESOURCES);
const one = (estimates: readonly EndpointEstimate[], name: string): EndpointEstimate => {
  const found = estimates.find(({ resource }) => resource === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};
const needs = (name: string, sizes: Partial<AccountSizes>, config = CONFIG) => {
  const { requests, minutes } = one(of(sizes, config), name);
  return { requests, minutes: Math.round(minutes * 10) / 10 };
};

const size = fc.oneof(fc.nat(200), fc.nat(2_000_000));
const anySizes: fc.Arbitrary<AccountSizes> = fc.record({
  profiles: size,
  events: size,
  metrics: size,
  lists: size,
  listMembers: size,
  segments: size,
  segmentMembers: size,
  campaigns: size,
  templates: size,
  flows: size,
  actionsPerFlow: fc.nat(300),
  flowMessages: size,
});
const anyShare = fc.constantFrom(1, 0.9, 0.5, 0.1, 0.01);
const anyLimit: fc.Arbitrary<Limit> = fc.record({
  burst: fc.integer({ min: 1, max: 400 }),
  steady: fc.integer({ min: 1, max: 4000 }),
});

describe('the estimate of a sync', () => {
  it('knows every resource that can be reached, and none that cannot', () => {
    const names = reachable(RESOURCES).map(({ name }) => name);
    expect(Object.keys(NEEDS).sort()).to.deep.equal([...names].sort());
    expect(() => estimate(NOTHING, CONFIG, [{ ...RESOURCES[0], name: 'new' } as never])).to.throw('new');
  });

  it('comes to the floors that the limits set', () => {
    expect(needs('profiles', { profiles: 5_000_000 })).to.deep.equal({ requests: 50_000, minutes: 66.7 });
    expect(needs('events', { events: 10_000_000 })).to.deep.equal({ requests: 10_000, minutes: 2.9 });
    expect(needs('recipient estimations', { campaigns: 10_000 })).to.deep.equal({
      requests: 10_000,
      minutes: 66.7,
    });
    expect(needs('flow messages', { flowMessages: 2_000 })).to.deep.equal({ requests: 2_000, minutes: 33.3 });
    expect(needs('lists', { lists: 100_000 }).requests).to.equal(10_000);
    expect(needs('list members', { lists: 100_000 })).to.deep.equal({ requests: 100_000, minutes: 133.3 });
    expect(needs('segments', { segments: 45 }).requests).to.equal(5);
    expect(needs('metrics', { metrics: 201 }).requests).to.equal(2);
    expect(needs('campaigns', { campaigns: 1_000 }).requests).to.be.within(10, 15);
    expect(needs('flows', { flows: 200 }).requests).to.be.within(4, 8);
    expect(needs('templates', { campaigns: 1_000, templates: 1_000 }).requests).to.be.within(100, 115);
    expect(needs('flow actions', { flows: 10, actionsPerFlow: 50 }).requests).to.equal(0);
    expect(needs('flow actions', { flows: 10, actionsPerFlow: 51 }).requests).to.equal(10);
  });

  it('asks an empty account once an endpoint and filter', () => {
    const asked = of({}).filter(({ requests }) => requests > 0);
    expect(Object.fromEntries(asked.map(({ resource, requests }) => [resource, requests]))).to.deep.equal({
      metrics: 1,
      lists: 1,
      segments: 1,
      flows: 2,
      campaigns: 6,
      profiles: 1,
      events: 1,
    });
  });

  it('is slower for profiles with predictions, as their limit is', () => {
    const predictive = { ...CONFIG, predictive_analytics: true };
    expect(needs('profiles', { profiles: 5_000_000 }, predictive).minutes).to.equal(333.3);
  });

  it('holds for the groups that need the most requests, and is never too low for others', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant(0), fc.nat(1_000)), { maxLength: 30 }), (members) => {
        const listMembers = members.reduce((sum, count) => sum + count, 0);
        const truth = members.reduce((sum, count) => sum + Math.max(1, Math.ceil(count / 100)), 0);
        const { requests } = one(of({ lists: members.length, listMembers }), 'list members');
        expect(requests).to.be.at.least(truth);
        expect(requests - truth).to.be.at.most(members.length);
      }),
    );
    expect(needs('list members', { lists: 3, listMembers: 1_000 }).requests).to.equal(10 + 2);
  });

  it('is never less for more rows', () => {
    fc.assert(
      fc.property(
        anySizes,
        fc.constantFrom(...(Object.keys(NOTHING) as (keyof AccountSizes)[])),
        fc.oneof(fc.nat(20), fc.nat(500_000)),
        (sizes, which, more) => {
          const before = of(sizes);
          const after = of({ ...sizes, [which]: sizes[which] + more });
          for (const [index, { requests, minutes }] of before.entries()) {
            expect(after[index]?.requests).to.be.at.least(requests);
            expect(after[index]?.minutes).to.be.at.least(minutes);
          }
          expect(syncTime(after, RESOURCES).minutes).to.be.at.least(syncTime(before, RESOURCES).minutes);
        },
      ),
    );
  });

  it('is never faster with a smaller share of the limits', () => {
    fc.assert(
      fc.property(anySizes, anyShare, (sizes, share) => {
        const all = of(sizes);
        const some = of(sizes, { ...CONFIG, rate_limit_share: share });
        for (const [index, { requests, minutes }] of all.entries()) {
          expect(some[index]?.requests).to.equal(requests);
          expect(some[index]?.minutes).to.be.at.least(minutes);
        }
      }),
    );
    const half = of({ profiles: 5_000_000 }, { ...CONFIG, rate_limit_share: 0.5 });
    expect(Math.round(one(half, 'profiles').minutes)).to.equal(133);
  });

  it('counts two resources of one path against one allowance', () => {
    const [metrics] = RESOURCES;
    const twice = estimate({ ...NOTHING, metrics: 30_000, lists: 30_000 }, CONFIG, [
      { ...metrics, name: 'lists' } as never,
      metrics as never,
    ]);
    expect(twice.map(({ minutes }) => minutes)).to.deep.equal([
      timeFor(30_000 + 150, { burst: 10, steady: 150 }, 1),
      timeFor(30_000 + 150, { burst: 10, steady: 150 }, 1),
    ]);
  });
});

describe('a day’s sync', () => {
  const account = {
    ...NOTHING,
    lists: 200,
    listMembers: 1_000_000,
    flows: 100,
    flowMessages: 600,
    campaigns: 500,
  };
  const changes = { profiles: 900, events: 4_500, listMembers: 5_000, segmentMembers: 0, flowMessages: 6 };
  const first = estimate(account, CONFIG, RESOURCES);
  const daily = estimate(dayOf(account, changes, CONFIG), CONFIG, RESOURCES);

  it('asks all groups, and for changes alone where the filter can tell them', () => {
    expect(one(daily, 'list members').requests).to.equal(200 + 49);
    expect(one(daily, 'profiles').requests).to.equal(9);
    expect(one(daily, 'flow messages').requests).to.equal(6);
    for (const name of ['lists', 'flows', 'campaigns', 'recipient estimations', 'metrics'])
      expect(one(daily, name)).to.deep.equal(one(first, name));
  });

  it('reads each event twice, unless nothing is looked back for', () => {
    expect(one(daily, 'events').requests).to.equal(9);
    const once = dayOf(account, changes, { ...CONFIG, events_lookback_days: 0 });
    expect(one(estimate(once, CONFIG, RESOURCES), 'events').requests).to.equal(5);
  });

  it('is a first sync of memberships and flow messages when these are due', () => {
    const due = rereadDay(first, daily, RESOURCES);
    for (const name of ['list members', 'segment members', 'flow messages'])
      expect(one(due, name)).to.deep.equal(one(first, name));
    expect(one(due, 'profiles')).to.deep.equal(one(daily, 'profiles'));
  });
});

describe('the length of a sync', () => {
  it('is that of its slowest endpoint', () => {
    const { minutes, boundBy } = syncTime(of({ profiles: 5_000_000, events: 10_000_000 }), RESOURCES);
    expect(Math.round(minutes)).to.equal(67);
    expect(boundBy).to.deep.equal(['/api/profiles']);
  });

  it('adds up what waits for one another: campaigns come after lists, which go on as their members do', () => {
    const { minutes, boundBy } = syncTime(of({ lists: 75_000, campaigns: 9_000 }), RESOURCES);
    expect(Math.round(minutes)).to.equal(100 + 60);
    expect(boundBy).to.deep.equal(['/api/lists/{id}/profiles', '/api/campaign-recipient-estimations/{id}']);
  });

  it('adds nothing for the members of few lists, which are listed at once', () => {
    const few = of({ lists: 60, listMembers: 7_500_000, campaigns: 9_000 });
    const { minutes, boundBy } = syncTime(few, RESOURCES);
    expect(Math.round(minutes)).to.equal(100);
    expect(boundBy).to.deep.equal(['/api/lists/{id}/profiles']);
  });
});

describe('the time for requests', () => {
  const never = new AbortController().signal;
  setMaxListeners(0, never);

  it('is what the limiter needs, or up to a minute more', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ burst: fc.integer({ min: 1, max: 12 }), steady: fc.integer({ min: 1, max: 40 }) }),
        anyShare,
        fc.integer({ min: 1, max: 120 }),
        async (limit, share, requests) => {
          const clock = fakeClock();
          const limiter = createLimiter(limit, share, clock);
          const all = async (): Promise<void> => {
            for (let sent = 0; sent < requests; sent += 1) await limiter.turn(never);
          };
          await clock.run(all());
          const minutes = timeFor(requests, limit, share);
          const taken = clock.now() / 60_000;
          expect(minutes).to.be.at.least(taken - 1e-9);
          expect(minutes).to.be.at.most(taken + 1 + 1 / 60);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is left from all to nothing, never rising', () => {
    fc.assert(
      fc.property(anyLimit, anyShare, fc.nat(100_000), fc.nat(100_000), (limit, share, expected, done) => {
        const left = (count: number) => timeLeft({ done: count, expected, limit, share });
        expect(left(0)).to.equal(timeFor(expected, limit, share));
        expect(left(done)).to.be.within(0, left(Math.max(0, done - 1)));
        expect(left(expected)).to.equal(0);
        expect(left(expected + done)).to.equal(0);
      }),
    );
  });
});

describe('the plan command', () => {
  const script = fileURLToPath(new URL('../scripts/plan.js', import.meta.url));
  const run = (line: string) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...line.split(' ')], {
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };

  it('prints two tables, and what binds', () => {
    const { status, stdout, stderr } = run('--profiles 5000000 --events 10000000');
    expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
    expect(stdout).to.match(/^\/api\/profiles +50,000 +67 {2}profile_v2$/m);
    expect(stdout).to.match(/^\/api\/profiles +500 +0\.1 {2}profile_v2$/m);
    expect(stdout).to.include(
      '\nfirst sync: about 67 min, bound by /api/profiles; daily: less than a minute',
    );
    const columns = stdout.split('\n').filter((row) => row.startsWith('/api/'));
    expect(new Set(columns.map((row) => row.search(/\S+$|\S+, /))).size).to.equal(1);
  });

  it('prints one line of JSON with --json', () => {
    const { stdout } = run(
      '--campaigns 10000 --messages-per-campaign 1.5 --templates 0.5 --share 0.5 --json',
    );
    expect(stdout.trimEnd().split('\n')).to.have.length(1);
    const { first, daily } = JSON.parse(stdout);
    expect(first.boundBy).to.deep.equal(['/api/campaign-recipient-estimations/{id}']);
    expect(Math.round(first.minutes)).to.equal(133);
    expect(one(first.endpoints, 'templates').requests).to.be.within(750, 855);
    expect(daily.endpoints).to.have.length(reachable(RESOURCES).length);
  });

  const WRONG: Readonly<Record<string, string>> = {
    '--profiles -1': '--profiles must be a whole number from 0',
    '--profiles 1,000': '--profiles must be a whole number from 0',
    '--profiles=': '--profiles= lacks a value',
    '--profiles': 'Not enough arguments following: profiles',
    '--profiles 1 --profiles 2': '--profiles is given twice',
    '--profiles 1 --share 0': '--share must be above 0',
    '--profiles 1 --share 2': '--share must be a number from 0 to 1',
    '--list-members 5': '--list-members without --lists',
    '--messages 5': '--messages without --flows',
    '--contacts 5': 'Unknown argument: contacts',
    '--json': 'no size of the account is given, e.g. --profiles 500000 --events 20000000',
    '5000 --profiles 1': 'Unknown argument: 5000',
  };
  for (const [line, what] of Object.entries(WRONG))
    it(`${line}: one line, and exit code 2`, () => {
      expect(run(line)).to.deep.equal({ status: 2, stdout: '', stderr: `KLV_USAGE ${what} — see --help\n` });
    });

  for (const [line, meant] of [
    ['--profils 5', 'profiles'],
    ['--new-event 5', 'new-events'],
    ['--shares 1', 'share'],
  ] as const)
    it(`${line}: says what was meant`, () => {
      expect(run(line).stderr).to.match(
        new RegExp(`^KLV_USAGE Unknown arguments?: .* — did you mean --${meant}\\?\n$`),
      );
    });
});
