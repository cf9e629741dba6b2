/** The embedded account: a small Klaviyo on loopback, to try the connector and to test it against. */
import type { AddressInfo } from 'node:net';
import { makeAccount } from './account/account.js';
import { advanceAccount } from './account/increment.js';
import { type Asked, answerer, type Reply, type RequestLogEntry } from './answer.js';
import { SCOPES } from './endpoints.js';
import { serve } from './server.js';
import type { Account, AnswerOptions, SandboxOptions } from './types.js';
import { view } from './view.js';

export { makeAccount } from './account/account.js';
export { advanceAccount } from './account/increment.js';
export { NASTY } from './account/nasty.js';
export type { Asked, Reply, RequestLogEntry } from './answer.js';
export { eventId, eventIndex, profileId, profileIndex } from './bulk/ids.js';
export { ENDPOINTS, REVISION, SCOPES } from './endpoints.js';
export { print } from './print.js';

export {
  type Account,
  type AccountKind,
  type AccountObject,
  type AccountOptions,
  ADDITIONAL,
  type AnswerOptions,
  type Campaign,
  type Channel,
  type Membership,
  type Raw,
  RawJson,
  RawNumber,
  type Ref,
  type Relationship,
  type SandboxOptions,
} from './types.js';

export interface Sandbox {
  readonly url: string;
  readonly apiKey: string;
  readonly account: Account;
  readonly requests: readonly RequestLogEntry[];
  /** Moves the clock on and lets the shop live for that long. */
  advance(days: number): void;
  close(): Promise<void>;
}

/** Like no word and no value of the account, so that a leak of any piece of it shows. */
export const API_KEY = 'pk_sandbox_CeeCWcqUogrfoZQYzTuuzBBGA3AwpX';
const DAY_MS = 86_400_000;

/** An account that answers in memory; `url` is what its links begin with. */
export interface OpenSandbox {
  readonly apiKey: string;
  readonly account: Account;
  readonly requests: readonly RequestLogEntry[];
  readonly answer: (asked: Asked) => Reply;
  /** The account was changed from outside: what is served must follow. */
  changed(): void;
  /** Moves the clock on and lets the shop live for that long. */
  advance(days: number): void;
}

export function openSandbox(options: AnswerOptions = {}, url: () => string = () => ''): OpenSandbox {
  const { apiKey = API_KEY, now = Date.now } = options;
  const account = makeAccount(options);
  const requests: RequestLogEntry[] = [];
  let advanced = 0;
  let current = view(account);
  const clock = () => now() + advanced;
  return {
    apiKey,
    account,
    requests,
    answer: answerer({
      apiKey,
      scopes: options.scopes ?? SCOPES,
      limits: options.limits ?? true,
      rival: options.rival ?? 0,
      longest: options.longest ?? Number.MAX_SAFE_INTEGER,
      ...(options.included === undefined ? {} : { included: options.included }),
      clock,
      view: () => current,
      origin: url,
      log: (entry) => requests.push(entry),
    }),
    changed() {
      current = view(account);
    },
    advance(days) {
      const before = clock();
      advanced += days * DAY_MS;
      advanceAccount(account, before, clock());
      current = view(account);
    },
  };
}

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { host = '127.0.0.1', port = 0 } = options;
  let url = '';
  const { apiKey, account, requests, answer, advance } = openSandbox(options, () => url);
  const server = serve({ gzip: options.gzip ?? true, latencyMs: options.latencyMs ?? 0, answer });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  url = `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`;

  return {
    url,
    apiKey,
    account,
    requests,
    advance,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}
