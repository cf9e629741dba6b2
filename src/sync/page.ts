/**
 * A body made into a page: the rows of each stream, and the slices it opens. Pure. A page's rows are text from here
 * on.
 */
import { Fault } from '../errors.js';
import type {
  Body,
  Child,
  Json,
  JsonApiObject,
  Lookup,
  Reference,
  Resource,
  Slice,
  StreamName,
} from '../resource.js';
import type { Fit } from '../row.js';
import type { Gap, Left } from '../state.js';
import { compare, FOREVER, type Instant, latest, normalise, ORIGIN, toMillis } from '../time.js';
import type { Plan, StreamPlan } from './plan.js';
import { contains, isEmpty } from './ranges.js';
import { endOf } from './split.js';

export interface Page {
  readonly rows: ReadonlyMap<StreamName, readonly Json[]>;
  readonly opens: readonly Slice[];
}

export interface PageParts {
  readonly plan: Plan;
  readonly fits: ReadonlyMap<StreamName, Fit>;
  readonly lookup: Lookup;
}

export function toPage(slice: Slice, body: Body, { plan, fits, lookup }: PageParts): Page {
  const { resource } = slice;
  const rows = new Map<StreamName, Json[]>();
  for (const [name, stream] of Object.entries(resource.streams)) {
    const streamPlan = plan.streams.get(name as StreamName);
    const toJson = fits.get(name as StreamName);
    if (streamPlan === undefined || toJson === undefined) continue;
    const keep = keeps(streamPlan, slice);
    const { reread } = streamPlan;
    const context = {
      body,
      slice,
      config: plan.config,
      lookup,
      ...(reread === undefined ? {} : { wholeSince: reread }),
    };
    const texts: Json[] = [];
    for (const object of body.data)
      for (const draft of stream.rows(object, context)) if (keep(draft)) texts.push(toJson(draft));
    rows.set(streamPlan.name, texts);
  }
  return {
    rows,
    opens: [
      ...nextPage(slice, body),
      ...(resource.children ?? []).flatMap((child) => openChildren(child, body, slice, plan)),
      ...(resource.missing === undefined || body.next !== undefined
        ? []
        : unanswered(slice, resource.missing, body.data)),
    ],
  };
}

/** The slices to open when the answer was 404: whoever else may know; none, and the reference is left out. */
export const withoutAnswer = (slice: Slice): readonly Slice[] =>
  slice.resource.missing === undefined ? [] : unanswered(slice, slice.resource.missing, []);

/** Rows outside what this slice, or this run, is to read: the filter is coarser than the ranges. */
function keeps({ stream, resource, ranges, progress }: StreamPlan, slice: Slice): (draft: object) => boolean {
  const { cursor } = stream;
  if (cursor === undefined) return () => true;
  const own =
    slice.resource.cursor?.field === cursor && stream.included !== true
      ? [{ from: slice.from, to: endOf(slice) }]
      : [];
  const planned =
    progress === 'walked' || resource !== slice.resource ? [] : ranges.map(([from, to]) => ({ from, to }));
  const byBookmark = progress === 'whole' ? ranges.map(([from, to]) => ({ from, to })) : planned;
  const child = slice.references !== undefined && own.length > 0;
  return (draft) => {
    const value = (draft as Readonly<Record<string, unknown>>)[cursor];
    const at = typeof value === 'string' ? normalise(value) : undefined;
    if (at === undefined) return true;
    if (own.some((range) => !contains(range, at))) return false;
    return child || byBookmark.length === 0 || byBookmark.some((range) => contains(range, at));
  };
}

function nextPage(slice: Slice, body: Body): Slice[] {
  if (body.next === undefined) return [];
  if (body.next === slice.pageCursor)
    throw new Fault('KLV_PAGE_LOOP', `${slice.resource.name}: a page names itself as its next`);
  const { cursor, walk } = slice.resource;
  const next = { ...slice, pageCursor: body.next };
  if (slice.walked !== undefined && walk !== undefined)
    return [{ ...next, walked: reached(slice.walked, body.data, walk) }];
  if (cursor?.sorted !== true) return [next];
  const watermark = reached(slice.watermark, body.data, cursor.field);
  // The rest was taken by another slice.
  if (compare(watermark, endOf(slice)) >= 0) return [];
  return [{ ...next, watermark, density: densityOf(slice, watermark, body.data, cursor.field) }];
}

