/** What a user would lose if this failed: rows that a move leaves out without saying so. */
import { expect } from 'chai';
import fc from 'fast-check';
import { move } from '../../src/position/move.js';
import type { Bookmark } from '../../src/state.js';
import { contains, type Range } from '../../src/sync/ranges.js';
import { compare, fromMillis, type Instant, ORIGIN } from '../../src/time.js';

const day = fc.integer({ min: 1, max: 60 }).map((days) => fromMillis(Date.UTC(2026, 0, days)));
const gap = fc.tuple(day, day).map(([a, b]) => (compare(a, b) <= 0 ? ([a, b] as const) : ([b, a] as const)));
const bookmark: fc.Arbitrary<Bookmark> = fc.record(
  {
    version: fc.constant(1 as const),
    until: day,
    gaps: fc.array(gap, { maxLength: 4 }),
    since: day,
    account: fc.constant('AbC123'),
    later: fc.jsonValue(),
  },
  { requiredKeys: ['version', 'until', 'gaps'] },
);

const isOpen = ({ until, gaps }: Bookmark, at: Instant): boolean =>
  compare(at, until) >= 0 || gaps.some(([from, to]) => contains({ from, to }, at));
const isIn = (ranges: readonly Range[], at: Instant): boolean => ranges.some((range) => contains(range, at));

describe('a bookmark that is moved', () => {
  it('leaves to the next read what is at or behind its position, and nothing before', () => {
    fc.assert(
      fc.property(bookmark, day, day, (before, to, at) => {
        expect(isOpen(move(before, to).bookmark, at)).to.equal(compare(at, to) >= 0);
      }),
    );
  });

  it('tells of every instant that was to be read and no longer is, and of every one that is read again', () => {
    fc.assert(
      fc.property(bookmark, day, day, (before, to, at) => {
        const { leftOut, again } = move(before, to);
        expect(isIn(leftOut, at), 'left out').to.equal(isOpen(before, at) && compare(at, to) < 0);
        const wasRead = !isOpen(before, at) && compare(at, before.since ?? ORIGIN) >= 0;
        expect(isIn(again, at), 'again').to.equal(wasRead && compare(at, to) >= 0);
      }),
    );
  });

  it('keeps all else, and the history begins no later than where it is read from', () => {
    fc.assert(
      fc.property(bookmark, day, (before, to) => {
        const { until, gaps, since, ...rest } = move(before, to).bookmark;
        const { until: _until, gaps: _gaps, since: begun, ...others } = before;
        expect([until, gaps, rest]).to.deep.equal([to, [], others]);
        expect(since).to.equal(begun === undefined ? undefined : compare(begun, to) < 0 ? begun : to);
      }),
    );
  });

  it('is where it is after a second move to the same place, which leaves out nothing and repeats nothing', () => {
    fc.assert(
      fc.property(bookmark, day, (before, to) => {
        const once = move(before, to).bookmark;
        expect(move(once, to)).to.deep.equal({ bookmark: once, leftOut: [], again: [] });
      }),
    );
  });

  it('is made where a stream was never read', () => {
    expect(move(undefined, '2026-01-02T00:00:00Z')).to.deep.equal({
      bookmark: { version: 1, until: '2026-01-02T00:00:00Z', gaps: [] },
      leftOut: [{ from: ORIGIN, to: '2026-01-02T00:00:00Z' }],
      again: [],
    });
    expect(move(undefined, ORIGIN).leftOut).to.deep.equal([]);
  });
});
