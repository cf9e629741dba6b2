/** I16: what a user would lose if this failed: the rows between two readers, or one reader's rows twice. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Slice } from '../../src/resource.js';
import { endOf, rowsLeft, split } from '../../src/sync/split.js';
import { addSeconds, compare, FOREVER, type Instant, ORIGIN, toMillis } from '../../src/time.js';
import { groups, people } from './world.js';

const START: Instant = '2026-03-01T00:00:00.123456Z';
const NOW: Instant = '2026-03-10T00:00:00Z';

const slices = fc
  .record({
    length: fc.integer({ min: 1, max: 500_000 }),
    read: fc.double({ min: 0, max: 1, noNaN: true }),
    density: fc.double({ min: 0.00001, max: 5_000, noNaN: true }),
    open: fc.boolean(),
    cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
  })
  .map(({ length, read, density, open, cut }): Slice => {
    const to = addSeconds(START, length);
    const watermark = addSeconds(START, Math.floor(length * read));
    const stop =
      cut === undefined ? undefined : addSeconds(watermark, Math.ceil(length * (1 - read) * cut || 1));
    return {
      resource: people,
      from: START,
      to: open ? FOREVER : to,
      watermark,
      density,
      pageCursor: '7',
      ...(stop === undefined ? {} : { stop }),
    };
  });

describe('work stealing', () => {
  it('I16: the two halves tile what was one slice, at a whole second, each of a second at least', () => {
    let cuts = 0;
    fc.assert(
      fc.property(slices, (slice) => {
        const halves = split(slice, NOW);
        if (halves === undefined) return;
        cuts += 1;
        const [kept, taken] = halves;
        expect(kept).to.deep.include({
          from: slice.from,
          watermark: slice.watermark,
          to: slice.to,
          pageCursor: '7',
        });
        expect(endOf(kept)).to.equal(taken.from);
        expect(taken.watermark).to.equal(taken.from);
        expect(endOf(taken)).to.equal(endOf(slice));
        expect(taken).to.not.have.any.keys('pageCursor', 'stop');
        expect(taken.from).to.match(/:\d\dZ$/);
        expect(compare(kept.watermark, taken.from) < 0, 'the reader keeps something').to.equal(true);
        const end = Math.min(toMillis(endOf(slice)), toMillis(NOW));
        expect(end - toMillis(taken.from), 'the thief gets something').to.be.at.least(1_000);
      }),
      { numRuns: 2_000 },
    );
    expect(cuts).to.be.greaterThan(300);
  });

  it('leaves alone what is nearly done, not in order, walked, or has children', () => {
    const slice: Slice = { resource: people, from: START, to: NOW, watermark: START, density: 1 };
    expect(split(slice, NOW)).to.not.equal(undefined);
    expect(split({ ...slice, density: 0.000001 }, NOW)).to.equal(undefined);
    const unordered = {
      ...people,
      cursor: { ...people.cursor, field: 'updated', lower: 'greater-than', sorted: false } as const,
    };
    expect(split({ ...slice, resource: unordered }, NOW)).to.equal(undefined);
    expect(split({ ...slice, walked: ORIGIN }, NOW)).to.equal(undefined);
    expect(split({ ...slice, resource: { ...people, children: groups.children ?? [] } }, NOW)).to.equal(
      undefined,
    );
    expect(rowsLeft({ ...slice, watermark: ORIGIN }, NOW), 'nothing is known before the first page').to.equal(
      0,
    );
  });
});
