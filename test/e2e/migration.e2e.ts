/** What who comes from another connector would lose if this failed: its history, by the SQL of docs/migration.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { API_KEY, REVISION, type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { blocksOf } from '../docs/pages.js';
import { configFor, Folder } from '../promises/harness.js';
import { truthOf } from '../promises/truth.js';
import { postgres, ROOT, type Store } from './loading.js';

const DAY_MS = 86_400_000;

interface Page {
  readonly data: readonly { readonly id: string; readonly attributes: { readonly datetime: string } }[];
  readonly links: { readonly next: string | null };
}

/** Events as the API has them, which is how they lie in the tables of connectors that take nothing apart. */
async function objects(sandbox: Sandbox): Promise<Page['data']> {
  const found: Page['data'][number][] = [];
  const headers = { Authorization: `Klaviyo-API-Key ${API_KEY}`, revision: REVISION };
  let url: string | null = `${sandbox.url}/api/events?sort=datetime&page[size]=1000`;
  while (url !== null) {
    const page = (await (await fetch(url, { headers })).json()) as Page;
    found.push(...page.data);
    url = page.links.next;
  }
  return found;
}

describe('docs/migration.md', () => {
  const folder = new Folder();
  const store: Store = postgres(folder, {
    add_record_metadata: false,
    activate_version: false,
    batch_size_rows: 5_000,
  });
  const old = `${store.schema}_old`;
  const sql = blocksOf('docs/migration.md', readFileSync(join(ROOT, 'docs/migration.md'), 'utf8'))
    .filter(({ language }) => language === 'sql')
    .map(({ code }) => code.replaceAll('old.', `"${old}".`));
  const [last = '', copy = '', days = '', missing = ''] = sql;
  /** The reader of answers takes a line with one column for none. */
  const ask = async (statement: string) => {
    const asked = `select *, 1 as one from (${statement.trim().replace(/;$/, '')}) as asked`;
    return (await store.ask([folder.write('asked.sql', asked)])).asked ?? [];
  };
  let sandbox: Sandbox;
  let all: Page['data'];
  let since = '';

  before(async () => {
    sandbox = await startSandbox({ limits: false, profiles: 200, events: 3_000, flows: 3 });
    const now = Date.now();
    all = (await objects(sandbox)).filter(({ attributes }) => Date.parse(attributes.datetime) < now - DAY_MS);
    // The old connector stopped a day ago, and had not seen the latest events of all.
    const kept = all.slice(0, -20);
    const rows = JSON.stringify(kept).replaceAll('$old$', '');
    await store.run(`create schema "${old}";
create table "${old}".events as
select object->>'id' as id, (object->'attributes'->>'datetime')::timestamptz as datetime,
       object->'attributes' as attributes, object->'relationships' as relationships
from jsonb_array_elements($old$${rows}$old$::jsonb) as object;`);
    const [found] = await ask(last);
    const latest = String(found?.max)
      .replace(' ', 'T')
      .replace(/([+-]\d\d)$/, '$1:00');
    since = new Date(Date.parse(latest) - 7 * DAY_MS).toISOString();
    await store.load(folder.write('config.json', configFor(sandbox, { start_date: since })));
  });
  after(async () => {
    await store.run(`drop schema if exists "${old}" cascade`);
    await store.remove();
    await sandbox?.close();
    folder.remove();
  });

  it('has the four questions that are asked here', () => {
    expect(sql).to.have.length(4);
  });

  it('shows before the copy which rows only the old table has', async () => {
    const gone = (await ask(missing)).map(({ id }) => id);
    const before = all
      .slice(0, -20)
      .filter(({ attributes }) => Date.parse(attributes.datetime) < Date.parse(since));
    expect(before).to.have.length.above(100);
    expect(gone).to.have.members(before.map(({ id }) => id));
  });

  it('has every event after it, old ones as this connector writes them, however often it is run', async () => {
    await store.run(copy);
    await store.run(copy);
    expect(await ask(missing)).to.deep.equal([]);
    const truth = truthOf(sandbox.account).get('event_v2') ?? new Map();
    const stored =
      await ask(`select id, timestamp, profile_id, metric_id, flow_id, message_id, event_key, campaign_name,
      to_char(datetime, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as datetime, value::float8 as value, event_properties from event_v2`);
    const ids = new Set(stored.map(({ id }) => id));
    expect(all.filter(({ id }) => !ids.has(id))).to.deep.equal([]);
    for (const row of stored) {
      const wanted = truth.get(JSON.stringify([row.id]));
      expect(wanted, String(row.id)).to.not.equal(undefined);
      for (const column of ['profile_id', 'metric_id', 'flow_id', 'message_id', 'event_key', 'campaign_name'])
        expect(row[column], `${row.id} ${column}`).to.equal(wanted?.[column] ?? null);
      expect(Date.parse(String(row.datetime)), String(row.id)).to.equal(Date.parse(String(wanted?.datetime)));
      expect(row.value === null ? null : Number(row.value), `${row.id} value`).to.equal(
        wanted?.value == null ? null : Number(wanted.value),
      );
    }
  });

  it('tells by day what came here and was missed there, and nothing else', async () => {
    const told = await ask(days);
    const more = told.reduce((sum, { there, here }) => sum + Number(here) - Number(there), 0);
    expect(more).to.be.at.least(20);
    for (const { there, here } of told) expect(Number(here)).to.be.above(Number(there));
  });
});
