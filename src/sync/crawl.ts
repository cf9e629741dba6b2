/**
 * Works off slices side by side. A reader that is free takes what waits, the newest first, so that what a listing
 * opened is done before the listing goes on; when nothing waits it steals the later half of the largest slice that
 * is under way. Outcomes are pulled: while the consumer writes, requests already under way arrive, and no new one is
 * sent.
 */
import { asFault, type Fault } from '../errors.js';
import type { Body, Config, Resource, Slice } from '../resource.js';
import type { Instant } from '../time.js';
import { isSplittable, rowsLeft, split } from './split.js';
import { createWidths } from './widths.js';

export type Outcome =
  | { readonly kind: 'page'; readonly slice: Slice; readonly body: Body }
  | { readonly kind: 'missing' | 'expired'; readonly slice: Slice; readonly fault: Fault }
  | { readonly kind: 'failed'; readonly slice: Slice; readonly fault: Fault }
  /** Nothing arrived for so long that whoever listens should hear something. */
  | { readonly kind: 'silence' };

export type Answer =
  | { readonly kind: 'page'; readonly body: Body; readonly waited: number }
  | { readonly kind: 'missing' | 'expired'; readonly fault: Fault; readonly waited: number };

/** A place among the pages that are taken apart. */
export interface Gate {
  /** `bytes`: that came and wait to be taken apart. */
  readonly wait: (bytes: number) => Promise<void>;
  readonly leave: () => void;
}

export interface CrawlParts {
  readonly slices: readonly Slice[];
  readonly config: Config;
  /** The upper bound of the run: where an open end is taken to lie. */
  readonly now: Instant;
  /**
   * Rejects with a Fault, or with the signal's reason. Waits at the gate before it makes a body of the bytes that
   * came: pages that were taken apart and not yet written are what memory goes to.
   */
  readonly fetch: (slice: Slice, gate: Gate) => Promise<Answer>;
  /** A slice was cut: these stand for it from now on. */
  readonly replaced: (slice: Slice, by: readonly Slice[]) => void;
  readonly signal: AbortSignal;
  readonly silence: (signal: AbortSignal) => Promise<void>;
}

/** Children that may be open before their listing goes on. */
const MOST_CHILDREN = 256;
/** Pages that are taken apart and wait to be written. */
const MOST_PAGES = 4;
/** Bytes that requests under way may bring before they can be taken apart, by the last page of each endpoint. */
const MOST_BYTES = 24 << 20;

type Landed = Exclude<Outcome, { kind: 'silence' }>;

/** A request under way. Its slice may become shorter meanwhile. */
interface Request {
  slice: Slice;
}

/** Takes the slices that each outcome opened as the argument of `next`. */
export async function* crawl(parts: CrawlParts): AsyncGenerator<Outcome, void, readonly Slice[] | undefined> {
  const { signal, now } = parts;
  const waiting = new Map<Resource, Slice[]>();
  const travelling = new Map<Resource, Set<Request>>();
  const arrived: { readonly request: Request; readonly outcome: Landed; readonly leave: () => void }[] = [];
  const gate = createGate(MOST_PAGES);
  const widths = createWidths(parts.config);
  let wake = (): void => {};

  const under = (resource: Resource): Set<Request> => {
    const requests = travelling.get(resource) ?? new Set<Request>();
    travelling.set(resource, requests);
    return requests;
  };
  const count = (resource: Resource): number => (waiting.get(resource)?.length ?? 0) + under(resource).size;
  const put = (slice: Slice): void => {
    const stack = waiting.get(slice.resource);
    if (stack === undefined) waiting.set(slice.resource, [slice]);
    else stack.push(slice);
  };
  const sizes = new Map<Resource, number>();
  const sizeOf = (resource: Resource): number => sizes.get(resource) ?? 0;
  /** One request an endpoint goes out in any case, so that a page of any size can be read. */
  const fits = (resource: Resource): boolean =>
    under(resource).size === 0 ||
    [...travelling].reduce((sum, [one, requests]) => sum + requests.size * sizeOf(one), sizeOf(resource)) <=
      MOST_BYTES;
  const mayStart = (resource: Resource): boolean =>
    fits(resource) &&
    under(resource).size < widths.of(resource) &&
    (resource.after ?? []).every((other) => count(other) === 0) &&
    (resource.children ?? []).every((child) => count(child.resource) < MOST_CHILDREN);

  function launch(slice: Slice): void {
    const request: Request = { slice };
    under(slice.resource).add(request);
    const admitted = gate.ticket((bytes) => sizes.set(slice.resource, bytes));
    parts
      .fetch(slice, admitted)
      .then((answer): Landed => {
        const { waited, ...rest } = answer;
        widths.landed(slice.resource, waited, under(slice.resource).size);
        return { ...rest, slice };
      })
      .catch((error: unknown): Landed => ({ kind: 'failed', slice, fault: asFault(error) }))
      .then((outcome) => {
        arrived.push({ request, outcome, leave: admitted.leave });
        wake();
      });
  }

  function steal(resource: Resource): Slice | undefined {
    let largest: Request | undefined;
    let most = 0;
    for (const request of under(resource)) {
      if (!isSplittable(request.slice)) continue;
      const rows = rowsLeft(request.slice, now);
      if (rows > most) [largest, most] = [request, rows];
    }
    const halves = largest === undefined ? undefined : split(largest.slice, now);
    if (largest === undefined || halves === undefined) return undefined;
    parts.replaced(largest.slice, halves);
    largest.slice = halves[0];
    return halves[1];
  }

  function launchAll(): void {
    for (const [resource, stack] of waiting)
      while (mayStart(resource)) {
        const slice = stack.pop() ?? steal(resource);
        if (slice === undefined) break;
        launch(slice);
      }
  }

  const busy = (): boolean => [...travelling.values()].some((requests) => requests.size > 0);

  [...parts.slices].reverse().forEach(put);
  for (;;) {
    if (!signal.aborted) launchAll();
    const next = arrived.shift();
    if (next !== undefined) {
      // Until its rows are written and its children known, an outcome counts as under way; nothing can be stolen of
      // it any more, since its page is here.
      const { request, outcome, leave } = next;
      const opens =
        signal.aborted && outcome.kind === 'failed' ? [] : yield { ...outcome, slice: request.slice };
      leave();
      under(request.slice.resource).delete(request);
      opens?.slice().reverse().forEach(put);
      continue;
    }
    if (!busy()) return;
    const quiet = new AbortController();
    const spoken = new Promise<boolean>((resolve) => {
      wake = () => resolve(true);
    });
    const silent = parts.silence(quiet.signal).then(() => quiet.signal.aborted);
    if (arrived.length === 0 && !(await Promise.race([spoken, silent]))) yield { kind: 'silence' };
    quiet.abort();
  }
}

/** Lets so many in at once; the others wait in line. */
function createGate(most: number) {
  let inside = 0;
  const line: (() => void)[] = [];
  const leave = (): void => {
    const next = line.shift();
    if (next === undefined) inside -= 1;
    else next();
  };
  return {
    /** `wait` may be asked again, as a request that is tried again does; `leave` once it is over, asked or not. */
    ticket(came: (bytes: number) => void): Gate {
      let holds = false;
      return {
        async wait(bytes): Promise<void> {
          came(bytes);
          if (holds) return;
          holds = true;
          if (inside < most) inside += 1;
          else await new Promise<void>((resolve) => line.push(resolve));
        },
        leave(): void {
          if (holds) leave();
          holds = false;
        },
      };
    },
  };
}
