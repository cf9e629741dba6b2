/**
 * The guarantee is the order of this generator: the records of a page, then the page closes its slice, then the
 * bookmarks that moved, then statuses. Whoever pulls writes one message before asking for the next, so a state never
 * overtakes a row.
 */
import { asFault, type Fault } from '../errors.js';
import type { Clock } from '../klaviyo/limiter.js';
import type { Message } from '../message.js';
import type { Body, Resource, Slice, StreamName } from '../resource.js';
import { earliest, type Instant } from '../time.js';
import type { Watch } from '../watch.js';
import { type CrawlParts, crawl, type Outcome } from './crawl.js';
import { createForecast } from './forecast.js';
import type { Ledger } from './ledger.js';
import { type Page, withoutAnswer } from './page.js';
import type { Plan } from './plan.js';
import { endOf } from './split.js';

const CHECKPOINT_ROWS = 5_000;
const CHECKPOINT_MS = 30_000;
/** A cursor of the API's that expires again and again is no longer bad luck. */
const MOST_RESTARTS = 3;
/** So many empty pages in a row are worth a word; they may still lead to rows. */
const MANY_EMPTY = 1_000;

export interface ReadParts {
  readonly watch: Watch;
  readonly plan: Plan;
  readonly ledger: Ledger;
  readonly fetch: CrawlParts['fetch'];
  readonly silence: CrawlParts['silence'];
  readonly toPage: (slice: Slice, body: Body) => Page;
  readonly clock: Pick<Clock, 'now'>;
  readonly signal: AbortSignal;
  readonly log: (level: 'debug' | 'info' | 'warn', text: string) => void;
}

interface Progress {
  running: boolean;
  ended: boolean;
  rows: number;
  since: number;
  fault?: Fault;
}

