/**
 * What an analyst would lose if this failed: figures that are true. Every file of examples/sql, on the tables that real
 * clients make, against the same figure worked out from the account.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import type { Membership } from '../../src/sandbox/index.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { configFor, execute, Folder } from '../promises/harness.js';
import { figures } from './figures.js';
import {
  type Answer,
  type Answers,
  postgres,
  pyairbyte,
  ROOT,
  type Store,
  targetDuckdb,
  type Value,
} from './loading.js';

const EXAMPLES = join(ROOT, 'examples', 'sql');
const filesOf = (dialect: string): string[] =>
  readdirSync(join(EXAMPLES, dialect)).map((file) => join(EXAMPLES, dialect, file));
const questionsOf = (dialect: string): string[] => filesOf(dialect).map((file) => basename(file, '.sql'));

/** What each answer begins with; only these are read from the top down. */
const LARGEST_FIRST: Readonly<Record<string, string>> = {
  revenue_by_campaign: 'revenue',
  revenue_by_flow: 'revenue',
  list_members: 'members',
  segment_members: 'members',
};

/** One form for what a client, a driver and the account each write in their own: numbers, instants to the microsecond. */
const plain = (value: Value): Value =>
  typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)
    ? Number(value)
    : typeof value === 'string'
      ? value.replace(/^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(\.\d*?)0*$/, (_, whole: string, rest: string) =>
          rest === '.' ? whole : whole + rest,
        )
      : value;
const rowsOf = (answer: Answer | undefined): string[] =>
  (answer ?? [])
    .map((row) =>
      JSON.stringify(Object.fromEntries(Object.entries(row).map(([name, one]) => [name, plain(one)]))),
    )
    .sort();

