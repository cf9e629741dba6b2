/** The page after a page: how far its slice has come, and whether the order that this is told by holds. */
import { Fault } from '../errors.js';
import type { Body, Slice } from '../resource.js';
import { compare, type Instant, latest, normalise, ORIGIN, toMillis } from '../time.js';
import { endOf } from './split.js';

interface Next {
  readonly opens: readonly Slice[];
  readonly unsorted?: true;
}

export function nextPage(slice: Slice, body: Body): Next {
  const { cursor, walk } = slice.resource;
  const walks = slice.walked !== undefined && walk !== undefined;
  const field = walks ? walk : cursor?.sorted === true ? cursor.field : undefined;
  const instants = field === undefined ? [] : instantsOf(body, slice, field);
  const before = walks ? slice.walked : slice.watermark;
  const at = slice.unsorted === true ? undefined : reached(before, instants, slice);
  const unsorted = at === undefined ? ({ unsorted: true } as const) : {};
  if (body.next === undefined) return { opens: [], ...unsorted };
  const passed = slice.passed ?? new Set();
  if (passed.has(body.next))
    throw new Fault('KLV_PAGE_LOOP', `${slice.resource.name}: a page names one as its next that was read`);
  passed.add(body.next);
  const next = { ...slice, ...unsorted, pageCursor: body.next, passed };
  if (field === undefined) return { opens: [next] };
  if (at === undefined) return { opens: [{ ...next, density: 0 }], unsorted: true };
  if (walks) return { opens: [{ ...next, walked: at }] };
  // The rest was taken by another slice.
  if (compare(at, endOf(slice)) >= 0) return { opens: [] };
  return { opens: [{ ...next, watermark: at, density: densityOf(slice, at, instants) }] };
}

/** Rows a second on this page. */
function densityOf(slice: Slice, watermark: Instant, instants: readonly (Instant | undefined)[]): number {
  const from = slice.watermark === ORIGIN ? instants[0] : slice.watermark;
  if (from === undefined || compare(watermark, slice.watermark) <= 0) return slice.density ?? 0;
  return instants.length / Math.max(1, (toMillis(watermark) - toMillis(from)) / 1000);
}

/** A field of each object of the page, as an instant. */
function instantsOf(body: Body, { resource }: Slice, field: string): (Instant | undefined)[] {
  if (body.scanned === undefined)
    return body.data.map(({ attributes }) => {
      const value = attributes[field];
      return typeof value === 'string' ? normalise(value) : undefined;
    });
  const at = resource.scan?.attributes.indexOf(field) ?? -1;
  return body.scanned.objects.map(({ attributes }) => normalise(attributes[at]?.slice(1, -1) ?? ''));
}

/**
 * How far a sorted page has come: the last value, of which more rows may follow. Undefined where the order does not
 * hold. Rows below the slice, which a coarser filter lets through, are no disorder.
 */
function reached(
  before: Instant,
  instants: readonly (Instant | undefined)[],
  slice: Slice,
): Instant | undefined {
  const floor = slice.walked === undefined ? slice.from : ORIGIN;
  let at = before;
  for (const instant of instants) {
    if (instant === undefined) continue;
    if (compare(instant, at) < 0 && compare(instant, floor) >= 0) return undefined;
    at = latest(at, instant);
  }
  return at;
}
