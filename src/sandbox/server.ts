/** The HTTP side of the account. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { encode, keepAnswers } from './encoded.js';
import type { Endpoint } from './endpoint.js';
import { route } from './endpoints.js';
import { accountLimits, UNLIMITED } from './limits.js';
import { answer } from './page.js';
import { type Access, permit } from './permit.js';
import { indent } from './print.js';
import { readQuery } from './query.js';
import { Refusal, refusalBody } from './refusal.js';
import type { View } from './view.js';

export interface RequestLogEntry {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly status: number;
  /** The operation, or the path where there is none. */
  readonly endpoint: string;
  /** When it came, in milliseconds. */
  readonly at: number;
}

export interface Serving extends Access {
  readonly limits: boolean;
  readonly rival: number;
  readonly gzip: boolean;
  readonly latencyMs: number;
  readonly clock: () => number;
  readonly view: () => View;
  readonly origin: () => string;
  readonly log: (entry: RequestLogEntry) => void;
}

interface Answer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: (zipped: boolean) => Buffer | Promise<Buffer>;
}

export function serve(serving: Serving): Server {
  const limits = accountLimits(serving.rival);
  const keep = keepAnswers();
  let refused = 0;

  const respond = (request: IncomingMessage, url: URL): Answer => {
    const { endpoint, id } = permit(request, url.pathname, serving);
    const headers = serving.limits ? limited(endpoint, url) : UNLIMITED;
    const query = readQuery(endpoint, id, url.searchParams, serving.clock() * 1000);
    const view = serving.view();
    const origin = serving.origin();
    const asked = `http://${request.headers.host ?? new URL(origin).host}`;
    const { pathname: path, searchParams: search } = url;
    const make = () => {
      const body = answer(view, { endpoint, id, query, search, origin, asked, path });
      return view.account.kind === 'nasty' && endpoint.name === 'get_lists'
        ? Buffer.from(indent(body.toString()))
        : body;
    };
    // What is refused is refused here; single objects and unzipped answers are quick enough to be made each time.
    if (query.size < 100 || endpoint.page === undefined) {
      const made = make();
      return { status: 200, headers, body: (zipped) => encode(made, zipped) };
    }
    if (view.ordered(endpoint.name, id, query.sort.field) === undefined) make();
    return {
      status: 200,
      headers,
      body: (zipped) =>
        zipped ? keep(view, `${asked}${path}${url.search}`, () => encode(make(), true)) : make(),
    };
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
    const body = Buffer.from(refusalBody(known, id));
    return { status: known.status, headers: known.headers, body: (zipped) => encode(body, zipped) };
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
      at: serving.clock(),
    });
    const finish = () => void send(request, response, reply, serving);
    if (serving.latencyMs > 0) setTimeout(finish, serving.latencyMs);
    else finish();
  });
  // Longer than clients keep idle sockets, or a request may meet a socket that is just being closed.
  server.keepAliveTimeout = 75_000;
  return server;
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Answer,
  { gzip, clock }: Serving,
): Promise<void> {
  const zipped = gzip && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  const body = await reply.body(zipped);
  response.sendDate = false;
  response.writeHead(reply.status, {
    ...reply.headers,
    ...(zipped ? { 'Content-Encoding': 'gzip' } : {}),
    'Content-Type': 'application/vnd.api+json',
    'Content-Length': String(body.length),
    Date: new Date(clock()).toUTCString(),
    Vary: 'Accept-Encoding',
  });
  response.end(body);
}
