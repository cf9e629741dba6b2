/** What clients run in: a Python environment each, of pinned packages. A client that cannot be installed fails. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const HOME = join(ROOT, '.e2e');
const AT_ONCE = 2;
const run = promisify(execFile);

const file = (name: string): string => join(ROOT, 'test', 'e2e', 'requirements', `${name}.txt`);
const made = new Map<string, Promise<string>>();
const waiting: string[] = [];
let workers = 0;
let pip: Promise<string> | undefined;

/** One pip serves all environments: to give each its own takes longer than most installations. */
async function installer(): Promise<string> {
  const home = join(HOME, 'pip');
  if (!existsSync(join(home, 'ready'))) {
    mkdirSync(HOME, { recursive: true });
    await run('python3', ['-m', 'venv', '--clear', home]);
    writeFileSync(join(home, 'ready'), '');
  }
  return join(home, 'bin', 'pip');
}

async function make(name: string): Promise<string> {
  const home = join(HOME, name);
  const bin = join(home, 'bin');
  const ready = join(home, 'ready.txt');
  const wanted = readFileSync(file(name), 'utf8');
  if (existsSync(ready) && readFileSync(ready, 'utf8') === wanted) return bin;
  pip ??= installer();
  const command = await pip;
  await run('python3', ['-m', 'venv', '--clear', '--without-pip', home]);
  // The file names every package, so nothing is left to resolve, and nothing moves under a client.
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-deps', '--no-compile'];
  await run(command, ['--python', join(bin, 'python'), 'install', ...quiet, '-r', file(name)], {
    maxBuffer: 1 << 26,
  });
  writeFileSync(ready, wanted);
  return bin;
}

async function work(): Promise<void> {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await begin(name);
}

/** Resolves at the end, whatever the end is: whoever needs the environment sees the failure. */
function begin(name: string): Promise<unknown> {
  const making = made.get(name) ?? make(name);
  made.set(name, making);
  return making.then(
    () => undefined,
    () => undefined,
  );
}

export interface Client {
  readonly version: string;
  /** The version of another package beside it. */
  readonly pin: (name: string) => string | undefined;
  /** The folder of its commands. */
  readonly bin: () => Promise<string>;
}

/**
 * A client of a test file, which is the first line of its requirements. Those of all files are made two at a time, from the first moment that one is needed, so
 * that some are made while others work.
 */
export function client(name: string): Client {
  const pins = readFileSync(file(name), 'utf8').trim().split('\n');
  waiting.push(name);
  return {
    version: pins[0]?.split('==')[1] ?? '',
    pin: (other) => pins.find((one) => one.startsWith(`${other}==`))?.split('==')[1],
    bin: () => environment(name),
  };
}

export function environment(name: string): Promise<string> {
  if (!made.has(name) && waiting.includes(name)) waiting.unshift(...waiting.splice(waiting.indexOf(name), 1));
  for (; workers < AT_ONCE; workers++) void work();
  const making = made.get(name) ?? make(name);
  made.set(name, making);
  return making;
}
