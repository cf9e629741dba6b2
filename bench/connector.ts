/** The connector as a process, its stdout piped to a reader that counts. */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Account } from './sandbox.js';
import type { Tally } from './tally.js';

const MAIN = fileURLToPath(new URL('../src/main.js', import.meta.url));

export interface Run {
  /** Kills with SIGKILL when it says so; asked after each piece of stdout. */
  readonly enough?: () => boolean;
  readonly timeoutMs: number;
  /** The state that the run goes on from. */
  readonly state?: string | undefined;
  /** Arguments of Node before the executable. */
  readonly node?: readonly string[];
  /** Told of each line of stderr. */
  readonly heard?: (line: string) => void;
  /** SIGTERM after so long. */
  readonly endAfterMs?: number;
  readonly stall?: Stall;
}

/** The reader stops once, for a while, when so much has come. */
export interface Stall {
  readonly afterBytes: number;
  readonly ms: number;
}

export interface Ended {
  readonly code: number | null;
  readonly timedOut: boolean;
  readonly killed: boolean;
  readonly seconds: number;
  /** The most memory the process held, in megabytes, where the system tells. */
  readonly peak: number;
  readonly stderr: string;
}

export interface Connector {
  run(tally: Tally, run: Run): Promise<Ended>;
  close(): void;
}

const LOOK_MS = 200;

/** The high-water mark of a process's memory so far, in megabytes; 0 where the system does not tell. */
function peakOf(pid: number | undefined): number {
  try {
    const [, kilobytes = '0'] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) / 1024;
  } catch {
    return 0;
  }
}

/** A catalog that chooses these streams alone, whole in their columns. `config`: its file. */
export async function catalogFor(config: string, streams: readonly string[]): Promise<object> {
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, '--config', config, '--discover'], {
    maxBuffer: 64 * 1024 * 1024,
  });
  const discovered = JSON.parse(stdout) as { streams: { tap_stream_id: string; metadata: Metadata[] }[] };
  const chosen = discovered.streams.filter(({ tap_stream_id: name }) => streams.includes(name));
  for (const { metadata } of chosen)
    for (const { breadcrumb, metadata: of } of metadata) if (breadcrumb.length === 0) of.selected = true;
  return { streams: chosen };
}

/** Chooses these streams alone, whole in their columns. */
export async function connectTo(
  { url, apiKey }: Pick<Account, 'url' | 'apiKey'>,
  streams: readonly string[],
): Promise<Connector> {
  const folder = mkdtempSync(join(tmpdir(), 'klaviyo-bench-'));
  const write = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const config = write(
    'config.json',
    JSON.stringify({ api_key: apiKey, base_url: url, start_date: '2000-01-01' }),
  );
  const catalog = write('catalog.json', JSON.stringify(await catalogFor(config, streams)));

  return {
    run(tally, { enough = () => false, timeoutMs, state, node = [], endAfterMs, heard, stall }) {
      const args = ['--config', config, '--catalog', catalog];
      if (state !== undefined) args.push('--state', write('state.json', state));
      const began = Date.now();
      const child = spawn(process.execPath, [...node, MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
      let timedOut = false;
      let killed = false;
      let stderr = '';
      const timer = setTimeout(() => {
        timedOut = true;
        child.kill('SIGKILL');
      }, timeoutMs);
      const end = endAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGTERM'), endAfterMs);
      let peak = 0;
      const look = setInterval(() => {
        peak = Math.max(peak, peakOf(child.pid));
      }, LOOK_MS);
      tally.begin();
      let come = 0;
      child.stdout.on('data', (bytes: Buffer) => {
        tally.take(bytes);
        const before = come;
        come += bytes.length;
        if (stall !== undefined && before < stall.afterBytes && come >= stall.afterBytes) {
          child.stdout.pause();
          setTimeout(() => child.stdout.resume(), stall.ms);
        }
        if (killed || !enough()) return;
        killed = true;
        child.kill('SIGKILL');
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr = (stderr + text).slice(-2_000);
      });
      if (heard !== undefined) createInterface(child.stderr).on('line', heard);
      return new Promise((resolve, reject) => {
        child.on('error', reject);
        child.on('close', (code) => {
          clearTimeout(timer);
          clearTimeout(end);
          clearInterval(look);
          resolve({ code, timedOut, killed, peak, seconds: (Date.now() - began) / 1000, stderr });
        });
      });
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

interface Metadata {
  readonly breadcrumb: readonly string[];
  readonly metadata: { selected?: boolean };
}
