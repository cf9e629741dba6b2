/** What clients run in: a Python environment each, of pinned packages. A client that cannot be installed fails. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const HOME = join(ROOT, '.e2e');
const AT_ONCE = 2;
const PYTHON = process.env.E2E_PYTHON ?? 'python3';
const run = promisify(execFile);

const file = (name: string): string => join(ROOT, 'test', 'e2e', 'requirements', `${name}.txt`);
const pinsOf = (name: string): string => readFileSync(file(name), 'utf8');
/** Holds what was installed, so that other pins make another environment. */
const ready = (name: string): string => join(HOME, name, 'ready.txt');
const isReady = (name: string): boolean =>
  existsSync(ready(name)) && readFileSync(ready(name), 'utf8') === pinsOf(name);
const setReady = (name: string): void => writeFileSync(ready(name), pinsOf(name));

const made = new Map<string, Promise<string>>();
const registered: string[] = [];
const queue: (() => void)[] = [];
let free = AT_ONCE;
let pip: Promise<string> | undefined;

/** One pip serves all environments: to give each its own takes longer than most installations. */
async function installer(): Promise<string> {
  const home = join(HOME, 'pip');
  const bin = join(home, 'bin');
  if (!isReady('pip')) {
    mkdirSync(HOME, { recursive: true });
    await run(PYTHON, ['-m', 'venv', '--clear', home]);
    // The one that comes with Python may be years old, and several times slower.
    await run(join(bin, 'pip'), ['install', '--quiet', '-r', file('pip')]);
    setReady('pip');
  }
  return join(bin, 'pip');
}

async function make(name: string): Promise<string> {
  const home = join(HOME, name);
  const bin = join(home, 'bin');
  if (isReady(name)) return bin;
  pip ??= installer();
  const command = await pip;
  await run(PYTHON, ['-m', 'venv', '--clear', '--without-pip', home]);
  // To find out what fits takes pip minutes where much is needed, and what it finds is another thing each month.
  const complete = /^# complete$/m.test(pinsOf(name)) ? ['--no-deps'] : [];
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-compile', ...complete];
  await run(command, ['--python', join(bin, 'python'), 'install', ...quiet, '-r', file(name)], {
    maxBuffer: 1 << 26,
  });
  setReady(name);
  return bin;
}

async function inTurn<Made>(work: () => Promise<Made>): Promise<Made> {
  if (free === 0) await new Promise<void>((resolve) => queue.push(resolve));
  else free -= 1;
  try {
    return await work();
  } finally {
    const next = queue.shift();
    if (next === undefined) free += 1;
    else next();
  }
}

/** The folder of a client's commands. */
export function environment(name: string): Promise<string> {
  const making = made.get(name) ?? inTurn(() => make(name));
  made.set(name, making);
  return making;
}

export interface Client {
  readonly version: string;
  /** The version of another package beside it. */
  readonly pin: (name: string) => string | undefined;
  readonly bin: () => Promise<string>;
}

/** A client that a test file needs: the first line of its requirements. */
export function client(name: string): Client {
  // Before the first of all tests, so that environments are made while other tests run; the largest first, as it
  // takes longest. Who needs one that failed, fails.
  if (registered.length === 0)
    before(() => {
      for (const one of registered.sort((a, b) => pinsOf(b).length - pinsOf(a).length))
        environment(one).catch(() => {});
    });
  registered.push(name);
  const pins = pinsOf(name).trim().split('\n');
  return {
    version: pins[0]?.split('==')[1] ?? '',
    pin: (other) => pins.find((one) => one.startsWith(`${other}==`))?.split('==')[1],
    bin: () => environment(name),
  };
}
