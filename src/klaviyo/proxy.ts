/** Through a proxy, by CONNECT. What the proxy itself answers is never taken for an answer of the API. */
import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { Fault } from '../errors.js';

/** Its refusal will not change; another status tells of the way behind it. */
const isRefusal = (status: number): boolean =>
  status >= 400 && status < 500 && ![408, 425, 429].includes(status);

export const PROXY_REFUSED = 'ERR_PROXY_REFUSED';

type Opts = Parameters<HttpsProxyAgent<string>['connect']>[1];

export class ProxyAgent extends HttpsProxyAgent<string> {
  readonly #target: object;

  /** `target`: how the host behind the proxy is connected to. */
  constructor(proxy: string, options: object, target: object) {
    super(urlOf(proxy), options);
    this.#target = target;
  }

  override async connect(request: ClientRequest, options: Opts): Promise<Socket> {
    let status = 200;
    request.once('proxyConnect', (answer: { readonly statusCode: number }) => {
      status = answer.statusCode;
    });
    const socket = await super.connect(request, { ...options, ...this.#target });
    if (status === 200) return socket;
    socket.destroy();
    throw isRefusal(status)
      ? Object.assign(new Error(`the proxy refuses the connection (${status})`), { code: PROXY_REFUSED })
      : new Error(`the proxy answered ${status}`);
  }
}

function urlOf(proxy: string): URL {
  try {
    return new URL(proxy);
  } catch {
    // It may hold a password, so it is not shown.
    throw new Fault('KLV_PROXY_AUTH', 'the proxy of the environment is no URL', {
      remedy: 'write HTTPS_PROXY as http://user:password@host:port, with special characters URL-encoded',
    });
  }
}
