/** What a failed request means and whether it is tried again. Pure: no timer, no I/O. */
import { type Code, Fault } from '../errors.js';

export const BASE_DELAY = 1_000;
export const MAX_DELAY = 60_000;
/** A request is given up when its endpoint has served nobody for so long. */
export const GIVE_UP_AFTER = 30 * 60_000;
/** A host that was never reached and has no address is misspelt, mostly: it is not waited for half an hour. */
export const GIVE_UP_LOOKUP_AFTER = 60_000;
export const MAX_RETRY_AFTER = 15 * 60_000;

export type Verdict =
  | {
      readonly kind: 'retry';
      readonly fault: Fault;
      readonly after?: number;
      readonly limited?: true;
      /** 503: a smaller page may be served. */
      readonly overloaded?: true;
      /** The connection was reset: one that was kept open has died. */
      readonly reset?: true;
      /** The host has no address. */
      readonly unknownHost?: true;
    }
  /** `after`: the endpoint must not be asked again before. */
  | { readonly kind: 'fail'; readonly fault: Fault; readonly after?: number }
  /** The page is too large, for the server or for us: it may be asked for again in smaller ones, down to `least`. */
  | { readonly kind: 'large'; readonly fault: Fault; readonly least: 'default' | 'one' }
  /** 404: whoever asked knows whether that is an error. */
  | { readonly kind: 'missing'; readonly fault: Fault }
  /** The page cursor has expired: the slice is asked again from its watermark. */
  | { readonly kind: 'expired'; readonly fault: Fault };

export interface Refusal {
  readonly status: number;
  readonly headers: { readonly get: (name: string) => string | null };
  readonly body: string;
  /** Path and, for a person, what was asked; no filter values. */
  readonly where: string;
  readonly scopes: readonly string[];
  /** The machine's clock, where the server does not tell its own. */
  readonly wall: number;
}

interface ApiError {
  readonly code?: string;
  readonly detail?: string;
  readonly pointer?: string;
}

const RETRIED_4XX = new Set([408, 425, 429]);
const FINAL_5XX = new Set([501, 505]);
const PAGE_SIZE = /page[ _]?\[?size/i;

export function judge(refusal: Refusal): Verdict {
  const { status, headers, where } = refusal;
  const error = firstError(refusal.body);
  const fault = (code: Code, what: string): Fault => new Fault(code, what);
  const detail = error?.detail === undefined ? '' : `: ${error.detail}`;

  if (status >= 300 && status < 400)
    return {
      kind: 'fail',
      fault: fault('KLV_REDIRECT', `${where} answered ${status} host=${hostOf(headers)}`),
    };
  if (status === 401)
    return { kind: 'fail', fault: fault('KLV_KEY_INVALID', 'Klaviyo refuses the api_key (401)') };
  if (status === 403) return forbidden(refusal, error);
  if (status === 404)
    return { kind: 'missing', fault: fault('KLV_CONTRACT', `${where} does not exist (404)`) };
  if (status === 407)
    return { kind: 'fail', fault: fault('KLV_PROXY_AUTH', 'the proxy wants a login (407)') };
  if (status === 410 || (status === 400 && /revision/i.test(error?.detail ?? '')))
    return { kind: 'fail', fault: fault('KLV_REVISION_RETIRED', `${where} refuses the revision${detail}`) };
  const pointer = error?.pointer === undefined ? '' : ` at ${error.pointer}`;
  if (status === 400 && PAGE_SIZE.test(`${pointer}${detail}`))
    return {
      kind: 'large',
      least: 'default',
      fault: fault('KLV_REQUEST', `${where} answered 400${pointer}${detail}`),
    };
  if (status === 400 && /cursor/i.test(`${pointer}${detail}`))
    return { kind: 'expired', fault: fault('KLV_REQUEST', `${where} answered 400${detail}`) };
  if (status === 429) {
    const after = retryAfter(headers, error?.detail);
    if (after !== undefined && after > MAX_RETRY_AFTER)
      return {
        kind: 'fail',
        after,
        fault: fault(
          'KLV_RATE_LIMIT',
          `${where} asks for ${Math.ceil(after / 1000)} s of rest: try after ${timeAfter(after, refusal)}`,
        ),
      };
    return {
      kind: 'retry',
      limited: true,
      fault: fault('KLV_RATE_LIMIT', `${where} stays rate limited (429)`),
      ...(after === undefined ? {} : { after }),
    };
  }
  if (status === 204)
    return { kind: 'retry', fault: fault('KLV_CONTRACT', `${where} answered 204, without a body`) };
  if (RETRIED_4XX.has(status) || (status >= 500 && !FINAL_5XX.has(status)))
    return {
      kind: 'retry',
      fault: fault('KLV_UNAVAILABLE', `${where} answered ${status}${detail}`),
      ...(status === 503 ? { overloaded: true } : {}),
    };
  return { kind: 'fail', fault: fault('KLV_REQUEST', `${where} answered ${status}${pointer}${detail}`) };
}

/** A 403 is a scope that is missing, a plan that lacks the endpoint, or the network's edge refusing the caller. */
function forbidden({ headers, where, scopes }: Refusal, error: ApiError | undefined): Verdict {
  if (error === undefined || headers.get('cf-mitigated') !== null) {
    const ray = headers.get('cf-ray');
    const what = `${where} is blocked at the network's edge (403${ray === null ? '' : `, ray ${tidy(ray)}`})`;
    return { kind: 'retry', fault: new Fault('KLV_EDGE_BLOCKED', what) };
  }
  if (
    /add-?on|plan|upgrade|subscription|not enabled/i.test(error.detail ?? '') &&
    !/scope/i.test(error.detail ?? '')
  )
    return { kind: 'fail', fault: new Fault('KLV_PLAN', `${where}: ${error.detail}`) };
  return { kind: 'fail', fault: new Fault('KLV_SCOPE', `${where} needs ${scopes.join(' and ')}`) };
}

export function firstError(body: string): ApiError | undefined {
  try {
    const document = JSON.parse(body) as {
      errors?: { code?: unknown; detail?: unknown; source?: unknown }[];
    };
    const [error] = Array.isArray(document.errors) ? document.errors : [];
    if (error === undefined) return undefined;
    const source = error.source as { pointer?: unknown; parameter?: unknown } | undefined;
    const pointer = source?.pointer ?? source?.parameter;
    return {
      ...(typeof error.code === 'string' ? { code: error.code } : {}),
      ...(typeof error.detail === 'string' ? { detail: tidy(error.detail) } : {}),
      ...(typeof pointer === 'string' ? { pointer: tidy(pointer) } : {}),
    };
  } catch {
    return undefined;
  }
}

/**
 * One line, short, and without anybody's address or number: API errors repeat what they were given. Cut last, so that
 * no half of an address is left, and word by word, so that a long text takes no longer than its length.
 */
export const tidy = (text: string): string =>
  text
    .replace(/\S+/g, (word) => (/[^@](@|%40)[^@]/i.test(word) ? '***@***' : word))
    .replace(/(\+|%2B)\d[\d ().-]{5,24}\d/gi, '+***')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they would forge a log line
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .slice(0, 500);

/** Milliseconds to wait: a number of seconds, an HTTP date by the server's own clock, or what the body says. */
export function retryAfter(headers: Refusal['headers'], detail?: string): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? '';
  const floor = (ms: number): number => Math.max(1_000, ms);
  if (/^\d+(\.\d+)?$/.test(value) && Number(value) > 0) return floor(Number(value) * 1000);
  const date = /^[A-Za-z]{3}, /.test(value) ? Date.parse(value) : Number.NaN;
  const server = Date.parse(headers.get('date') ?? '');
  if (!Number.isNaN(date) && !Number.isNaN(server)) return floor(date - server);
  const said = /available in (\d+) second/i.exec(detail ?? '');
  return said === null ? undefined : floor(Number(said[1]) * 1000);
}

