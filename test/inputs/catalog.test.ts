/** Catalogs as whole runs take them. */
import { expect } from 'chai';
import { DROPPED } from '../../src/catalog.js';
import { makeAccount } from '../../src/sandbox/index.js';
import { asked, inside, KEY } from '../inside.js';
import { fakeClock } from '../klaviyo/clock.js';
import { type AirbyteMessage, Folder, messages, type SingerMessage } from '../promises/harness.js';

const NOW = Date.UTC(2026, 8, 1);
const SIZE = { profiles: 5, events: 10, lists: 2, segments: 1, flows: 1, campaigns: 1, now: () => NOW };

const airbyte = (...names: string[]) => ({
  streams: names.map((name) => ({
    stream: { name, json_schema: {}, supported_sync_modes: ['full_refresh', 'incremental'] },
    sync_mode: 'incremental',
    destination_sync_mode: 'append',
  })),
});
const singer = (...names: string[]) => ({
  streams: names.map((name) => ({
    tap_stream_id: name,
    stream: name,
    schema: {},
    metadata: [{ breadcrumb: [], metadata: { selected: true } }],
  })),
});

describe('catalogs, as whole runs take them', () => {
  const folder = new Folder();
  after(() => folder.remove());
  const account = makeAccount(SIZE);

  const read = (catalog: object, state: unknown = {}, of = account) => {
    const clock = fakeClock(NOW);
    const config = folder.write('config.json', { api_key: KEY, start_date: '2000-01-01' });
    const argv = ['read', '--config', config, '--catalog', folder.write('catalog.json', catalog)];
    return inside([...argv, '--state', folder.write('state.json', state)], { clock, get: asked(of, clock) });
  };

  describe('K2: a stream that a later version dropped', () => {
    const dropped = DROPPED as Set<string>;
    const name = 'coupon_v1';
    const warning =
      'KLV_CATALOG_DROPPED this version reads "coupon_v1" no more — the other streams are read; deselect it';
    const line = 'KLV_STREAM_DROPPED this version reads "coupon_v1" no more — deselect the stream';
    beforeEach(() => dropped.add(name));
    afterEach(() => dropped.delete(name));

    it('K2 is incomplete in Airbyte, the others are read, and the run ends with 2', async () => {
      const { code, stdout, stderr } = await read(airbyte(name, 'list_v2'));
      expect([code, stderr]).to.deep.equal([2, `CRITICAL ${line}\n`]);
      const all = await messages<AirbyteMessage & { readonly log: { level: string; message: string } }>(
        stdout,
      );
      expect(
        all.filter(({ type, log }) => type === 'LOG' && log.level === 'WARN').map(({ log }) => log.message),
      ).to.deep.equal([warning]);
      const statuses = (of: string) =>
        all.flatMap(({ trace }) =>
          trace?.type === 'STREAM_STATUS' && (trace.stream_status.stream_descriptor.name as string) === of
            ? [trace.stream_status.status]
            : [],
        );
      expect(statuses(name)).to.deep.equal(['STARTED', 'INCOMPLETE']);
      expect(statuses('list_v2')).to.deep.equal(['STARTED', 'RUNNING', 'COMPLETE']);
      const errors = all.filter(({ trace }) => trace?.type === 'ERROR');
      expect(errors.map(({ trace: { error } }) => [error.message, error.failure_type])).to.deep.equal([
        [line, 'config_error'],
      ]);
      expect(all.filter(({ type }) => type === 'RECORD')).to.have.length(account.lists.length);
    });

    it('K2 is told on stderr in Singer; its state is kept, and it may be all that is chosen', async () => {
      const state = { bookmarks: { [name]: { version: 1, anything: true } } };
      const { code, stdout, stderr } = await read(singer(name, 'metric_v2'), state);
      expect(code).to.equal(2);
      expect(stderr).to.contain(`WARNING ${warning}\n`);
      expect(stderr.trimEnd().split('\n').at(-1)).to.equal(`CRITICAL ${line}`);
      const last = (await messages<SingerMessage>(stdout)).filter(({ type }) => type === 'STATE').at(-1);
      expect(last?.value.bookmarks[name]).to.deep.equal(state.bookmarks[name]);
      expect(last?.value.bookmarks).to.have.property('metric_v2');
      const alone = await read(singer(name), state);
      expect([alone.code, alone.requests]).to.deep.equal([2, []]);
      expect(alone.stderr).to.not.contain('KLV_CATALOG_EMPTY');
      expect(JSON.parse(alone.stdout).value).to.deep.equal(state);
    });

    it('K1 is unknown where no version ever had it', async () => {
      dropped.delete(name);
      expect((await read(airbyte(name, 'list_v2'))).stderr).to.match(
        /^CRITICAL KLV_CATALOG_STREAM "coupon_v1" — /,
      );
    });
  });

  it('K3 nothing chosen: no request, no row, the state as it was, a warning', async () => {
    const state = { bookmarks: { event_v2: { version: 1, until: '2026-01-01T00:00:00Z', gaps: [] }, x: 7 } };
    const left = await read(airbyte(), state);
    expect([left.code, left.requests]).to.deep.equal([0, []]);
    const [log, ...more] = await messages<{ type: string; log: { message: string } }>(left.stdout);
    expect(log?.log.message).to.equal('KLV_CATALOG_EMPTY the catalog selects no stream — no rows are read');
    expect(more.map(({ log: { message } }) => message)).to.deep.equal([
      'KLV_STATE_UNKNOWN "x" is no stream — its entry is kept as it is',
    ]);
    const none = { streams: [{ ...singer('event_v2').streams[0], metadata: [] }] };
    const kept = await read(none, state);
    expect([kept.code, kept.requests]).to.deep.equal([0, []]);
    expect(JSON.parse(kept.stdout)).to.deep.equal({ type: 'STATE', value: state });
  });

  it('K5 columns that are not chosen are neither asked for nor given, and keys and cursor stay (K4)', async () => {
    const fields = ['id', 'name', 'updated', 'created', 'opt_in_process', 'tag_ids', 'flow_trigger_ids'];
    const [list] = singer('list_v2').streams;
    const metadata = [
      ...(list?.metadata ?? []),
      ...fields.map((name) => ({
        breadcrumb: ['properties', name],
        metadata: { selected: name === 'name' },
      })),
      { breadcrumb: ['properties', 'additional_attributes'], metadata: { selected: false } },
    ];
    const { code, stdout, requests } = await read({ streams: [{ ...list, metadata }] });
    expect(code).to.equal(0);
    const records = (await messages<SingerMessage>(stdout)).filter(({ type }) => type === 'RECORD');
    expect(records).to.have.length(account.lists.length);
    for (const { record } of records)
      expect(Object.keys(record).sort()).to.deep.equal(['id', 'name', 'updated']);
    const asks = requests.filter((one) => one.startsWith('/api/lists'));
    for (const one of asks) {
      expect(one).to.contain('fields[list]=name,updated&');
      expect(one).to.not.contain('include=');
    }
  });
});

describe('C16: a key that is valid and may read nothing', () => {
  const folder = new Folder();
  after(() => folder.remove());

  it('C16 check names each scope once, with the streams that need it', async () => {
    const clock = fakeClock(NOW);
    const get = asked(makeAccount(SIZE), clock, { scopes: [] });
    const { code, stdout } = await inside(['check', '--config', folder.write('c.json', { api_key: KEY })], {
      clock,
      get,
    });
    const { status, message } = JSON.parse(stdout).connectionStatus;
    expect([code, status]).to.deep.equal([0, 'FAILED']);
    const lines = (message.split('\n') as string[]).filter((line) => line.startsWith('KLV_'));
    expect(
      lines.map((line) => /^KLV_SCOPE the key lacks (\w+:read), needed by \w+/.exec(line)?.[1]),
    ).to.deep.equal(
      ['campaigns', 'events', 'flows', 'lists', 'metrics', 'profiles', 'segments', 'templates'].map(
        (one) => `${one}:read`,
      ),
    );
  });
});
