/** The executable as users run it: a process, its stdout a pipe, files for config, catalog and state. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ndjson from 'ndjson';
import type { StreamName } from '../../src/resource.js';
import { API_KEY, type Sandbox } from '../../src/sandbox/index.js';
import { canary } from './canary.js';
import { keyOf, type Row } from './truth.js';

export const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));

const leak = canary(API_KEY);

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Absent: empty. Null: never ends. */
  readonly stdin?: string | null;
  /** Called with what is on stdout so far; may send signals. */
  readonly watch?: (stdout: string, child: Child) => void;
  readonly cwd?: string;
  /** A file's descriptor in place of a pipe. */
  readonly stdout?: number;
}

export type Child = ReturnType<typeof spawn>;

export const execute = (args: readonly string[], options: RunOptions = {}): Promise<Ended> =>
  launch(args, options).ended;

/** Fails where anything that the process said holds a piece of the sandbox's key. */
export function launch(
  args: readonly string[],
  options: RunOptions = {},
): { readonly child: Child; readonly ended: Promise<Ended> } {
  const env = {
    PATH: process.env.PATH,
    NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS,
    ...options.env,
  };
  const child: Child = spawn(process.execPath, [options.env?.AS ?? MAIN, ...args], {
    env,
    stdio: ['pipe', options.stdout ?? 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    options.watch?.(stdout, child);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin?.on('error', () => {});
  if (options.stdin !== null) child.stdin?.end(options.stdin ?? '');
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const leaked = leak(stdout) ?? leak(stderr);
      if (leaked === undefined) resolve({ code, stdout, stderr });
      else reject(new Error(leaked));
    });
  });
  return { child, ended };
}

/** A folder of its own for a test's files. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'klaviyo-'));

  write(name: string, content: unknown): string {
    const path = join(this.path, name);
    // As a file that may hold a key should be, or each run would warn of it.
    writeFileSync(
      path,
      typeof content === 'string' || content instanceof Buffer ? content : JSON.stringify(content),
      { mode: 0o600 },
    );
    return path;
  }

  /** An environment in which the executable carries this code along, as it would a dependency's. */
  carrying(name: string, code: string): { readonly NODE_OPTIONS: string } {
    return { NODE_OPTIONS: `--import=${pathToFileURL(this.write(name, code)).href}` };
  }

  /** The executable under its other name. */
  tap(): string {
    const path = join(this.path, 'tap-klaviyo-v2');
    symlinkSync(MAIN, path);
    return path;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export const configFor = (sandbox: Sandbox, more: object = {}): object => ({
  api_key: sandbox.apiKey,
  base_url: sandbox.url,
  start_date: '2000-01-01',
  ...more,
});

export interface SingerMessage {
  readonly type: 'SCHEMA' | 'RECORD' | 'STATE' | 'ACTIVATE_VERSION';
  readonly version?: number;
  readonly stream: StreamName;
  readonly record: Row;
  readonly schema: { readonly properties: Readonly<Record<string, object>> };
  readonly key_properties: readonly string[];
  readonly bookmark_properties?: readonly string[];
  readonly value: { readonly bookmarks: Readonly<Record<string, unknown>> };
}

export interface AirbyteMessage {
  readonly type: string;
  readonly record: { readonly stream: StreamName; readonly data: Row; readonly emitted_at: number };
  readonly state: {
    readonly stream: {
      readonly stream_descriptor: { readonly name: StreamName };
      readonly stream_state: object;
    };
    readonly sourceStats: { readonly recordCount: number };
  };
  readonly trace: {
    readonly type: string;
    readonly stream_status: {
      readonly stream_descriptor: { readonly name: StreamName };
      readonly status: string;
    };
    readonly error: { readonly message: string; readonly failure_type: string };
  };
  readonly catalog: {
    readonly streams: readonly { readonly name: StreamName; readonly json_schema: object }[];
  };
  readonly connectionStatus: { readonly status: string; readonly message: string };
}

/** Every line as a message; a line that is no JSON fails. */
export function messages<Message>(stdout: string): Promise<Message[]> {
  return new Promise((resolve, reject) => {
    const found: Message[] = [];
    const parser = ndjson.parse();
    parser.on('data', (message: Message) => found.push(message));
    parser.on('error', reject);
    parser.on('end', () => resolve(found));
    parser.end(stdout);
  });
}

export type RowsByKey = ReadonlyMap<StreamName, ReadonlyMap<string, Row>>;

/** Rows by stream and key; `repeats` counts keys that came more than once. */
export function byKey(records: Iterable<readonly [StreamName, Row]>): { rows: RowsByKey; repeats: number } {
  const rows = new Map<StreamName, Map<string, Row>>();
  let repeats = 0;
  for (const [stream, row] of records) {
    const known = rows.get(stream) ?? new Map<string, Row>();
    rows.set(stream, known);
    if (known.has(keyOf(stream, row))) repeats += 1;
    known.set(keyOf(stream, row), row);
  }
  return { rows, repeats };
}

export const singerRecords = (all: readonly SingerMessage[]) =>
  all.filter(({ type }) => type === 'RECORD').map(({ stream, record }) => [stream, record] as const);

export const airbyteRecords = (all: readonly AirbyteMessage[]) =>
  all.filter(({ type }) => type === 'RECORD').map(({ record }) => [record.stream, record.data] as const);

export const configured = (streams: AirbyteMessage['catalog']['streams'], mode?: 'full_refresh'): object => ({
  streams: streams.map((stream) => {
    const { supported_sync_modes: modes } = stream as unknown as { supported_sync_modes: string[] };
    return {
      stream,
      sync_mode: mode ?? (modes.includes('incremental') ? 'incremental' : 'full_refresh'),
      destination_sync_mode: 'append_dedup',
    };
  }),
});
