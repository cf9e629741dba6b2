/** The tap piped into Singer clients that write files. What they hold must be the account, row by row. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { STREAM_NAMES } from '../../src/generated/rows.js';
import type { StreamName } from '../../src/resource.js';
import { print, type Sandbox } from '../../src/sandbox/index.js';
import { execute } from '../promises/harness.js';
import { type Row, truthOf } from '../promises/truth.js';
import { forEach, KINDS, lastState, pipe, type Served, serve } from './clients.js';
import { client } from './environment.js';
import { expectTables, stored } from './tables.js';

const jsonl = client('target-jsonl');
const csv = client('target-csv');
const duckdb = client('target-duckdb');
const checkTap = client('singer-tools');

const expectAllBookmarks = (told: string): void => {
  expect(Object.keys(lastState(told).bookmarks), 'bookmarks given back').to.have.members([...STREAM_NAMES]);
};

const emptyIsNull = (value: string): string | null => (value === '' ? null : value);

/** Without events of more than a megabyte. */
function lighten(sandbox: Sandbox): void {
  const { events } = sandbox.account;
  events.forEach((event, index) => {
    if (print(event.attributes).length > 1_000_000)
      events[index] = { ...event, attributes: { ...event.attributes, event_properties: { light: true } } };
  });
  sandbox.advance(0.01);
}

describe('the tap in Singer clients, on the shop and on the nasty account', () => {
  const accounts: Served[] = [];
  let light: Served;
  before(async () => {
    for (const kind of KINDS) accounts.push(await serve(kind));
    light = await serve('nasty');
    lighten(light.sandbox);
  });
  after(async () => {
    for (const account of [...accounts, light]) await account.close();
  });

  it(`target-jsonl ${jsonl.version}: every row and value, and the last state given back`, async () => {
    const bin = await jsonl.bin();
    await forEach(accounts, async (account) => {
      const { folder, config } = account;
      const out = join(folder.path, 'jsonl');
      mkdirSync(out);
      const target = folder.write('jsonl.json', { destination_path: out, do_timestamp_file: false });
      expectAllBookmarks(await pipe(['--config', config], [join(bin, 'target-jsonl'), '--config', target]));
      const rows = (file: string): Row[] =>
        readFileSync(join(out, file), 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line));
      const tables = Object.fromEntries(
        readdirSync(out).map((file) => [file.replace(/\.jsonl$/, ''), rows(file)]),
      );
      await expectTables(account, tables, { date: (text) => text });
    });
  });

  // A CSV has no null: an empty text and none are the same.
  it(`meltanolabs-target-csv ${csv.version}: every row and value, nested ones in Python's form`, async () => {
    const bin = await csv.bin();
    await forEach(accounts, async (account) => {
      const { folder, config } = account;
      const out = join(folder.path, 'csv');
      const target = folder.write('csv.json', { output_path: out });
      expectAllBookmarks(await pipe(['--config', config], [join(bin, 'target-csv'), '--config', target]));
      const { tables } = await stored(bin, account, `csv:${out}`);
      await expectTables(account, tables, { text: emptyIsNull, allText: true });
    });
  });

  // It stores an empty text as null, and DuckDB refuses lines beyond 2 MB in the files that it hands over.
  it(`target-duckdb ${duckdb.version}: every row and value, dates are dates, and JSON can be asked`, async () => {
    const bin = await duckdb.bin();
    const [shop] = accounts;
    await forEach([shop as Served, light], async (account) => {
      const { folder, config, sandbox } = account;
      const path = join(folder.path, 'target.duckdb');
      const target = folder.write('duckdb.json', { path, default_target_schema: 'klaviyo' });
      expectAllBookmarks(await pipe(['--config', config], [join(bin, 'target-duckdb'), '--config', target]));
      const { tables, answers } = await stored(bin, account, `duckdb:${path}`, 'klaviyo', {
        cities: `select count(distinct location->>'$.city') from klaviyo.profile_v2`,
        types: `select column_name, data_type from information_schema.columns
          where table_name = 'event_v2' and column_name in ('datetime', 'timestamp', 'value', 'event_properties')`,
      });
      await expectTables(account, tables, { text: emptyIsNull });
      expect(Object.fromEntries(answers.types as [string, string][])).to.deep.equal({
        datetime: 'TIMESTAMP',
        timestamp: 'HUGEINT',
        value: 'DOUBLE',
        event_properties: 'JSON',
      });
      const profiles = [...(truthOf(sandbox.account).get('profile_v2')?.values() ?? [])];
      const cities = new Set(profiles.map(({ location }) => (location as Row | null)?.city));
      cities.delete(null);
      cities.delete(undefined);
      expect(answers.cities?.[0]?.[0], 'cities in JSON').to.equal(cities.size).and.to.be.greaterThan(3);
    });
  });

  // It stops at every null object that has a declared date, and `predictive_analytics` is null without its option.
  it(`singer-check-tap ${checkTap.version}: valid, and as many rows as the account has`, async () => {
    const bin = await checkTap.bin();
    await forEach(accounts, async ({ folder, config, sandbox }) => {
      const discovered = JSON.parse((await execute(['discover', '--protocol', 'singer'])).stdout) as {
        streams: {
          tap_stream_id: StreamName;
          metadata: { breadcrumb: string[]; metadata: Record<string, unknown> }[];
        }[];
      };
      for (const { metadata } of discovered.streams)
        for (const column of metadata)
          if (column.breadcrumb.at(-1) === 'predictive_analytics') column.metadata.selected = false;
      const args = ['--config', config, '--catalog', folder.write('catalog.json', discovered)];
      const told = await pipe(args, [join(bin, 'singer-check-tap')], folder.path);
      expect(told).to.include('The output is valid.');
      const counted = [...told.matchAll(/^\| (\w+_v2) +\| (\d+) +\| (\d+) +\|$/gm)].map(
        ([, name, records, schemas]) => `${name}: ${records} records, ${schemas} schema`,
      );
      const truth = truthOf(sandbox.account);
      const should = STREAM_NAMES.map((name) => `${name}: ${truth.get(name)?.size} records, 1 schema`);
      expect(counted).to.have.members(should);
    });
  });
});
