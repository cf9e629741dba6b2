/**
 * Work stealing: a reader that is free takes the later half of what another has left. How much that is follows from
 * how close the rows were on the last page, so that months full of rows are read by many and empty ones by few. Pure.
 */
import type { Slice } from '../resource.js';
import { compare, earliest, floorSecond, fromMillis, type Instant, ORIGIN, toMillis } from '../time.js';

/** Where a slice ends now: what was taken from it is another's. */
export const endOf = ({ stop, to }: Slice): Instant => stop ?? to;

/** Less than so many pages is left to whoever reads it: the request that splitting costs would not pay. */
const LEAST_PAGES = 1.5;

export const isSplittable = ({ resource, walked, references }: Slice): boolean =>
  resource.cursor?.sorted === true &&
  resource.cursor.upper !== undefined &&
  // A page at the cut is read by both sides: each would open the children of the same objects.
  resource.children === undefined &&
  walked === undefined &&
  (references?.length ?? 1) === 1;

/** Rows that are not read yet; undefined where nothing is known. `now`: where an open end is taken to lie. */
export function rowsAhead(slice: Slice, now: Instant): number | undefined {
  const { density, watermark } = slice;
  if (density === undefined || watermark === ORIGIN) return undefined;
  const seconds = (toMillis(earliest(endOf(slice), now)) - toMillis(watermark)) / 1000;
  return Math.max(0, seconds * density);
}

/** Rows after the page that is under way; 0 where nothing is known yet. */
export const rowsLeft = (slice: Slice, now: Instant): number =>
  Math.max(0, (rowsAhead(slice, now) ?? 0) - (slice.resource.pageSize?.max ?? 0));

/**
 * A slice whose page is under way, cut in two at a whole second between the end of that page, as far as it can be
 * told, and the slice's own; undefined where that would not pay.
 */
export function split(slice: Slice, now: Instant): readonly [Slice, Slice] | undefined {
  const { density, watermark, resource } = slice;
  const page = resource.pageSize?.max ?? 0;
  if (!isSplittable(slice) || density === undefined || rowsLeft(slice, now) <= LEAST_PAGES * page)
    return undefined;
  const pageEnd = toMillis(watermark) + (page / density) * 1000;
  const end = earliest(endOf(slice), now);
  const middle = floorSecond(fromMillis((pageEnd + toMillis(end)) / 2));
  if (
    toMillis(middle) <= pageEnd ||
    compare(middle, watermark) <= 0 ||
    compare(middle, floorSecond(end)) >= 0
  )
    return undefined;
  const { pageCursor: _, stop: __, passed: ___, ...rest } = slice;
  return [
    { ...slice, stop: middle },
    { ...rest, from: middle, watermark: middle, to: endOf(slice) },
  ];
}
