#!/usr/bin/env node
/** The only file that touches the process: arguments, streams, signals, exit code. */
import { Socket } from 'node:net';
import { basename } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { asFault } from './errors.js';
import { Interrupted, type Io, SIGNALS } from './io.js';
import { createMask, tellFault } from './log.js';
import { createOutput, fileStream } from './output.js';
import { secretsOfEnvironment } from './secrets.js';
import { createTerminal, isDrawable } from './terminal/terminal.js';

/** After a second signal: for the line under way. */
const HURRY_MS = 500;

const mask = createMask();
mask.hide(...secretsOfEnvironment(process.env));

const stop = new AbortController();
const { stdout, stderr } = process;
const out = createOutput(stdout instanceof Socket ? stdout : fileStream(1), (error) => stop.abort(error));

/** What a dependency prints goes where people read, through the mask like all else: stdout has one writer. */
const tell = stderr.write.bind(stderr);
const drawable = isDrawable(stderr, process.env);
const { terminal, say } = createTerminal(stderr, (text) => void tell(mask(text)), stdout.isTTY === true);
const masked = (chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean => {
  const text = mask(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
  const told = (typeof encoding === 'function' ? encoding : done) as () => void;
  return say(text) ? tell('', told) : tell(text, told);
};
stdout.write = masked;
stderr.write = masked;
stderr.on('error', () => {});
process.removeAllListeners('warning');
process.on('warning', ({ name, message }) => void masked(`${name}: ${message}\n`));

for (const signal of Object.keys(SIGNALS) as (keyof typeof SIGNALS)[])
  process.on(signal, () => {
    const reason = new Interrupted(signal);
    if (!stop.signal.aborted) return stop.abort(reason);
    // Whoever sends a second one will not wait for what is under way.
    out.stop(reason);
    const end = (): never => process.exit(reason.exitCode);
    void Promise.race([out.flush(), delay(HURRY_MS)]).then(end, end);
  });

// Loaded only now: to process 1 a signal that comes before there is a handler is no signal at all.
const { run } = await import('./app.js');

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of addAbortSignal(stop.signal, process.stdin)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Loaded where requests will be made: few commands make any. */
function http(): ReturnType<Io['http']> {
  const opened = import('./klaviyo/http.js').then(({ createHttp }) => createHttp());
  return {
    get: async (...request) => (await opened).get(...request),
    close: () => void opened.then(({ close }) => close()),
  };
}

const io: Io = {
  out,
  err: (text) => void masked(text),
  columns: () => (drawable ? stderr.columns : undefined),
  terminal: drawable ? terminal : undefined,
  atExit: (last) => void process.once('exit', last),
  env: process.env,
  stdin: readStdin,
  clock: {
    now: () => performance.now(),
    wall: () => Date.now(),
    sleep: (ms, signal) =>
      delay(Math.min(ms, 2 ** 31 - 1), undefined, signal === undefined ? {} : { signal }).catch(() => {}),
  },
  random: Math.random,
  http,
  mask,
  signal: stop.signal,
};

/** Nobody waits for what failed here, so the run cannot be trusted to go on, or to end. */
function broken(error: unknown): void {
  if (error !== undefined && error === stop.signal.reason) return;
  const fault = asFault(error);
  if (stop.signal.aborted) tellFault(fault, io);
  else stop.abort(fault);
}
process.on('uncaughtException', broken);
process.on('unhandledRejection', broken);
process.on('beforeExit', () => broken(new Error('nothing is under way any more, and the run has not ended')));

const name = basename(process.argv[1] ?? '');
void run(process.argv.slice(2), name.endsWith('.js') ? 'source-klaviyo-v2' : name, io).then(async (code) => {
  // All of stdout has been taken, or never will be; what is left for people may take as long, unless time is short.
  const told = new Promise<void>((resolve) => tell('', () => resolve()));
  await (stop.signal.aborted ? Promise.race([told, delay(HURRY_MS)]) : told);
  process.exit(code);
});
