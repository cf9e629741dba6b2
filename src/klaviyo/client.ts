/**
 * A slice in, its page's body out: URL, key, revision, pace and the one layer of retries. The key goes to one
 * origin only, and no redirect or link of an answer changes where.
 */
import { setMaxListeners } from 'node:events';
import { asFault, Fault } from '../errors.js';
import type { Body, Config, JsonApiObject, Limit, Resource, Slice, Value, Wanted } from '../resource.js';
import { fromMillis, type Instant } from '../time.js';
import { slicePath, sliceQuery } from './filter.js';
import type { HttpAnswer, HttpGet } from './http.js';
import { type Mends, parseJson } from './json.js';
import { nextCursor, toBody, toObject } from './json-api.js';
import { type Clock, createLimiter, type Limiter } from './limiter.js';
import { judge, nextDelay, tidy, type Verdict } from './retry.js';
import { createScanner, type ScannedObject, type ScannedPage, shapeOf } from './scan.js';

/** Supported to mid-2028. Newer ones exist; moving is this constant, the schemas and the resources. */
export const REVISION = '2026-07-15';
export const KLAVIYO = 'https://a.klaviyo.com';

/** Malformed answers are asked for again, but not for half an hour: they do not heal like an outage. */
const BAD_BODY_TRIES = 4;
/** After a 429 that names no time: jitter alone could ask again at once. */
const LEAST_REST = 1_000;

export interface Counts {
  requests: number;
  limited: number;
  retries: number;
  bytes: number;
}

export type PageAnswer =
  | { readonly kind: 'page'; readonly body: Body }
  | { readonly kind: 'missing' | 'expired'; readonly fault: Fault };

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
  readonly counts: Readonly<Counts>;
}

export interface ClientParts {
  readonly config: Config;
  readonly wanted: Wanted;
  readonly get: HttpGet;
  readonly clock: Clock & { readonly wall: () => number };
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly log: (level: 'debug' | 'info' | 'warn', text: string) => void;
  readonly mends: Mends;
  /** Milliseconds after which a request is given up at once: for a person who waits. */
  readonly giveUpAfter?: number;
}

