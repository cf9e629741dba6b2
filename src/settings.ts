/** What every command begins with: the config, a voice on stderr, and a client. */
import { parseConfig } from './config.js';
import { type Machine, machine, openToOthers } from './config-file.js';
import type { Fault } from './errors.js';
import { readText } from './file.js';
import type { Io } from './io.js';
import { type Client, createClient } from './klaviyo/client.js';
import type { Mends } from './klaviyo/json.js';
import { forPeople, type Level, type Log } from './log.js';
import type { Config, Wanted } from './resource.js';
import { secretsOfConfig } from './secrets.js';
import { fromMillis } from './time.js';

/** Reads the config that `--config` names (`-`: standard input), and reports what is odd about it. */
export async function loadConfig(
  path: string,
  io: Pick<Io, 'stdin' | 'env' | 'clock' | 'mask'>,
  on: Machine = machine(io.env),
): Promise<{ config: Config; warnings: readonly string[] }> {
  const text = path === '-' ? await io.stdin() : readText(path, 'KLV_CONFIG_FILE');
  io.mask.hide(...secretsOfConfig(text));
  const key = io.env.KLAVIYO_API_KEY;
  const settings = parseConfig(
    text,
    path === '-' ? 'standard input' : path,
    key === undefined ? {} : { KLAVIYO_API_KEY: key },
    fromMillis(io.clock.wall()),
  );
  io.mask.hide(settings.config.api_key);
  const open = path !== '-' && text.includes(settings.config.api_key) ? openToOthers(path, on) : undefined;
  return { ...settings, warnings: open === undefined ? settings.warnings : [...settings.warnings, open] };
}

/** The key as it is configured by now. Standard input was read once, so only the environment can tell there. */
export async function freshKey(path: string, io: Io): Promise<string | undefined> {
  if (path !== '-') return (await loadConfig(path, io)).config.api_key;
  const key = io.env.KLAVIYO_API_KEY?.trim() || undefined;
  if (key !== undefined) io.mask.hide(key);
  return key;
}

/** stderr for people: a level and a line; debug lines only where they were asked for. */
export function talk(io: Io, debug: boolean): Log {
  const word: Readonly<Record<Level, string>> = {
    debug: 'DEBUG',
    info: 'INFO',
    warn: 'WARNING',
    error: 'CRITICAL',
  };
  return (level, text) => {
    if (level !== 'debug' || debug) io.err(`${word[level]} ${forPeople(io.mask(text))}\n`);
  };
}

/** The line of what ended a run, and above it what helps whoever mends it. */
export function tellFault({ code, cause, message }: Fault, io: Io): void {
  const above =
    code === 'KLV_BUG' && cause instanceof Error
      ? cause.stack
      : code === 'KLV_USAGE' && typeof cause === 'string'
        ? cause
        : undefined;
  for (const line of above?.split('\n') ?? []) io.err(`${forPeople(io.mask(line))}\n`);
  talk(io, false)('error', message);
}

/** A client with its connections, which `close` ends. */
export function openClient(parts: {
  readonly config: Config;
  readonly wanted: Wanted;
  readonly io: Io;
  readonly log: Log;
  readonly mends: Mends;
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