/** Rows a second on this page; 0 where the order does not hold, so that nothing is guessed from it. */
function densityOf(slice: Slice, watermark: Instant, data: readonly JsonApiObject[], field: string): number {
  const [first] = data;
  const start = slice.watermark === ORIGIN ? first?.attributes[field] : slice.watermark;
  const from = typeof start === 'string' ? normalise(start) : undefined;
  if (from === undefined || compare(watermark, slice.watermark) <= 0) return slice.density ?? 0;
  return data.length / Math.max(1, (toMillis(watermark) - toMillis(from)) / 1000);
}

/**
 * How far a sorted page has come: the last value, of which more rows may follow. A page that goes back shows that
 * the order does not hold, and then nothing is known before the end.
 */
function reached(before: Instant, data: readonly JsonApiObject[], field: string): Instant {
  let at = before;
  for (const { attributes } of data) {
    const value = attributes[field];
    const instant = typeof value === 'string' ? normalise(value) : undefined;
    if (instant === undefined) continue;
    if (compare(instant, at) < 0 && compare(instant, before) >= 0) return before;
    at = latest(at, instant);
  }
  return at;
}

function openChildren({ resource, references }: Child, body: Body, parent: Slice, plan: Plan): Slice[] {
  const [fed] = plan.feeds(resource);
  if (fed === undefined) return [];
  const found = references(body, parent);
  if (resource.cursor === undefined) return inBatches(resource, [...found]);
  const ranges = plan.streams.get(fed)?.ranges ?? [];
  return [...found].flatMap((reference) => rangesOf(reference, resource, ranges));
}

/** The slices of one parent's children: for each range, from where it was left, or from the beginning. */
function rangesOf(reference: Reference, resource: Resource, ranges: readonly Gap[]): Slice[] {
  const { id, created, updated } = reference;
  return ranges.flatMap(([start, to, walk], range): Slice[] => {
    if (updated !== undefined && compare(updated, start) < 0) return [];
    // It did not exist yet: a later range, or the next run, reads it from the beginning.
    if (created !== undefined && compare(created, to) >= 0) return [];
    const left = walk?.open[id];
    if (walk !== undefined && left === undefined && created !== undefined && compare(created, walk.after) < 0)
      return [];
    // What is newer than the bookmark may hold members that are older than itself.
    const whole = left === undefined && (created === undefined || compare(created, start) >= 0);
    const parts: Left = left ?? (whole ? ORIGIN : start);
    return (typeof parts === 'string' ? [[parts, to] as const] : parts)
      .map(([from, until]) => ({
        resource,
        references: [reference],
        from,
        to: until,
        watermark: from,
        range,
      }))
      .filter((slice) => !isEmpty(slice));
  });
}

/** References of one batch share the path that they are asked at. */
function inBatches(resource: Resource, references: readonly Reference[]): Slice[] {
  const open = { resource, from: ORIGIN, to: FOREVER, watermark: ORIGIN };
  const { batch } = resource;
  if (batch === undefined) return references.map((reference) => ({ ...open, references: [reference] }));
  const names = [...resource.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const byPath = new Map<string, Map<string, Reference[]>>();
  for (const reference of references) {
    const path = JSON.stringify(names.map((name) => reference.with?.[name]));
    const byId = byPath.get(path) ?? new Map<string, Reference[]>();
    byPath.set(path, byId.set(reference.id, [...(byId.get(reference.id) ?? []), reference]));
  }
  return [...byPath.values()].flatMap((byId) => {
    const groups = [...byId.values()];
    const count = Math.ceil(groups.length / batch);
    return Array.from({ length: count }, (_, nth): Slice => {
      return { ...open, references: groups.slice(nth * batch, (nth + 1) * batch).flat() };
    });
  });
}

function unanswered(slice: Slice, resource: Resource, data: readonly JsonApiObject[]): Slice[] {
  const answered = new Set(data.map(({ id }) => id));
  const left = (slice.references ?? []).filter(({ id }) => !answered.has(id));
  return inBatches(resource, left);
}
