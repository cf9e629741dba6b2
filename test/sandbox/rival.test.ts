import { expect } from 'chai';
import { accountLimits } from '../../src/sandbox/limits.js';
import { ask, NOW, withSandbox } from './asking.js';

const MINUTE = 60_000;
const LIMIT = { burst: 10, steady: 100 };

describe('a rival on the account', () => {
  it('takes its share of each minute little by little, and Remaining tells', async () => {
    let now = NOW;
    await withSandbox({ limits: true, rival: 0.5, now: () => now }, async (sandbox) => {
      const remaining = async () => {
        const { headers } = await ask(sandbox, '/api/lists');
        return Number(headers.get('ratelimit-remaining'));
      };
      expect(await remaining()).to.equal(749);
      now += MINUTE / 2;
      expect(await remaining()).to.equal(750 - 187 - 2);
      now += MINUTE / 2 - 1;
      expect(await remaining()).to.equal(750 - 374 - 3);
      now += 1;
      expect(await remaining()).to.equal(749);
    });
  });

  it('leaves to others what it does not take', () => {
    for (const rival of [0, 0.25, 0.5, 1]) {
      const limits = accountLimits(rival);
      let served = 0;
      for (let at = 0; at < MINUTE; at += 100)
        try {
          limits('x', LIMIT, NOW + at);
          served++;
        } catch {
          // Refused: by the second, or for the rest of the minute.
        }
      // Asked ten times a second the minute is used up after a few seconds, of which the rival has its part.
      expect(served, String(rival)).to.be.within(83, 100);
      expect(served === 100).to.equal(rival === 0);
    }
  });

  it('is refused itself when the minute is used up, and counts in the second it asks in', () => {
    const limits = accountLimits(0.5);
    const ask = (at: number) => limits('x', LIMIT, NOW + at);
    for (let at = 0; at < 10; at++) ask(at);
    expect(() => ask(20)).to.throw('in 1 second');
    const late = accountLimits(0.5);
    for (let at = 0; at < 9; at++) late('x', LIMIT, NOW + 59_000 + at);
    expect(() => {
      for (let at = 0; at < 2; at++) late('x', LIMIT, NOW + 59_990 + at);
    }).to.throw('in 1 second');
  });
});
