/** Accounts into stores, through real clients, and files of SQL asked of what they made. */
import { execFile, spawn } from 'node:child_process';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Folder, MAIN } from '../promises/harness.js';
import { environment } from './environment.js';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const POSTGRES = new URL(
  (process.env.E2E_POSTGRES ?? 'postgresql+psycopg://postgres@127.0.0.1:5432/postgres').replace(
    '+psycopg',
    '',
  ),
);
const execute = promisify(execFile);
const WIDE = { maxBuffer: 1 << 28 };

export type Value = string | number | null;
export type Answer = readonly Readonly<Record<string, Value>>[];
export type Answers = Readonly<Record<string, Answer>>;

/** A place that one client loads into; a second load goes on from the state of the first. */
export interface Store {
  readonly name: string;
  readonly dialect: 'postgres' | 'duckdb';
  readonly schema: string;
  /** `more`: further flags of the tap, where the tap is piped. */
  load(config: string, more?: readonly string[]): Promise<void>;
  run(statements: string): Promise<void>;
  /** By the names of the files, without their ending. */
  ask(files: readonly string[], searchPath?: string): Promise<Answers>;
  remove(): Promise<void>;
}

/** The tap piped into a target, as a shell does it: both must end with 0. Returns the last state given back. */
export function pipe(tap: readonly string[], target: readonly [string, ...string[]]): Promise<string> {
  const [command, ...args] = target;
  const source = spawn(process.execPath, [MAIN, ...tap], { stdio: ['ignore', 'pipe', 'pipe'] });
  // Instants go into columns without a zone: in UTC, whatever the zone of the server.
  const env = { ...process.env, PGTZ: 'UTC' };
  const sink = spawn(command, args, { env, stdio: [source.stdout, 'pipe', 'pipe'] });
  // The target holds the pipe now; ours would keep it open.
  source.stdout.destroy();
  let state = '';
  let errors = '';
  sink.stdout?.on('data', (text) => {
    state += text;
  });
  for (const stream of [source.stderr, sink.stderr])
    stream?.on('data', (text) => {
      errors = (errors + text).slice(-4_000);
    });
  const ended = [source, sink].map(
    (child) =>
      new Promise<number | null>((resolve, reject) => {
        child.on('error', reject);
        child.on('close', (code) => resolve(code));
      }),
  );
  return Promise.all(ended).then((codes) => {
    if (codes.some((code) => code !== 0)) throw new Error(`exit codes ${codes.join(', ')}: ${errors}`);
    return state.trim().split('\n').at(-1) ?? '{}';
  });
}

/** A target that is loaded from where its last load ended. */
function loader(folder: Folder, name: string, executable: string, config: object) {
  const target = folder.write(`${name}.json`, config);
  let state: string | undefined;
  return async (tapConfig: string, more: readonly string[] = []): Promise<void> => {
    const bin = await environment(executable);
    const from = state === undefined ? [] : ['--state', folder.write(`${name}.state.json`, state)];
    state = await pipe(
      ['read', '--config', tapConfig, ...from, ...more],
      [join(bin, executable), '--config', target],
    );
  };
}

export function postgres(
  folder: Folder,
  settings: object = { add_record_metadata: false, activate_version: false },
): Store {
  const schema = `${basename(folder.path).toLowerCase().replace(/\W/g, '_')}_${Object.keys(settings).length}`;
  const load = loader(folder, schema, 'target-postgres', {
    host: POSTGRES.hostname,
    port: Number(POSTGRES.port || 5432),
    user: POSTGRES.username,
    password: POSTGRES.password || 'none',
    database: POSTGRES.pathname.slice(1),
    default_target_schema: schema,
    load_method: 'upsert',
    ...settings,
  });
  const psql = async (args: readonly string[], searchPath: string): Promise<string> => {
    const env = { ...process.env, PGOPTIONS: `-c search_path=${searchPath}` };
    const all = [POSTGRES.href, '--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', ...args];
    return (await execute('psql', all, { ...WIDE, env })).stdout;
  };
  return {
    name: 'PostgreSQL, by target-postgres',
    dialect: 'postgres',
    schema,
    load,
    async run(statements) {
      await psql(['--file', folder.write('statements.sql', statements)], schema);
    },
    async ask(files, searchPath = schema) {
      const answers: Record<string, Answer> = {};
      for (const file of files)
        answers[basename(file, '.sql')] = fromCsv(
          await psql(['--csv', '--pset', `null=${NULL}`, '--file', file], searchPath),
        );
      return answers;
    },
    async remove() {
      await psql(['--command', `drop schema if exists "${schema}" cascade`], schema);
    },
  };
}

const NULL = '\u2205';

function fromCsv(text: string): Answer {
  const lines = [...text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\n]*))(,|\n|$)/g)].reduce<string[][]>(
    (rows, [, quoted, plain = '', end]) => {
      rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain);
      if (end === '\n') rows.push([]);
      return rows;
    },
    [[]],
  );
  const [columns = [], ...rows] = lines.filter(({ length }) => length > 1);
  return rows.map((row) =>
    Object.fromEntries(
      columns.map((column, index) => [column, row[index] === NULL ? null : (row[index] ?? null)]),
    ),
  );
}

/** What both ways into DuckDB share: a file, and the Python environment that wrote it. */
function duckdb(folder: Folder, name: string, kind: string, schema: string, load: Store['load']): Store {
  const path = join(folder.path, `${kind}.duckdb`);
  const python = async (): Promise<string> => join(await environment(kind), 'python');
  return {
    name,
    dialect: 'duckdb',
    schema,
    load,
    async run(statements) {
      const running = execute(await python(), [join(ROOT, 'test/e2e/duckdb_run.py'), path], WIDE);
      running.child.stdin?.end(statements);
      await running;
    },
    async ask(files, searchPath = schema) {
      const script = join(ROOT, 'test/e2e/duckdb_ask.py');
      const { stdout } = await execute(await python(), [script, path, searchPath, ...files], WIDE);
      return JSON.parse(/^RESULT (.*)$/m.exec(stdout)?.[1] ?? 'null') as Answers;
    },
    remove: () => Promise.resolve(),
  };
}

export function targetDuckdb(folder: Folder): Store {
  const filepath = join(folder.path, 'target-duckdb.duckdb');
  const load = loader(folder, 'target-duckdb', 'target-duckdb', {
    filepath,
    // The name of the file is the name of the database.
    database: 'target-duckdb',
    default_target_schema: 'klaviyo',
  });
  return duckdb(folder, 'DuckDB, by target-duckdb', 'target-duckdb', 'klaviyo', load);
}

export function pyairbyte(folder: Folder): Store {
  return duckdb(folder, 'DuckDB, by PyAirbyte', 'pyairbyte', 'main', async (config) => {
    const script = join(ROOT, 'test/e2e/pyairbyte_load.py');
    const cache = join(folder.path, 'pyairbyte.duckdb');
    const quiet = { AIRBYTE_OFFLINE_MODE: '1', DO_NOT_TRACK: '1', NO_COLOR: '1', HOME: folder.path };
    await execute(join(await environment('pyairbyte'), 'python'), [script, MAIN, config, cache], {
      ...WIDE,
      env: { ...process.env, ...quiet },
      cwd: folder.path,
    });
  });
}
