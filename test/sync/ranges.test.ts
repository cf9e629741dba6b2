/** What a user would lose if this failed: the rows between two ranges. */
import { expect } from 'chai';
import fc from 'fast-check';
import { contains, intersect, isEmpty, merge, type Range } from '../../src/sync/ranges.js';
import { fromMillis, type Instant } from '../../src/time.js';

const at = (n: number): Instant => fromMillis(n * 500);
const range = (from: number, to: number): Range => ({ from: at(from), to: at(to) });
const some = fc.array(
  fc.tuple(fc.nat(20), fc.nat(20)).map(([a, b]) => range(a, b)),
  { maxLength: 6 },
);
const inside = (ranges: readonly Range[], n: number): boolean => ranges.some((one) => contains(one, at(n)));

describe('ranges of instants', () => {
  it('I16 merged, they hold the same instants: in order, none empty, none touching another', () => {
    fc.assert(
      fc.property(some, (ranges) => {
        const merged = merge(ranges);
        for (let n = 0; n <= 21; n += 1) expect(inside(merged, n)).to.equal(inside(ranges, n));
        expect(merged.some(isEmpty)).to.equal(false);
        for (const [index, one] of merged.entries()) {
          const next = merged[index + 1];
          if (next !== undefined) expect(isEmpty({ from: one.to, to: next.from })).to.equal(false);
        }
        expect(merge(merged)).to.deep.equal(merged);
      }),
    );
  });

  it('an intersection holds what both hold', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(20), fc.nat(20), fc.nat(20), (a, b, c, d) => {
        const [one, other] = [range(a, b), range(c, d)];
        for (let n = 0; n <= 21; n += 1)
          expect(inside([intersect(one, other)], n)).to.equal(inside([one], n) && inside([other], n));
      }),
    );
  });

  it('the beginning belongs to a range, the end does not', () => {
    expect([
      contains(range(1, 3), at(1)),
      contains(range(1, 3), at(2)),
      contains(range(1, 3), at(3)),
    ]).to.deep.equal([true, true, false]);
    expect([isEmpty(range(1, 1)), isEmpty(range(2, 1)), isEmpty(range(1, 2))]).to.deep.equal([
      true,
      true,
      false,
    ]);
  });
});
