/** What a failed request means and whether it is tried again. Pure: no timer, no I/O. */
import { type Code, Fault } from '../errors.js';

export const BASE_DELAY = 1_000;
export const MAX_DELAY = 60_000;
/** A request is given up after so long without success, and no earlier than after so many tries. */
export const GIVE_UP_AFTER = 30 * 60_000;
export const LEAST_TRIES = 8;
export const MAX_RETRY_AFTER = 15 * 60_000;

export type Verdict =
  | { readonly kind: 'retry'; readonly fault: Fault; readonly after?: number; readonly limited?: true }
  | { readonly kind: 'fail'; readonly fault: Fault }
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
}

interface ApiError {
  readonly code?: string;
  readonly detail?: string;
  readonly pointer?: string;
}

const RETRIED_4XX = new Set([408, 425, 429]);
const FINAL_5XX = new Set([501, 505]);

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
  if (status === 400 && /cursor/i.test(error?.detail ?? ''))
    return { kind: 'expired', fault: fault('KLV_REQUEST', `${where} answered 400${detail}`) };
  if (status === 429) {
    const after = retryAfter(headers, error?.detail);
    if (after !== undefined && after > MAX_RETRY_AFTER)
      return {
        kind: 'fail',
        fault: fault('KLV_RATE_LIMIT', `${where} asks for ${Math.ceil(after / 1000)} s of rest`),
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
    return { kind: 'retry', fault: fault('KLV_UNAVAILABLE', `${where} answered ${status}${detail}`) };
  const pointer = error?.pointer === undefined ? '' : ` at ${error.pointer}`;
  return { kind: 'fail', fault: fault('KLV_REQUEST', `${where} answered ${status}${pointer}${detail}`) };
}

/** A 403 is a scope that is missing, a plan that lacks the endpoint, or the network's edge refusing the caller. */
function forbidden({ headers, where, scopes }: Refusal, error: ApiError | undefined): Verdict {
  if (error === undefined || headers.get('cf-mitigated') !== null) {
    const ray = headers.get('cf-ray');
    const what = `${where} is blocked at the network's edge (403${ray === null ? '' : `, ray ${ray}`})`;
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

/** One line, short, and without anybody's address or number: API errors repeat what they were given. */
export const tidy = (text: string): string =>
  text
    .slice(0, 500)
    .replace(/[^\s@]+@[^\s@]+/g, '***@***')
    .replace(/\+\d{7,15}/g, '+***')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they would forge a log line
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');

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

const hostOf = (headers: Refusal['headers']): string => {
  try {
    return new URL(headers.get('location') ?? '').host;
  } catch {
    return 'unknown';
  }
};

/** The wait before the next try, or undefined to give up. `random` in [0, 1): full jitter. */
export function nextDelay(
  tries: number,
  elapsed: number,
  after: number | undefined,
  random: number,
): number | undefined {
  if (elapsed >= GIVE_UP_AFTER && tries >= LEAST_TRIES) return undefined;
  if (after !== undefined) return after + random * 1_000;
  return random * Math.min(MAX_DELAY, BASE_DELAY * 2 ** Math.min(tries, 16));
}
