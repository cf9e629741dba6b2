/**
 * What the account answers to a request: a function of the account and its clock, without a socket, so that a test
 * can ask in memory what a client asks over HTTP.
 */
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

export interface Asked {
  readonly method?: string | undefined;
  /** Path and query. */
  readonly target: string;
  /** By names in lower case. */
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
}

export interface Reply {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: (zipped: boolean) => Buffer | Promise<Buffer>;
}

export interface Answering extends Access {
  readonly limits: boolean;
  readonly rival: number;
  /** No page is longer, whatever is asked for. */
  readonly longest: number;
  /** Objects of a relation that a page includes, instead of Klaviyo's own number. */
  readonly included?: number;
  readonly clock: () => number;
  readonly view: () => View;
  readonly origin: () => string;
  readonly log: (entry: RequestLogEntry) => void;
}

/** Never throws: what is refused is an answer, too. */
export function answerer(answering: Answering): (asked: Asked) => Reply {
  const limits = accountLimits(answering.rival);
  const keep = keepAnswers();
  let refused = 0;

  const respond = (request: Asked, url: URL): Reply => {
    const { endpoint, id } = permit(request, url.pathname, answering);
    const headers = answering.limits ? limited(endpoint, url) : UNLIMITED;
    const read = readQuery(endpoint, id, url.searchParams, answering.clock() * 1000);
    const query = { ...read, size: Math.min(read.size, answering.longest) };
    const view = answering.view();
    const origin = answering.origin();
    const { protocol, host } = new URL(origin);
    const asked = `${protocol}//${request.headers.host ?? host}`;
    const { pathname: path, searchParams: search } = url;
    const { included } = answering;
    const few = included === undefined ? {} : { included };
    const make = () => {
      const body = answer(view, { endpoint, id, query, search, origin, asked, path, ...few });
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
      ? limits(`${name} ${slower.field}`, slower.limit, answering.clock())
      : limits(name, limit, answering.clock());
  };
  const refusal = (error: unknown): Reply => {
    const known = error instanceof Refusal ? error : new Refusal(500, 'error', 'Server error', String(error));
    refused++;
    const id = `00000000-0000-4000-8000-${String(refused).padStart(12, '0')}`;
    const body = Buffer.from(refusalBody(known, id));
    return { status: known.status, headers: known.headers, body: (zipped) => encode(body, zipped) };
  };

  return (asked) => {
    const url = new URL(asked.target, 'http://sandbox');
    let reply: Reply;
    try {
      reply = respond(asked, url);
    } catch (error) {
      reply = refusal(error);
    }
    answering.log({
      method: asked.method ?? '',
      path: url.pathname,
      query: url.searchParams.toString(),
      status: reply.status,
      endpoint: route(url.pathname)?.endpoint.name ?? url.pathname,
      at: answering.clock(),
    });
    const headers = {
      ...reply.headers,
      'Content-Type': 'application/vnd.api+json',
      Date: new Date(answering.clock()).toUTCString(),
    };
    return { ...reply, headers };
  };
}
