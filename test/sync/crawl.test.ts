/** What a user would lose if this failed: the memory of the machine. */
import { expect } from 'chai';
import type { Config, Slice } from '../../src/resource.js';
import { type Answer, crawl, type Gate } from '../../src/sync/crawl.js';
import { FOREVER, ORIGIN } from '../../src/time.js';
import { members } from './world.js';

const COUNT = 40;
const slices = Array.from({ length: COUNT }, (_, n): Slice => {
  return { resource: members, references: [{ id: `g${n}` }], from: ORIGIN, to: FOREVER, watermark: ORIGIN };
});

/** The most requests that were under way at once once the size of a page was known, and how many were answered. */
async function most(bytes: number): Promise<{ readonly peak: number; readonly answered: number }> {
  let underway = 0;
  let peak = 0;
  let answered = 0;
  const outcomes = crawl({
    slices,
    config: {} as Config,
    now: FOREVER,
    fetch: async (_slice: Slice, gate: Gate): Promise<Answer> => {
      underway += 1;
      if (answered > 6) peak = Math.max(peak, underway);
      await new Promise(setImmediate);
      await gate.wait(bytes);
      underway -= 1;
      return { kind: 'page', body: { data: [], included: [], find: () => undefined }, waited: 0 };
    },
    replaced: () => {},
    signal: new AbortController().signal,
    silence: () => new Promise(() => {}),
  });
  for await (const outcome of outcomes) if (outcome.kind === 'page') answered += 1;
  return { peak, answered };
}

describe('memory: pages under way are bounded', () => {
  it('I18: by the bytes that they bring, while a page of any size is read', async () => {
    expect(await most(1_000)).to.deep.include({ answered: COUNT });
    expect((await most(1_000)).peak).to.be.greaterThan(3);
    expect(await most(15 << 20)).to.deep.include({ answered: COUNT });
    expect((await most(15 << 20)).peak).to.be.at.most(2);
    expect(await most(60 << 20)).to.deep.equal({ peak: 1, answered: COUNT });
  });
});
