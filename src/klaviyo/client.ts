/**
 * A slice in, its page's body out: URL, key, revision, pace and the one layer of retries. The key goes to one
 * origin only, and no redirect or link of an answer changes where.
 */
import { setMaxListeners } from 'node:events';
import type { Fault } from '../errors.js';
import type { Config, Resource, Slice, Wanted } from '../resource.js';
import type { Instant } from '../time.js';
import { type RequestWatch, UNWATCHED, type Watch } from '../watch.js';
import { createReader, type PageAnswer } from './answer.js';
import { awakeClock } from './awake.js';
import { type Bucket, createBucket } from './bucket.js';
import { slicePath, sliceQuery } from './filter.js';
import type { HttpAnswer, HttpGet } from './http.js';
import type { Mends } from './json.js';
import { createKey } from './key.js';
import type { Clock } from './limiter.js';
import { createPageSizes } from './page-sizes.js';
import {
  GIVE_UP_AFTER,
  GIVE_UP_LOOKUP_AFTER,
  hinted,
  judgeFailure,
  nextDelay,
  type Verdict,
} from './retry.js';
import { serverTime } from './server-time.js';

export type { PageAnswer } from './answer.js';

/** Supported to mid-2028. Newer ones exist; moving is this constant, the schemas and the resources. */
export const REVISION = '2026-07-15';
export const KLAVIYO = 'https://a.klaviyo.com';

/** Malformed answers are asked for again, but not for half an hour: they do not heal like an outage. */
const BAD_BODY_TRIES = 4;
/** After a 429 that names no time: jitter alone could ask again at once. */
const LEAST_REST = 1_000;

export interface PageOptions {
  readonly pageSize?: number;
  /** In place of the client's own: for what a run can do without. */
  readonly giveUpAfter?: number;
  /** Where a page waits before the bytes that came are unpacked; left again when it must be asked for once more. */
  readonly gate?: { readonly wait: (bytes: number) => Promise<void>; readonly leave: () => void };
}

export interface Client {
  /** Throws a Fault, or the signal's reason. */
  readonly page: (
    slice: Slice,
    options?: PageOptions,
  ) => Promise<PageAnswer & { /** Milliseconds that its turn was waited for. */ readonly waited: number }>;
  /** The server's clock; the machine's own if the server does not tell. */
  readonly serverTime: () => Promise<Instant>;
}

export interface ClientParts {
  readonly config: Config;
  readonly wanted: Wanted;
  readonly get: HttpGet;
  readonly clock: Clock & { readonly wall: () => number };
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly log: (level: 'debug' | 'info' | 'warn', text: string, aside?: string) => void;
  readonly mends: Mends;
  readonly watch?: Watch | undefined;
  /** The key as it is configured by now; asked for once, when one that had worked is refused. */
  readonly freshKey?: () => Promise<string | undefined>;
  /** Milliseconds after which a request is given up at once: for a person who waits. */
  readonly giveUpAfter?: number;
}

/** A page that is asked for, until it comes or is given up. */
interface Asking {
  readonly slice: Slice;
  readonly options: PageOptions;
  readonly bucket: Bucket;
  readonly started: number;
  tries: number;
  /** Answers that were no document. */
  malformed: number;
  /** 503, so many times running. */
  overloaded: number;
  /** The connection was reset: `first` is asked again at once, and is no try. */
  reset?: 'first' | 'again';
}

/** One try. */
interface Sent {
  readonly url: URL;
  readonly size: number | undefined;
  readonly key: string;
  readonly watch: RequestWatch;
}

type Failed = Exclude<Verdict, { readonly kind: 'missing' | 'expired' }>;
const hasFailed = (outcome: PageAnswer | Verdict): outcome is Failed =>
  outcome.kind === 'retry' || outcome.kind === 'fail' || outcome.kind === 'large';

