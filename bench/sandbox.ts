/** The account that is read, in a process of its own: the options are its argument, the parent asks by messages. */
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { openSandbox, type SandboxOptions } from '../src/sandbox/index.js';
import { serve } from '../src/sandbox/server.js';
import { CERTIFICATE, KEY } from '../test/klaviyo/certificates.js';

export interface Serving extends SandboxOptions {
  /** Over TLS, with the certificate of the tests. */
  readonly tls?: boolean;
}

export interface Asked {
  /** Answered with 200 and with 429. */
  readonly served: number;
  readonly limited: number;
  readonly other: number;
  /** The first and the last request, in milliseconds. */
  readonly first: number;
  readonly last: number;
}

export interface Account {
  readonly url: string;
  readonly apiKey: string;
  readonly lists: readonly { readonly id: string; readonly first: number; readonly count: number }[];
  /** In the order of the account. */
  readonly flowMessages: readonly string[];
  /** How many actions have messages. */
  readonly actions: number;
  readonly estimations: readonly string[];
}

const options = JSON.parse(process.argv[2] ?? '{}') as Serving;
let url = '';
const { account, apiKey, requests, answer } = openSandbox(options, () => url);
const plain = serve({ gzip: options.gzip ?? true, latencyMs: options.latencyMs ?? 0, answer });
const server =
  options.tls === true
    ? createServer({ key: KEY, cert: CERTIFICATE, keepAliveTimeout: plain.keepAliveTimeout }, (...asked) =>
        plain.emit('request', ...asked),
      )
    : plain;
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
url = options.tls === true ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;

function asked(): { readonly [endpoint: string]: Asked } {
  const found: { [endpoint: string]: Asked } = {};
  for (const { endpoint, status, at } of requests) {
    const before = found[endpoint] ?? { served: 0, limited: 0, other: 0, first: at, last: at };
    found[endpoint] = {
      served: before.served + (status === 200 ? 1 : 0),
      limited: before.limited + (status === 429 ? 1 : 0),
      other: before.other + (status === 200 || status === 429 ? 0 : 1),
      first: before.first,
      last: at,
    };
  }
  return found;
}

process.on('message', () => process.send?.(asked()));
process.on('disconnect', () => process.exit());
process.send?.({
  url,
  apiKey,
  lists: [...(account.bulk?.members ?? [])].map(([id, { first, count }]) => ({ id, first, count })),
  flowMessages: account.flowMessages.map(({ id }) => id),
  actions: new Set(
    account.flowMessages.map(({ relationships }) => JSON.stringify(relationships['flow-action']?.data)),
  ).size,
  estimations: [...account.estimations.keys()],
} satisfies Account);
