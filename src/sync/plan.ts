/**
 * WHEN: what a run reads, from what was chosen, what the state says is left, and the time. Pure.
 *
 * Each stream gets ranges of its cursor: the gaps that were left, then from `until` to now, then what must be read
 * again (late events; memberships, whose filter does not show who left). Each resource gets the slices that cover
 * the ranges of its streams; one that is walked for its children is read whole, and each stream then drops the
 * rows outside its own ranges.
 */
import type { Config, Cursor, Resource, Slice, Stream, StreamName } from '../resource.js';
import type { Bookmark, Gap } from '../state.js';
import { addDays, compare, earliest, FOREVER, type Instant, ORIGIN } from '../time.js';
import { merge, type Range } from './ranges.js';

export type Mode = 'full_refresh' | 'incremental';

export interface Chosen {
  readonly name: StreamName;
  readonly mode: Mode;
}

export interface PlanInput {
  readonly resources: readonly Resource[];
  readonly streams: ReadonlyMap<StreamName, { readonly stream: Stream; readonly resource: Resource }>;
  readonly chosen: readonly Chosen[];
  readonly bookmarks: ReadonlyMap<StreamName, Bookmark>;
  readonly config: Config;
  /** Where history begins, for the streams that have such a limit. */
  readonly since: Instant;
  /** Upper bound of the run: its start by the server's clock, less the seconds that the API refuses to bound. */
  readonly now: Instant;
  /** Whose account is read; absent where the key may not ask. */
  readonly account?: string | undefined;
}

/**
 * How a stream's progress is told: `ranged` by the time its slices have reached, `walked` by the parents that are
 * done, `whole` only by its end (its cursor is not the one its resource is read by, or it has none).
 */
export type Progress = 'ranged' | 'walked' | 'whole';

export interface StreamPlan {
  readonly name: StreamName;
  readonly stream: Stream;
  readonly resource: Resource;
  readonly progress: Progress;
  /** Work of this run; `gaps` of the bookmark at the start. */
  readonly ranges: readonly Gap[];
  readonly until: Instant;
  readonly reread?: Instant;
  /** Of the bookmark the run began with: members that a later version wrote are kept. With what is known now. */
  readonly kept: Readonly<Record<string, unknown>>;
}

export interface Plan {
  readonly now: Instant;
  readonly config: Config;
  readonly streams: ReadonlyMap<StreamName, StreamPlan>;
  /** The chosen streams that a slice of the resource feeds, by its pages or by what they open. */
  readonly feeds: (resource: Resource) => readonly StreamName[];
  readonly slices: readonly Slice[];
}

export function plan(input: PlanInput): Plan {
  const names = new Set(input.chosen.map(({ name }) => name));
  const feedsOf = new Map<Resource, readonly StreamName[]>();
  const feeds = (resource: Resource): readonly StreamName[] => {
    const known = feedsOf.get(resource);
    if (known !== undefined) return known;
    const own = Object.keys(resource.streams) as StreamName[];
    const below = [...(resource.children ?? []).map((child) => child.resource), resource.missing];
    const fed = [...own, ...below.flatMap((one) => (one === undefined ? [] : feeds(one)))];
    const result = [...new Set(fed)].filter((name) => names.has(name));
    feedsOf.set(resource, result);
    return result;
  };
  const streams = new Map(input.chosen.map((chosen) => [chosen.name, planStream(chosen, input)]));
  const crawled = input.resources.filter((resource) => feeds(resource).length > 0);
  const lookedUp = new Set<Resource>(crawled.flatMap((resource) => resource.after ?? []));
  return {
    now: input.now,
    config: input.config,
    streams,
    feeds,
    slices: crawled.flatMap((resource) => planResource(resource, streams, feeds, lookedUp.has(resource))),
  };
}

