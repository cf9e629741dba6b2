/**
 * How many requests a sync needs and how long it takes, from the limits and page sizes of the resources alone: pure,
 * and asked of nobody. It says what the limits allow at best, and of the ways in which rows can lie in groups and pages
 * it takes the one that needs the most requests.
 */
import type { Config, Limit, Resource, Slice, StreamName } from './resource.js';
import { events } from './resources/events.js';
import { reachable } from './resources/index.js';
import { rowsLeft } from './sync/split.js';
import type { Instant } from './time.js';

/** What a sync has to read. For a first sync this is what the account holds, for a later one see `dayOf`. */
export interface AccountSizes {
  readonly profiles: number;
  readonly events: number;
  readonly metrics: number;
  readonly lists: number;
  /** Rows of all lists together. */
  readonly listMembers: number;
  readonly segments: number;
  readonly segmentMembers: number;
  readonly campaigns: number;
  /** Campaign messages that have a template. */
  readonly templates: number;
  readonly flows: number;
  readonly actionsPerFlow: number;
  /** Flow actions that are asked for their messages. */
  readonly flowMessages: number;
}

/** What a day brings that an incremental sync can tell from the rest. */
export type Changes = Pick<
  AccountSizes,
  'profiles' | 'events' | 'listMembers' | 'segmentMembers' | 'flowMessages'
>;

export interface EndpointEstimate {
  readonly resource: string;
  readonly path: string;
  readonly streams: readonly StreamName[];
  readonly requests: number;
  /** As long as the endpoint is busy, whatever else is read beside it. */
  readonly minutes: number;
}

export interface SyncTime {
  readonly minutes: number;
  /** The endpoints that the sync waits for, one after another. */
  readonly boundBy: readonly string[];
}

/** The metrics endpoint takes no page size; its description says this many. */
const METRICS_A_PAGE = 200;
/** Actions of a flow that a page of flows is taken to include. */
const INCLUDED_ACTIONS = 50;

/** The most pages that rows fill when they lie in parts, each of which is asked at least once. */
const pages = (rows: number, size: number, parts = 1): number =>
  parts + Math.floor(Math.max(0, rows - 1) / size);

/** Requests that a resource needs; `of` says how many another one does. */
type Need = (sizes: AccountSizes, resource: Resource, of: (name: string) => number) => number;

const listing =
  (rows: (sizes: AccountSizes) => number): Need =>
  (sizes, { pageSize, partitions }) =>
    pages(rows(sizes), pageSize?.max ?? 1, partitions?.length);

/** By the resource's name. What is not here cannot be planned, which a test tells. */
export const NEEDS: Readonly<Record<string, Need>> = {
  metrics: ({ metrics }) => pages(metrics, METRICS_A_PAGE),
  lists: listing(({ lists }) => lists),
  'list members': ({ lists, listMembers }, { pageSize }) => pages(listMembers, pageSize?.max ?? 1, lists),
  segments: listing(({ segments }) => segments),
  'segment members': ({ segments, segmentMembers }, { pageSize }) =>
    pages(segmentMembers, pageSize?.max ?? 1, segments),
  flows: listing(({ flows }) => flows),
  'flow actions': ({ flows, actionsPerFlow }, { batch = 1 }) =>
    flows * Math.ceil(Math.max(0, actionsPerFlow - INCLUDED_ACTIONS) / batch),
  'flow messages': ({ flowMessages }) => flowMessages,
  campaigns: listing(({ campaigns }) => campaigns),
  // A batch is filled from one page of campaigns.
  templates: ({ templates }, { batch = 1 }, of) =>
    templates === 0 ? 0 : pages(templates, batch, Math.min(templates, of('campaigns'))),
  // Only asked for what the listing of templates does not answer.
  template: () => 0,
  'template of a message': () => 0,
  'recipient estimations': ({ campaigns }) => campaigns,
  profiles: listing(({ profiles }) => profiles),
  events: listing((sizes) => sizes.events),
};

/** What the limiter lets through: a tenth of each second's allowance is left for requests that arrive late. */
function allowed({ burst, steady }: Limit, share: number): { perSecond: number; perMinute: number } {
  return {
    perSecond: Math.max(1, Math.floor(burst * share * 0.9)),
    perMinute: Math.max(1, Math.floor(steady * share)),
  };
}

/**
 * Minutes for so many requests of one endpoint. What fits into one minute's allowance goes out as fast as the seconds
 * allow, and more than that at the steady pace: a last minute that is used up early is not counted on.
 */
export function timeFor(requests: number, limit: Limit, share: number): number {
  const { perSecond, perMinute } = allowed(limit, share);
  const burst = requests / perSecond / 60;
  return requests <= perMinute ? burst : Math.max(burst, requests / perMinute);
}