export function createClient(parts: ClientParts): Client {
  const { config, wanted, random, signal, log, mends, watch = UNWATCHED } = parts;
  const { wall } = parts.clock;
  const clock = awakeClock(parts.clock);
  const origin = new URL(config.base_url ?? KLAVIYO).origin;
  /** Once the key is refused for good nothing more is asked; what is under way may arrive. */
  const refused = new AbortController();
  const live = AbortSignal.any([signal, refused.signal]);
  // Each request in flight and each wait listens; beyond ten, Node would warn on stderr of a leak.
  setMaxListeners(0, signal, live);
  const key = createKey(config.api_key, parts.freshKey ?? (() => Promise.resolve(undefined)), log);
  const read = createReader({ config, origin, mends, wall, log, hide: key.hide });
  const sizes = createPageSizes();
  /** Whether anything ever answered, and whether the key was ever accepted. */
  let reached = false;
  let accepted = false;
  const get: HttpGet = async (...request) => {
    const answer = await parts.get(...request);
    reached = true;
    return answer;
  };

  /** By path: two resources of one endpoint share its allowance. */
  const buckets = new Map<string, Bucket>();
  const bucketOf = (resource: Resource): Bucket => {
    const share = config.rate_limit_share ?? 1;
    const bucket = buckets.get(resource.path) ?? createBucket(resource.limit(config), share, clock);
    buckets.set(resource.path, bucket);
    return bucket;
  };

  function next({ slice, options, bucket }: Asking, waited: number): Sent {
    const size = options.pageSize ?? sizes.of(slice.resource);
    const url = new URL(slicePath(slice), origin);
    url.search = sliceQuery(slice, wanted, size)
      .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
      .join('&');
    const { sent } = watch.endpoint(slice.resource, bucket.use);
    return { url, size, key: key.now(), watch: sent(waited) };
  }

  /** One try: the page, or what its failure means. */
  async function attempt({ url, key: used, watch: seen }: Sent, asking: Asking) {
    const { slice, options, bucket, reset } = asking;
    const where = `GET ${url.pathname}`;
    const headers = {
      authorization: `Klaviyo-API-Key ${used}`,
      revision: REVISION,
      accept: 'application/vnd.api+json',
      'user-agent': 'source-klaviyo-v2',
    };
    const began = clock.now();
    let told = 'nothing' as 'nothing' | 'failure' | 'headers';
    const answered = (facts?: HttpAnswer['headers']): void => {
      if (told !== 'nothing') return;
      told = facts === undefined ? 'failure' : 'headers';
      bucket.answered(facts);
    };
    let answer: HttpAnswer;
    try {
      answer = await get(url, headers, signal, {
        answered,
        admit: async (bytes) => {
          seen.answered(bytes);
          await options.gate?.wait(bytes);
        },
        ...(reset === 'first' ? { fresh: true } : {}),
      });
      answered(answer.headers);
      seen.answered(answer.received);
    } catch (error) {
      answered();
      seen.answered(0);
      if (signal.aborted) throw signal.reason;
      return judgeFailure(error, { where, begun: told === 'headers', hide: key.hide });
    } finally {
      clock.ended(began);
    }
    return read(answer, slice.resource, where);
  }

  /** Resolves, with the milliseconds waited, when the page may be asked for again; throws if that is of no use. */
  async function again(outcome: Failed, asking: Asking, sent: Sent): Promise<number> {
    const { fault } = outcome;
    if (outcome.kind === 'retry') return wait(outcome, asking, sent);
    if (outcome.kind === 'large') {
      const { slice, options } = asking;
      if (options.pageSize !== undefined || !sizes.halve(slice.resource, sent.size, outcome.least))
        throw fault;
      smaller(fault, slice);
      return 0;
    }
    if (outcome.after !== undefined) asking.bucket.close(outcome.after, fault);
    if (fault.code === 'KLV_KEY_INVALID') {
      if (accepted && (await key.renewed(sent.key))) return 0;
      refused.abort(fault);
    }
    throw fault;
  }

  const smaller = (fault: Fault, { resource }: Slice): void =>
    log('info', fault.message, `from here on in pages of ${sizes.of(resource)}`);

  async function wait(outcome: Failed & { kind: 'retry' }, asking: Asking, { url, size }: Sent) {
    const { slice, bucket, started } = asking;
    const { fault } = outcome;
    if (outcome.reset && asking.reset === undefined) {
      asking.reset = 'first';
      log('debug', fault.message, 'asked again at once');
      return 0;
    }
    if (asking.reset === 'first') asking.reset = 'again';
    asking.tries += 1;
    if (fault.code === 'KLV_CONTRACT') asking.malformed += 1;
    asking.overloaded = outcome.overloaded ? asking.overloaded + 1 : 0;
    const heavy = outcome.overloaded && url.search.includes('additional-fields');
    if (heavy && sizes.strained(slice.resource, size, asking.overloaded)) smaller(fault, slice);
    const budget = outcome.unknownHost && !reached ? GIVE_UP_LOOKUP_AFTER : GIVE_UP_AFTER;
    // A bucket that serves others will have a turn for this page too; a page that alone fails has had its own.
    const heard = outcome.limited ? bucket.servedAt() : started;
    const quiet = clock.now() - Math.max(started, heard, clock.since());
    const delay =
      asking.malformed >= BAD_BODY_TRIES
        ? undefined
        : nextDelay(asking.tries, { quiet, budget }, outcome.after, random());
    const most = asking.options.giveUpAfter ?? parts.giveUpAfter ?? Number.POSITIVE_INFINITY;
    if (delay === undefined || clock.now() - started + delay >= most) throw hinted(outcome, url);
    if (outcome.limited) {
      bucket.pause(Math.max(LEAST_REST, delay));
      return 0;
    }
    log(asking.tries < 3 ? 'debug' : 'warn', fault.message, `next try in ${Math.ceil(delay / 1000)} s`);
    await clock.sleep(delay, live);
    return delay;
  }

  async function page(slice: Slice, options: PageOptions = {}): Promise<PageAnswer & { waited: number }> {
    const bucket = bucketOf(slice.resource);
    const started = clock.now();
    const asking: Asking = { slice, options, bucket, started, tries: 0, malformed: 0, overloaded: 0 };
    for (;;) {
      const waited = await bucket.turn(live);
      const sent = next(asking, waited);
      const outcome = await attempt(sent, asking);
      if (!hasFailed(outcome)) {
        bucket.served();
        accepted = true;
        sizes.served(slice.resource, sent.size);
        return { ...outcome, waited };
      }
      options.gate?.leave();
      const limited = outcome.kind === 'retry' && outcome.limited === true;
      if (limited) sent.watch.limited();
      const waitedFor = await again(outcome, asking, sent);
      if (!limited) sent.watch.retried(waitedFor);
    }
  }

  return {
    page,
    serverTime: () => serverTime({ get, origin, clock: { ...clock, wall }, random, signal, log }),
  };
}