const LAST_TIME = Date.UTC(9999, 11, 31);

/** A time by the server's clock, where it is known. */
function timeAfter(ms: number, { headers, wall }: Refusal): string {
  const server = Date.parse(headers.get('date') ?? '');
  const at = Math.min(LAST_TIME, (Number.isNaN(server) ? wall : server) + ms);
  return new Date(Math.ceil(at / 1000) * 1000).toISOString().replace('.000', '');
}

const hostOf = (headers: Refusal['headers']): string => {
  try {
    return new URL(headers.get('location') ?? '').host;
  } catch {
    return 'unknown';
  }
};

const RESETS = new Set(['ECONNRESET', 'EPIPE']);
/** What no wait mends; a few more tries show that it was not chance. */
const UNREADABLE = new Set(['HPE_HEADER_OVERFLOW', 'ERR_CONTENT_ENCODING']);

/** What it means that no answer came. `begun`: its headers had come. `hide` masks the key. */
export function judgeFailure(
  error: unknown,
  {
    where,
    begun,
    hide,
  }: { readonly where: string; readonly begun: boolean; readonly hide: (text: string) => string },
): Verdict {
  if (error instanceof Fault)
    return error.code === 'KLV_BODY_TOO_LARGE'
      ? { kind: 'large', least: 'one', fault: error }
      : { kind: 'fail', fault: error };
  const what = error instanceof Error ? error.message : String(error);
  const { code = '' } = (error ?? {}) as { readonly code?: string };
  const said = `${where} failed: ${tidy(hide(what))}`;
  if (UNREADABLE.has(code)) return { kind: 'retry', fault: new Fault('KLV_CONTRACT', said) };
  if (code === 'ENOTFOUND')
    return { kind: 'retry', fault: new Fault('KLV_UNAVAILABLE', said), unknownHost: true };
  const reset = !begun && (RESETS.has(code) || /socket hang up/.test(what));
  return {
    kind: 'retry',
    fault: new Fault('KLV_UNAVAILABLE', said),
    ...(reset ? { reset } : {}),
  };
}

/** Whatever the clock says: half an hour may have passed in which the machine did nothing. */
const LEAST_TRIES = 3;

/**
 * The wait before the next try, or undefined to give up. `quiet`: for how long nothing was served, `budget`: how long
 * that may last. `random` in [0, 1): full jitter.
 */
export function nextDelay(
  tries: number,
  { quiet, budget = GIVE_UP_AFTER }: { readonly quiet: number; readonly budget?: number },
  after: number | undefined,
  random: number,
): number | undefined {
  if (quiet >= budget && tries >= LEAST_TRIES) return undefined;
  if (after !== undefined) return after + random * 1_000;
  return random * Math.min(MAX_DELAY, BASE_DELAY * 2 ** Math.min(tries, 16));
}

/** What may help where waiting did not. */
export function hinted({ fault, overloaded, unknownHost }: Verdict & { kind: 'retry' }, url: URL): Fault {
  const remedy =
    overloaded && url.search.includes('predictive_analytics')
      ? 'run again later, or set predictive_analytics: false, as it makes these pages heavy'
      : unknownHost
        ? 'check base_url, proxy and name server, or run again later'
        : undefined;
  return remedy === undefined ? fault : new Fault(fault.code, fault.what, { remedy });
}
