/** What a user would lose if this failed: the account's allowance, which other tools need too, and the run to 429s. */
import { setMaxListeners } from 'node:events';
import { expect } from 'chai';
import fc from 'fast-check';
import { createLimiter, statedLimit } from '../../src/klaviyo/limiter.js';
import { type FakeClock, fakeClock } from './clock.js';

const never = new AbortController().signal;
setMaxListeners(0, never);

/** The most of these instants that lie in any half-open window of this length. */
function most(instants: readonly number[], window: number): number {
  return Math.max(
    0,
    ...instants.map((start) => instants.filter((at) => at >= start && at < start + window).length),
  );
}

/** Asks at each of these times, and says when each request went out. */
async function ask(
  clock: FakeClock,
  limiter: { turn: (signal: AbortSignal) => Promise<unknown> },
  times: readonly number[],
): Promise<number[]> {
  const sent: number[] = [];
  await clock.run(
    Promise.all(
      times.map(async (at) => {
        await clock.sleep(at);
        await limiter.turn(never);
        sent.push(clock.now());
      }),
    ),
  );
  return sent;
}

describe('the pace of requests', () => {
  it('I10 no second and no minute holds more than is allowed, whatever is asked and when', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ burst: fc.integer({ min: 1, max: 12 }), steady: fc.integer({ min: 1, max: 40 }) }),
        fc.constantFrom(1, 0.9, 0.5, 0.1, 0.01),
        fc.array(fc.oneof(fc.nat(2_000), fc.nat(150_000)), { maxLength: 60 }),
        fc.array(fc.tuple(fc.nat(100_000), fc.nat(20_000)), { maxLength: 3 }),
        async (limit, share, times, pauses) => {
          const clock = fakeClock();
          const limiter = createLimiter(limit, share, clock);
          const paused: [number, number][] = [];
          const pausing = pauses.map(async ([at, ms]) => {
            await clock.sleep(at);
            paused.push([clock.now(), clock.now() + ms]);
            limiter.pause(ms);
          });
          const sent = await ask(clock, limiter, times);
          await clock.run(Promise.all(pausing));
          expect(sent).to.have.length(times.length);
          expect(most(sent, 1_000)).to.be.at.most(Math.max(1, Math.floor(limit.burst * share)));
          expect(most(sent, 60_000)).to.be.at.most(Math.max(1, Math.floor(limit.steady * share)));
          for (const [from, to] of paused)
            expect(sent.filter((at) => at > from && at < to)).to.deep.equal([]);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('uses what is allowed: nine tenths of the second, the whole minute', async () => {
    const clock = fakeClock();
    const sent = await ask(clock, createLimiter({ burst: 10, steady: 150 }, 1, clock), Array(300).fill(0));
    expect(most(sent, 1_000)).to.equal(9);
    expect(most(sent, 60_000)).to.equal(150);
    expect(sent.filter((at) => at < 60_000)).to.have.length(150);
    expect(Math.max(...sent)).to.be.below(120_000);
  });

  it('keeps the count of a minute over thousands of requests', async () => {
    const clock = fakeClock();
    const limiter = createLimiter({ burst: 350, steady: 3_500 }, 1, clock);
    const sent: number[] = [];
    const all = async (): Promise<void> => {
      for (let n = 0; n < 12_000; n += 1) {
        await limiter.turn(never);
        sent.push(clock.now());
      }
    };
    await clock.run(all());
    for (let n = 3_500; n < sent.length; n += 1)
      expect((sent[n] ?? 0) - (sent[n - 3_500] ?? 0)).to.be.at.least(60_000);
    expect(sent.at(-1)).to.be.below(4 * 60_000);
  });

  it('L1 nothing goes out before a pause has ended, and a shorter pause does not end a longer one', async () => {
    const clock = fakeClock();
    const limiter = createLimiter({ burst: 10, steady: 100 }, 1, clock);
    limiter.pause(30_000);
    limiter.pause(1_000);
    expect(await ask(clock, limiter, [0, 0, 29_999, 30_001])).to.deep.equal([30_000, 30_000, 30_000, 30_001]);
  });

  it('L1 a pause that comes while requests wait holds them too', async () => {
    const clock = fakeClock();
    const limiter = createLimiter({ burst: 1, steady: 100 }, 1, clock);
    await limiter.turn(never);
    const second = limiter.turn(never);
    clock.to(500);
    limiter.pause(10_000);
    await clock.run(second);
    expect(clock.now()).to.equal(10_500);
  });

  it('L7 all that asks one limiter shares one allowance, and two limiters do not', async () => {
    const clock = fakeClock();
    const [one, other] = [1, 2].map(() => createLimiter({ burst: 2, steady: 2 }, 1, clock));
    if (one === undefined || other === undefined) throw new Error('no limiter');
    const sent: string[] = [];
    const stream = async (name: string, limiter: typeof one): Promise<void> => {
      await limiter.turn(never);
      sent.push(`${name} ${clock.now()}`);
    };
    await clock.run(Promise.all([stream('a', one), stream('b', one), stream('c', one), stream('d', other)]));
    expect(sent).to.have.members(['a 0', 'b 1000', 'c 60000', 'd 0']);
  });

  it('a wait that is aborted rejects with the reason at once, and takes no turn', async () => {
    const clock = fakeClock();
    const limiter = createLimiter({ burst: 1, steady: 10 }, 1, clock);
    await limiter.turn(never);
    const stop = new AbortController();
    const waiting = limiter.turn(stop.signal);
    const reason = new Error('stopped');
    stop.abort(reason);
    expect(
      await waiting.then(
        () => 'sent',
        (error: unknown) => error,
      ),
    ).to.equal(reason);
    expect(clock.now()).to.equal(0);
    expect(
      await limiter.turn(stop.signal).then(
        () => 'sent',
        (error: unknown) => error,
      ),
    ).to.equal(reason);
    expect(await ask(clock, limiter, [0])).to.deep.equal([1_000]);
  });
});

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
