/** What a user would lose if this failed: rows, or their values. The executable reads the embedded account. */
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { expect } from 'chai';
import { STREAM_NAMES } from '../../src/generated/rows.js';
import { RawNumber, type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { expectedRow } from './columns.js';
import {
  type AirbyteMessage,
  airbyteRecords,
  byKey,
  configFor,
  configured,
  execute,
  Folder,
  messages,
  type RowsByKey,
  type SingerMessage,
  singerRecords,
} from './harness.js';
import { KEYS, type Row, type Truth, truthOf } from './truth.js';

function expectRows(rows: RowsByKey, truth: Truth): void {
  for (const stream of STREAM_NAMES) {
    const got = rows.get(stream) ?? new Map<string, Row>();
    const want = truth.get(stream) ?? new Map<string, Row>();
    expect([...got.keys()].sort(), `keys of ${stream}`).to.deep.equal([...want.keys()].sort());
    for (const [key, row] of want) {
      const expected = expectedRow(stream, row);
      const came: Record<string, unknown> = { ...got.get(key) };
      // The account does not know when it was read, nor for every action which messages an answer names.
      for (const column of ['read_at', 'flow_message_ids'])
        if (row[column] === undefined) {
          if (column === 'read_at' && column in expected) expect(came[column], stream).to.be.a('string');
          delete came[column];
          delete (expected as Record<string, unknown>)[column];
        }
      expect(came, `${stream} ${key}`).to.deep.equal(expected);
    }
  }
}

/** Each record satisfies the schema that came before it. */
function expectValid(all: readonly SingerMessage[]): ReadonlyMap<string, unknown> {
  const ajv = new Ajv({ strict: false });
  addFormats.default(ajv);
  const validators = new Map<string, ReturnType<Ajv['compile']>>();
  for (const message of all) {
    if (message.type === 'SCHEMA') {
      expect(message.key_properties).to.deep.equal(KEYS[message.stream]);
      validators.set(message.stream, ajv.compile(message.schema));
    }
    if (message.type !== 'RECORD') continue;
    const valid = validators.get(message.stream);
    expect(valid?.(message.record), `${message.stream}: ${JSON.stringify(valid?.errors)}`).to.equal(true);
  }
  return validators;
}

/** Each number that a double would change, as `"name":digits`; one beyond a double's range goes out as a string. */
function* numbersIn(value: unknown, name?: string): Generator<string> {
  if (value instanceof RawNumber) {
    const text = Number.isFinite(Number(value.text)) ? value.text : `"${value.text}"`;
    yield name === undefined ? text : `${JSON.stringify(name)}:${text}`;
  } else if (Array.isArray(value)) for (const one of value) yield* numbersIn(one);
  else if (typeof value === 'object' && value !== null)
    for (const [inner, one] of Object.entries(value)) yield* numbersIn(one, inner);
}

describe('rows: every stream equals the account', () => {
  let sandbox: Sandbox;
  const folder = new Folder();
  let config = '';

  before(async () => {
    sandbox = await startSandbox({ profiles: 300, events: 2_500, campaigns: 30, flows: 4, limits: false });
    config = folder.write('config.json', configFor(sandbox));
  });
  after(async () => {
    await sandbox.close();
    folder.remove();
  });

  const readSinger = async (...args: string[]) => {
    const { code, stdout, stderr } = await execute(['read', '--config', config, ...args]);
    expect(code, stderr).to.equal(0);
    return messages<SingerMessage>(stdout);
  };

  const readAirbyte = async (mode?: 'full_refresh', state?: string) => {
    const discovered = await execute(['discover', '--config', config]);
    const [message] = await messages<AirbyteMessage>(discovered.stdout);
    const catalog = folder.write('catalog.json', configured(message?.catalog.streams ?? [], mode));
    const { code, stdout, stderr } = await execute([
      'read',
      '--config',
      config,
      '--catalog',
      catalog,
      ...(state === undefined ? [] : ['--state', state]),
    ]);
    expect(code, stderr).to.equal(0);
    return messages<AirbyteMessage>(stdout);
  };

  it('in the Singer protocol, each row once, with a schema before it that it satisfies', async () => {
    const all = await readSinger();
    const { rows, repeats } = byKey(singerRecords(all));
    expectRows(rows, truthOf(sandbox.account));
    expect(repeats).to.equal(0);
    const validators = expectValid(all);
    expect([...validators.keys()].sort()).to.deep.equal([...STREAM_NAMES].sort());
  });

  it('in the Airbyte protocol, with statuses, states and counts that a platform checks', async () => {
    const all = await readAirbyte();
    const { rows, repeats } = byKey(airbyteRecords(all));
    expectRows(rows, truthOf(sandbox.account));
    expect(repeats).to.equal(0);
    for (const stream of STREAM_NAMES) {
      const statuses = all
        .filter(
          ({ type, trace }) =>
            type === 'TRACE' &&
            trace.type === 'STREAM_STATUS' &&
            trace.stream_status.stream_descriptor.name === stream,
        )
        .map(({ trace }) => trace.stream_status.status);
      expect(statuses, stream).to.deep.equal(['STARTED', 'RUNNING', 'COMPLETE']);
      const counted = all
        .filter(({ type, state }) => type === 'STATE' && state.stream.stream_descriptor.name === stream)
        .reduce((sum, { state }) => sum + state.sourceStats.recordCount, 0);
      expect(counted, `counts of ${stream}`).to.equal(rows.get(stream)?.size ?? 0);
    }
  });

  it('in full refresh, with the state of an earlier run given', async () => {
    const first = await readAirbyte('full_refresh');
    const states = first.filter(({ type }) => type === 'STATE').map(({ state }) => state);
    const again = await readAirbyte('full_refresh', folder.write('state.json', states));
    expectRows(byKey(airbyteRecords(again)).rows, truthOf(sandbox.account));
  });

  it('the second run brings what is new and changed, and with the first makes the whole account', async () => {
    const own = await startSandbox({ profiles: 200, events: 1_500, campaigns: 20, flows: 3, limits: false });
    try {
      const path = folder.write('own.json', configFor(own));
      const run = async (state?: string) => {
        const { code, stdout, stderr } = await execute([
          'read',
          '--config',
          path,
          ...(state === undefined ? [] : ['--state', state]),
        ]);
        expect(code, stderr).to.equal(0);
        return messages<SingerMessage>(stdout);
      };
      const first = await run();
      const state = folder.write(
        'singer-state.json',
        first.filter(({ type }) => type === 'STATE').at(-1)?.value ?? {},
      );
      const before = truthOf(own.account);
      const unchanged = byKey(singerRecords(await run(state))).rows;
      for (const stream of [
        'profile_v2',
        'event_v2',
        'list_v2',
        'flow_v2',
        'profile_list_v2',
        'flow_messages_v2',
        'campaign_v2',
      ] as const)
        expect(unchanged.get(stream)?.size ?? 0, `${stream} of an account at rest`).to.equal(0);
      own.advance(1);
      const second = await run(state);
      const merged = new Map(byKey([...singerRecords(first), ...singerRecords(second)]).rows);
      const after = truthOf(own.account);
      // Whole streams are what the second run says, without what the first had and is gone.
      const latest = byKey(singerRecords(second)).rows;
      for (const stream of STREAM_NAMES)
        if (KEYS[stream][0] === 'campaign_id') merged.set(stream, latest.get(stream) ?? new Map());
      expectRows(merged, after);
      for (const stream of ['profile_v2', 'event_v2'] as const) {
        const fresh = [...(after.get(stream)?.keys() ?? [])].filter(
          (key) => !before.get(stream)?.has(key),
        ).length;
        expect(fresh, `${stream} grew`).to.be.greaterThan(0);
        expect(latest.get(stream)?.size, `${stream} of the increment`).to.be.lessThan(
          (before.get(stream)?.size ?? 0) / 2,
        );
      }
    } finally {
      await own.close();
    }
  });

  const NASTY = { account: 'nasty', profiles: 300, events: 3_000, flows: 4, limits: false } as const;

  for (const protocol of ['singer', 'airbyte'] as const)
    it(`V1 I13 each number of a nasty account goes out digit for digit, ${protocol}`, async () => {
      const nasty = await startSandbox(NASTY);
      try {
        const path = folder.write('digits.json', configFor(nasty));
        const { code, stdout, stderr } = await execute(['read', '--config', path, '--protocol', protocol]);
        expect(code, stderr).to.equal(0);
        const inRow = protocol === 'singer' ? /"record":\{"id":"([^"]+)"/ : /"data":\{"id":"([^"]+)"/;
        const lines = new Map(stdout.split('\n').map((line) => [inRow.exec(line)?.[1], line]));
        let compared = 0;
        for (const { id, attributes } of [...nasty.account.events, ...nasty.account.profiles])
          for (const pair of numbersIn(attributes)) {
            compared += 1;
            expect(lines.get(id)).to.include(pair);
          }
        expect(compared).to.be.greaterThan(20);
      } finally {
        await nasty.close();
      }
    });

  it('V3 V4: a nasty account gives every key, and rows that satisfy their schemas', async () => {
    const nasty = await startSandbox(NASTY);
    try {
      const path = folder.write('nasty.json', configFor(nasty));
      const { code, stdout, stderr } = await execute(['read', '--config', path]);
      expect(code, stderr).to.equal(0);
      const all = await messages<SingerMessage>(stdout);
      const { rows } = byKey(singerRecords(all));
      for (const [stream, want] of truthOf(nasty.account))
        expect([...(rows.get(stream)?.keys() ?? [])].sort(), stream).to.deep.equal([...want.keys()].sort());
      expectValid(all);
      expect(stdout).to.not.match(/\\u0000|\\u[dD][89a-fA-F]|[\u2028\u2029\u0085]/);
      expect(stderr).to.match(/values changed: .*lone surrogates replaced.*NUL characters removed/);
    } finally {
      await nasty.close();
    }
  });

  it('members carry the version of their whole read in Singer, and a target is told when it has ended', async () => {
    const own = await startSandbox({ profiles: 60, events: 50, campaigns: 3, flows: 1, limits: false });
    try {
      const run = async (config: string, ...args: string[]) => {
        const { code, stdout, stderr } = await execute(['read', '--config', config, ...args]);
        expect(code, stderr).to.equal(0);
        return messages<SingerMessage>(stdout);
      };
      const first = await run(folder.write('own.json', configFor(own)));
      const members = first.filter(({ type, stream }) => type === 'RECORD' && stream === 'profile_list_v2');
      const [version] = new Set(members.map((message) => message.version));
      expect(version).to.be.a('number');
      expect(members.every((message) => message.version === version)).to.equal(true);
      expect(new Set(members.map(({ record }) => Date.parse(String(record.read_at)))).size).to.equal(1);
      const said = first.filter(({ type }) => type === 'ACTIVATE_VERSION');
      expect(said.map(({ stream }) => stream).sort()).to.deep.equal([
        'profile_list_v2',
        'profile_segment_v2',
      ]);
      expect(said.find(({ stream }) => stream === 'profile_list_v2')?.version).to.equal(version);
      const end = first.findIndex(
        ({ type, stream }) => type === 'ACTIVATE_VERSION' && stream === 'profile_list_v2',
      );
      const after = first
        .slice(end)
        .filter(({ type, stream }) => type === 'RECORD' && stream === 'profile_list_v2');
      expect(after).to.deep.equal([]);
      const other = first.find(({ type, stream }) => type === 'RECORD' && stream === 'profile_v2');
      expect(other).to.not.have.property('version');
      // An incremental run goes on with the version that stands.
      const state = folder.write(
        'state.json',
        first.filter(({ type }) => type === 'STATE').at(-1)?.value ?? {},
      );
      own.advance(1);
      const second = await run(folder.write('own.json', configFor(own)), '--state', state);
      const joined = second.filter(({ type, stream }) => type === 'RECORD' && stream === 'profile_list_v2');
      expect(joined.length).to.be.within(1, members.length - 1);
      expect(joined.every((message) => message.version === version)).to.equal(true);
    } finally {
      await own.close();
    }
  });

  it('a day in which nothing happened costs the least number of requests, and the summary says so', async () => {
    const own = await startSandbox({
      profiles: 300,
      events: 400,
      lists: 200,
      segments: 20,
      flows: 100,
      campaigns: 1_000,
      limits: false,
    });
    try {
      const path = folder.write('own.json', configFor(own));
      const first = await execute(['read', '--config', path]);
      expect(first.code, first.stderr).to.equal(0);
      const states = (await messages<SingerMessage>(first.stdout)).filter(({ type }) => type === 'STATE');
      const state = folder.write('state.json', states.at(-1)?.value ?? {});
      const before = own.requests.length;
      const second = await execute(['read', '--config', path, '--state', state]);
      expect(second.stderr).to.match(/\d+ requests \(no more than needed\)/);
      const { account } = own;
      const asked = new Map<string, number>();
      for (const { endpoint } of own.requests.slice(before))
        asked.set(endpoint, (asked.get(endpoint) ?? 0) + 1);
      const archived = (yes: boolean) =>
        account.flows.filter(({ attributes }) => attributes.archived === yes).length;
      const parts = ['email', 'sms', 'mobile_push'].flatMap((channel) =>
        [true, false].map(
          (yes) =>
            account.campaigns.filter((one) => one.channel === channel && one.attributes.archived === yes)
              .length,
        ),
      );
      const pages = (rows: number, size: number) => Math.max(1, Math.ceil(rows / size));
      expect(Object.fromEntries(asked)).to.include({
        get_accounts: 1,
        get_profiles: 1,
        // The head, and the range that has just become a week old.
        get_events: 2,
        get_metrics: 1,
        get_lists: pages(account.lists.length, 10),
        get_profiles_for_list: account.lists.length,
        get_segments: pages(account.segments.length, 10),
        get_profiles_for_segment: account.segments.length,
        get_flows: pages(archived(true), 50) + pages(archived(false), 50),
        get_campaigns: parts.reduce((sum, rows) => sum + pages(rows, 100), 0),
        get_campaign_recipient_estimation: account.campaigns.length,
      });
      expect(asked.has('get_flow_action_messages')).to.equal(false);
    } finally {
      await own.close();
    }
  });

  it('G7: an empty account gives 18 schemas, no row and a state', async () => {
    const empty = await startSandbox({ account: 'empty', limits: false });
    try {
      const path = folder.write('empty.json', configFor(empty));
      const { code, stdout } = await execute(['read', '--config', path]);
      expect(code).to.equal(0);
      const all = await messages<SingerMessage>(stdout);
      expect(all.filter(({ type }) => type === 'SCHEMA')).to.have.length(18);
      expect(all.filter(({ type }) => type === 'RECORD')).to.have.length(0);
      const bookmarks = Object.values(all.findLast(({ type }) => type === 'STATE')?.value.bookmarks ?? {});
      expect(bookmarks).to.have.length(18);
      for (const bookmark of bookmarks) expect(bookmark).to.deep.include({ gaps: [] });
    } finally {
      await empty.close();
    }
  });
});