describe('examples/sql', () => {
  const folder = new Folder();
  const stores: readonly Store[] = [postgres(folder), targetDuckdb(folder), pyairbyte(folder)];
  const deleting = postgres(folder, { add_record_metadata: true, activate_version: true, hard_delete: true });
  const left = new Map<string, Membership[]>();
  const answers = new Map<Store, Answers>();
  let sandbox: Sandbox;
  let truth: Answers;
  let members = '';

  /** A list and a segment lose some of their members, another list and segment all of them. */
  const leave = (): void => {
    const { lists, segments, memberships } = sandbox.account;
    const lose = (id: string | undefined, count?: number): void => {
      const gone = memberships.get(id ?? '')?.splice(0, count ?? Number.MAX_SAFE_INTEGER) ?? [];
      expect(gone).to.have.length.greaterThan(3);
      left.set(id ?? '', gone);
    };
    lose(lists[0]?.id, 25);
    lose(lists[4]?.id);
    lose(segments[0]?.id, 9);
    lose(segments[2]?.id);
  };

  before(async () => {
    // The same account whenever this runs, so that what it has to tell is known.
    const started = Date.now();
    const now = () => Date.UTC(2026, 10, 20, 12) + Date.now() - started;
    sandbox = await startSandbox({ limits: false, profiles: 700, events: 9_000, flows: 6, now });
    // Two days later both are read whole again.
    const config = folder.write('config.json', configFor(sandbox, { membership_refresh_days: 1 }));
    const { streams } = JSON.parse((await execute(['--discover'])).stdout) as {
      streams: { stream: string }[];
    };
    members = folder.write('members.json', {
      streams: streams
        .filter(({ stream }) => /^(profile_)?(list|segment)_v2$/.test(stream))
        .map((stream) => ({ ...stream, selected: true })),
    });
    const load = async (): Promise<void> => {
      for (const store of stores) await store.load(config);
      await deleting.load(config, ['--catalog', members]);
    };
    await load();
    leave();
    sandbox.advance(2);
    await load();
    truth = figures(sandbox.account, left);
    for (const store of stores) answers.set(store, await store.ask(filesOf(store.dialect)));
  });
  after(async () => {
    await sandbox.close();
    for (const store of [...stores, deleting]) await store.remove();
    folder.remove();
  });

  it('asks the same questions in both dialects, and each has its figure', () => {
    expect(questionsOf('duckdb')).to.deep.equal(questionsOf('postgres'));
    expect(Object.keys(truth).sort()).to.deep.equal(questionsOf('postgres').sort());
  });

  it('asks about an account where each answer has something to tell', () => {
    const all = (question: string, of: (row: Answer[number]) => boolean): number =>
      (truth[question] ?? []).filter(of).length;
    for (const [question, rows] of Object.entries(truth)) expect(rows, question).to.have.length.above(3);
    expect(
      all('revenue_by_campaign', (row) => row.campaign_id === null),
      'deleted campaigns',
    ).to.be.above(0);
    expect(all('revenue_by_month', (row) => Number(row.campaign_revenue) > 0)).to.be.above(3);
    expect(all('revenue_by_month', (row) => Number(row.flow_revenue) > 0)).to.be.above(3);
    expect(all('unsubscribes_by_campaign', (row) => row.campaign_id !== null)).to.be.above(0);
    expect(all('unsubscribes_by_campaign', (row) => row.flow_id !== null)).to.be.above(0);
    expect(all('list_growth_by_month', (row) => Number(row.still_members) < Number(row.joined))).to.be.above(
      3,
    );
    expect(
      all('list_members', ({ members: count }) => count === 0),
      'a list that all have left',
    ).to.be.above(0);
    expect(all('campaign_funnel', (row) => Number(row.opened) > Number(row.clicked))).to.be.above(5);
  });

  for (const question of questionsOf('postgres'))
    it(`${question}: true in every store`, () => {
      for (const store of stores) {
        const answer = answers.get(store)?.[question];
        expect(rowsOf(answer), store.name).to.deep.equal(rowsOf(truth[question]));
        const first = LARGEST_FIRST[question];
        if (first === undefined) continue;
        const largest = (answer ?? []).map((row) => Number(row[first]));
        expect(largest, store.name).to.deep.equal([...largest].sort((a, b) => b - a));
      }
    });

  it('members: the same where the target deletes who has left', async () => {
    const questions = ['list_members', 'segment_members'];
    const own = await deleting.ask(questions.map((one) => join(EXAMPLES, 'postgres', `${one}.sql`)));
    for (const question of questions)
      expect(rowsOf(own[question]), question).to.deep.equal(rowsOf(truth[question]));
  });

  it('appended.sql: the same where every row is there twice, once in an older version', async () => {
    const views = readFileSync(join(EXAMPLES, 'appended.sql'), 'utf8');
    const tables = [...views.matchAll(/view klaviyo_latest\.(\w+)/g)].map(([, table]) => table ?? '');
    for (const store of stores) {
      const raw = `${store.schema}_appended`;
      const latest = `${store.schema}_latest`;
      const older = (table: string): string =>
        table === 'event_v2'
          ? ', value = 1, attributions = null'
          : table === 'metric_v2'
            ? ", name = 'Old'"
            : '';
      try {
        await store.run(
          [
            `create schema ${raw};`,
            ...tables.flatMap((table) => [
              `create table ${raw}.${table} as select * from ${store.schema}.${table};`,
              ...(store.name.endsWith('PyAirbyte')
                ? []
                : [
                    `alter table ${raw}.${table} add column _airbyte_extracted_at timestamp default '2026-01-02';`,
                  ]),
              `create table ${raw}.older as select * from ${raw}.${table};`,
              `update ${raw}.older set _airbyte_extracted_at = '2025-01-01'${older(table)};`,
              `insert into ${raw}.${table} select * from ${raw}.older;`,
              `drop table ${raw}.older;`,
            ]),
            views.replace(/klaviyo_latest/g, latest).replace(/\bklaviyo\./g, `${raw}.`),
          ].join('\n'),
        );
        const again = await store.ask(filesOf(store.dialect), `${latest},${store.schema}`);
        for (const question of questionsOf(store.dialect))
          expect(rowsOf(again[question]), `${store.name}: ${question}`).to.deep.equal(
            rowsOf(truth[question]),
          );
      } finally {
        if (store.dialect === 'postgres')
          await store.run(`drop schema if exists ${raw} cascade; drop schema if exists ${latest} cascade;`);
      }
    }
  });
});
