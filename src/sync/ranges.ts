/** Ranges of instants, [from, to): cut, merged, asked. Pure. */
import { compare, earliest, type Instant, latest } from '../time.js';

export interface Range {
  readonly from: Instant;
  readonly to: Instant;
}

export const isEmpty = ({ from, to }: Range): boolean => compare(from, to) >= 0;

export const contains = ({ from, to }: Range, at: Instant): boolean =>
  compare(from, at) <= 0 && compare(at, to) < 0;

/** In order, none empty, none touching another. */
export function merge(ranges: Iterable<Range>): Range[] {
  const merged: Range[] = [];
  for (const range of [...ranges].filter((one) => !isEmpty(one)).sort((a, b) => compare(a.from, b.from))) {
    const last = merged.at(-1);
    if (last !== undefined && compare(range.from, last.to) <= 0)
      merged[merged.length - 1] = { from: last.from, to: latest(last.to, range.to) };
    else merged.push(range);
  }
  return merged;
}

export const intersect = (a: Range, b: Range): Range => ({
  from: latest(a.from, b.from),
  to: earliest(a.to, b.to),
});
