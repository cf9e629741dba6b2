/** The HTTP side: who may ask, for what, how often; then the page. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Endpoint } from './endpoint.js';
import { REVISION, route } from './endpoints.js';
import { accountLimits } from './limits.js';
import { answer } from './page.js';
import { indent } from './print.js';
import { readQuery } from './query.js';
import { invalid, notFound, Refusal, refusalBody } from './refusal.js';
import type { View } from './view.js';

const compress = promisify(gzip);

export interface RequestLogEntry {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly status: number;
  /** The operation, or the path where there is none. */
  readonly endpoint: string;
}

export interface Serving {
  readonly apiKey: string;
  readonly scopes: readonly string[];
  readonly limits: boolean;
  readonly latencyMs: number;
  readonly clock: () => number;
  readonly view: () => View;
  readonly origin: () => string;
  readonly log: (entry: RequestLogEntry) => void;
}

interface Answer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  /** Encoded, or zipped where the client takes it. */
  readonly body: (zipped: boolean) => Promise<Buffer>;
}

export function serve(serving: Serving) {
  const limits = accountLimits();
  let refused = 0;

  const respond = (request: IncomingMessage, url: URL): Answer => {
    const { endpoint, id } = permit(request, url, serving);
    const headers = serving.limits ? limited(endpoint, url) : {};
    const query = readQuery(endpoint, id, url.searchParams, serving.clock() * 1000);
    const view = serving.view();
    const asked = `http://${request.headers.host ?? new URL(serving.origin()).host}`;
    const body = answer(view, {
      endpoint,
      id,
      query,
      search: url.searchParams,
      origin: serving.origin(),
      asked,
      path: url.pathname,
    });
    const pretty = view.account.kind === 'nasty' && endpoint.name === 'get_lists';
    return { status: 200, body: pretty ? indent(body) : body, headers };
  };
  const limited = (endpoint: Endpoint, url: URL) => {
    const { slower, limit, name, type } = endpoint;
    const additional = url.searchParams.get(`additional-fields[${type}]`)?.split(',') ?? [];
    return slower !== undefined && additional.includes(slower.field)
      ? limits(`${name} ${slower.field}`, slower.limit, serving.clock())
      : limits(name, limit, serving.clock());
  };
  const refusal = (error: unknown): Answer => {
    const known = error instanceof Refusal ? error : new Refusal(500, 'error', 'Server error', String(error));
    refused++;
    const id = `00000000-0000-4000-8000-${String(refused).padStart(12, '0')}`;
    return { status: known.status, body: refusalBody(known, id), headers: known.headers };
  };

  const server = createServer((request, response) => {
    request.resume();
    const url = new URL(request.url ?? '/', 'http://sandbox');
    let reply: Answer;
    try {
      reply = respond(request, url);
    } catch (error) {
      reply = refusal(error);
    }
    serving.log({
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams.toString(),
      status: reply.status,
      endpoint: route(url.pathname)?.endpoint.name ?? url.pathname,
    });
    const finish = () => void send(request, response, reply, serving.clock());
    if (serving.latencyMs > 0) setTimeout(finish, serving.latencyMs);
    else finish();
  });
  // Longer than clients keep idle sockets, or a request may meet a socket that is just being closed.
  server.keepAliveTimeout = 75_000;
  return server;
}

function permit(request: IncomingMessage, url: URL, { apiKey, scopes }: Serving) {
  const found = route(url.pathname);
  if (found === undefined) throw notFound(`The path '${url.pathname}' was not found.`);
  if (request.method !== 'GET')
    throw new Refusal(
      405,
      'method_not_allowed',
      'Method not allowed.',
      `Method "${request.method}" not allowed.`,
    );
  const { authorization, revision } = request.headers;
  if (authorization === undefined)
    throw unauthorised('not_authenticated', 'Authentication credentials were not provided.');
  if (authorization !== `Klaviyo-API-Key ${apiKey}`)
    throw unauthorised('authentication_failed', 'Incorrect authentication credentials.');
  if (revision !== REVISION)
    throw invalid(
      'revision',
      revision === undefined
        ? 'The revision header is required.'
        : `Invalid revision '${revision}' provided.`,
    );
  const missing = found.endpoint.scopes.filter((scope) => !scopes.includes(scope));
  if (missing.length > 0)
    throw new Refusal(
      403,
      'permission_denied',
      'You do not have permission to perform this action.',
      `The API key is missing the required scopes: ${missing.join(', ')}`,
    );
  return found;
}

const unauthorised = (code: string, detail: string) => new Refusal(401, code, detail, detail);

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Answer,
  now: number,
): Promise<void> {
  const zipped = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  const body = zipped ? await compress(reply.body, { level: 1 }) : Buffer.from(reply.body);
  response.sendDate = false;
  response.writeHead(reply.status, {
    ...reply.headers,
    ...(zipped ? { 'Content-Encoding': 'gzip' } : {}),
    'Content-Type': 'application/vnd.api+json',
    'Content-Length': String(body.length),
    Date: new Date(now).toUTCString(),
    Vary: 'Accept-Encoding',
  });
  response.end(body);
}
