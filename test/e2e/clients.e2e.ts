/**
 * The executable into real clients: targets from PyPI in environments of their own, PostgreSQL, PyAirbyte. A client
 * that cannot be installed fails; none is left out.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { STREAM_NAMES } from '../../src/generated/rows.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { configFor, Folder } from '../promises/harness.js';
import { KEYS, type Row, truthOf } from '../promises/truth.js';
import { environment } from './environment.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const POSTGRES = process.env.E2E_POSTGRES ?? 'postgresql+psycopg://postgres@127.0.0.1:5432/postgres';
const run = promisify(execFile);

/** The tap piped into a target, as a shell does it: both must end with 0. Returns what the target gives back. */
function pipe(tap: readonly string[], target: readonly [string, ...string[]]): Promise<string> {
  return new Promise((resolve, reject) => {
    const source = spawn(process.execPath, [MAIN, ...tap], { stdio: ['ignore', 'pipe', 'pipe'] });
    const [command, ...args] = target;
    const sink = spawn(command, args, { stdio: [source.stdout, 'pipe', 'pipe'] });
    // The target holds the pipe now; ours would keep it open.
    source.stdout.destroy();
    let state = '';
    let errors = '';
    sink.stdout.on('data', (text) => {
      state += text;
    });
    for (const stream of [source.stderr, sink.stderr])
      stream.on('data', (text) => {
        errors = (errors + text).slice(-4_000);
      });
    const codes: (number | null)[] = [];
    for (const child of [source, sink])
      child.on('close', (code) => {
        codes.push(code);
        if (codes.length < 2) return;
        if (codes.every((one) => one === 0)) resolve(state);
        else reject(new Error(`exit codes ${codes.join(', ')}: ${errors}`));
      });
  });
}

/** The config of target-postgres for a schema of its own. */
function postgres(schema: string): object {
  const url = new URL(POSTGRES.replace('+psycopg', ''));
  return {
    host: url.hostname,
    port: Number(url.port || 5432),
    user: url.username,
    password: url.password || 'none',
    database: url.pathname.slice(1),
    default_target_schema: schema,
    load_method: 'upsert',
  };
}

/** Keys as text: dates lose their form in a database, not their instant. */
const keyText = (values: readonly unknown[]): string =>
  JSON.stringify(
    values.map((value) =>
      /^\d{4}-\d\d-\d\d[T ]/.test(String(value))
        ? Date.parse(
            `${String(value)
              .replace(' ', 'T')
              .replace(/(Z|\+00:00)$/, '')}Z`,
          )
        : String(value).toLowerCase() === 'true'
          ? true
          : String(value).toLowerCase() === 'false'
            ? false
            : value,
    ),
  );

const result = (stdout: string) => {
  const line = stdout.split('\n').find((one) => one.startsWith('RESULT '));
  return JSON.parse(line?.slice('RESULT '.length) ?? 'null');
};