/** Minutes until the rest of the expected requests has gone out; none are left of more than was expected. */
export function timeLeft(progress: {
  readonly done: number;
  readonly expected: number;
  readonly limit: Limit;
  readonly share: number;
}): number {
  const { done, expected, limit, share } = progress;
  if (expected <= 0) return 0;
  return timeFor(expected, limit, share) * Math.max(0, 1 - done / expected);
}

/** Minutes that what is open needs at least: its next pages, and as many more as the rows seen so far let expect. */
export function minutesLeft(open: readonly Slice[], config: Config, now: Instant): number {
  const expected = new Map<Resource, number>();
  for (const slice of open) {
    const pages = 1 + rowsLeft(slice, now) / (slice.resource.pageSize?.max ?? 1);
    expected.set(slice.resource, (expected.get(slice.resource) ?? 0) + pages);
  }
  const share = config.rate_limit_share ?? 1;
  return Math.max(
    0,
    ...[...expected].map(([resource, requests]) =>
      timeLeft({ done: 0, expected: requests, limit: resource.limit(config), share }),
    ),
  );
}

/** Each resource that a sync of all streams asks, in the order of the table. */
export function estimate(
  sizes: AccountSizes,
  config: Config,
  resources: readonly Resource[],
): readonly EndpointEstimate[] {
  const all = reachable(resources);
  const known = new Map<string, number>();
  const of = (name: string): number => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const resource = all.find((one) => one.name === name);
    const need = NEEDS[name];
    if (resource === undefined || need === undefined) throw new Error(`no estimate for ${name}`);
    const requests = need(sizes, resource, of);
    known.set(name, requests);
    return requests;
  };
  /** Resources of one path share its allowance. */
  const onPath = (path: string): number =>
    all.filter((one) => one.path === path).reduce((sum, { name }) => sum + of(name), 0);
  return all.map((resource) => ({
    resource: resource.name,
    path: resource.path,
    streams: Object.keys(resource.streams) as StreamName[],
    requests: of(resource.name),
    minutes: timeFor(onPath(resource.path), resource.limit(config), config.rate_limit_share ?? 1),
  }));
}

/** What a later sync reads, a day after the last: what changed, each late range of events again, the rest whole. */
export const dayOf = (sizes: AccountSizes, changes: Changes, config: Config): AccountSizes => ({
  ...sizes,
  ...changes,
  events: changes.events * (events.cursor.lateDays(config) > 0 ? 2 : 1),
});

/** A day on which all that must be read whole again from time to time is due. */
export function rereadDay(
  first: readonly EndpointEstimate[],
  daily: readonly EndpointEstimate[],
  resources: readonly Resource[],
): readonly EndpointEstimate[] {
  const whole = new Set(rereads(resources).map(({ name }) => name));
  return daily.map((one) =>
    whole.has(one.resource) ? (first.find(({ resource }) => resource === one.resource) ?? one) : one,
  );
}

export const rereads = (resources: readonly Resource[]): readonly Resource[] =>
  reachable(resources).filter(({ cursor }) => cursor?.rereadDays !== undefined);

/** Objects of a listing whose children may be open before it goes on. */
const OPEN_PARENTS = 256;
/** Of a sync's minutes, what an endpoint must hold it up by to be named. */
const NAMED = 0.05;

interface Step {
  readonly path: string;
  readonly minutes: number;
}

const total = (steps: readonly Step[]): number => steps.reduce((sum, { minutes }) => sum + minutes, 0);
const longest = (ways: readonly (readonly Step[])[]): readonly Step[] =>
  ways.reduce((most, one) => (total(one) > total(most) ? one : most), []);

/**
 * Endpoints are read beside each other, so a sync takes as long as its slowest one. But a resource waits for those
 * that it comes `after`, and with many objects a listing goes on only as its children do: what waits for it waits for
 * them, too.
 */
export function syncTime(estimates: readonly EndpointEstimate[], resources: readonly Resource[]): SyncTime {
  const byName = new Map(estimates.map((one) => [one.resource, one]));
  const step = ({ name, path }: Resource, part = 1): Step[] => [
    { path, minutes: part * (byName.get(name)?.minutes ?? 0) },
  ];
  const before = (resource: Resource): readonly Step[] => longest((resource.after ?? []).map(listed));
  /** Until the last page of a listing is read: all but the last of its objects are done by then. */
  function listed(resource: Resource): readonly Step[] {
    const objects = (byName.get(resource.name)?.requests ?? 0) * (resource.pageSize?.max ?? 1);
    const done = Math.max(0, 1 - OPEN_PARENTS / Math.max(1, objects));
    const children = (resource.children ?? []).map((child) => step(child.resource, done));
    return [...before(resource), ...longest([step(resource), ...children])];
  }
  const steps = longest(
    resources.map((resource) => [
      ...before(resource),
      ...longest(reachable([resource]).map((one) => step(one))),
    ]),
  );
  const minutes = total(steps);
  return {
    minutes,
    boundBy: steps.filter((one) => one.minutes >= NAMED * minutes).map(({ path }) => path),
  };
}
