/** What a user would lose if this failed: rows of one account that a state of another leaves out. */
import { expect } from 'chai';
import type { HttpGet } from '../../src/klaviyo/http.js';
import { type Account, makeAccount, SCOPES } from '../../src/sandbox/index.js';
import { asked, inside, KEY, type Left } from '../inside.js';
import { fakeClock } from '../klaviyo/clock.js';
import { type AirbyteMessage, Folder, messages, type SingerMessage } from '../promises/harness.js';

const NOW = Date.UTC(2026, 8, 1);
const SIZE = { profiles: 12, events: 30, lists: 2, segments: 1, flows: 1, campaigns: 2, now: () => NOW };

interface Bookmark {
  readonly account?: string;
}

describe('S7: a state of another account', () => {
  const folder = new Folder();
  after(() => folder.remove());
  const config = () => folder.write('config.json', { api_key: KEY, start_date: '2000-01-01' });
  const mine = makeAccount({ ...SIZE, seed: 1 });
  const other = makeAccount({ ...SIZE, seed: 2 });
  const without = SCOPES.filter((scope) => scope !== 'accounts:read');

  const read = (of: Account | HttpGet, ...argv: string[]): Promise<Left> => {
    const clock = fakeClock(NOW);
    return inside(['--config', config(), ...argv], {
      clock,
      get: typeof of === 'function' ? of : asked(of, clock),
    });
  };
  const stateOf = async ({ stdout }: Left): Promise<Record<string, Bookmark>> =>
    (await messages<SingerMessage>(stdout)).filter(({ type }) => type === 'STATE').at(-1)?.value
      .bookmarks as Record<string, Bookmark>;
  const file = (bookmarks: object): string => folder.write('state.json', { bookmarks });

  it('every bookmark says whose it is, and a run of the same account goes on from it', async () => {
    const first = await read(mine);
    expect(first.code, first.stderr).to.equal(0);
    const bookmarks = await stateOf(first);
    expect(new Set(Object.values(bookmarks).map(({ account }) => account))).to.deep.equal(
      new Set([mine.info.id]),
    );
    const second = await read(mine, '--state', file(bookmarks));
    expect(second.code, second.stderr).to.equal(0);
    expect(await stateOf(second)).to.deep.equal(bookmarks);
  });

  it('is refused with both ids and the stream: exit code 2, no row, no state, two requests', async () => {
    const bookmarks = await stateOf(await read(other));
    const line =
      `KLV_STATE_ACCOUNT state of segment_v2 is of account "${other.info.id}", the key of "${mine.info.id}"` +
      ' — give the state of this account, or none to start over';
    expect(line.length).to.be.at.most(200);
    const only = file({ segment_v2: bookmarks.segment_v2 });
    const { code, stdout, stderr, requests } = await read(mine, '--state', only);
    expect([code, stderr]).to.deep.equal([2, `CRITICAL ${line}\n`]);
    expect(stdout).to.not.match(/"type":"(RECORD|STATE)"/);
    expect(requests).to.deep.equal(['/', '/api/accounts?fields[account]=id']);
  });

  it('is refused in Airbyte by a trace, so that its users can read it', async () => {
    const bookmarks = await stateOf(await read(other));
    const state = folder.write('state.json', [
      {
        type: 'STREAM',
        stream: { stream_descriptor: { name: 'list_v2' }, stream_state: bookmarks.list_v2 },
      },
    ]);
    const chosen = (sync_mode: string) =>
      folder.write('catalog.json', {
        streams: [
          { stream: { name: 'list_v2', json_schema: {} }, sync_mode, destination_sync_mode: 'append' },
        ],
      });
    const argv = ['--state', state, '--protocol', 'airbyte', '--catalog'];
    const refused = await read(mine, ...argv, chosen('incremental'));
    const all = await messages<AirbyteMessage>(refused.stdout);
    expect([refused.code, all.length, all[0]?.trace.error.failure_type]).to.deep.equal([
      2,
      1,
      'config_error',
    ]);
    expect(all[0]?.trace.error.message).to.match(/^KLV_STATE_ACCOUNT state of list_v2 is of account/);
    // A table that is replaced does not use the state, and then has one of this account.
    const whole = await read(mine, ...argv, chosen('full_refresh'));
    expect(whole.code, whole.stderr).to.equal(0);
    const last = (await messages<AirbyteMessage>(whole.stdout)).filter(({ type }) => type === 'STATE').at(-1);
    expect(last?.state.stream.stream_state).to.include({ account: mine.info.id });
  });

  it('of a state that names no account is taken on', async () => {
    const bare = { list_v2: { version: 1, until: '2026-08-31T00:00:00Z', gaps: [] } };
    const { code, stdout, stderr } = await read(mine, '--state', file(bare));
    expect(code, stderr).to.equal(0);
    expect((await stateOf({ stdout } as Left)).list_v2).to.include({ account: mine.info.id });
  });

  it('is not looked for where the key may not ask: told at debug, and the account of the state is kept', async () => {
    const clock = fakeClock(NOW);
    const get = asked(mine, clock, { scopes: without });
    const bookmarks = await stateOf(await read(other));
    const { code, stdout, stderr } = await inside(
      ['--config', config(), '--state', file(bookmarks), '--debug'],
      { clock, get },
    );
    expect(code, stderr).to.equal(0);
    expect(stderr).to.match(/^DEBUG whose account it is, is not known: KLV_SCOPE .*accounts:read/m);
    expect((await stateOf({ stdout } as Left)).list_v2).to.include({ account: other.info.id });
  });

  it('any other failure is left to the streams, after seconds and not after half an hour', async () => {
    const clock = fakeClock(NOW);
    const well = asked(mine, clock);
    for (const failing of [503, 429, 404, 400]) {
      const began = clock.now();
      let listed: number | undefined;
      const get: HttpGet = (url, ...rest) => {
        if (url.pathname !== '/' && url.pathname !== '/api/accounts') listed ??= clock.now();
        if (url.pathname !== '/api/accounts') return well(url, ...rest);
        const body = Buffer.from('{"errors":[{"code":"x","detail":"of the test"}]}');
        return Promise.resolve({
          status: failing,
          headers: { get: () => null },
          body,
          received: body.length,
        });
      };
      const { code, stderr } = await inside(['--config', config(), '--debug'], { clock, get });
      expect(code, stderr).to.equal(0);
      expect(stderr).to.match(/^DEBUG whose account it is, is not known: KLV_/m);
      expect((listed ?? 0) - began, String(failing)).to.be.within(0, 10_000);
    }
  });

  it('H1 a key that is refused ends the run at the first request with it: no row, no state', async () => {
    const clock = fakeClock(NOW);
    const good = asked(mine, clock);
    const get: HttpGet = (url, headers, ...rest) =>
      good(url, { ...headers, authorization: 'Klaviyo-API-Key pk_of_another' }, ...rest);
    const { code, stdout, stderr, requests } = await inside(['--config', config()], { clock, get });
    expect(code).to.equal(2);
    expect(stderr).to.match(/^CRITICAL KLV_KEY_INVALID [^\n]+\n$/);
    expect(requests.filter((one) => one.startsWith('/api/'))).to.have.length(1);
    expect(stdout).to.not.match(/"type":"(RECORD|STATE)"/);
  });

  it('check does not need accounts:read, and says whose account it is where it may ask', async () => {
    for (const [scopes, told] of [
      [without, 'Account: not known: the key lacks accounts:read, which no stream needs'],
      [SCOPES, `Account: Oak & Fog (${mine.info.id}), US/Eastern`],
    ] as const) {
      const clock = fakeClock(NOW);
      const get = asked(mine, clock, { scopes });
      const { code, stdout } = await inside(['check', '--config', config()], { clock, get });
      const { status, message } = JSON.parse(stdout).connectionStatus;
      expect([code, status]).to.deep.equal([0, 'SUCCEEDED']);
      expect(message.split('\n')).to.include(told);
    }
  });
});
