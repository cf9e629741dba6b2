/**
 * What a few small requests tell of an account: one page of each listing, and of long ones one from each end. It fails
 * at nothing: what is not answered is not known.
 */
import { asFault, type Fault } from '../errors.js';
import type { Client } from '../klaviyo/client.js';
import type { Body, Resource, Slice } from '../resource.js';
import { events } from '../resources/events.js';
import { RESOURCES, reachable } from '../resources/index.js';
import type { Plan } from '../sync/plan.js';
import { type Instant, ORIGIN } from '../time.js';
import { type AccountFacts, accounts, factsOf } from './account.js';
import { type Count, countIn, exactly, extent, middle, rowsBefore, rowsFrom, type Sample } from './count.js';
import { backwards, narrow, rangesOf, sliceOf, timesIn } from './requests.js';

export interface Survey {
  /** By the resource that was asked. */
  readonly faults: ReadonlyMap<Resource, Fault>;
  /** By the name of the resource: what a read of the plan would find. */
  readonly counts: ReadonlyMap<string, Count>;
  /** Undefined where the key may not ask. */
  readonly account: AccountFacts | undefined;
  readonly firstEvent: Instant | undefined;
  readonly lastEvent: Instant | undefined;
}

/** Rows of a page: enough to see how close they lie, and small without their columns. */
const ROWS = 100;

/** The listing that needs a scope and no other: the cheapest request that shows it. */
export const shows = (scope: string): Resource | undefined =>
  reachable(RESOURCES).find(
    ({ path, scopes }) => scopes.length === 1 && scopes[0] === scope && !path.includes('{'),
  );

/** `scopes`: of a check, which tries them also where the plan does not ask for them. */
export async function survey(
  plan: Plan,
  scopes: readonly string[],
  client: Pick<Client, 'page'>,
): Promise<Survey> {
  const { ask, faults } = asker(client);
  const isCheck = scopes.length > 0;
  const listed = RESOURCES.filter((resource) => plan.feeds(resource).length > 0);
  const asked = [...new Set([...listed, ...scopes.flatMap((scope) => shows(scope) ?? [])])];
  const [account, found] = await Promise.all([
    ask(sliceOf(accounts), accounts),
    Promise.all(
      asked.map((resource) => {
        const look = resource.cursor?.history === true ? lookThrough : lookAt;
        return look(resource, plan, ask, isCheck);
      }),
    ),
  ]);
  const seen = new Map(asked.map((resource, index) => [resource, found[index]]));
  return {
    faults: faults(),
    counts: new Map(
      listed.flatMap((resource) => {
        const count = seen.get(resource)?.count;
        return count === undefined ? [] : [[resource.name, count] as const];
      }),
    ),
    account: account === undefined ? undefined : factsOf(account),
    firstEvent: seen.get(events)?.first,
    lastEvent: seen.get(events)?.last,
  };
}

/** Undefined: no answer came. */
type Ask = (slice: Slice, resource: Resource) => Promise<Body | undefined>;

/** `faults`: of what never answered; one answer shows that the key may ask. */
function asker(client: Pick<Client, 'page'>): { ask: Ask; faults: () => ReadonlyMap<Resource, Fault> } {
  const failed = new Map<Resource, Fault>();
  const answered = new Set<Resource>();
  return {
    faults: () => new Map([...failed].filter(([resource]) => !answered.has(resource))),
    async ask(slice, resource) {
      const { pageSize } = resource;
      try {
        const answer = await client.page(
          slice,
          pageSize === undefined ? {} : { pageSize: Math.min(ROWS, pageSize.max) },
        );
        if (answer.kind !== 'page') throw answer.fault;
        answered.add(resource);
        return answer.body;
      } catch (error) {
        const fault = asFault(error);
        if (fault.code === 'KLV_SCOPE' || !failed.has(resource)) failed.set(resource, fault);
        return undefined;
      }
    },
  };
}

interface Seen {
  readonly count?: Count;
  readonly first?: Instant | undefined;
  readonly last?: Instant | undefined;
}

async function lookAt(resource: Resource, plan: Plan, ask: Ask): Promise<Seen> {
  const body = await ask(sliceOf(narrow(resource, plan)), resource);
  if (body === undefined) return {};
  // Of several partitions one is asked.
  const isAll = body.next === undefined && resource.partitions === undefined;
  return { count: isAll ? exactly(body.data.length) : { least: body.data.length } };
}

/** A listing that is too long to be counted. */
async function lookThrough(resource: Resource, plan: Plan, ask: Ask, isCheck: boolean): Promise<Seen> {
  const small = narrow(resource, plan);
  const from = async (at: Instant): Promise<Sample | undefined> => {
    const body = await ask({ ...sliceOf(small), from: at }, resource);
    return body && rowsFrom(at, timesIn(body, resource), body.next === undefined);
  };
  const until = async (at: Instant): Promise<Sample | undefined> => {
    const body = await ask(sliceOf(backwards(small, at)), resource);
    return body && rowsBefore(at, timesIn(body, resource), body.next === undefined);
  };
  const ranges = rangesOf(resource, plan);
  const [range] = ranges;
  if (range === undefined && !isCheck) return { count: exactly(0) };
  const isEvents = resource === events;
  // Whoever checks a key sees the first event that there is, whether it will be read or not.
  const begin = isEvents && isCheck ? ORIGIN : (range?.from ?? ORIGIN);
  const [first, last] = await Promise.all([from(begin), range === undefined ? undefined : until(plan.now)]);
  const ends = [first, last].filter((sample) => sample !== undefined);
  // Each profile was updated last at one time, so they lie ever closer; events lie anyhow.
  const isOpen = range !== undefined && isEvents && !isExact(countIn(ranges, ends));
  const held = isOpen ? extent({ from: range.from, to: ranges.at(-1)?.to ?? range.to }, ends) : undefined;
  const between = held === undefined ? undefined : await from(middle(held));
  return {
    ...(ends.length === 0
      ? {}
      : { count: countIn(ranges, between === undefined ? ends : [...ends, between]) }),
    first: first?.times[0],
    last: last?.times[0],
  };
}

const isExact = ({ least, most }: Count): boolean => least === most;
