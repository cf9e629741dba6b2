/** The page after a page: how far its slice has come, and whether the order that this is told by holds. */
import { Fault } from '../errors.js';
import type { Body, Passed, Slice } from '../resource.js';
import { fromMicros, type Instant, type Micros, normalise, ORIGIN, toMicros } from '../time.js';
import { endOf } from './split.js';

interface Next {
  readonly opens: readonly Slice[];
  readonly unsorted?: true;
}

export function nextPage(slice: Slice, body: Body): Next {
  const { cursor, walk } = slice.resource;
  const walks = slice.walked !== undefined && walk !== undefined;
  const field = walks ? walk : cursor?.sorted === true ? cursor.field : undefined;
  const instants = field === undefined ? [] : instantsOf(body, field);
  const before = walks ? slice.walked : slice.watermark;
  const at = slice.unsorted === true ? undefined : reached(before, instants, slice);
  const unsorted = at === undefined ? ({ unsorted: true } as const) : {};
  if (body.next === undefined) return { opens: [], ...unsorted };
  const passed = follow(slice.passed, body.next);
  if (passed === undefined)
    throw new Fault('KLV_PAGE_LOOP', `${slice.resource.name}: a page names one as its next that was read`);
  const next = { ...slice, ...unsorted, pageCursor: body.next, passed };
  if (field === undefined) return { opens: [next] };
  if (at === undefined) return { opens: [{ ...next, density: 0 }], unsorted: true };
  if (walks) return { opens: [{ ...next, walked: instantAt(at, before) }] };
  // The rest was taken by another slice.
  if (at >= toMicros(endOf(slice))) return { opens: [] };
  const watermark = instantAt(at, before);
  return { opens: [{ ...next, watermark, density: densityOf(slice, at, instants) }] };
}

/**
 * Undefined where the chain goes in a circle. One cursor is kept, and another in its place after twice as many pages
 * each time (Brent's way): a chain may be a million pages long. A circle is gone through a few times before it shows.
 */
function follow(passed: Passed | undefined, cursor: string): Passed | undefined {
  if (passed === undefined) return { cursor, since: 0, until: 1 };
  if (passed.cursor === cursor) return undefined;
  const since = passed.since + 1;
  return since < passed.until ? { ...passed, since } : { cursor, since: 0, until: passed.until * 2 };
}

/** An instant that did not move keeps its text. */
const instantAt = (at: Micros, before: Instant): Instant =>
  at === toMicros(before) ? before : fromMicros(at);

/** Rows a second on this page. */
function densityOf(slice: Slice, at: Micros, instants: ArrayLike<Micros>): number {
  const watermark = toMicros(slice.watermark);
  const from = slice.watermark === ORIGIN ? instants[0] : watermark;
  if (from === undefined || Number.isNaN(from) || at <= watermark) return slice.density ?? 0;
  return instants.length / Math.max(1, (at - from) / 1e6);
}

/** A field of each object of the page, as an instant; NaN where it is none. */
function instantsOf(body: Body, field: string): ArrayLike<Micros> {
  if (body.scanned !== undefined) return body.scanned.instants(field);
  return body.data.map(({ attributes }) => {
    const value = attributes[field];
    const instant = typeof value === 'string' ? normalise(value) : undefined;
    return instant === undefined ? Number.NaN : toMicros(instant);
  });
}

/**
 * How far a sorted page has come: the last value, of which more rows may follow. Undefined where the order does not
 * hold. Rows below the slice, which a coarser filter lets through, are no disorder.
 */
function reached(before: Instant, instants: ArrayLike<Micros>, slice: Slice): Micros | undefined {
  const floor = toMicros(slice.walked === undefined ? slice.from : ORIGIN);
  let at = toMicros(before);
  for (let object = 0; object < instants.length; object += 1) {
    const instant = instants[object] as Micros;
    if (instant < at && instant >= floor) return undefined;
    if (instant > at) at = instant;
  }
  return at;
}