export function createClient(parts: ClientParts): Client {
  const { config, wanted, get, clock, random, signal, log, mends } = parts;
  const origin = new URL(config.base_url ?? KLAVIYO).origin;
  // Each request in flight and each wait listens; beyond ten, Node would warn on stderr of a leak.
  setMaxListeners(0, signal);
  const counts: Counts = { requests: 0, limited: 0, retries: 0, bytes: 0 };
  /** By path: two resources of one endpoint share its allowance. */
  const limiters = new Map<string, Limiter>();
  const headers = {
    authorization: `Klaviyo-API-Key ${config.api_key}`,
    revision: REVISION,
    accept: 'application/vnd.api+json',
    'user-agent': 'source-klaviyo-v2',
  };

  /** An answer may repeat what it was asked with. */
  const keyless = (text: string): string => text.replaceAll(config.api_key, '***');

  const limiterOf = (resource: Resource): Limiter => {
    const known = limiters.get(resource.path);
    if (known !== undefined) return known;
    const limit: Limit = resource.limit(config);
    const made = createLimiter(limit, config.rate_limit_share ?? 1, clock);
    limiters.set(resource.path, made);
    return made;
  };

  const scanners = new Map<Resource, ReturnType<typeof createScanner>>();
  const scannerOf = (resource: Resource): ReturnType<typeof createScanner> | undefined => {
    if (resource.scan === undefined) return undefined;
    const known =
      scanners.get(resource) ?? createScanner(shapeOf(resource.scan), config.wide_integers ?? 'keep');
    scanners.set(resource, known);
    return known;
  };

  function scannedBody({ text, objects, next }: ScannedPage, where: string): Body {
    const cursor = next === undefined ? undefined : nextCursor(JSON.parse(next) as Value, where, origin);
    const parse = ({ start, end }: ScannedObject): JsonApiObject => {
      const json = Buffer.from(text.slice(start, end), 'latin1').toString('utf8');
      return toObject(parseJson(json, mends, config.wide_integers ?? 'keep'), where, 'data[]');
    };
    return {
      data: [],
      included: [],
      find: () => undefined,
      scanned: { objects, parse },
      ...(cursor === undefined ? {} : { next: cursor }),
    };
  }

  /** One try: the page, or what its failure means. */
  async function attempt(
    url: URL,
    slice: Slice,
    limiter: Limiter,
    gate: PageOptions['gate'],
  ): Promise<PageAnswer | Verdict> {
    const { resource } = slice;
    const where = `GET ${url.pathname}`;
    let answer: HttpAnswer;
    let told = false;
    const answered = (facts?: HttpAnswer['headers']): void => {
      if (!told) limiter.answered(facts);
      told = true;
    };
    try {
      counts.requests += 1;
      answer = await get(url, headers, signal, {
        answered,
        ...(gate === undefined ? {} : { admit: gate.wait }),
      });
      answered(answer.headers);
    } catch (error) {
      answered();
      if (signal.aborted) throw signal.reason;
      if (error instanceof Fault) return { kind: 'fail', fault: error };
      const what = error instanceof Error ? error.message : String(error);
      return {
        kind: 'retry',
        fault: new Fault('KLV_UNAVAILABLE', `${where} failed: ${tidy(keyless(what))}`),
      };
    }
    counts.bytes += answer.received;
    const { status, headers: facts } = answer;
    if (status !== 200) {
      const body = keyless(answer.body.toString('utf8', 0, 65_536));
      return judge({ status, headers: facts, body, where, scopes: resource.scopes });
    }
    const scanned = scannerOf(resource)?.(answer.body);
    if (scanned !== undefined) return { kind: 'page', body: scannedBody(scanned, where) };
    try {
      const document = parseJson(decodeText(answer.body), mends, config.wide_integers ?? 'keep');
      const refused =
        document !== null && typeof document === 'object' && 'errors' in document
          ? document.errors
          : undefined;
      if (Array.isArray(refused) && refused.length > 0) {
        const code = Number((refused[0] as { status?: unknown }).status);
        const body = keyless(JSON.stringify({ errors: refused }));
        return judge({ status: code || 500, headers: facts, body, where, scopes: resource.scopes });
      }
      return { kind: 'page', body: toBody(document, where, resource.single === true, origin) };
    } catch (error) {
      if (error instanceof Fault) return { kind: 'fail', fault: error };
      const start = tidy(keyless(answer.body.toString('utf8', 0, 1_000)).slice(0, 200));
      const cause = answer.body.length === 0 ? 'an empty body' : `no JSON: ${start}`;
      return { kind: 'retry', fault: new Fault('KLV_CONTRACT', `${where} answered ${cause}`) };
    }
  }

  async function page(slice: Slice, options: PageOptions = {}): Promise<PageAnswer & { waited: number }> {
    const url = new URL(slicePath(slice), origin);
    url.search = sliceQuery(slice, wanted, options.pageSize)
      .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
      .join('&');
    const limiter = limiterOf(slice.resource);
    const started = clock.now();
    for (let tries = 1; ; tries += 1) {
      const waited = await limiter.turn(signal);
      const outcome = await attempt(url, slice, limiter, options.gate);
      if (outcome.kind === 'fail') throw outcome.fault;
      if (outcome.kind !== 'retry') return { ...outcome, waited };
      options.gate?.leave();
      const malformed = outcome.fault.code === 'KLV_CONTRACT' && tries >= BAD_BODY_TRIES;
      const elapsed = clock.now() - started;
      const delay = malformed ? undefined : nextDelay(tries, elapsed, outcome.after, random());
      if (
        delay === undefined ||
        elapsed + delay >= (options.giveUpAfter ?? parts.giveUpAfter ?? Number.POSITIVE_INFINITY)
      )
        throw outcome.fault;
      if (outcome.limited) {
        counts.limited += 1;
        limiter.pause(Math.max(LEAST_REST, delay));
      } else {
        counts.retries += 1;
        log(
          tries < 3 ? 'debug' : 'warn',
          `${outcome.fault.message} (next try in ${Math.ceil(delay / 1000)} s)`,
        );
        await clock.sleep(delay, signal);
      }
    }
  }

  /** Asked without the key: any answer of the server has its date. */
  async function serverTime(): Promise<Instant> {
    const own = clock.wall();
    try {
      const { headers: answered } = await get(
        new URL('/', origin),
        {},
        AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
      );
      const date = Date.parse(answered.get('date') ?? '');
      if (Number.isNaN(date)) return fromMillis(own);
      if (Math.abs(date - own) > 60_000)
        log(
          'warn',
          `this machine's clock is ${Math.round((own - date) / 1000)} s off the server's, which is used`,
        );
      return fromMillis(date);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      log('debug', `the server's time is not known: ${asFault(error).message}`);
      return fromMillis(own);
    }
  }

  return { page, serverTime, counts };
}

const DECODER = new TextDecoder('utf-8');

/** Bytes that are no UTF-8 become U+FFFD, and a byte order mark is dropped. */
const decodeText = (bytes: Buffer): string => DECODER.decode(bytes);
