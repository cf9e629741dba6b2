/** What a read of a plan takes, from what is known of the account. Pure. */
import { type AccountSizes, type EndpointEstimate, estimate, syncTime } from '../estimate.js';
import type { Resource } from '../resource.js';
import { RESOURCES, reachable } from '../resources/index.js';
import type { Plan } from '../sync/plan.js';
import { type Count, exactly } from './count.js';

export interface Outlook {
  readonly requests: Count;
  readonly minutes: Count;
  /** The endpoints that it waits for. */
  readonly boundBy: readonly string[];
  /** What was found, by the name of the resource. */
  readonly counts: ReadonlyMap<string, Count>;
  /** What nobody can say the size of beforehand: it comes on top. */
  readonly unknown: readonly Pace[];
}

/** What the limits allow of a resource, with the share of them that is ours. */
export interface Pace {
  readonly resource: string;
  readonly path: string;
  /** Requests a minute. */
  readonly requests: number;
}

/** By the resource's name: counted by what is above them, or asked for in rare cases alone. */
export const FOLLOW: ReadonlySet<string> = new Set([
  'flow actions',
  'recipient estimations',
  'template',
  'template of a message',
]);

const NOTHING: AccountSizes = {
  ...{ profiles: 0, events: 0, metrics: 0, lists: 0, listMembers: 0, segments: 0, segmentMembers: 0 },
  ...{ campaigns: 0, templates: 0, flows: 0, actionsPerFlow: 0, flowMessages: 0 },
};

export function outlook(plan: Plan, counts: ReadonlyMap<string, Count>): Outlook {
  const read = reachable(RESOURCES).filter((resource) => plan.feeds(resource).length > 0);
  const names = new Set(read.map(({ name }) => name));
  const needed = (side: (count: Count) => number): readonly EndpointEstimate[] => {
    // Resources that are counted are named as the sizes are.
    const sizes = { ...NOTHING, ...Object.fromEntries([...counts].map(([name, one]) => [name, side(one)])) };
    return estimate(sizes, plan.config, RESOURCES).filter(({ resource }) => names.has(resource));
  };
  const [low, high] = [needed(({ least }) => least), needed(({ least, most }) => most ?? least)];
  const [shortest, longest] = [syncTime(low, RESOURCES), syncTime(high, RESOURCES)];
  const open = read.filter(({ name }) => counts.get(name)?.most === undefined && !FOLLOW.has(name));
  const between = (least: number, most: number): Count =>
    open.length > 0 ? { least } : { ...exactly(least), most };
  const requests = (all: readonly EndpointEstimate[]): number =>
    all.reduce((sum, one) => sum + one.requests, 0);
  return {
    requests: between(requests(low), requests(high)),
    minutes: between(shortest.minutes, longest.minutes),
    boundBy: longest.boundBy,
    counts,
    unknown: open.filter(({ name }) => !counts.has(name)).map((resource) => paceOf(resource, plan)),
  };
}

const paceOf = (resource: Resource, { config }: Plan): Pace => ({
  resource: resource.name,
  path: resource.path,
  requests: Math.max(1, Math.floor(resource.limit(config).steady * (config.rate_limit_share ?? 1))),
});
