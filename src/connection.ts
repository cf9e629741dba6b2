/** A client for a command. */
import type { Io } from './io.js';
import { type Client, createClient } from './klaviyo/client.js';
import type { Mends } from './klaviyo/json.js';
import type { Log } from './log.js';
import type { Config, Wanted } from './resource.js';
import type { Watch } from './watch.js';

/** A client with its connections, which `close` ends. */
export function openClient(parts: {
  readonly config: Config;
  readonly wanted: Wanted;
  readonly io: Io;
  readonly log: Log;
  readonly mends: Mends;
  readonly watch?: Watch;
  readonly freshKey?: () => Promise<string | undefined>;
  readonly giveUpAfter?: number;
}): { readonly client: Client; readonly close: () => void } {
  const { io, ...rest } = parts;
  const http = io.http();
  const client = createClient({
    ...rest,
    get: http.get,
    clock: io.clock,
    random: io.random,
    signal: io.signal,
  });
  return { client, close: http.close };
}
