/**
 * A body made into a page: the lines of each stream, and the slices it opens. A page's rows are bytes from here on,
 * with what the protocol puts around each of them.
 */
import { type Frame, type Lines, LineWriter, type Spare } from '../lines.js';
import type {
  Body,
  Child,
  Json,
  JsonApiObject,
  Lookup,
  Reference,
  Resource,
  RowContext,
  ScannedBody,
  Slice,
  Stream,
  StreamName,
} from '../resource.js';
import type { Fit } from '../row.js';
import type { Copier } from '../scanned-row.js';
import type { Gap, Left } from '../state.js';
import { compare, FOREVER, type Instant, type Micros, ORIGIN } from '../time.js';
import { createSpan, cursorOf, keeps } from './keeps.js';
import { nextPage } from './next-page.js';
import type { Plan, StreamPlan } from './plan.js';
import { isEmpty } from './ranges.js';

export interface Page {
  readonly rows: ReadonlyMap<StreamName, Lines>;
  readonly opens: readonly Slice[];
  /** Rows that should have come before others came after them: the first such page of its slice. */
  readonly unsorted?: true;
}

export interface PageParts {
  readonly plan: Plan;
  readonly fits: ReadonlyMap<StreamName, Fit>;
  readonly lookup: Lookup;
  readonly frame: (stream: StreamName, wholeSince: Instant | undefined) => Frame;
  /** Whether a row of so many bytes may go out. Throws KLV_ROW_TOO_LARGE. */
  readonly admits: (stream: StreamName, size: number, row: () => Buffer) => boolean;
  readonly spare: Spare;
  /** For streams whose resource is scanned. */
  readonly copies?: ReadonlyMap<StreamName, Copier>;
}

/** How much longer lines are than the page they are made of, as a rule: so a buffer seldom has to grow. */
const SPREAD = 1.1;
const NO_LAYOUT = new Uint8Array(0);
/** Of one object, where nobody knows the page's length. */
const OBJECT_BYTES = 1024;

export function toPage(slice: Slice, body: Body, parts: PageParts): Page {
  const { plan } = parts;
  const { resource } = slice;
  const rows = new Map<StreamName, Lines>();
  for (const [name, stream] of Object.entries(resource.streams)) {
    const streamPlan = plan.streams.get(name as StreamName);
    const toJson = parts.fits.get(name as StreamName);
    if (streamPlan === undefined || toJson === undefined) continue;
    rows.set(streamPlan.name, linesOf(slice, body, { ...parts, stream, streamPlan, toJson }));
  }
  const next = nextPage(slice, body);
  return {
    rows,
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

interface StreamParts extends PageParts {
  readonly stream: Stream;
  readonly streamPlan: StreamPlan;
  readonly toJson: Fit;
}

function linesOf(slice: Slice, body: Body, parts: StreamParts): Lines {
  const { plan, streamPlan, stream, toJson, lookup, admits, frame, spare } = parts;
  const { name, reread } = streamPlan;
  const keep = keeps(streamPlan, slice);
  const context: RowContext = {
    body,
    slice,
    config: plan.config,
    lookup,
    ...(reread === undefined ? {} : { wholeSince: reread }),
  };
  const { scanned } = body;
  const around = frame(name, stream.departures === true ? reread : undefined);
  const guess =
    scanned === undefined
      ? body.data.length * OBJECT_BYTES
      : scanned.page.bytes.length * SPREAD + scanned.page.count * (around.head.length + around.tail.length);
  const copier = scanned === undefined ? undefined : parts.copies?.get(name);
  const out = new LineWriter(around, copier?.layout ?? NO_LAYOUT, spare, Math.ceil(guess));
  const span = createSpan();
  const end = (at: Micros): void => {
    if (admits(name, out.end(), () => out.row())) span.add(at);
    else out.drop(true);
  };
  const made = (object: JsonApiObject): void => {
    for (const draft of stream.rows(object, context)) {
      const at = cursorOf(draft, stream.cursor);
      if (!keep(at)) continue;
      const json: Json = toJson(draft);
      out.begin();
      out.text(json);
      end(at);
    }
  };
  if (scanned === undefined || copier === undefined) body.data.forEach(made);
  else copyAll(scanned, { copier, context, stream, keep, out, end, made });
  const found = span.found();
  return found === undefined ? out.lines() : { ...out.lines(), span: found };
}

function copyAll(
  scanned: ScannedBody,
  parts: {
    readonly copier: Copier;
    readonly context: RowContext;
    readonly stream: Stream;
    readonly keep: (at: Micros) => boolean;
    readonly out: LineWriter;
    readonly end: (at: Micros) => void;
    readonly made: (object: JsonApiObject) => void;
  },
): void {
  const { copier, context, stream, keep, out, end, made } = parts;
  const { page } = scanned;
  const instants = stream.cursor === undefined ? undefined : scanned.instants(stream.cursor);
  copier.page(page, context);
  for (let object = 0; object < page.count; object += 1) {
    // Whatever is wrong with an object is found out whether its row is wanted or not.
    if (scanned.isOdd(object)) {
      made(scanned.parse(object));
      continue;
    }
    const at = instants?.[object] ?? Number.NaN;
    if (!keep(at)) continue;
    out.begin();
    const copied = copier.row(object, out);
    if (copied === 'row') end(at);
    else {
      out.drop(false);
      if (copied === 'other') made(scanned.parse(object));
    }
  }
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
