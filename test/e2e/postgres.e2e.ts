/** The tap piped into PostgreSQL, by both targets for it. Every schema that is made here is dropped again. */
import { join } from 'node:path';
import { expect } from 'chai';
import type { Sandbox } from '../../src/sandbox/index.js';
import { configFor } from '../promises/harness.js';
import { utc } from '../promises/truth.js';
import { forEach, KINDS, lastState, pipe, python, type Served, serve } from './clients.js';
import { client } from './environment.js';
import { expectTables, rowsOf, stored } from './tables.js';

const POSTGRES = process.env.E2E_POSTGRES ?? 'postgresql://postgres@127.0.0.1:5432/postgres';
const meltano = client('target-postgres');
const pipelinewise = client('pipelinewise');

const url = new URL(POSTGRES);
const SERVER = {
  host: url.hostname,
  port: Number(url.port || 5432),
  user: url.username,
  password: url.password || 'none',
};
const DATABASE = url.pathname.slice(1);

/** What people ask of events, in SQL, and what they get by the account. */
const questions = (schema: string) => ({
  types: `select column_name, data_type from information_schema.columns where table_schema = '${schema}'
    and table_name = 'event_v2' and column_name in ('datetime', 'timestamp', 'value', 'event_properties')`,
  money: `select round(sum((event_properties->>'$value')::numeric), 2)::text, round(sum(value::numeric), 2)::text
    from "${schema}".event_v2 where value is not null`,
  latest: `select max(updated)::text from "${schema}".profile_v2`,
});

async function expectAnswers(
  served: Served,
  answers: Readonly<Record<string, readonly (readonly unknown[])[]>>,
  types: object,
): Promise<void> {
  expect(Object.fromEntries(answers.types as [string, string][])).to.deep.equal(types);
  const { event_v2: events, profile_v2: profiles } = await rowsOf(served);
  const sum = (events ?? []).reduce((total, { value }) => total + Number(value ?? 0), 0).toFixed(2);
  expect(answers.money, 'the sum of $value, nested and lifted').to.deep.equal([[sum, sum]]);
  const latest = (profiles ?? [])
    .map(({ updated }) => String(updated))
    .sort()
    .at(-1);
  expect(utc(answers.latest?.[0]?.[0]), 'the latest `updated`').to.equal(utc(latest));
}

/** One member of each list and segment leaves it, and a day goes by. */
function leave({ account, advance }: Sandbox): void {
  const left = [...account.memberships.values()].flatMap((members) => members.splice(1, 1));
  expect(left, 'who has left').to.have.length.greaterThan(3);
  advance(1);
}

describe('the tap in PostgreSQL, on the shop and on the nasty account', () => {
  const accounts: Served[] = [];
  const schemas: string[] = [];
  const schemaFor = (name: string, { kind }: Served): string => {
    const schema = `klaviyo_e2e_${name}_${kind}_${process.pid}`;
    schemas.push(schema);
    return schema;
  };
  before(async () => {
    for (const kind of KINDS) accounts.push(await serve(kind));
  });
  after(async () => {
    const drop = accounts[0]?.folder.write('drop.json', { drop: schemas }) ?? '';
    await python(await meltano.bin(), 'tables.py', [POSTGRES, drop]);
    for (const account of accounts) await account.close();
  });

  // It stores an empty text as null, and a tab or the end of a line as the two letters of their escape.
  it(`pipelinewise-target-postgres ${pipelinewise.version}: every row and value, dates are dates, JSON can be asked`, async () => {
    const bin = await pipelinewise.bin();
    await forEach(accounts, async (account) => {
      const schema = schemaFor('pipelinewise', account);
      const settings = { ...SERVER, dbname: DATABASE, default_target_schema: schema };
      const target = account.folder.write('pipelinewise.json', settings);
      await pipe(['--config', account.config], [join(bin, 'target-postgres'), '--config', target]);
      const { tables, answers } = await stored(bin, account, POSTGRES, schema, questions(schema));
      await expectTables(account, tables, {
        text: (value) =>
          // biome-ignore lint/suspicious/noControlCharactersInRegex: it is about control characters
          value === '' ? null : value.replace(/[\0-\x1f]/g, (one) => JSON.stringify(one).slice(1, -1)),
      });
      await expectAnswers(account, answers, {
        datetime: 'timestamp without time zone',
        timestamp: 'numeric',
        value: 'double precision',
        event_properties: 'jsonb',
      });
    });
  });

  /** A read into the target as docs/singer.md sets it up; lists and segments are read whole each time. */
  const meltanoRead = async (account: Served, schema: string, state?: object) => {
    const { folder, sandbox } = account;
    const bin = await meltano.bin();
    const target = folder.write('meltano.json', {
      ...SERVER,
      database: DATABASE,
      default_target_schema: schema,
      load_method: 'upsert',
      add_record_metadata: true,
      activate_version: true,
      hard_delete: true,
    });
    const tap = folder.write('tap.json', configFor(sandbox, { membership_refresh_days: 0 }));
    const resumed = state === undefined ? [] : ['--state', folder.write('state.json', state)];
    const command = [join(bin, 'target-postgres'), '--config', target] as const;
    const told = await pipe(['--config', tap, ...resumed], command);
    const { tables, answers } = await stored(bin, account, POSTGRES, schema, questions(schema));
    await expectTables(account, tables);
    await expectAnswers(account, answers, {
      datetime: 'timestamp without time zone',
      timestamp: 'bigint',
      value: 'numeric',
      event_properties: 'jsonb',
    });
    return lastState(told);
  };

  it(`meltanolabs-target-postgres ${meltano.version}: the same, then what a day has brought; who has left a list is gone`, async () => {
    await forEach(accounts, async (account) => {
      const schema = schemaFor('meltano', account);
      const state = await meltanoRead(account, schema);
      leave(account.sandbox);
      await meltanoRead(account, schema, state);
    });
  });
});
