/** What a user of a Singer runner would lose if this failed: a tap that says by itself what it can do and what it needs. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { byKey, configFor, execute, Folder, messages, type SingerMessage, singerRecords } from './harness.js';
import { KEYS } from './truth.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const json = <T>(path: string): T => JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as T;

interface Schema {
  readonly properties: Readonly<Record<string, object>>;
}
interface Stream {
  readonly tap_stream_id: keyof typeof KEYS;
  readonly stream: string;
  readonly schema: Schema;
  readonly metadata: readonly {
    readonly breadcrumb: readonly string[];
    readonly metadata: Readonly<Record<string, unknown>>;
  }[];
}
interface About {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly capabilities: readonly string[];
  readonly settings: { readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
  readonly streams: readonly {
    readonly name: keyof typeof KEYS;
    readonly columns: readonly string[];
    readonly key_properties: readonly string[];
    readonly replication_key?: string;
  }[];
}

/** The cursors as the documents promise them; none: the stream is read whole at every run. */
const CURSORS = new Map(
  [
    ...readFileSync(join(ROOT, 'docs/streams.md'), 'utf8').matchAll(/^## (\w+)$[\s\S]*?^- Cursor: `?(\w+)/gm),
  ].map(([, stream = '', cursor]) => [stream, cursor === 'none' ? undefined : cursor]),
);
const schemas = readdirSync(join(ROOT, 'schemas')).map((file) => file.replace('.json', ''));

describe('a tap that tells what it is', () => {
  let sandbox: Sandbox;
  const folder = new Folder();
  let config = '';
  before(async () => {
    sandbox = await startSandbox({ profiles: 40, events: 200, campaigns: 12, flows: 3, limits: false });
    config = folder.write('config.json', configFor(sandbox));
  });
  after(async () => {
    await sandbox.close();
    folder.remove();
  });

  it('tells at the end as many rows as a target has got', async () => {
    const { code, stdout, stderr } = await execute(['--config', config]);
    const rows = (await messages<SingerMessage>(stdout)).filter(({ type }) => type === 'RECORD').length;
    expect([code, rows > 100], stderr).to.deep.equal([0, true]);
    expect(stderr).to.match(new RegExp(`^INFO ${rows.toLocaleString('en')} rows of 18 streams, `, 'm'));
  });

  it('--about in JSON: every setting of spec.json, every stream and column of the schemas, marked secrets', async () => {
    const about = JSON.parse((await execute(['--about', '--format=json'])).stdout) as About;
    const { version, description } = json<About>('package.json');
    expect(about).to.include({ name: 'tap-klaviyo-v2', version, description });
    expect(about.capabilities).to.include.members(['about', 'catalog', 'discover', 'state', 'test']);
    const { connectionSpecification } = json<{ connectionSpecification: About['settings'] }>('spec.json');
    const { properties, ...rest } = about.settings;
    const { properties: wanted, ...others } = connectionSpecification;
    expect(rest).to.deep.equal(others);
    expect(Object.keys(properties)).to.deep.equal(Object.keys(wanted));
    for (const [name, setting] of Object.entries(properties)) {
      const { secret, writeOnly, ...plain } = setting;
      expect(plain, name).to.deep.equal(wanted[name]);
      expect([secret, writeOnly], name).to.deep.equal(
        name === 'api_key' ? [true, true] : [undefined, undefined],
      );
    }
    expect(about.streams.map(({ name }) => name).sort()).to.deep.equal(schemas);
    for (const { name, columns, key_properties: keys, replication_key: cursor } of about.streams) {
      expect(columns, name).to.deep.equal(Object.keys(json<Schema>(`schemas/${name}.json`).properties));
      expect(keys, name).to.deep.equal(KEYS[name]);
      expect(cursor, name).to.equal(CURSORS.get(name));
    }
  });

  it('--about in Markdown: a row for each setting and each stream', async () => {
    const text = (await execute(['--about', '--format', 'markdown'])).stdout;
    const { connectionSpecification } = json<{ connectionSpecification: About['settings'] }>('spec.json');
    const rows = (heading: string): string[] =>
      [
        ...(text
          .split(`## ${heading}\n`)[1]
          ?.split('\n\n')[0]
          ?.matchAll(/^\| `(\w+)`/gm) ?? []),
      ].map(([, name = '']) => name);
    expect(rows('Settings')).to.deep.equal(Object.keys(connectionSpecification.properties));
    expect(rows('Streams').sort()).to.deep.equal(schemas);
    expect(text.split('## Capabilities\n')[1]).to.match(/^- about\n/);
    for (const { description } of Object.values(connectionSpecification.properties))
      expect(text).to.include(String(description));
  });

  it('--discover: keys, cursors, what is forced and what may be left out, in the metadata of every stream', async () => {
    const { streams } = JSON.parse((await execute(['--discover'])).stdout) as { streams: Stream[] };
    expect(streams.map(({ stream }) => stream).sort()).to.deep.equal(schemas);
    for (const { tap_stream_id: id, stream, schema, metadata } of streams) {
      expect(stream).to.equal(id);
      const at = (...breadcrumb: string[]) =>
        metadata
          .filter((one) => one.breadcrumb.join('/') === breadcrumb.join('/'))
          .map((one) => one.metadata);
      const cursor = CURSORS.get(id);
      expect(at(), id).to.deep.equal([
        {
          inclusion: 'available',
          'selected-by-default': true,
          'table-key-properties': KEYS[id],
          ...(cursor === undefined
            ? { 'forced-replication-method': 'FULL_TABLE' }
            : { 'replication-method': 'INCREMENTAL', 'valid-replication-keys': [cursor] }),
        },
      ]);
      const kept = [...KEYS[id], ...(cursor === undefined ? [] : [cursor])];
      const columns = Object.keys(schema.properties);
      expect(metadata, id).to.have.length(1 + columns.length);
      for (const column of columns)
        expect(at('properties', column), `${id}.${column}`).to.deep.equal([
          { inclusion: kept.includes(column) ? 'automatic' : 'available', 'selected-by-default': true },
        ]);
    }
  });

  it('SCHEMA: the key of every stream, and the cursor where there is one', async () => {
    const { stdout } = await execute(['--config', config]);
    const said = (await messages<SingerMessage>(stdout)).filter(({ type }) => type === 'SCHEMA');
    expect(said.map(({ stream }) => stream).sort()).to.deep.equal(schemas);
    for (const { stream, key_properties: keys, bookmark_properties: cursors } of said) {
      const cursor = CURSORS.get(stream);
      expect([keys, cursors], stream).to.deep.equal([
        KEYS[stream],
        cursor === undefined ? undefined : [cursor],
      ]);
    }
  });

  for (const flag of ['--test', '--test=all', '--test=records'])
    it(`${flag}: a row of each stream, and no state`, async () => {
      const before = sandbox.requests.length;
      const { code, stdout } = await execute(['--config', config, flag]);
      expect(code).to.equal(0);
      const all = await messages<SingerMessage>(stdout);
      const { rows, repeats } = byKey(singerRecords(all));
      expect([repeats, ...[...rows.values()].map(({ size }) => size)]).to.deep.equal([
        0,
        ...schemas.map(() => 1),
      ]);
      expect(all.some(({ type }) => type === 'STATE')).to.equal(false);
      expect(sandbox.requests.length - before, 'requests').to.be.below(60);
    });

  for (const flag of ['--test=schema', '--discover=json', '--about=1', '--debug=on', '--version=2'])
    it(`${flag} is refused, and not taken for a flag that was not given`, async () => {
      const { code, stdout, stderr } = await execute(['--config', config, flag]);
      expect([code, stdout]).to.deep.equal([2, '']);
      expect(stderr).to.match(/CRITICAL KLV_USAGE --\w+ takes no value — /);
    });

  it('a demo tells its rows below each other, one as one', async () => {
    const flags = [
      '--limits',
      'off',
      '--profiles',
      '1',
      '--events',
      '2',
      '--output',
      join(folder.path, 'demo'),
    ];
    const { code, stderr } = await execute(['demo', ...flags]);
    expect(code).to.equal(0);
    const told = stderr.split('\n').filter((line) => /^ {2}\w+_v2 .* complete /.test(line));
    expect(told).to.have.length(36);
    for (const line of told)
      expect(line).to.match(/^ {2}\w+ +(?:1 row {3}|(?!1 )[\d,]+ rows {2})complete {2}/);
    expect(new Set(told.map((line) => line.indexOf('complete'))).size).to.equal(1);
    expect(told[0]).to.include(' 1 row   complete ');
  });

  it('a sandbox on a port that is in use says so, and how to go on', async () => {
    const port = new URL(sandbox.url).port;
    const { code, stdout, stderr } = await execute(['sandbox', '--port', port, '--events', '10']);
    expect([code, stdout, stderr]).to.deep.equal([
      2,
      '',
      `CRITICAL KLV_USAGE port ${port} is in use — choose another with --port\n`,
    ]);
  });
});