for (const account of ['shop', 'nasty'] as const)
  describe(`clients on the ${account} account`, () => {
    let sandbox: Sandbox;
    const folder = new Folder();
    let config = '';
    let keys = '';

    before(async () => {
      sandbox = await startSandbox({ account, limits: false, profiles: 400, events: 4_000, flows: 4 });
      config = folder.write('config.json', configFor(sandbox));
      keys = folder.write('keys.json', KEYS);
    });
    after(async () => {
      await sandbox.close();
      folder.remove();
    });

    const expectTables = (tables: Readonly<Record<string, readonly (readonly unknown[])[]>>): void => {
      const truth = truthOf(sandbox.account);
      for (const stream of STREAM_NAMES) {
        const want = [...(truth.get(stream)?.values() ?? [])].map((row: Row) =>
          keyText(KEYS[stream].map((column) => row[column])),
        );
        const got = (tables[stream] ?? []).map(keyText);
        expect(got.sort(), stream).to.deep.equal(want.sort());
      }
    };

    it('target-jsonl: one file a stream, every key in it, and the last state given back', async () => {
      const bin = await environment('target-jsonl');
      const out = join(folder.path, 'jsonl');
      mkdirSync(out);
      const target = folder.write('jsonl.json', { destination_path: out, do_timestamp_file: false });
      const state = await pipe(['read', '--config', config], [join(bin, 'target-jsonl'), '--config', target]);
      const tables = Object.fromEntries(
        readdirSync(out).map((file) => {
          const stream = file.replace(/\.jsonl$/, '') as keyof typeof KEYS;
          const rows = readFileSync(join(out, file), 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line));
          return [stream, rows.map((row) => KEYS[stream].map((column) => row[column]))];
        }),
      );
      expectTables(tables);
      expect(Object.keys(JSON.parse(state.trim().split('\n').at(-1) ?? '{}').bookmarks)).to.have.length(18);
    });

    it('target-postgres: 18 tables, keys equal, dates are dates and nested objects can be asked', async () => {
      const bin = await environment('target-postgres');
      const schema = `klaviyo_e2e_${account}_${process.pid}`;
      const target = folder.write('postgres.json', {
        ...postgres(schema),
        add_record_metadata: false,
        activate_version: false,
      });
      await pipe(['read', '--config', config], [join(bin, 'target-postgres'), '--config', target]);
      const { stdout } = await run(
        join(bin, 'python'),
        [join(ROOT, 'test', 'e2e', 'postgres_keys.py'), POSTGRES, schema, keys],
        { maxBuffer: 1 << 28 },
      );
      const { tables, checks } = result(stdout);
      expectTables(tables);
      expect(checks.value[0], 'the sum of $value, nested and lifted').to.equal(checks.value[1]);
      expect(Object.fromEntries(checks.types)).to.deep.equal({
        datetime: 'timestamp without time zone',
        timestamp: 'bigint',
        event_properties: 'jsonb',
      });
    });

    it('target-postgres: who has left a list is gone after the next whole read', async () => {
      const bin = await environment('target-postgres');
      const schema = `klaviyo_e2e_left_${account}_${process.pid}`;
      const own = await startSandbox({
        account,
        limits: false,
        profiles: 100,
        events: 100,
        flows: 1,
        campaigns: 3,
      });
      try {
        const tap = folder.write('own.json', configFor(own, { membership_refresh_days: 0 }));
        const target = folder.write('left.json', {
          ...postgres(schema),
          add_record_metadata: true,
          hard_delete: true,
        });
        const state = await pipe(
          ['read', '--config', tap],
          [join(bin, 'target-postgres'), '--config', target],
        );
        const [list, members = []] =
          [...own.account.memberships].find(([, joined]) => joined.length > 3) ?? [];
        const [left] = members.splice(1, 1);
        own.advance(0.01);
        const path = folder.write('left-state.json', state.trim().split('\n').at(-1) ?? '{}');
        await pipe(
          ['read', '--config', tap, '--state', path],
          [join(bin, 'target-postgres'), '--config', target],
        );
        const table = own.account.lists.some(({ id }) => id === list)
          ? 'profile_list_v2'
          : 'profile_segment_v2';
        const wanted = folder.write('left-keys.json', { event_v2: ['id'], [table]: KEYS[table] });
        const { stdout } = await run(
          join(bin, 'python'),
          [join(ROOT, 'test', 'e2e', 'postgres_keys.py'), POSTGRES, schema, wanted],
          { maxBuffer: 1 << 28 },
        );
        const rows: string[][] = result(stdout).tables[table];
        expect(rows.filter(([group]) => group === list)).to.have.length(members.length);
        expect(rows.some(([group, profile]) => group === list && profile === left?.profileId)).to.equal(
          false,
        );
      } finally {
        await own.close();
      }
    });

    it('PyAirbyte: check, discover, read into DuckDB, and a second read', async () => {
      const bin = await environment('pyairbyte');
      const script = join(ROOT, 'test', 'e2e', 'pyairbyte_read.py');
      const env = {
        ...process.env,
        AIRBYTE_OFFLINE_MODE: '1',
        DO_NOT_TRACK: '1',
        NO_COLOR: '1',
        HOME: folder.path,
      };
      const cache = join(folder.path, 'cache.duckdb');
      const { stdout } = await run(join(bin, 'python'), [script, MAIN, config, cache, keys], {
        env,
        cwd: folder.path,
        maxBuffer: 1 << 28,
      });
      const { streams, tables, processed } = result(stdout);
      expect([...streams].sort()).to.deep.equal([...STREAM_NAMES].sort());
      expectTables(tables);
      expect(processed[1], 'rows of the second read').to.be.lessThan(processed[0] / 2);
    });
  });
