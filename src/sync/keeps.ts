/** Which rows of a page belong to its slice and to this run, and between which instants they lie. */
import type { Span } from '../lines.js';
import type { Slice } from '../resource.js';
import { type Micros, normalise, toMicros } from '../time.js';
import type { StreamPlan } from './plan.js';
import { endOf } from './split.js';

/** NaN where the row has none. */
export const cursorOf = (draft: object, cursor: string | undefined): Micros => {
  const value = cursor === undefined ? undefined : (draft as Readonly<Record<string, unknown>>)[cursor];
  const instant = typeof value === 'string' ? normalise(value) : undefined;
  return instant === undefined ? Number.NaN : toMicros(instant);
};

/** Rows outside what this slice, or this run, is to read: the filter is coarser than the ranges. */
export function keeps(
  { stream, resource, ranges, progress }: StreamPlan,
  slice: Slice,
): (at: Micros) => boolean {
  const { cursor } = stream;
  if (cursor === undefined) return () => true;
  const isOwn = slice.resource.cursor?.field === cursor && stream.included !== true;
  const [from, to] = isOwn
    ? [toMicros(slice.from), toMicros(endOf(slice))]
    : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  // Children are bounded by their slice alone, which may begin before the range: see `rangesOf`.
  const bounded =
    progress === 'whole' ? slice.references === undefined || !isOwn : resource === slice.resource;
  const planned =
    bounded && progress !== 'walked'
      ? ranges.map(([start, end]) => [toMicros(start), toMicros(end)] as const)
      : undefined;
  return (at) => {
    if (Number.isNaN(at)) return true;
    if (at < from || at >= to) return false;
    // No range at all: a run that begins in the second in which the last one did has nothing to read.
    if (planned === undefined) return true;
    for (const range of planned) if (range[0] <= at && at < range[1]) return true;
    return false;
  };
}

/** The span of instants that are told one by one; those that are none change nothing. */
export function createSpan() {
  let oldest = Number.POSITIVE_INFINITY;
  let newest = Number.NEGATIVE_INFINITY;
  return {
    add(at: Micros): void {
      if (at < oldest) oldest = at;
      if (at > newest) newest = at;
    },
    found: (): Span | undefined => (oldest <= newest ? { oldest, newest } : undefined),
  };
}
