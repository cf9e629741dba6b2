/**
 * Works off slices: as many at once as each endpoint's pace can use, the newest first, so that what a listing opened
 * is done before the listing goes on. Outcomes are pulled: while the consumer writes, requests already under way
 * arrive, and no new one is sent.
 */
import { asFault, type Fault } from '../errors.js';
import type { Body, Config, Resource, Slice } from '../resource.js';

export type Outcome =
  | { readonly kind: 'page'; readonly slice: Slice; readonly body: Body }
  | { readonly kind: 'missing' | 'expired'; readonly slice: Slice; readonly fault: Fault }
  | { readonly kind: 'failed'; readonly slice: Slice; readonly fault: Fault }
  /** Nothing arrived for so long that whoever listens should hear something. */
  | { readonly kind: 'silence' };

export interface CrawlParts {
  readonly slices: readonly Slice[];
  readonly config: Config;
  /** Rejects with a Fault, or with the signal's reason. */
  readonly fetch: (slice: Slice) => Promise<Outcome>;
  readonly signal: AbortSignal;
  readonly silence: (signal: AbortSignal) => Promise<void>;
}

/** Requests of an endpoint that wait or travel at once: half a second's worth of its steady pace, at most 20. */
const width = (resource: Resource, config: Config): number =>
  Math.min(20, Math.max(1, Math.ceil(resource.limit(config).steady / 120)));

/** Children that may be open before their listing goes on. */
const MOST_CHILDREN = 64;

/** Takes the slices that each outcome opened as the argument of `next`. */
export async function* crawl(parts: CrawlParts): AsyncGenerator<Outcome, void, readonly Slice[] | undefined> {
  const { fetch, signal, config } = parts;
  const waiting = new Map<Resource, Slice[]>();
  const travelling = new Map<Resource, number>();
  const arrived: Outcome[] = [];
  let wake = (): void => {};

  const count = (resource: Resource): number =>
    (waiting.get(resource)?.length ?? 0) + (travelling.get(resource) ?? 0);
  const put = (slice: Slice): void => {
    const stack = waiting.get(slice.resource);
    if (stack === undefined) waiting.set(slice.resource, [slice]);
    else stack.push(slice);
  };
  const mayStart = (resource: Resource): boolean =>
    (travelling.get(resource) ?? 0) < width(resource, config) &&
    (resource.after ?? []).every((other) => count(other) === 0) &&
    (resource.children ?? []).every((child) => count(child.resource) < MOST_CHILDREN);

  function launch(slice: Slice): void {
    const { resource } = slice;
    travelling.set(resource, (travelling.get(resource) ?? 0) + 1);
    fetch(slice)
      .catch((error: unknown): Outcome => ({ kind: 'failed', slice, fault: asFault(error) }))
      .then((outcome) => {
        arrived.push(outcome);
        wake();
      });
  }

  function launchAll(): void {
    for (const [resource, stack] of waiting)
      while (stack.length > 0 && mayStart(resource)) launch(stack.pop() as Slice);
  }

  const busy = (): boolean => [...travelling.values()].some((number) => number > 0);

  [...parts.slices].reverse().forEach(put);
  for (;;) {
    if (!signal.aborted) launchAll();
    const outcome = arrived.shift();
    if (outcome !== undefined && outcome.kind !== 'silence') {
      const { resource } = outcome.slice;
      // Until its rows are written and its children known, an outcome counts as travelling.
      const opens = signal.aborted && outcome.kind === 'failed' ? [] : yield outcome;
      travelling.set(resource, (travelling.get(resource) ?? 0) - 1);
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
