/** What clients are tried with: both accounts, the tap and its pipe, and what they must hold afterwards. */
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { configFor, Folder, MAIN } from '../promises/harness.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const run = promisify(execFile);
/** What is imported is compiled once, not at every start, whatever the caller's environment says. */
const ENV: NodeJS.ProcessEnv = { ...process.env, PYTHONDONTWRITEBYTECODE: '' };

export const KINDS = ['shop', 'nasty'] as const;
export type Kind = (typeof KINDS)[number];

/** An account that is served, with a folder for the files of its clients. */
export interface Served {
  readonly kind: Kind;
  readonly sandbox: Sandbox;
  readonly folder: Folder;
  readonly config: string;
  readonly close: () => Promise<void>;
}

export async function serve(kind: Kind, size: object = { profiles: 300, events: 2_000, flows: 4 }) {
  const sandbox = await startSandbox({ account: kind, limits: false, ...size });
  const folder = new Folder();
  const served: Served = {
    kind,
    sandbox,
    folder,
    config: folder.write('config.json', configFor(sandbox)),
    async close() {
      await sandbox.close();
      folder.remove();
    },
  };
  return served;
}

/** Side by side; the first failure is told when all have ended, since nothing may go on after a test. */
export async function forEach<One>(
  all: readonly One[],
  work: (one: One, index: number) => Promise<void>,
): Promise<void> {
  for (const ended of await Promise.allSettled(all.map(work)))
    if (ended.status === 'rejected') throw ended.reason;
}

/** The tap piped into a target, as a shell does it: both must end with 0. Returns what the target gives back. */
export function pipe(
  tap: readonly string[],
  [command, ...args]: readonly [string, ...string[]],
  cwd?: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const source = spawn(process.execPath, [MAIN, 'read', ...tap], { stdio: ['ignore', 'pipe', 'pipe'] });
    const sink = spawn(command, args, {
      stdio: [source.stdout, 'pipe', 'pipe'],
      env: ENV,
      ...(cwd === undefined ? {} : { cwd }),
    });
    // The target holds the pipe now; ours would keep it open.
    source.stdout.destroy();
    let told = '';
    let errors = '';
    sink.stdout.on('data', (text) => {
      told += text;
    });
    for (const stream of [source.stderr, sink.stderr])
      stream.on('data', (text) => {
        errors = (errors + text).slice(-4_000);
      });
    const codes = new Map<string, number | null>();
    for (const [name, child] of [
      ['tap', source],
      [command, sink],
    ] as const) {
      child.on('error', reject);
      child.on('close', (code) => {
        codes.set(name, code);
        if (codes.size < 2) return;
        if ([...codes.values()].every((one) => one === 0)) resolve(told);
        else reject(new Error(`exit codes ${[...codes].map((one) => one.join(' ')).join(', ')}: ${errors}`));
      });
    }
  });
}

/** The last state that a target gave back. */
export const lastState = (told: string): { readonly bookmarks: Readonly<Record<string, unknown>> } =>
  JSON.parse(told.trim().split('\n').at(-1) ?? '');

/** Runs one of the Python scripts that lie here; what it prints is JSON, after this word. */
export async function python<Result>(
  bin: string,
  script: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Result> {
  const { stdout } = await run(join(bin, 'python'), [join(ROOT, 'test', 'e2e', script), ...args], {
    maxBuffer: 1 << 29,
    env: { ...ENV, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  const line = stdout.split('\n').find((one) => one.startsWith('RESULT '));
  return JSON.parse(line?.slice('RESULT '.length) ?? '') as Result;
}
