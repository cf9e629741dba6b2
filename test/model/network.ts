/**
 * Klaviyo as a run meets it: the sandbox's answers, late and in any order, and what a schedule makes go wrong on the
 * way. It notes each request, so that the laws of asking can be held against them afterwards.
 */
import type { HttpAnswer, HttpGet } from '../../src/klaviyo/http.js';
import { ENDPOINTS, type OpenSandbox, type Reply } from '../../src/sandbox/index.js';
import { random } from '../../src/sandbox/random.js';
import type { FakeClock } from '../klaviyo/clock.js';
import type { Fault, Step } from './schedule.js';

export const ORIGIN = 'https://a.klaviyo.com';

export interface Noted {
  /** Milliseconds of the clock, when it was sent and when its answer was there. */
  readonly sent: number;
  answered: number;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** The endpoint, or the path where there is none. */
  readonly endpoint: string;
  status?: number;
  /** Seconds that a 429 asked to wait. */
  after?: number;
  fault?: Fault;
}

export interface Network {
  readonly get: HttpGet;
  readonly requests: readonly Noted[];
  /** The key that the account takes now. */
  readonly key: () => string;
}

export interface NetworkParts {
  readonly sandbox: OpenSandbox;
  readonly clock: FakeClock;
  readonly step: Pick<Step, 'faults'>;
  readonly seed: number;
  readonly slow: boolean;
  readonly key: string;
  /** Told of each request before it is sent. */
  readonly sending: (nth: number) => void;
}

const ROUTES = ENDPOINTS.map((endpoint) => ({
  endpoint,
  pattern: new RegExp(`^${endpoint.path.replace('{id}', '[^/]+')}$`),
}));
export const endpointOf = (path: string) => ROUTES.find(({ pattern }) => pattern.test(path))?.endpoint;

const DOWN: ReadonlySet<string> = new Set(['refused', 'reset', 'timeout', 'outage']);
const MOST_REQUESTS = 20_000;

export function network(parts: NetworkParts): Network {
  const { sandbox, clock, slow, seed } = parts;
  const chance = random(seed, 'network');
  const requests: Noted[] = [];
  let key = parts.key;
  let down = Number.NEGATIVE_INFINITY;

  /** Those that only some requests can suffer wait for the next that can. */
  const waiting: Fault[] = [];
  const faultOf = (nth: number): Fault | undefined =>
    parts.step.faults.find(({ at }) => at === nth)?.fault ?? waiting.shift();
  const delay = (): number => {
    const wide = chance.next();
    return slow && wide < 0.3 ? chance.int(1_000, 45_000) : Math.floor(wide * 400);
  };

  const get: HttpGet = async (url, headers, signal, hooks) => {
    signal.throwIfAborted();
    const nth = requests.length + 1;
    if (nth > MOST_REQUESTS) throw new Error('this run asks for ever');
    const sent = clock.now();
    parts.sending(nth);
    signal.throwIfAborted();
    const noted: Noted = {
      sent,
      answered: Number.POSITIVE_INFINITY,
      url,
      headers,
      endpoint: endpointOf(url.pathname)?.name ?? url.pathname,
    };
    requests.push(noted);
    const fault = faultOf(nth);
    const [there, back] = [chance.int(0, 50), delay()];
    const wait = async (ms: number): Promise<void> => {
      await clock.sleep(ms, signal);
      signal.throwIfAborted();
    };
    if (fault?.kind === 'outage') down = clock.now() + fault.seconds * 1000;
    if (clock.now() < down) {
      noted.fault = fault ?? { kind: 'refused' };
      await wait(there);
      throw broken('ECONNREFUSED');
    }
    if (fault?.kind === 'rotated') {
      noted.fault = fault;
      key = `${parts.key}x`;
    }
    await wait(there);
    if (fault !== undefined && DOWN.has(fault.kind)) {
      noted.fault = fault;
      await wait(fault.kind === 'timeout' ? 60_000 : back);
      throw broken(fault.kind === 'refused' ? 'ECONNREFUSED' : 'ECONNRESET');
    }
    const authorization = headers.authorization;
    const known = authorization === `Klaviyo-API-Key ${key}`;
    const asked = {
      method: 'GET',
      target: `${url.pathname}${url.search}`,
      headers: {
        ...headers,
        host: url.host,
        authorization: known ? `Klaviyo-API-Key ${sandbox.apiKey}` : authorization,
      },
    };
    const right = sandbox.answer(asked);
    const reply = fault === undefined ? right : spoil(right, fault, url, noted);
    if (fault !== undefined && noted.fault === undefined) waiting.push(fault);
    const body = await reply.body(false);
    await wait(back);
    if (noted.fault?.kind === 'resetInBody') throw broken('ECONNRESET');
    if (noted.fault?.kind === 'cutGzip') throw broken('Z_BUF_ERROR');
    noted.answered = clock.now();
    noted.status = reply.status;
    const facts = new Headers(reply.headers);
    if (reply.status === 429) noted.after = Number(facts.get('retry-after') ?? 0);
    const answer: HttpAnswer = { status: reply.status, headers: facts, body, received: body.length };
    hooks?.answered?.(answer.headers);
    if (reply.status === 200) await hooks?.admit?.(body.length);
    signal.throwIfAborted();
    return answer;
  };
  return { get, requests, key: () => key };
}

