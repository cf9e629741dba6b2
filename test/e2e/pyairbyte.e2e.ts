/** The executable as PyAirbyte runs it: check, discover, a read into DuckDB, and what two days more bring. */
import { join } from 'node:path';
import { expect } from 'chai';
import { airbyteCatalog } from '../../src/discover.js';
import { STREAM_NAMES } from '../../src/generated/rows.js';
import { type AirbyteMessage, configFor, MAIN } from '../promises/harness.js';
import { KEYS, truthOf } from '../promises/truth.js';
import { KINDS, python, type Served, serve } from './clients.js';
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

/** One job: a process of its own, as each is where the cache is all that stays. */
async function job(served: Served): Promise<Read> {
  const { folder, sandbox, config } = served;
  const refused = folder.write('refused.json', configFor(sandbox, { api_key: 'pk_of_nobody' }));
  const env = {
    ...process.env,
    AIRBYTE_OFFLINE_MODE: '1',
    DO_NOT_TRACK: '1',
    NO_COLOR: '1',
    HOME: folder.path,
  };
  const args = [MAIN, config, refused, join(folder.path, 'cache.duckdb')];
  return python<Read>(await pyairbyte.bin(), 'pyairbyte_read.py', args, { env, cwd: folder.path });
}

async function expectCache(served: Served, schema: string): Promise<void> {
  const where = `duckdb:${join(served.folder.path, 'cache.duckdb')}`;
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

describe('PyAirbyte, on the shop and on the nasty account', () => {
  it(`airbyte ${pyairbyte.version}: check, discover, every row and value in DuckDB, and the rows of the next two days`, async () => {
    for (const kind of KINDS) {
      const served = await serve(kind);
      try {
        const first = await job(served);
        expect(first.refusal, 'the check with a key of nobody').to.include('KLV_KEY_INVALID');
        expect(first.available).to.have.members([...STREAM_NAMES]);
        const { streams } = airbyteCatalog() as AirbyteMessage['catalog'];
        for (const { name } of streams)
          expect(first.streams[name]?.key, name).to.deep.equal(KEYS[name].map((column) => [column]));
        expect(first.streams.event_v2?.cursor).to.deep.equal(['datetime']);
        await expectCache(served, first.schema);

        const before = truthOf(served.sandbox.account);
        served.sandbox.advance(2);
        const after = truthOf(served.sandbox.account);
        for (const stream of ['profile_v2', 'event_v2', 'profile_list_v2', 'campaign_v2'] as const)
          expect(after.get(stream)?.size, stream).to.be.greaterThan(before.get(stream)?.size ?? 0);
        const second = await job(served);
        expect(second.processed, 'rows of the second read').to.be.within(1, first.processed / 2);
        await expectCache(served, second.schema);
      } finally {
        await served.close();
      }
    }
  });
});
