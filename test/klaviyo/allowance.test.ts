/** What a user would lose if this failed: 429s for all tools of the account, or the better part of the allowance. */
import { expect } from 'chai';
import { createLimiter, statedLimit } from '../../src/klaviyo/limiter.js';
import { ask, most, never } from './asked.js';
import { fakeClock } from './clock.js';

const said = (values: Readonly<Record<string, string>>) => ({
  get: (name: string) => values[name] ?? null,
});

describe('what the server says the account may', () => {
  for (const [header, expected] of [
    ['750, 75;w=1, 750;w=60', { burst: 75, steady: 750 }],
    ['750;w=60, 75;w=1', { burst: 75, steady: 750 }],
    ['3, 3;w=1', { burst: 3 }],
    ['999999999;w=60', { steady: 999_999_999 }],
    ['1;w=1, 1;w=60', { burst: 1, steady: 1 }],
    ['0;w=1, 0;w=60', {}],
    ['75;w=10, 750;w=3600', {}],
    ['75;w=16, 75;w=600', {}],
    ['many;w=1', {}],
    ['750', {}],
    ['', {}],
    [null, {}],
  ] as const)
    it(`is read off ${header === null ? 'nothing' : `“${header}”`}, and never guessed`, () => {
      expect(statedLimit(header)).to.deep.equal(expected);
    });

  it('I10 an account with a smaller allowance than the documented one is not run into 429s', async () => {
    const clock = fakeClock();
    const limiter = createLimiter({ burst: 10, steady: 100 }, 1, clock);
    await limiter.turn(never);
    limiter.answered(said({ 'ratelimit-limit': '30, 3;w=1, 30;w=60' }));
    const sent = await ask(clock, limiter, Array(40).fill(0));
    expect(most(sent, 1_000)).to.equal(2);
    expect(most([0, ...sent], 60_000)).to.equal(30);
  });

  it('an account with a larger allowance is read as fast as it may', async () => {
    const clock = fakeClock();
    const limiter = createLimiter({ burst: 3, steady: 30 }, 0.5, clock);
    await limiter.turn(never);
    limiter.answered(said({ 'ratelimit-limit': '700, 70;w=1, 700;w=60' }));
    const sent = await ask(clock, limiter, Array(400).fill(0));
    expect(most([0, ...sent], 1_000)).to.equal(31);
    expect(most([0, ...sent], 60_000)).to.equal(350);
  });

  it('an answer that says nothing changes nothing', async () => {
    for (const headers of [undefined, said({}), said({ 'ratelimit-limit': 'none' })]) {
      const clock = fakeClock();
      const limiter = createLimiter({ burst: 10, steady: 20 }, 1, clock);
      await limiter.turn(never);
      limiter.answered(headers);
      const sent = [0, ...(await ask(clock, limiter, Array(29).fill(0)))];
      expect([most(sent, 1_000), most(sent, 60_000)]).to.deep.equal([9, 20]);
    }
  });

  /** When each of some requests goes out after an answer that came at 0, with others still under way. */
  async function sentAfter(headers: Readonly<Record<string, string>>, count: number, underway = 0) {
    const clock = fakeClock();
    const limiter = createLimiter({ burst: 100, steady: 1_000 }, 1, clock);
    for (let n = 0; n <= underway; n += 1) await limiter.turn(never);
    limiter.answered(said(headers));
    return ask(clock, limiter, Array(count).fill(0));
  }
  const left = (remaining: string, reset: string) => ({
    'ratelimit-remaining': remaining,
    'ratelimit-reset': reset,
  });

  it('L4 what others spent of the minute is not asked for again: the rest waits for the next one', async () => {
    expect(await sentAfter(left('2', '37'), 4)).to.deep.equal([0, 0, 37_000, 37_000]);
    expect(await sentAfter(left('0', '120'), 2)).to.deep.equal([120_000, 120_000]);
    expect(await sentAfter(left('1', '1'), 2)).to.deep.equal([0, 1_000]);
  });

  it('L4 requests under way may not be counted yet, and are taken off what is left', async () => {
    expect(await sentAfter(left('5', '37'), 4, 3)).to.deep.equal([0, 0, 37_000, 37_000]);
    expect(await sentAfter(left('2', '37'), 1, 3)).to.deep.equal([37_000]);
  });

  it('L4 a request that is over is not taken off', async () => {
    const clock = fakeClock();
    const limiter = createLimiter({ burst: 100, steady: 1_000 }, 1, clock);
    for (let n = 0; n < 3; n += 1) await limiter.turn(never);
    for (let n = 0; n < 3; n += 1) limiter.answered(said(left('2', '37')));
    expect(await ask(clock, limiter, [0, 0, 0])).to.deep.equal([0, 0, 37_000]);
  });

  it('L4 the minute over, what was left of it counts no more', async () => {
    const clock = fakeClock();
    const limiter = createLimiter({ burst: 100, steady: 1_000 }, 1, clock);
    await limiter.turn(never);
    limiter.answered(said(left('1', '10')));
    expect(await ask(clock, limiter, [10_000, 10_000, 10_000, 20_000])).to.deep.equal([
      10_000, 10_000, 10_000, 20_000,
    ]);
  });

  it('a remainder that is missing, or whose end no minute has, holds nothing back', async () => {
    for (const headers of [
      left('0', '0'),
      left('0', '-5'),
      left('0', '121'),
      left('0', '1e12'),
      left('0', 'soon'),
      { 'ratelimit-remaining': '0' },
      { 'ratelimit-reset': '37' },
    ])
      expect(await sentAfter(headers, 2), JSON.stringify(headers)).to.deep.equal([0, 0]);
  });

  it('a turn tells how long it waited', async () => {
    const clock = fakeClock();
    const limiter = createLimiter({ burst: 1, steady: 100 }, 1, clock);
    clock.to(5_000);
    expect(await clock.run(limiter.turn(never))).to.equal(0);
    clock.to(5_400);
    expect(await clock.run(limiter.turn(never))).to.equal(600);
  });

  it('a request that is exactly a minute old counts no more, one that is younger does', async () => {
    const clock = fakeClock();
    const limiter = createLimiter({ burst: 100, steady: 2 }, 1, clock);
    expect(await ask(clock, limiter, [0, 30_000, 59_999, 60_000, 90_000])).to.deep.equal([
      0, 30_000, 60_000, 90_000, 120_000,
    ]);
  });
});
