/**
 * What SIGTERM costs: the executable is told to end at a random moment of its read, in both protocols, with readers that
 * read on and some that never do. Each run must end within five seconds with 143, or 0 if it had ended, with a whole
 * last line, and no state may claim a row that was not written before it. One in fifty is resumed, and must then have
 * delivered everything.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { random } from '../src/sandbox/random.js';
import { serveAccount } from './account.js';
import { claims, type Heard, listen, missing } from './claims.js';

const MAIN = fileURLToPath(new URL('../src/main.js', import.meta.url));
const ACCOUNT = { profiles: 300, events: 3_000, campaigns: 12, flows: 3, limits: false, latencyMs: 10 };
const DEADLINE_MS = 5_000;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    parallel: { type: 'string', default: '3' },
  },
});
const runs = Number(values.runs);
const chance = random(Number(values.seed), 'signals');

const served = await serveAccount(ACCOUNT);
const folder = mkdtempSync(join(tmpdir(), 'klaviyo-signals-'));
const write = (name: string, content: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
};
const config = write('config.json', {
  api_key: served.account.apiKey,
  base_url: served.account.url,
  start_date: '2000-01-01',
});

type Protocol = 'airbyte' | 'singer';

interface Ended {
  readonly code: number | null;
  readonly seconds: number;
  /** From the signal to the end. */
  readonly after: number;
  readonly peak: number;
  readonly text: string;
}

/** `stalls`: reads nothing more from the signal on, until the process has ended. */
async function run(
  protocol: Protocol,
  told: { readonly at: number; readonly stalls: boolean } | undefined,
  more: readonly string[] = [],
): Promise<Ended> {
  const args = ['read', '--config', config, '--protocol', protocol, ...more];
  const began = performance.now();
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const chunks: Buffer[] = [];
  let peak = 0;
  const look = (): void => {
    try {
      const kb = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0);
      peak = Math.max(peak, kb / 1024);
    } catch {
      // It has ended, or this is no Linux.
    }
  };
  child.stdout.on('data', (bytes: Buffer) => {
    chunks.push(bytes);
    look();
  });
  let signalled = 0;
  const cancel = new AbortController();
  if (told !== undefined)
    void delay(told.at, undefined, { signal: cancel.signal })
      .then(() => {
        look();
        if (told.stalls) child.stdout.pause();
        signalled = performance.now();
        child.kill('SIGTERM');
        return delay(2 * DEADLINE_MS, undefined, { signal: cancel.signal });
      })
      .then(
        () => child.kill('SIGKILL'),
        () => {},
      );
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (status) => resolve(status));
  });
  const end = performance.now();
  cancel.abort();
  const closed = new Promise((resolve) => child.stdout.once('close', resolve));
  child.stdout.resume();
  if (!child.stdout.closed) await closed;
  return {
    code,
    seconds: (end - began) / 1000,
    after: signalled === 0 ? 0 : end - signalled,
    peak,
    text: Buffer.concat(chunks).toString('utf8'),
  };
}

const faults: string[] = [];
const times: number[] = [];
const codes: Record<string, number> = {};
let peak = 0;
let torn = 0;
let resumed = 0;
let stopped = 0;
let began = 0;

/** What a run of each protocol delivers from its beginning to its end, and how long it takes. */
const whole = new Map<Protocol, { readonly heard: Heard; readonly ms: number }>();
for (const protocol of ['airbyte', 'singer'] as const) {
  const { code, text, seconds } = await run(protocol, undefined);
  if (code !== 0) throw new Error(`a ${protocol} run that nobody stops ends with ${code}`);
  whole.set(protocol, { heard: listen(text), ms: seconds * 1000 });
}

async function one(index: number): Promise<void> {
  const protocol = index % 2 === 0 ? 'airbyte' : 'singer';
  const all = whole.get(protocol);
  if (all === undefined) return;
  const stalls = index % 10 === 9;
  const at = chance.int(0, Math.ceil(all.ms * 1.2 * Math.sqrt(Number(values.parallel))));
  const where = `run ${index} (${protocol}, told after ${at} ms${stalls ? ', stalled reader' : ''})`;
  const ended = await run(protocol, { at, stalls });
  const { code, after, text } = ended;
  const heard = listen(text);
  const name = code === null ? 'beforeStart' : String(code);
  codes[name] = (codes[name] ?? 0) + 1;
  peak = Math.max(peak, ended.peak);
  // Before it listens for signals, a process ends by the signal itself, without a word: a shell says 143, too.
  const early = code === null && text === '';
  if (!early && code !== 143 && code !== 0) faults.push(`${where}: exit code ${code}`);
  if (code === 143) times.push(after);
  if (after > DEADLINE_MS) faults.push(`${where}: ended after ${Math.round(after)} ms`);
  if (heard.torn && !stalls) faults.push(`${where}: a torn last line`);
  if (heard.torn) torn += 1;
  const ahead = claims(heard, all.heard);
  if (ahead !== undefined) faults.push(`${where}: ${ahead}`);
  if (code !== 143 || heard.state === undefined || stopped++ % 50 !== 0) return;
  const rest = await run(protocol, undefined, ['--state', write(`state-${index}.json`, heard.state)]);
  resumed += 1;
  const lost = missing(all.heard, [heard, listen(rest.text)]);
  if (rest.code !== 0) faults.push(`${where}: the resumed run ended with ${rest.code}`);
  if (lost > 0) faults.push(`${where}: ${lost} rows lost`);
}

try {
  await Promise.all(
    Array.from({ length: Number(values.parallel) }, async () => {
      while (began < runs) await one(began++);
    }),
  );
  const ordered = [...times].sort((a, b) => a - b);
  const line = {
    bench: 'signals',
    runs,
    seed: Number(values.seed),
    codes,
    exitMs: { median: Math.round(ordered[ordered.length >> 1] ?? 0), max: Math.round(ordered.at(-1) ?? 0) },
    tornBehindStalledReaders: torn,
    resumed,
    peakRssMb: Math.round(peak),
    faults: faults.length,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  served.close();
  rmSync(folder, { recursive: true, force: true });
}
