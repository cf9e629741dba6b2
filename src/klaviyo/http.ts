/**
 * One HTTP GET: raw body, unpacked whole, so that a body which was cut short fails instead of passing. Keep-alive,
 * the proxy of the environment, no redirect followed.
 */
import { type Agent, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import fetch from 'node-fetch';
import { getProxyForUrl } from 'proxy-from-env';
import { Fault } from '../errors.js';
import { giveBack, joined, roomFor } from '../memory.js';
import { PROXY_REFUSED, ProxyAgent } from './proxy.js';

const unzip = promisify(gunzip);

/** No answer, or no more of it, for so long. */
const IDLE_MS = 60_000;
const TOTAL_MS = 180_000;
const MOST_PIECE = 1 << 24;
export const MAX_BODY = 64 * 1024 * 1024;

export interface HttpAnswer {
  readonly status: number;
  readonly headers: { readonly get: (name: string) => string | null };
  readonly body: Buffer;
  /** Bytes on the wire. */
  readonly received: number;
  /** To be called once nobody looks at the body any more: its memory is used again. */
  readonly release?: () => void;
}

export interface Hooks {
  /** The answer's headers have come. */
  readonly answered?: (headers: HttpAnswer['headers']) => void;
  /** Waited for when a body of so many bytes has come, before it is unpacked: that is what takes memory. */
  readonly admit?: (bytes: number) => Promise<void>;
  /** On a connection of its own: those that are kept open may have died. */
  readonly fresh?: boolean;
}

/** How connections are made, where it is not the system's way. */
export interface Connect {
  readonly ca?: string;
  readonly lookup?: LookupFunction;
}

export type HttpGet = (
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  hooks?: Hooks,
) => Promise<HttpAnswer>;

/** Not an error of the network's: another try would end alike. */
const TLS_CODES = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ERR_TLS_CERT|HOSTNAME_MISMATCH)/;

export function createHttp(connect: Connect = {}): { readonly get: HttpGet; readonly close: () => void } {
  // An address that is dead must not hold up one that lives, whatever the process was started with.
  const once = { ...connect, autoSelectFamily: true };
  const kept = { ...once, keepAlive: true, maxSockets: 128 };
  const agents = new Map<string, Agent>();

  function agentFor(url: URL, fresh: boolean): Agent {
    const proxy = url.protocol === 'https:' ? getProxyForUrl(url.href) : '';
    const make = (options: typeof kept | typeof once): Agent =>
      proxy !== ''
        ? new ProxyAgent(proxy, options, connect)
        : url.protocol === 'https:'
          ? new HttpsAgent(options)
          : new HttpAgent(options);
    if (fresh) return make(once);
    const agent = agents.get(`${url.protocol} ${proxy}`) ?? make(kept);
    agents.set(`${url.protocol} ${proxy}`, agent);
    return agent;
  }

  const get: HttpGet = async (url, headers, signal, hooks) => {
    const ours = new AbortController();
    const stop = (): void => ours.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    let timer: NodeJS.Timeout | undefined;
    const started = performance.now();
    const timeout = (): void => ours.abort(new Error('the answer stopped'));
    const rearm = (): void => {
      clearTimeout(timer);
      timer = setTimeout(timeout, Math.min(IDLE_MS, Math.max(0, TOTAL_MS - (performance.now() - started))));
    };
    try {
      signal.throwIfAborted();
      rearm();
      const response = await fetch(url, {
        headers: { ...headers, 'accept-encoding': 'gzip' },
        agent: (to: URL) => agentFor(to, hooks?.fresh === true),
        compress: false,
        redirect: 'manual',
        signal: ours.signal,
      });
      hooks?.answered?.(response.headers);
      const chunks: Buffer[] = [];
      let received = 0;
      for await (const chunk of response.body ?? []) {
        received += chunk.length;
        if (received > MAX_BODY) throw tooLarge(url);
        chunks.push(chunk as Buffer);
        rearm();
      }
      clearTimeout(timer);
      if (response.status === 200) await hooks?.admit?.(received);
      const raw = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : joined(chunks, received);
      const body = await decode(raw, response.headers.get('content-encoding'), url);
      if (body !== raw) giveBack(raw);
      const release = (): void => giveBack(body);
      return { status: response.status, headers: response.headers, body, received, release };
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw ours.signal.aborted ? new Error('no answer in time') : networkFault(error, url);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  };

  return {
    get,
    close: () => {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

async function decode(raw: Buffer, encoding: string | null, url: URL): Promise<Buffer> {
  if (encoding === null || encoding === 'identity' || raw.length === 0) return raw;
  if (encoding !== 'gzip') {
    const error = new Error(`the answer is encoded as ${encoding.slice(0, 40)}`);
    throw Object.assign(error, { code: 'ERR_CONTENT_ENCODING' });
  }
  try {
    return await unzip(raw, { chunkSize: unzippedBytes(raw), maxOutputLength: MAX_BODY });
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(url);
    throw error;
  }
}

/** What a zipped body says of its length, within reason, and one more: then it is unpacked into one piece. */
function unzippedBytes(raw: Buffer): number {
  const told = raw.length < 4 ? 0 : raw.readUInt32LE(raw.length - 4);
  return roomFor(Math.min(told, MOST_PIECE - 1) + 1);
}

const tooLarge = (url: URL): Fault =>
  new Fault('KLV_BODY_TOO_LARGE', `${url.pathname} answered more than ${MAX_BODY / 1024 / 1024} MB`);

const codeOf = (error: unknown): string => {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : '';
};

function networkFault(error: unknown, url: URL): unknown {
  const code = codeOf(error);
  if (TLS_CODES.test(code)) return new Fault('KLV_TLS', `${url.host} cannot be trusted (${code})`);
  if (error instanceof Fault || !(error instanceof Error)) return error;
  // The library's message begins with the whole URL, filter and all: only the reason behind it is for a log. Where
  // several addresses failed there is no reason but the code.
  const [, reason] = /, reason: (.*)$/s.exec(error.message) ?? [];
  if (reason === undefined) return error;
  if (code === PROXY_REFUSED) return new Fault('KLV_PROXY_AUTH', reason);
  return Object.assign(new Error(reason === '' ? code : reason, { cause: error }), { code });
}
