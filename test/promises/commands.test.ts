/** What a user would lose if this failed: a set-up that works, and a clear sentence where it does not. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { STREAM_NAMES } from '../../src/generated/rows.js';
import { API_KEY, type Sandbox, SCOPES, startSandbox } from '../../src/sandbox/index.js';
import {
  type AirbyteMessage,
  byKey,
  configFor,
  configured,
  execute,
  Folder,
  messages,
  type SingerMessage,
  singerRecords,
} from './harness.js';
import { truthOf } from './truth.js';

const SMALL = { profiles: 60, events: 300, campaigns: 12, flows: 3, limits: false } as const;

describe('commands: set-up and selection', () => {
  let sandbox: Sandbox;
  const folder = new Folder();
  let config = '';

  before(async () => {
    sandbox = await startSandbox(SMALL);
    config = folder.write('config.json', configFor(sandbox));
  });
  after(async () => {
    await sandbox.close();
    folder.remove();
  });

  const asked = (from: number) =>
    sandbox.requests.slice(from).map(({ path, query }) => `${path}?${decodeURIComponent(query)}`);

  describe('spec, discover, about, version: no request is made', () => {
    it('spec prints one SPEC message', async () => {
      const { code, stdout, stderr } = await execute(['spec']);
      const [message] = await messages<{
        type: string;
        spec: { connectionSpecification: { required: string[] } };
      }>(stdout);
      expect([code, message?.type, message?.spec.connectionSpecification.required, stderr]).to.deep.equal([
        0,
        'SPEC',
        ['api_key'],
        '',
      ]);
    });

    it('discover gives the 18 streams in the form of each protocol, with keys that cannot be taken away', async () => {
      const before = sandbox.requests.length;
      const airbyte = await messages<AirbyteMessage>(
        (await execute(['discover', '--config', config])).stdout,
      );
      expect(airbyte[0]?.catalog.streams.map(({ name }) => name)).to.have.members([...STREAM_NAMES]);
      const singer = JSON.parse((await execute(['--config', config, '--discover'])).stdout);
      expect(singer.streams.map((stream: { tap_stream_id: string }) => stream.tap_stream_id)).to.have.members(
        [...STREAM_NAMES],
      );
      for (const { key_properties: keys, replication_key: cursor, metadata } of singer.streams)
        for (const column of [...keys, ...(cursor === undefined ? [] : [cursor])]) {
          const entry = metadata.find((one: { breadcrumb: string[] }) => one.breadcrumb[1] === column);
          expect(entry?.metadata.inclusion, column).to.equal('automatic');
        }
      expect(sandbox.requests.length).to.equal(before);
    });

    it('discover needs no key: a config without one will do, and what else is wrong in it is told', async () => {
      for (const content of [{}, { api_key: '' }, { start_date: '2026-01-01' }]) {
        const path = folder.write('keyless.json', content);
        for (const argv of [
          ['--config', path, '--discover'],
          ['discover', '--config', path],
        ]) {
          const { code, stdout, stderr } = await execute(argv);
          expect([code, stderr]).to.deep.equal([0, '']);
          expect(stdout).to.include('event_v2');
        }
      }
      const wrong = folder.write('keyless.json', { start_date: '2026-02-30' });
      const { code, stdout, stderr } = await execute(['--config', wrong, '--discover']);
      expect([code, stdout]).to.deep.equal([2, '']);
      expect(stderr).to.match(/^CRITICAL KLV_START_DATE "2026-02-30" is no date/);
      const public_ = folder.write('keyless.json', { api_key: 'Xy12zA' });
      expect((await execute(['--config', public_, '--discover'])).stderr).to.match(
        /^CRITICAL KLV_KEY_PUBLIC /,
      );
    });

    it('spec says the same whatever config it is given', async () => {
      const { code, stdout, stderr } = await execute(['spec', '--config', join(folder.path, 'none.json')]);
      expect([code, stderr]).to.deep.equal([0, '']);
      expect(stdout).to.equal((await execute(['spec'])).stdout);
    });

    it('C17 a flag that a command does not take is told as such, and one that it lacks as what was meant', async () => {
      const last = async (...argv: string[]) => (await execute(argv)).stderr.trimEnd().split('\n').at(-1);
      expect(await last('demo', '--config', config)).to.equal(
        'CRITICAL KLV_USAGE Unknown argument: config — this command takes no --config',
      );
      expect(await last('read', 'config', config)).to.match(/ — did you mean --config\?$/);
    });

    it('the name of the executable chooses the protocol, and --protocol overrides it', async () => {
      const tap = folder.tap();
      expect(JSON.parse((await execute(['discover'], { env: { AS: tap } })).stdout)).to.have.property(
        'streams',
      );
      const airbyte = await execute(['discover', '--protocol', 'airbyte'], { env: { AS: tap } });
      expect(JSON.parse(airbyte.stdout).type).to.equal('CATALOG');
    });

    it('--about in JSON and Markdown, --version', async () => {
      const about = JSON.parse((await execute(['--about', '--format', 'json'])).stdout);
      expect(about).to.include.keys('name', 'description', 'version', 'capabilities', 'settings');
      expect((await execute(['--about', '--format', 'markdown'])).stdout).to.include(
        '| `event_v2` | `id` | `datetime` |',
      );
      expect((await execute(['--version'])).stdout).to.match(/^source-klaviyo-v2 \d+\.\d+\.\d+\n$/);
    });
  });

  describe('check', () => {
    it('succeeds with exactly the read scopes that the streams need, within twelve small requests', async () => {
      const own = await startSandbox({
        ...SMALL,
        scopes: SCOPES.filter((scope) => scope !== 'accounts:read'),
      });
      try {
        const path = folder.write('own.json', configFor(own));
        const { code, stdout } = await execute(['check', '--config', path]);
        expect([code, JSON.parse(stdout).connectionStatus.status]).to.deep.equal([0, 'SUCCEEDED']);
        expect(own.requests.length).to.be.within(8, 12);
        for (const { query } of own.requests) expect(decodeURIComponent(query)).to.include('fields[');
      } finally {
        await own.close();
      }
    });

    it('C16: names each missing scope and the streams that need it; FAILED with code 0 for Airbyte, code 2 for Singer', async () => {
      const own = await startSandbox({
        ...SMALL,
        scopes: ['events:read', 'profiles:read', 'lists:read', 'metrics:read', 'templates:read'],
      });
      try {
        const path = folder.write('own.json', configFor(own));
        const { code, stdout } = await execute(['check', '--config', path]);
        const { status, message } = JSON.parse(stdout).connectionStatus;
        expect([code, status]).to.deep.equal([0, 'FAILED']);
        const lines = message.split('\n').filter((line: string) => line.startsWith('KLV_'));
        expect(lines).to.have.length(3);
        expect(lines[0]).to.match(
          /^KLV_SCOPE the key lacks campaigns:read, needed by campaign_v2, .*campaign_recipient_estimation_v2$/,
        );
        expect(lines[1]).to.equal(
          'KLV_SCOPE the key lacks flows:read, needed by flow_v2, flow_action_v2, flow_messages_v2',
        );
        expect(lines[2]).to.equal(
          'KLV_SCOPE the key lacks segments:read, needed by segment_v2, profile_segment_v2',
        );
        const singer = await execute(['check', '--config', path, '--protocol', 'singer']);
        expect([singer.code, singer.stdout]).to.deep.equal([2, '']);
        expect(singer.stderr).to.include('CRITICAL KLV_SCOPE the key lacks flows:read');
        const catalog = folder.write('some.json', {
          streams: [
            {
              stream: { name: 'event_v2', json_schema: {} },
              sync_mode: 'incremental',
              destination_sync_mode: 'append',
            },
          ],
        });
        const some = await execute(['check', '--config', path, '--catalog', catalog]);
        expect(JSON.parse(some.stdout).connectionStatus.status).to.equal('SUCCEEDED');
      } finally {
        await own.close();
      }
    });

    it('H1: a key that is refused is one line, and never in it', async () => {
      const path = folder.write('wrong.json', configFor(sandbox, { api_key: 'pk_canary_5f2c7e' }));
      const { stdout, stderr } = await execute(['check', '--config', path]);
      expect(JSON.parse(stdout).connectionStatus).to.include({ status: 'FAILED' });
      expect(JSON.parse(stdout).connectionStatus.message).to.match(/^KLV_KEY_INVALID [^\n]+$/);
      expect(stdout + stderr).to.not.include('canary');
    });
  });

  describe('selection', () => {
    const airbyteCatalog = async (names: readonly string[], columns?: readonly string[]) => {
      const [message] = await messages<AirbyteMessage>((await execute(['discover'])).stdout);
      const streams = (message?.catalog.streams ?? []).filter(({ name }) => names.includes(name));
      const narrowed = streams.map((stream) => {
        const schema = stream.json_schema as { properties: Record<string, object> };
        const properties = Object.fromEntries(
          Object.entries(schema.properties).filter(([name]) => columns?.includes(name) ?? true),
        );
        return { ...stream, json_schema: { ...schema, properties } };
      });
      return folder.write('chosen.json', configured(narrowed));
    };

    it('K7: a stream alone is read by its own requests, and its parents are read but not given', async () => {
      const before = sandbox.requests.length;
      const catalog = await airbyteCatalog(['profile_list_v2']);
      const { code, stdout } = await execute([
        'read',
        '--config',
        config,
        '--catalog',
        catalog,
        '--protocol',
        'singer',
      ]);
      expect(code).to.equal(0);
      const all = await messages<SingerMessage>(stdout);
      const { rows } = byKey(singerRecords(all));
      expect([...rows.keys()]).to.deep.equal(['profile_list_v2']);
      expect(rows.get('profile_list_v2')?.size).to.equal(
        truthOf(sandbox.account).get('profile_list_v2')?.size,
      );
      const paths = new Set(
        asked(before).map((one) => one.replace(/\?.*/, '').replace(/lists\/\w+/, 'lists/*')),
      );
      expect([...paths].filter((path) => path !== '/').sort()).to.deep.equal([
        '/api/accounts',
        '/api/lists',
        '/api/lists/*/profiles',
      ]);
    });

    it('K4 K5: columns that are not chosen are neither given nor asked for; keys and cursor stay', async () => {
      const before = sandbox.requests.length;
      const catalog = await airbyteCatalog(['event_v2'], ['profile_id']);
      const { stdout } = await execute(['read', '--config', config, '--catalog', catalog]);
      const all = await messages<AirbyteMessage>(stdout);
      const record = all.find(({ type }) => type === 'RECORD')?.record.data;
      expect(Object.keys(record ?? {}).sort()).to.deep.equal(['datetime', 'id', 'profile_id']);
      const queries = asked(before).filter((one) => one.startsWith('/api/events'));
      expect(queries).to.not.be.empty;
      for (const query of queries) {
        expect(query).to.include('fields[event]=datetime');
        expect(query).to.not.include('event_properties');
        expect(query).to.not.include('include=');
      }
    });

    it('K8: an older --properties file selects by `selected`', async () => {
      const { streams } = JSON.parse((await execute(['--discover'])).stdout);
      const older = streams.map(
        ({ tap_stream_id, stream, schema }: { tap_stream_id: string; stream: string; schema: object }) => ({
          tap_stream_id,
          stream,
          schema: { ...schema, selected: stream === 'metric_v2' },
        }),
      );
      const { code, stdout } = await execute([
        '--config',
        config,
        '--properties',
        folder.write('properties.json', { streams: older }),
      ]);
      expect(code).to.equal(0);
      const { rows } = byKey(singerRecords(await messages<SingerMessage>(stdout)));
      expect([...rows.keys()]).to.deep.equal(['metric_v2']);
    });

    it('K3: nothing chosen gives no row, and the state back', async () => {
      const state = folder.write('state.json', {
        bookmarks: { event_v2: { version: 1, until: '2026-01-01T00:00:00Z', gaps: [] }, other: 7 },
      });
      const { code, stdout, stderr } = await execute([
        '--config',
        config,
        '--catalog',
        folder.write('empty.json', { streams: [] }),
        '--state',
        state,
      ]);
      expect(code).to.equal(0);
      const all = await messages<SingerMessage>(stdout);
      expect(all).to.have.length(1);
      expect(all[0]?.value.bookmarks).to.deep.equal({
        event_v2: { version: 1, until: '2026-01-01T00:00:00Z', gaps: [] },
        other: 7,
      });
      expect(stderr).to.include('WARNING KLV_CATALOG_EMPTY the catalog selects no stream');
    });

    it('--test reads one row a stream and leaves no state', async () => {
      const { code, stdout } = await execute(['--config', config, '--test']);
      expect(code).to.equal(0);
      const all = await messages<SingerMessage>(stdout);
      const { rows, repeats } = byKey(singerRecords(all));
      expect(repeats).to.equal(0);
      expect([...rows.values()].every(({ size }) => size === 1)).to.equal(true);
      expect([...rows.keys()]).to.have.members([...STREAM_NAMES]);
      expect(all.some(({ type }) => type === 'STATE')).to.equal(false);
    });

    it('metrics that are left out give no events', async () => {
      const { metrics, events } = sandbox.account;
      const [kept] = metrics;
      const path = folder.write('metrics.json', configFor(sandbox, { metric_ids: [kept?.id] }));
      const { stdout } = await execute([
        'read',
        '--config',
        path,
        '--catalog',
        await airbyteCatalog(['event_v2']),
        '--protocol',
        'singer',
      ]);
      const rows = [
        ...(byKey(singerRecords(await messages<SingerMessage>(stdout)))
          .rows.get('event_v2')
          ?.values() ?? []),
      ];
      expect(rows.length).to.equal(
        events.filter(({ relationships }) =>
          JSON.stringify(relationships.metric?.data).includes(`"${kept?.id}"`),
        ).length,
      );
      expect(new Set(rows.map(({ metric_id: id }) => id))).to.deep.equal(new Set([kept?.id]));
    });
  });

  describe('one clear line, exit code 2, nothing on stdout', () => {
    const wrong: readonly (readonly [name: string, args: () => readonly string[], line: RegExp])[] = [
      [
        'C1: no config file',
        () => ['read', '--config', join(folder.path, 'none.json')],
        /KLV_CONFIG_FILE cannot read .*none\.json: no such file/,
      ],
      [
        'C2: a config that is no JSON',
        () => ['read', '--config', folder.write('bad.json', '{"api_key": "pk_1",}')],
        /KLV_CONFIG_JSON .*line 1, column 20/,
      ],
      [
        'C4: no key',
        () => ['read', '--config', folder.write('bad.json', {})],
        /KLV_KEY_MISSING api_key is required/,
      ],
      [
        'C10: a day that does not exist',
        () => [
          'read',
          '--config',
          folder.write('bad.json', configFor(sandbox, { start_date: '2026-02-30' })),
        ],
        /KLV_START_DATE "2026-02-30"/,
      ],
      [
        'C15: plain http to a host',
        () => [
          'read',
          '--config',
          folder.write('bad.json', configFor(sandbox, { base_url: 'http://example.com' })),
        ],
        /KLV_BASE_URL/,
      ],
      [
        'C17: an unknown flag',
        () => ['read', '--config', config, '--bogus', '1'],
        /KLV_USAGE Unknown argument: bogus/,
      ],
      [
        'C17: a flag twice',
        () => ['read', '--config', config, '--config', config],
        /KLV_USAGE --config is given twice/,
      ],
      ['C17: two commands', () => ['read', 'check', '--config', config], /KLV_USAGE Unknown argument: check/],
      [
        'C17: a flag without its value',
        () => ['read', '--config'],
        /KLV_USAGE Not enough arguments following: config/,
      ],
      [
        'C18: the key on the command line',
        () => ['read', '--config', config, '--api_key', 'pk_canary_5f2c7e'],
        /KLV_USAGE Unknown argument/,
      ],
      [
        'a catalog that is no JSON',
        () => ['--config', config, '--catalog', folder.write('bad.json', '{')],
        /KLV_CATALOG_JSON/,
      ],
      [
        'K1: an unknown stream',
        () => [
          '--config',
          config,
          '--catalog',
          folder.write('bad.json', {
            streams: [
              {
                tap_stream_id: 'evnt_v2',
                schema: {},
                metadata: [{ breadcrumb: [], metadata: { selected: true } }],
              },
            ],
          }),
        ],
        /KLV_CATALOG_STREAM "evnt_v2" — did you mean event_v2\?/,
      ],
      [
        'S1: a state that is cut off',
        () => ['--config', config, '--state', folder.write('bad.json', '{"bookmarks": {')],
        /KLV_STATE_UNREADABLE/,
      ],
      [
        'S1: an empty state file',
        () => ['--config', config, '--state', folder.write('bad.json', '')],
        /KLV_STATE_UNREADABLE/,
      ],
      [
        'S1 I11: the config in place of the state',
        () => ['--config', config, '--state', config],
        /KLV_STATE_FORM state: it holds no entry of a stream/,
      ],
      [
        'S1 I11: the key in what a state is to keep word for word',
        () => [
          '--config',
          config,
          '--state',
          folder.write('bad.json', { bookmarks: { other: { was: API_KEY } } }),
        ],
        /KLV_STATE_FORM state: it holds the API key/,
      ],
      [
        'S4: a cursor in a wrong form',
        () => [
          '--config',
          config,
          '--state',
          folder.write('bad.json', { bookmarks: { event_v2: { datetime: 17 } } }),
        ],
        /KLV_STATE_FORM state of event_v2: datetime is 17/,
      ],
      [
        'S6: a state of a newer version',
        () => [
          '--config',
          config,
          '--state',
          folder.write('bad.json', { bookmarks: { event_v2: { version: 9 } } }),
        ],
        /KLV_STATE_NEWER state of event_v2: v9 > v1/,
      ],
    ];
    for (const [name, args, line] of wrong)
      it(name, async () => {
        const before = sandbox.requests.length;
        const { code, stdout, stderr } = await execute(args());
        expect([code, stdout]).to.deep.equal([2, '']);
        const critical = stderr.split('\n').filter((one) => one.startsWith('CRITICAL '));
        expect(critical).to.have.length(1);
        expect(critical[0]).to.match(line);
        expect(critical[0]?.length).to.be.lessThan(260);
        expect(stderr).to.not.match(/\n {4}at /);
        expect(stderr).to.not.include('pk_canary');
        expect(sandbox.requests.length, 'requests').to.equal(before);
      });

    it('C17: what was meant by a misspelt flag is told in every locale', async () => {
      const { code, stderr } = await execute(['read', '--confg', config], { env: { LC_ALL: 'de_DE.UTF-8' } });
      expect([code, stderr.split('\n').at(-2)]).to.deep.equal([
        2,
        'CRITICAL KLV_USAGE Unknown argument: confg — did you mean --config?',
      ]);
    });

    it('K1 K6 in Airbyte: a TRACE error beside the exit code', async () => {
      for (const [stream, mode] of [
        ['evnt_v2', 'full_refresh'],
        ['metric_v2', 'sideways'],
      ]) {
        const catalog = folder.write('bad.json', {
          streams: [
            {
              stream: { name: stream, json_schema: {}, supported_sync_modes: ['full_refresh'] },
              sync_mode: mode,
              destination_sync_mode: 'append',
            },
          ],
        });
        const { code, stdout } = await execute(['read', '--config', config, '--catalog', catalog]);
        expect(code).to.equal(2);
        const all = await messages<AirbyteMessage>(stdout);
        expect(all.map(({ type, trace }) => [type, trace.error.failure_type])).to.deep.equal([
          ['TRACE', 'config_error'],
        ]);
      }
    });

    it('C1: a folder, and a file that may not be read', async () => {
      mkdirSync(join(folder.path, 'sub'), { recursive: true });
      expect((await execute(['read', '--config', join(folder.path, 'sub')])).code).to.equal(2);
      const secret = folder.write('secret.json', '{}');
      chmodSync(secret, 0);
      // Whoever runs this as root reads it all the same, and is then told what is missing in it.
      expect((await execute(['read', '--config', secret])).stderr).to.match(
        /KLV_CONFIG_FILE|KLV_KEY_MISSING/,
      );
    });
  });

  describe('where the key and the config come from', () => {
    it('the environment may give the key, and standard input the config', async () => {
      const { api_key: key, ...bare } = configFor(sandbox) as Record<string, string>;
      const catalog = await airbyteOf('metric_v2');
      const { code, stdout } = await execute(['read', '--config', '-', '--catalog', catalog], {
        stdin: JSON.stringify(bare),
        env: { KLAVIYO_API_KEY: key ?? '' },
      });
      expect(code).to.equal(0);
      expect(stdout).to.include('"type":"RECORD"');
      expect(stdout).to.not.include(key);
    });

    const airbyteOf = (name: string) =>
      Promise.resolve(
        folder.write('one.json', {
          streams: [
            { stream: { name, json_schema: {} }, sync_mode: 'full_refresh', destination_sync_mode: 'append' },
          ],
        }),
      );
  });

  describe('how a run ends', () => {
    it('X4: a reader that goes away ends it quietly', async () => {
      const { code, stderr } = await execute(['read', '--config', config], {
        watch: (_, child) => child.stdout?.destroy(),
      });
      expect(code).to.equal(141);
      expect(stderr).to.not.match(/Error|at /);
    });

    for (const [row, signal, status] of [
      ['X1', 'SIGTERM', 143],
      ['X2', 'SIGINT', 130],
    ] as const)
      it(`${row}: ${signal} ends with a state that is safe, whole lines, and ${status}`, async () => {
        let sent = false;
        const { code, stdout, stderr } = await execute(['read', '--config', config], {
          watch: (text, child) => {
            if (sent || !text.includes('"type":"RECORD"')) return;
            sent = true;
            child.kill(signal);
          },
        });
        expect(code, stderr).to.equal(status);
        expect(stdout.endsWith('\n')).to.equal(true);
        const all = await messages<SingerMessage>(stdout);
        expect(all.at(-1)?.type).to.equal('STATE');
        const state = folder.write('killed.json', all.at(-1)?.value ?? {});
        const rest = await execute(['read', '--config', config, '--state', state]);
        expect(rest.code).to.equal(0);
        const { rows } = byKey([
          ...singerRecords(all),
          ...singerRecords(await messages<SingerMessage>(rest.stdout)),
        ]);
        for (const [stream, want] of truthOf(sandbox.account))
          expect([...(rows.get(stream)?.keys() ?? [])].sort(), stream).to.deep.equal([...want.keys()].sort());
      });

    it('O5 H2: a stream whose scope is missing ends incomplete, the others complete, and the code is 2', async () => {
      const own = await startSandbox({ ...SMALL, scopes: SCOPES.filter((scope) => scope !== 'flows:read') });
      try {
        const path = folder.write('own.json', configFor(own));
        const [message] = await messages<AirbyteMessage>((await execute(['discover'])).stdout);
        const catalog = folder.write('all.json', configured(message?.catalog.streams ?? []));
        const { code, stdout } = await execute(['read', '--config', path, '--catalog', catalog]);
        expect(code).to.equal(2);
        const all = await messages<AirbyteMessage>(stdout);
        const last = new Map(
          all
            .filter(({ trace }) => trace?.type === 'STREAM_STATUS')
            .map(({ trace }) => [trace.stream_status.stream_descriptor.name, trace.stream_status.status]),
        );
        for (const stream of STREAM_NAMES)
          expect(last.get(stream), stream).to.equal(stream.startsWith('flow_') ? 'INCOMPLETE' : 'COMPLETE');
      } finally {
        await own.close();
      }
    });
  });
});
