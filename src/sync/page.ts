/**
 * A body made into a page: the rows of each stream, and the slices it opens. Pure. A page's rows are text from here
 * on.
 */
import type {
  Body,
  Child,
  Json,
  JsonApiObject,
  Lookup,
  Reference,
  Resource,
  ScannedBody,
  Slice,
  StreamName,
} from '../resource.js';
import type { Fit } from '../row.js';
import type { Copier } from '../scanned-row.js';
import type { Gap, Left } from '../state.js';
import { compare, FOREVER, type Instant, normalise, ORIGIN } from '../time.js';
import { nextPage } from './next-page.js';
import type { Plan, StreamPlan } from './plan.js';
import { contains, isEmpty } from './ranges.js';
import { endOf } from './split.js';

export interface Page {
  readonly rows: ReadonlyMap<StreamName, readonly Json[]>;
  readonly opens: readonly Slice[];
  /** Rows that should have come before others came after them: the first such page of its slice. */
  readonly unsorted?: true;
  /** The rows are bytes read as Latin-1. */
  readonly bytes?: true;
}

export interface PageParts {
  readonly plan: Plan;
  readonly fits: ReadonlyMap<StreamName, Fit>;
  readonly lookup: Lookup;
  /** For streams whose resource is scanned. */
  readonly copies?: ReadonlyMap<StreamName, Copier>;
}

export function toPage(slice: Slice, body: Body, { plan, fits, lookup, copies }: PageParts): Page {
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
    const made = (object: JsonApiObject): Json[] => {
      const texts: Json[] = [];
      for (const draft of stream.rows(object, context))
        if (keep(cursorOf(draft, stream.cursor))) texts.push(toJson(draft));
      return texts;
    };
    const copier = copies?.get(name as StreamName);
    rows.set(
      streamPlan.name,
      body.scanned === undefined || copier === undefined
        ? body.data.flatMap(made)
        : copied(body.scanned, copier, keep, made),
    );
  }
  const next = nextPage(slice, body);
  return {
    rows,
    ...(body.scanned === undefined ? {} : { bytes: true }),
    ...(next.unsorted === true && slice.unsorted === undefined ? { unsorted: true } : {}),
    opens: [
      ...next.opens,
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

function copied(
  { objects, parse }: ScannedBody,
  { copy, asBytes }: Copier,
  keep: (at: Instant | undefined) => boolean,
  made: (object: JsonApiObject) => readonly Json[],
): Json[] {
  const texts: Json[] = [];
  for (const object of objects) {
    const row = copy(object);
    if (row === 'other') texts.push(...made(parse(object)).map(asBytes));
    else if (row !== undefined && keep(row.at)) texts.push(row.text);
  }
  return texts;
}

const cursorOf = (draft: object, cursor: string | undefined): Instant | undefined => {
  const value = cursor === undefined ? undefined : (draft as Readonly<Record<string, unknown>>)[cursor];
  return typeof value === 'string' ? normalise(value) : undefined;
};

/** Rows outside what this slice, or this run, is to read: the filter is coarser than the ranges. */
function keeps(
  { stream, resource, ranges, progress }: StreamPlan,
  slice: Slice,
): (at: Instant | undefined) => boolean {
  const { cursor } = stream;
  if (cursor === undefined) return () => true;
  const own =
    slice.resource.cursor?.field === cursor && stream.included !== true
      ? [{ from: slice.from, to: endOf(slice) }]
      : [];
  // Children are bounded by their slice alone, which may begin before the range: see `rangesOf`.
  const bounded =
    progress === 'whole' ? slice.references === undefined || own.length === 0 : resource === slice.resource;
  const planned = bounded && progress !== 'walked' ? ranges.map(([from, to]) => ({ from, to })) : undefined;
  return (at) => {
    if (at === undefined) return true;
    if (own.some((range) => !contains(range, at))) return false;
    // No range at all: a run that begins in the second in which the last one did has nothing to read.
    return planned === undefined || planned.some((range) => contains(range, at));
  };
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
