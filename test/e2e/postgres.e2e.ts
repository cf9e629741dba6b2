/** The tap piped into PostgreSQL, by both targets for it. Every schema that is made here is dropped again. */
import { join } from 'node:path';
import { expect } from 'chai';
import type { Sandbox } from '../../src/sandbox/index.js';
import { configFor } from '../promises/harness.js';
import { KEYS, type Row, utc } from '../promises/truth.js';
import { KINDS, lastState, pipe, python, type Served, serve } from './clients.js';
import { client } from './environment.js';
import { expectTables, rowsOf, stored, type Tables } from './tables.js';

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

describe('the tap in PostgreSQL, on the shop and on the nasty account', () => {
  const accounts: Served[] = [];
  const schemas: string[] = [];
  const schemaFor = (name: string): string => {
    const schema = `klaviyo_e2e_${name}_${process.pid}`;
    schemas.push(schema);
    return schema;
  };
  before(async () => {
    for (const kind of KINDS) accounts.push(await serve(kind));
  });
  after(async () => {
    const [served] = accounts;
    const drop = served?.folder.write('drop.json', { drop: schemas }) ?? '';
    await python(await meltano.bin(), 'tables.py', [POSTGRES, drop]);
    for (const account of accounts) await account.close();
  });

  it(`meltanolabs-target-postgres ${meltano.version}: every row and value, dates are dates, JSON can be asked`, async () => {
    const bin = await meltano.bin();
    for (const account of accounts) {
      const { kind, folder, config } = account;
      const schema = schemaFor(kind);
      const target = folder.write('meltano.json', {
        ...SERVER,
        database: DATABASE,
        default_target_schema: schema,
        load_method: 'upsert',
        add_record_metadata: false,
        activate_version: false,
      });
      await pipe(['--config', config], [join(bin, 'target-postgres'), '--config', target]);
      const { tables, answers } = await stored(bin, account, POSTGRES, schema, questions(schema));
      await expectTables(account, tables);
      await expectAnswers(account, answers, {
        datetime: 'timestamp without time zone',
        timestamp: 'bigint',
        value: 'numeric',
        event_properties: 'jsonb',
      });
    }
  });

  // It stores an empty text as null, and a tab or the end of a line as the two letters of their escape.
  it(`pipelinewise-target-postgres ${pipelinewise.version}: every row and value, dates are dates, JSON can be asked`, async () => {
    const bin = await pipelinewise.bin();
    for (const account of accounts) {
      const { kind, folder, config } = account;
      const schema = schemaFor(`pipelinewise_${kind}`);
      const target = folder.write('pipelinewise.json', {
        ...SERVER,
        dbname: DATABASE,
        default_target_schema: schema,
      });
      await pipe(['--config', config], [join(bin, 'target-postgres'), '--config', target]);
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
    }
  });

  it(`meltanolabs-target-postgres ${meltano.version}: who has left a list is gone after the next whole read`, async () => {
    const bin = await meltano.bin();
    for (const kind of KINDS) {
      const own = await serve(kind, { profiles: 100, events: 100, flows: 1, campaigns: 3 });
      try {
        const schema = schemaFor(`left_${kind}`);
        const tap = own.folder.write('own.json', configFor(own.sandbox, { membership_refresh_days: 0 }));
        const target = own.folder.write('left.json', {
          ...SERVER,
          database: DATABASE,
          default_target_schema: schema,
          load_method: 'upsert',
          add_record_metadata: true,
          hard_delete: true,
        });
        const command = [join(bin, 'target-postgres'), '--config', target] as const;
        const state = lastState(await pipe(['--config', tap], command));
        const { list, left, remain } = leave(own.sandbox);
        await pipe(['--config', tap, '--state', own.folder.write('state.json', state)], command);
        const table = own.sandbox.account.lists.some(({ id }) => id === list)
          ? 'profile_list_v2'
          : 'profile_segment_v2';
        const wanted = own.folder.write('left-keys.json', { schema, tables: { [table]: KEYS[table] } });
        const { tables } = await python<{ tables: Tables }>(bin, 'tables.py', [POSTGRES, wanted]);
        const [group, profile] = KEYS[table] as [string, string];
        const members = (tables[table] ?? []).filter((row: Row) => row[group] === list);
        expect(members, `members on the ${kind} account`).to.have.length(remain);
        expect(members.map((row) => row[profile])).to.not.include(left);
      } finally {
        await own.close();
      }
    }
  });
});

/** One member leaves the first list or segment that has some. */
function leave(sandbox: Sandbox): { list: string; left: string; remain: number } {
  const [list, members] = [...sandbox.account.memberships].find(([, joined]) => joined.length > 3) ?? [];
  const [left] = members?.splice(1, 1) ?? [];
  if (list === undefined || left === undefined) throw new Error('no list has members');
  sandbox.advance(0.01);
  return { list, left: left.profileId, remain: members?.length ?? 0 };
}
