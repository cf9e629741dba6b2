/** The executable as PyAirbyte runs it: check, discover, a read into DuckDB, and what two days more bring. */
import { join } from 'node:path';
import { expect } from 'chai';
import { STREAM_NAMES } from '../../src/generated/rows.js';
import { configFor, Folder, MAIN } from '../promises/harness.js';
import { KEYS, truthOf } from '../promises/truth.js';
import { forEach, KINDS, python, type Served, serve } from './clients.js';
import { client } from './environment.js';
import { expectTables, rowsOf, stored } from './tables.js';

const pyairbyte = client('pyairbyte');

interface Read {
  readonly refusal: string | null;
  readonly schema: string;
  readonly streams: Readonly<Record<string, { key: string[][]; cursor: string[] | null }>>;
  readonly available: readonly string[];
  readonly processed: number;
}

const cacheOf = ({ folder }: Served): string => join(folder.path, 'cache.duckdb');

/** All that stays from one call to the next is the caches, as between two jobs. */
async function read(accounts: readonly Served[], home: Folder): Promise<Read[]> {
  const env = {
    AIRBYTE_OFFLINE_MODE: '1',
    DO_NOT_TRACK: '1',
    NO_COLOR: '1',
    HOME: home.path,
  };
  const jobs = accounts.map((served) => ({
    config: served.config,
    refused: served.folder.write('refused.json', configFor(served.sandbox, { api_key: 'pk_of_nobody' })),
    cache: cacheOf(served),
  }));
  const args = [MAIN, home.write('jobs.json', jobs)];
  return python<Read[]>(await pyairbyte.bin(), 'pyairbyte_read.py', args, { env, cwd: home.path });
}

async function expectCache(served: Served, schema: string): Promise<void> {
  const where = `duckdb:${cacheOf(served)}`;
  const { tables, answers } = await stored(await pyairbyte.bin(), served, where, schema, {
    types: `select column_name, data_type from information_schema.columns where table_schema = '${schema}'
      and table_name = 'event_v2' and column_name in ('datetime', 'timestamp', 'value', 'event_properties')`,
    money: `select round(sum(value), 2)::double, round(sum((event_properties->>'$."$value"')::double), 2)
      from ${schema}.event_v2 where value is not null`,
  });
  await expectTables(served, tables);
  expect(Object.fromEntries(answers.types as [string, string][])).to.deep.equal({
    datetime: 'TIMESTAMP',
    timestamp: 'BIGINT',
    value: 'DECIMAL(38,9)',
    event_properties: 'JSON',
  });
  const events = (await rowsOf(served)).event_v2 ?? [];
  const sum = Number(events.reduce((total, { value }) => total + Number(value ?? 0), 0).toFixed(2));
  expect(answers.money, 'the sum of $value, lifted and nested').to.deep.equal([[sum, sum]]);
}

function expectDiscovered({ refusal, available, streams }: Read): void {
  expect(refusal, 'the check with a key of nobody').to.include('KLV_KEY_INVALID');
  expect(available).to.have.members([...STREAM_NAMES]);
  for (const name of STREAM_NAMES)
    expect(streams[name]?.key, name).to.deep.equal(KEYS[name].map((column) => [column]));
  expect(streams.event_v2?.cursor).to.deep.equal(['datetime']);
}

function grow({ sandbox }: Served): void {
  const before = truthOf(sandbox.account);
  sandbox.advance(2);
  const after = truthOf(sandbox.account);
  for (const stream of ['profile_v2', 'event_v2', 'profile_list_v2', 'campaign_v2'] as const)
    expect(after.get(stream)?.size, stream).to.be.greaterThan(before.get(stream)?.size ?? 0);
}

describe('PyAirbyte, on the shop and on the nasty account', () => {
  const home = new Folder();
  const accounts: Served[] = [];
  before(async () => {
    for (const kind of KINDS) accounts.push(await serve(kind, { profiles: 200, events: 1_200, flows: 3 }));
  });
  after(async () => {
    for (const account of accounts) await account.close();
    home.remove();
  });

  it(`airbyte ${pyairbyte.version}: check, discover, every row and value in DuckDB, then what two days have brought`, async () => {
    const first = await read(accounts, home);
    await forEach(accounts, async (served, index) => {
      const one = first[index] as Read;
      expectDiscovered(one);
      await expectCache(served, one.schema);
      grow(served);
    });
    const second = await read(accounts, home);
    await forEach(accounts, async (served, index) => {
      const { processed, schema } = second[index] as Read;
      expect(processed, 'rows of the second read').to.be.within(1, (first[index]?.processed ?? 0) / 2);
      await expectCache(served, schema);
    });
  });
});