export async function* read(parts: ReadParts): AsyncGenerator<Message, readonly Fault[]> {
  const { plan, ledger, watch, clock, signal, log } = parts;
  const faults: Fault[] = [];
  const restarts = new Map<string, number>();
  /** Empty pages in a row. */
  const empty = new Map<Resource, number>();
  const told = new Set<string>();
  const forecast = createForecast(plan, ledger);
  const progress = new Map<StreamName, Progress>();
  for (const stream of plan.streams.keys()) {
    progress.set(stream, { running: false, ended: false, rows: 0, since: clock.now() });
    yield { type: 'status', stream, status: 'started' };
  }

  for (const stream of plan.streams.keys()) yield* checkpoint(stream);

  const outcomes = crawl({
    slices: plan.slices,
    config: plan.config,
    now: plan.now,
    fetch: parts.fetch,
    replaced: (slice, by) => {
      watch.split();
      ledger.close(slice, by);
    },
    signal,
    silence: parts.silence,
  });
  let opens: readonly Slice[] = [];
  for (;;) {
    const next = await outcomes.next(opens);
    if (next.done === true) break;
    opens = [];
    const outcome = next.value;
    if (outcome.kind === 'silence') {
      const waitedFor = new Set(ledger.open().map(({ resource }) => resource.name));
      log('info', `nothing new, the state is said again; waiting for ${[...waitedFor].join(', ')}`);
      for (const [stream, { ended }] of progress)
        if (!ended) yield { type: 'state', stream, bookmark: ledger.bookmark(stream) };
      continue;
    }
    const { slice } = outcome;
    const page = settle(outcome);
    const fed = plan.feeds(slice.resource);
    if (outcome.kind === 'page') {
      forecast.read(slice.resource, outcome.body);
      outcome.body.release?.();
    }
    for (const [stream, lines] of page.rows) {
      const at = progress.get(stream);
      if (lines.count === 0 || at === undefined) continue;
      if (!at.running) yield { type: 'status', stream, status: 'running' };
      at.running = true;
      at.rows += lines.count;
      forecast.wrote(stream, lines);
      yield { type: 'records', stream, lines };
    }
    if (page.fault === undefined) {
      ledger.close(slice, page.opens);
      if (outcome.kind === 'page') watch.page(page.rows.keys());
      opens = page.opens;
    } else {
      ledger.fail(slice);
      faults.push(page.fault);
      for (const stream of fed) {
        const at = progress.get(stream);
        if (at !== undefined) at.fault ??= page.fault;
      }
    }
    for (const stream of fed) yield* checkpoint(stream);
  }
  if (signal.aborted)
    for (const [stream, { ended }] of progress)
      if (!ended) yield { type: 'state', stream, bookmark: ledger.bookmark(stream) };
  return faults;

  function wholeSince(name: StreamName): Instant | undefined {
    const planned = plan.streams.get(name);
    return planned?.stream.departures === true ? planned.reread : undefined;
  }

  function* checkpoint(stream: StreamName): Generator<Message> {
    const at = progress.get(stream);
    if (at === undefined || at.ended) return;
    const idle = ledger.isIdle(stream);
    // Without rows too: a walk over many lists with nothing new is progress that a kill should not undo.
    const due = at.rows >= CHECKPOINT_ROWS || clock.now() - at.since >= CHECKPOINT_MS;
    if (!idle && !due) return;
    at.rows = 0;
    at.since = clock.now();
    if (idle && !at.running) yield { type: 'status', stream, status: 'running' };
    const expected = forecast.news(stream, idle);
    if (expected !== undefined) yield { type: 'estimate', stream, ...expected };
    yield { type: 'state', stream, bookmark: ledger.bookmark(stream) };
    if (!idle) return;
    at.ended = true;
    const since = wholeSince(stream);
    // Said again at the end of each run: a target that missed it once hears it the next time.
    if (at.fault === undefined && since !== undefined) yield { type: 'whole', stream, since };
    if (at.fault === undefined) yield { type: 'status', stream, status: 'complete' };
    else yield { type: 'status', stream, status: 'incomplete', error: at.fault };
  }

  /** What is odd about a page and no fault; once a resource. */
  function notice(resource: Resource, { data, scanned, next }: Body, { unsorted }: Page): void {
    const rows = data.length + (scanned?.page.count ?? 0);
    const count = rows === 0 && next !== undefined ? (empty.get(resource) ?? 0) + 1 : 0;
    empty.set(resource, count);
    const warn = (what: string): void => {
      if (!told.has(what)) log('warn', what);
      told.add(what);
    };
    if (count === MANY_EMPTY)
      warn(
        `${resource.name}: ${MANY_EMPTY} empty pages in a row, each of which names a next one; reading goes on`,
      );
    if (unsorted === true)
      warn(
        `${resource.name}: pages do not come in order; a resume reads such a part again from its beginning`,
      );
  }

  /** What an outcome amounts to: rows and slices to open, or the fault that ends its slice. */
  function settle(outcome: Exclude<Outcome, { kind: 'silence' }>): Page & { readonly fault?: Fault } {
    const none: Page = { rows: new Map(), opens: [] };
    const { slice } = outcome;
    switch (outcome.kind) {
      case 'failed':
        return { ...none, fault: outcome.fault };
      case 'missing': {
        if (slice.references === undefined) return { ...none, fault: outcome.fault };
        const instead = withoutAnswer(slice);
        if (instead.length === 0 && slice.resource.mayLack !== true) watch.gone(slice.resource.name);
        if (instead.length === 0)
          log(
            'debug',
            `${slice.resource.name} of ${slice.references.map(({ id }) => id).join(', ')}: none (404)`,
          );
        return { ...none, opens: instead };
      }
      case 'expired': {
        const { pageCursor, stop: _, passed: __, ...again } = slice;
        const key = `${slice.resource.name} ${slice.partition} ${slice.references?.[0]?.id} ${slice.watermark} ${slice.to}`;
        const count = (restarts.get(key) ?? 0) + 1;
        restarts.set(key, count);
        if (pageCursor === undefined || count > MOST_RESTARTS) return { ...none, fault: outcome.fault };
        log(
          'info',
          `${slice.resource.name}: the page cursor has expired, reading again from ${slice.watermark}`,
        );
        // Where an end is open rows may be younger than the bounds that the API takes.
        const from = earliest(slice.watermark, plan.now);
        return { ...none, opens: [{ ...again, from, watermark: from, to: endOf(slice) }] };
      }
      default:
        try {
          const made = parts.toPage(slice, outcome.body);
          notice(slice.resource, outcome.body, made);
          return made;
        } catch (error) {
          // A bug in how one resource is read is no reason for the others to stop.
          return { ...none, fault: asFault(error) };
        }
    }
  }
}
