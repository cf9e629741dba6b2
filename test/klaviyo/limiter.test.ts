/** What a user would lose if this failed: the account's allowance, which other tools need too, and the run to 429s. */
import { expect } from 'chai';
import fc from 'fast-check';
import { createLimiter } from '../../src/klaviyo/limiter.js';
import { ask, most, never } from './asked.js';
import { fakeClock } from './clock.js';

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

  it('tells what it may use, by the share and by what the server states, and what it used in the last minute', async () => {
    const clock = fakeClock();
    const limiter = createLimiter({ burst: 10, steady: 100 }, 0.5, clock);
    expect(limiter.use()).to.deep.equal({ burst: 5, steady: 50, lately: 0 });
    await ask(clock, limiter, [0, 1_000, 2_000, 30_000]);
    clock.to(60_999);
    expect(limiter.use().lately).to.equal(3);
    clock.to(62_000);
    expect(limiter.use().lately).to.equal(1);
    limiter.answered(new Headers({ 'ratelimit-limit': '60, 8;w=1, 60;w=60' }));
    expect(limiter.use()).to.deep.include({ burst: 4, steady: 30 });
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
