/** A bookmark that is moved by hand: the next read then begins there. Pure. */
import { type Bookmark, VERSION } from '../state.js';
import { intersect, isEmpty, merge, type Range } from '../sync/ranges.js';
import { earliest, FOREVER, type Instant, latest, ORIGIN } from '../time.js';

export interface Move {
  readonly bookmark: Bookmark;
  /** What was not read yet, and is not read any more: only another move, back, brings it. */
  readonly leftOut: readonly Range[];
  /** What was read before, and is read once more. */
  readonly again: readonly Range[];
}

const ALL: Range = { from: ORIGIN, to: FOREVER };

const rangesOf = ({ gaps }: Bookmark): Range[] => merge(gaps.map(([from, to]) => ({ from, to })));

/** Behind `to` everything is to be read, and before it nothing, gaps neither. `before` is absent: it was never read. */
export function move(before: Bookmark | undefined, to: Instant): Move {
  if (before === undefined)
    return {
      bookmark: { version: VERSION, until: to, gaps: [] },
      leftOut: within([ALL], { from: ORIGIN, to }),
      again: [],
    };
  const open = merge([...rangesOf(before), { from: before.until, to: FOREVER }]);
  const { since } = before;
  return {
    bookmark: {
      ...before,
      until: to,
      gaps: [],
      // A history that is read from further back begins there from now on.
      ...(since === undefined ? {} : { since: earliest(since, to) }),
    },
    leftOut: within(open, { from: ORIGIN, to }),
    again: within(between(open), { from: latest(to, since ?? ORIGIN), to: FOREVER }),
  };
}

const within = (ranges: readonly Range[], bounds: Range): Range[] =>
  ranges.map((range) => intersect(range, bounds)).filter((range) => !isEmpty(range));

/** What lies between ranges that are in order, and before the first of them. */
const between = (ranges: readonly Range[]): Range[] =>
  ranges.map(({ from }, index) => ({ from: ranges[index - 1]?.to ?? ORIGIN, to: from }));
