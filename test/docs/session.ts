/** A page's commands, run as a reader would run them: one after the other, in a folder of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Folder, MAIN } from '../promises/harness.js';
import { ROOT, text } from './pages.js';

/** As target-jsonl does, it prints the last state when all is kept. */
const TARGET = `#!/usr/bin/env node
import { createInterface } from 'node:readline';
let state;
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.type === 'STATE') state = message.value;
}
process.stdout.write(JSON.stringify(state) + '\\n');
`;

const { scripts } = JSON.parse(text('package.json')) as { scripts: Readonly<Record<string, string>> };

/** Scripts of the package are run as they are, but not built again beneath the tests. */
const built = (code: string): string =>
  code.replaceAll(/npm run ([\w:-]+)(?: --)?/g, (_, name: string) =>
    (scripts[name] ?? 'false')
      .replace('npm run --silent build && ', '')
      .replaceAll('node dist/', `node ${ROOT}dist/`),
  );

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });

export interface Ran {
  readonly code: number | null;
  /** stdout and stderr as a terminal shows them. */
  readonly output: string;
}

export class Session {
  readonly #folder = new Folder();
  readonly #background: ChildProcess[] = [];
  readonly #port: Promise<number> = freePort();

  /** `files`: what the page takes for granted. */
  constructor(files: Readonly<Record<string, object>>) {
    for (const [name, content] of Object.entries(files)) this.#folder.write(name, content);
    // One folder of commands serves a shell, by PATH, and npx, by its place.
    const commands = join(this.#folder.path, 'node_modules', '.bin');
    mkdirSync(commands, { recursive: true });
    for (const name of ['source-klaviyo-v2', 'tap-klaviyo-v2']) symlinkSync(MAIN, join(commands, name));
    writeFileSync(join(commands, 'target-jsonl'), TARGET);
    writeFileSync(join(commands, 'package.json'), '{"type":"module"}');
    chmodSync(join(commands, 'target-jsonl'), 0o755);
  }

  async run(code: string): Promise<Ran> {
    const child = await this.#start(code);
    return new Promise((resolve, reject) => {
      let output = '';
      child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
        output += piece;
      });
      child.on('error', reject).on('close', (status) => resolve({ code: status, output }));
    });
  }

  /** What it prints until that fits, or until it ends. It runs on until the session is closed. */
  async serve(code: string, shape: RegExp): Promise<string> {
    const child = await this.#start(code);
    this.#background.push(child);
    return new Promise((resolve, reject) => {
      let output = '';
      child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
        output += piece;
        if (shape.test(output)) resolve(output);
      });
      child.on('error', reject).on('close', () => resolve(output));
    });
  }

  /** The port of the documents' sandbox may be taken on this machine. */
  async #start(code: string): Promise<ChildProcess> {
    const script = built(code).replaceAll('8787', String(await this.#port));
    return spawn('bash', ['-ec', `exec 2>&1\n${script}`], {
      cwd: this.#folder.path,
      stdio: ['ignore', 'pipe', 'ignore'],
      // A group of its own, so that what a shell has started ends with it.
      detached: true,
      env: {
        PATH: `${join(this.#folder.path, 'node_modules', '.bin')}:${process.env.PATH}`,
        HOME: this.#folder.path,
        // Whatever is not there is not fetched.
        npm_config_offline: 'true',
        npm_config_update_notifier: 'false',
      },
    });
  }

  close(): void {
    for (const { pid, exitCode } of this.#background)
      if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGTERM');
    this.#folder.remove();
  }
}