const broken = (code: string): Error => Object.assign(new Error(code), { code });

const HTML = '<!DOCTYPE html><html><head><title>Please wait</title></head><body>Checking</body></html>';

/** The answer as it comes; `noted` says whether the fault took place, for not every request can suffer every one. */
function spoil(right: Reply, fault: Fault, url: URL, noted: Noted): Reply {
  const said = (status: number, text: string, more: Readonly<Record<string, string>> = {}): Reply => {
    noted.fault = fault;
    const { Date: date = '' } = right.headers;
    return { status, headers: { Date: date, ...more }, body: () => Buffer.from(text) };
  };
  const refused = (status: number, code: string, detail: string, more?: Readonly<Record<string, string>>) =>
    said(status, JSON.stringify({ errors: [{ status, code, title: code, detail }] }), more);
  const endpoint = endpointOf(url.pathname);
  switch (fault.kind) {
    case 'resetInBody':
    case 'cutGzip':
      noted.fault = fault;
      return right;
    case 'cutBody':
      if (right.status !== 200) return right;
      noted.fault = fault;
      return {
        ...right,
        body: async (zipped) => {
          const whole = await right.body(zipped);
          return whole.subarray(0, Math.floor(whole.length / 2));
        },
      };
    case 'empty':
      return said(200, '');
    case 'html':
      return said(200, HTML, { 'Content-Type': 'text/html' });
    case 'edge':
      return said(403, HTML, { 'cf-mitigated': 'challenge', 'cf-ray': '0123456789abcdef-TXL' });
    case 'status':
      return fault.status === 522 ? said(522, HTML) : refused(fault.status, 'error', 'Server error');
    case 'limited':
      return refused(429, 'throttled', 'Request was throttled.', {
        ...(fault.after === undefined ? {} : { 'Retry-After': String(fault.after) }),
      });
    case 'expired':
      if (!url.searchParams.has('page[cursor]')) return right;
      return refused(400, 'invalid', 'Invalid cursor provided. Please use the cursor from the links.');
    // Of a child it would say that its parent was deleted, which is a command here.
    case 'gone':
      if (endpoint === undefined || endpoint.path.includes('{id}') || endpoint.name === 'get_templates')
        return right;
      return refused(404, 'not_found', 'Not found.');
    case 'scope':
      if (endpoint === undefined) return right;
      return refused(403, 'permission_denied', 'The API key is missing the required scopes: x:read');
    default:
      return right;
  }
}