function planStream({ name, mode }: Chosen, input: PlanInput): StreamPlan {
  const found = input.streams.get(name);
  if (found === undefined) throw new Error(`no resource feeds ${name}`);
  const { stream, resource } = found;
  const { cursor } = resource;
  const ranged = stream.cursor !== undefined && stream.cursor === cursor?.field && stream.included !== true;
  const walked = ranged && input.resources.some((root) => isWalked(root, resource));
  const isRoot = input.resources.includes(resource);
  const bookmark =
    stream.cursor !== undefined && mode === 'incremental' ? input.bookmarks.get(name) : undefined;
  const base = {
    name,
    stream,
    resource,
    progress: walked ? ('walked' as const) : ranged && isRoot ? ('ranged' as const) : ('whole' as const),
    until: input.now,
    kept: { ...bookmark, ...(input.account === undefined ? {} : { account: input.account }) },
  };
  const reread = cursor?.rereadDays === undefined ? {} : { reread: input.now };
  if (bookmark === undefined) {
    const from = cursor?.history === true ? earliest(input.since, input.now) : ORIGIN;
    // A table that is replaced must also hold what changes while it is read.
    const open = mode === 'full_refresh' && cursor?.future !== true;
    const kept = cursor?.history === true ? { ...base.kept, since: from } : base.kept;
    return { ...base, kept, ...reread, ranges: [[from, open ? FOREVER : input.now]] };
  }
  const { ranges, whole } = left(bookmark, cursor, input);
  const last = bookmark.reread;
  return { ...base, ...(whole ? reread : last === undefined ? {} : { reread: last }), ranges };
}

const isWalked = (root: Resource, resource: Resource): boolean =>
  root.walk !== undefined && (root.children ?? []).some((child) => child.resource === resource);

/** The work that a bookmark leaves to a run at `now`. */
function left(
  bookmark: Bookmark,
  cursor: Cursor | undefined,
  { config, now }: PlanInput,
): { ranges: Gap[]; whole: boolean } {
  // A bookmark of a clock that was fast would hold back rows until the time it names.
  const until = earliest(bookmark.until, now);
  const gaps = bookmark.gaps.map(([from, to, walk]): Gap => {
    const end = earliest(to, now);
    return walk === undefined ? [from, end] : [from, end, walk];
  });
  const days = cursor?.rereadDays?.(config);
  const due =
    days !== undefined &&
    (bookmark.reread === undefined || compare(addDays(bookmark.reread, days), now) <= 0);
  if (due) return { ranges: [[ORIGIN, now]], whole: true };
  const late = cursor?.lateDays?.(config) ?? 0;
  const tail: Range = { from: addDays(until, -late), to: earliest(until, addDays(now, -late)) };
  const plain = merge([
    ...gaps.filter(([, , walk]) => walk === undefined).map(([from, to]) => ({ from, to })),
    { from: until, to: now },
    ...(late > 0 ? [tail] : []),
  ]).map(({ from, to }): Gap => [from, to]);
  return { ranges: [...gaps.filter(([, , walk]) => walk !== undefined), ...plain], whole: false };
}

function planResource(
  resource: Resource,
  streams: ReadonlyMap<StreamName, StreamPlan>,
  feeds: (resource: Resource) => readonly StreamName[],
  lookedUp: boolean,
): Slice[] {
  const own = feeds(resource).filter((name) => name in resource.streams);
  const walkedFor = (resource.children ?? []).some((child) => feeds(child.resource).length > 0);
  const whole =
    lookedUp ||
    walkedFor ||
    resource.cursor === undefined ||
    own.some((name) => streams.get(name)?.progress !== 'ranged');
  const ranges = whole
    ? [{ from: ORIGIN, to: FOREVER }]
    : merge(own.flatMap((name) => streams.get(name)?.ranges.map(([from, to]) => ({ from, to })) ?? []));
  return ranges.flatMap(({ from, to }) =>
    (resource.partitions ?? [undefined]).map(
      (partition): Slice => ({
        resource,
        from,
        to,
        watermark: from,
        ...(partition === undefined ? {} : { partition }),
        ...(whole && resource.walk !== undefined ? { walked: ORIGIN } : {}),
      }),
    ),
  );
}
