/**
 * What is still open. The state is read off it, and off nothing else: a bookmark never says more than that every
 * slice which could hold an earlier row has been closed, and a slice is closed only after its rows are written.
 */
import type { Slice, StreamName } from '../resource.js';
import { type Bookmark, type Gap, type Left, VERSION } from '../state.js';
import { compare, earliest, FOREVER, type Instant, latest } from '../time.js';
import type { Plan, StreamPlan } from './plan.js';
import { intersect, isEmpty, merge } from './ranges.js';
import { endOf } from './split.js';

export interface Ledger {
  /** Replaces a slice by what it opened, in one step. */
  readonly close: (slice: Slice, opens: readonly Slice[]) => void;
  /** The slice stays open for good, and what it would have opened with it. */
  readonly fail: (slice: Slice) => void;
  readonly bookmark: (stream: StreamName) => Bookmark;
  /** No slice is left that could still bring a row of the stream in this run. */
  readonly isIdle: (stream: StreamName) => boolean;
  /** What is still to be asked, without what has failed. */
  readonly open: () => readonly Slice[];
}

export function createLedger(plan: Plan): Ledger {
  const open = new Map<StreamName, Set<Slice>>([...plan.streams.keys()].map((name) => [name, new Set()]));
  const failed = new Set<Slice>();
  /** For each range of a walked stream, what was open at the start and has not been listed again yet. */
  const unlisted = new Map<StreamName, ReadonlyMap<number, Map<string, Left>>>();
  const all = new Set<Slice>();

  function add(slice: Slice): void {
    all.add(slice);
    for (const name of plan.feeds(slice.resource)) {
      open.get(name)?.add(slice);
      const [reference] = slice.references ?? [];
      if (slice.range !== undefined && reference !== undefined)
        unlisted.get(name)?.get(slice.range)?.delete(reference.id);
    }
  }

  function remove(slice: Slice): void {
    all.delete(slice);
    for (const name of plan.feeds(slice.resource)) open.get(name)?.delete(slice);
  }

  for (const { name, progress, ranges } of plan.streams.values())
    if (progress === 'walked')
      unlisted.set(
        name,
        new Map(ranges.map(([, , walk], index) => [index, new Map(Object.entries(walk?.open ?? {}))])),
      );
  plan.slices.forEach(add);

  function gaps(stream: StreamPlan): readonly Gap[] {
    const slices = [...(open.get(stream.name) ?? [])];
    if (slices.length === 0) return [];
    const left = stream.ranges.map(([from, to, walk]): Gap => {
      const end = earliest(to, plan.now);
      return walk === undefined ? [from, end] : [from, end, walk];
    });
    if (stream.progress === 'ranged') return rangedGaps(left, slices);
    if (stream.progress === 'walked') return walkedGaps(stream, left, slices);
    return left;
  }

  function walkedGaps(stream: StreamPlan, left: readonly Gap[], slices: readonly Slice[]): Gap[] {
    const listings = slices.filter(({ resource }) => resource !== stream.resource);
    const listed = listings.map(({ walked }) => walked ?? FOREVER).reduce(earliest, FOREVER);
    return left.flatMap(([from, to, walk], index): Gap[] => {
      const mine = slices.filter((slice) => slice.resource === stream.resource && slice.range === index);
      const byParent = new Map<string, Slice[]>();
      for (const slice of mine) {
        const id = slice.references?.[0]?.id ?? '';
        byParent.set(id, [...(byParent.get(id) ?? []), slice]);
      }
      const entries = [...byParent].map(([id, left]) => [id, leftOf(left, to)] as const);
      const pending = listings.length === 0 ? [] : [...(unlisted.get(stream.name)?.get(index) ?? [])];
      if (listings.length === 0 && mine.length === 0) return [];
      const after = latest(listed, walk?.after ?? listed);
      return [[from, to, { after, open: Object.fromEntries([...pending, ...entries]) }]];
    });
  }

  return {
    close(slice, opens) {
      opens.forEach(add);
      remove(slice);
    },
    fail: (slice) => void failed.add(slice),
    bookmark(name) {
      const stream = plan.streams.get(name);
      if (stream === undefined) throw new Error(`${name} is not in the plan`);
      const { until, reread, kept } = stream;
      return {
        ...kept,
        version: VERSION,
        until,
        gaps: gaps(stream),
        ...(reread === undefined ? {} : { reread }),
      };
    },
    isIdle: (name) => [...(open.get(name) ?? [])].every((slice) => failed.has(slice)),
    open: () => [...all].filter((slice) => !failed.has(slice)),
  };
}

/** What is left of one parent, in short where it is all of the range from an instant on. */
function leftOf(slices: readonly Slice[], to: Instant): Left {
  const ranges = merge(slices.map((slice) => ({ from: slice.watermark, to: endOf(slice) })));
  const [only] = ranges;
  return ranges.length === 1 && only !== undefined && compare(only.to, to) >= 0
    ? only.from
    : ranges.map((range) => [range.from, earliest(range.to, to)] as const);
}

function rangedGaps(left: readonly Gap[], slices: readonly Slice[]): Gap[] {
  const open = merge(slices.map((slice) => ({ from: slice.watermark, to: endOf(slice) })));
  return merge(
    left
      .flatMap(([from, to]) => open.map((range) => intersect(range, { from, to })))
      .filter((range) => !isEmpty(range)),
  ).map(({ from, to }): Gap => [from, to]);
}
