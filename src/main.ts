#!/usr/bin/env node
/** The only file that touches the process: arguments, streams, signals, exit code. */
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Interrupted, type Io } from './io.js';
import { createOutput, ReaderGone } from './output.js';

const stop = new AbortController();
const out = createOutput(process.stdout, (error) => {
  if (error instanceof ReaderGone) stop.abort(error);
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    // A second signal: whoever sends it will not wait for what is under way.
    if (stop.signal.aborted) void out.flush().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
    stop.abort(new Interrupted(signal));
  });
process.stderr.on('error', () => {});

// Loaded only now: to process 1 a signal that comes before there is a handler is no signal at all.
const [{ run }, { createHttp }, { createMask }] = await Promise.all([
  import('./app.js'),
  import('./klaviyo/http.js'),
  import('./log.js'),
]);

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

const mask = createMask();
mask.hide(process.env.KLAVIYO_API_KEY ?? '');

const io: Io = {
  out,
  err: (text) => void process.stderr.write(mask(text)),
  columns: () =>
    process.stderr.isTTY && process.env.NO_COLOR === undefined && process.env.CI === undefined
      ? process.stderr.columns
      : undefined,
  env: process.env,
  stdin: readStdin,
  clock: {
    now: () => performance.now(),
    wall: () => Date.now(),
    sleep: (ms, signal) =>
      delay(Math.min(ms, 2 ** 31 - 1), undefined, signal === undefined ? {} : { signal }).catch(() => {}),
  },
  random: Math.random,
  http: createHttp,
  mask,
  signal: stop.signal,
};

const name = basename(process.argv[1] ?? '');
process.exitCode = await run(process.argv.slice(2), name.endsWith('.js') ? 'source-klaviyo-v2' : name, io);
