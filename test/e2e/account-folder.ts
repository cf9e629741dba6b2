/** An account's folder for sync.sh, the script at work on it, and what to wait for. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  type FSWatcher,
  mkdirSync,
  readdirSync,
  readFileSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Sandbox } from '../../src/sandbox/index.js';
import { configFor, MAIN } from '../promises/harness.js';

export const EXAMPLES = fileURLToPath(new URL('../../../examples/orchestration/', import.meta.url));
export const SYNC = join(EXAMPLES, 'cron', 'sync.sh');

export interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

/** Its own process id first, so that a test can end it. */
const TAP = `#!/bin/sh
echo $$ >tap.pid
exec '${process.execPath}' '${MAIN}' "$@"
`;

/** Gives back each state as soon as the rows before it are in their files, as targets of databases do. */
const CONFIRMING = `#!${process.execPath}
const fs = require('node:fs');
const { destination_path: out } = JSON.parse(fs.readFileSync(process.argv[3], 'utf8'));
fs.writeFileSync('target.pid', String(process.pid));
let rest = '';
for (;;) {
  const bytes = Buffer.alloc(1 << 16);
  const length = fs.readSync(0, bytes);
  if (length === 0) break;
  const lines = (rest + bytes.toString('latin1', 0, length)).split('\\n');
  rest = lines.pop();
  for (const line of lines) {
    const { type, stream, record, value } = JSON.parse(Buffer.from(line, 'latin1').toString());
    if (type === 'RECORD') fs.appendFileSync(out + '/' + stream + '.jsonl', JSON.stringify(record) + '\\n');
    if (type === 'STATE') fs.writeSync(1, JSON.stringify(value) + '\\n');
  }
}
`;

export class AccountFolder {
  readonly path: string;
  readonly out: string;
  /** How often `state.json` was seen, and each time that it was no whole state. */
  readonly seen = { whole: 0, broken: [] as string[] };
  private readonly watcher: FSWatcher;

  constructor(parent: string, name: string, sandbox: Sandbox, more: object = {}) {
    this.path = join(parent, name);
    this.out = join(this.path, 'out');
    mkdirSync(this.out, { recursive: true });
    this.write('config.json', JSON.stringify(configFor(sandbox, more)), 0o600);
    this.write('target.json', JSON.stringify({ destination_path: this.out, do_timestamp_file: false }));
    this.write('tap', TAP, 0o755);
    this.write('confirming', CONFIRMING, 0o755);
    this.watcher = watch(this.path, () => this.look());
  }

  write(name: string, text: string, mode = 0o644): void {
    writeFileSync(join(this.path, name), text);
    chmodSync(join(this.path, name), mode);
  }

  has(name: string): boolean {
    return existsSync(join(this.path, name));
  }

  read(name: string): string {
    return this.has(name) ? readFileSync(join(this.path, name), 'utf8') : '';
  }

  /** Rows that have landed, while they land. */
  lines(): number {
    return readdirSync(this.out).reduce(
      (sum, file) => sum + readFileSync(join(this.out, file), 'latin1').split('\n').length - 1,
      0,
    );
  }

  state(): { readonly bookmarks: Readonly<Record<string, { readonly gaps: readonly unknown[] }>> } {
    return JSON.parse(this.read('state.json'));
  }

  pid(name: 'tap' | 'target'): number {
    return Number(this.read(`${name}.pid`));
  }

  close(): void {
    this.watcher.close();
  }

  /** The script, with a tap that tells its process id. */
  start(target: string): { readonly pid: number; readonly ended: Promise<Ended> } {
    const child = spawn(SYNC, [this.path], {
      env: { ...process.env, TAP: join(this.path, 'tap'), TARGET: target },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on('error', reject);
      // Not `close`: a tap that outlives the script has nothing of ours open, but a shell's child may.
      child.on('exit', (code) => setImmediate(() => resolve({ code, stderr })));
    });
    return { pid: child.pid ?? 0, ended };
  }

  run(target: string): Promise<Ended> {
    return this.start(target).ended;
  }

  /** Ends as soon as a file of the folder, or one in `out`, says what is waited for. */
  until(folder: string, said: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const watcher = watch(folder, () => look());
      const look = () => {
        if (!said()) return;
        watcher.close();
        resolve();
      };
      look();
    });
  }

  /** Ends when nobody holds the folder's lock any more. */
  free(): Promise<void> {
    return new Promise((resolve, reject) => {
      const child = spawn('flock', [join(this.path, 'sync.lock'), 'true'], { stdio: 'ignore' });
      child.on('error', reject);
      child.on('close', () => resolve());
    });
  }

  private look(): void {
    if (!this.has('state.json')) return;
    const text = this.read('state.json');
    try {
      if (typeof JSON.parse(text).bookmarks !== 'object') throw new Error('no bookmarks');
      this.seen.whole += 1;
    } catch {
      this.seen.broken.push(text.slice(0, 100));
    }
  }
}
