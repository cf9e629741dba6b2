/** The HTTP side of the account. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Asked, Reply } from './answer.js';

export interface Serving {
  readonly gzip: boolean;
  readonly latencyMs: number;
  readonly answer: (asked: Asked) => Reply;
}

export function serve(serving: Serving): Server {
  const server = createServer((request, response) => {
    request.resume();
    const { method, url: target = '/', headers } = request;
    const reply = serving.answer({ method, target, headers });
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
  reply: Reply,
  { gzip }: Serving,
): Promise<void> {
  const zipped = gzip && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  const body = await reply.body(zipped);
  response.sendDate = false;
  response.writeHead(reply.status, {
    ...reply.headers,
    ...(zipped ? { 'Content-Encoding': 'gzip' } : {}),
    'Content-Length': String(body.length),
    Vary: 'Accept-Encoding',
  });
  response.end(body);
}
