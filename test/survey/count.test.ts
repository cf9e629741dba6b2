/** What a user would lose if this failed: an estimate that says as much as is known, and no more. */
import { expect } from 'chai';
import fc from 'fast-check';
import { countIn, extent, middle, rowsBefore, rowsFrom, type Sample } from '../../src/survey/count.js';
import { countText, rangeText, timeText } from '../../src/survey/words.js';
import { contains, merge, type Range } from '../../src/sync/ranges.js';
import { addSeconds, compare, FOREVER, type Instant, ORIGIN } from '../../src/time.js';

const BEGIN = '2026-01-01T00:00:00Z';
const NOW = '2026-03-01T00:00:00Z';
const PAGE = 10;

const sorted = (times: readonly Instant[]): Instant[] => [...times].sort(compare);
/** As the API answers: the first rows from a time on, and the last ones before it. */
const from = (times: readonly Instant[], at: Instant): Sample => {
  const later = sorted(times).filter((time) => compare(time, at) >= 0);
  return rowsFrom(at, later.slice(0, PAGE), later.length <= PAGE);
};
const until = (times: readonly Instant[], at: Instant): Sample => {
  const earlier = sorted(times)
    .filter((time) => compare(time, at) < 0)
    .reverse();
  return rowsBefore(at, earlier.slice(0, PAGE), earlier.length <= PAGE);
};
const inside = (ranges: readonly Range[], times: readonly Instant[]): number =>
  times.filter((time) => ranges.some((range) => contains(range, time))).length;

const DAYS = 59;
const time = fc.integer({ min: 0, max: DAYS * 86_400 - 1 }).map((second) => addSeconds(BEGIN, second));
const ranges = fc
  .array(fc.tuple(time, time), { minLength: 1, maxLength: 3 })
  .map((pairs) =>
    merge(pairs.map(([a, b]) => (compare(a, b) <= 0 ? { from: a, to: b } : { from: b, to: a }))),
  )
  .filter((merged) => merged.length > 0);

describe('how many rows there are', () => {
  it('is exact where a page shows all of them', () => {
    fc.assert(
      fc.property(ranges, fc.array(time, { maxLength: PAGE }), (some, times) => {
        const begin = from(times, some[0]?.from ?? BEGIN);
        const rows = inside(some, times);
        expect(countIn(some, [begin, until(times, NOW)])).to.deep.equal({ least: rows, most: rows });
      }),
    );
  });

  it('is never said to be less than what was seen, nor exact where it is not', () => {
    fc.assert(
      fc.property(ranges, fc.array(time, { maxLength: 60 }), (some, times) => {
        const samples = [from(times, some[0]?.from ?? BEGIN), until(times, NOW)];
        const { least, most } = countIn(some, samples);
        const rows = inside(some, times);
        for (const sample of samples) expect(most ?? least).to.be.at.least(inside(some, sample.times));
        const isWhole = samples.some(
          ({ span }) =>
            compare(span.from, some[0]?.from ?? '') <= 0 && compare(span.to, some.at(-1)?.to ?? '') >= 0,
        );
        if (isWhole) expect([least, most]).to.deep.equal([rows, rows]);
      }),
    );
  });

  it('is right, to two figures, where rows lie evenly', () => {
    for (const step of [60, 3_600, 20_000]) {
      const times = Array.from({ length: Math.floor((DAYS * 86_400) / step) }, (_, at) =>
        addSeconds(BEGIN, at * step),
      );
      const all = { from: BEGIN, to: NOW };
      const { least, most = 0 } = countIn([all], [from(times, BEGIN), until(times, NOW)]);
      expect(least).to.be.within(times.length * 0.94, times.length * 1.06);
      expect(most).to.be.within(least, times.length * 1.06);
      expect(String(most)).to.match(/^\d{1,2}0*$/);
    }
  });

  it('lies between what a crowded end and an empty one would let expect', () => {
    const sparse = Array.from({ length: 30 }, (_, at) => addSeconds(BEGIN, at * 86_400));
    const dense = Array.from({ length: 2_000 }, (_, at) =>
      addSeconds(addSeconds(BEGIN, 30 * 86_400), at * 1_000),
    );
    const times = [...sparse, ...dense];
    const { least, most = 0 } = countIn([{ from: BEGIN, to: NOW }], [from(times, BEGIN), until(times, NOW)]);
    expect(least).to.be.lessThan(times.length);
    expect(most).to.be.greaterThan(times.length);
  });

  it('is not known where no two rows were seen', () => {
    expect(countIn([{ from: BEGIN, to: NOW }], [rowsFrom(BEGIN, [BEGIN], false)])).to.deep.equal({
      least: 1,
    });
    expect(countIn([], [])).to.deep.equal({ least: 0, most: 0 });
  });

  it('is looked for where there can be rows', () => {
    const all = { from: ORIGIN, to: NOW };
    const held = extent(all, [
      rowsFrom(ORIGIN, [BEGIN], false),
      rowsBefore(NOW, ['2026-02-01T00:00:00Z'], false),
    ]);
    expect(held).to.deep.equal({ from: BEGIN, to: '2026-02-01T00:00:00Z' });
    expect(middle(held)).to.equal('2026-01-16T12:00:00Z');
    // A page from the middle of things says nothing of the ends.
    expect(extent(all, [rowsFrom(BEGIN, ['2026-01-05T00:00:00Z'], false)])).to.deep.equal(all);
  });
});

describe('figures in words', () => {
  for (const [count, said] of [
    [{ least: 5, most: 5 }, '5'],
    [{ least: 5 }, '5 or more'],
    [{ least: 1_500, most: 98_000 }, '1,500 to 98,000'],
  ] as const)
    it(said, () => expect(countText(count)).to.equal(said));

  for (const [minutes, said] of [
    [{ least: 0.1, most: 0.4 }, 'less than a minute'],
    [{ least: 0.1 }, 'seconds or more'],
    [{ least: 2.1 }, '3 minutes or more'],
    [{ least: 1.5, most: 1.9 }, 'about 2 minutes'],
    [{ least: 0.2, most: 9 }, '1 to 9 minutes'],
    [{ least: 30, most: 600 }, '1 to 10 hours'],
    [{ least: 600 }, '10 hours or more'],
  ] as const)
    it(said, () => expect(timeText(minutes)).to.equal(said));

  it('ranges', () => {
    expect(rangeText({ from: ORIGIN, to: NOW }, NOW)).to.equal('the beginning to now');
    expect(rangeText({ from: BEGIN, to: FOREVER })).to.equal(`${BEGIN} to now`);
    expect(rangeText({ from: BEGIN, to: NOW }, FOREVER)).to.equal(`${BEGIN} to ${NOW}`);
  });
});
