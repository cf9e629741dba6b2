/** What a user would lose if this failed: to know which streams arrived, and whose turn it is for the others. */
import { Writable } from 'node:stream';
import { expect } from 'chai';
import { STREAM_NAMES } from '../../src/generated/rows.js';
import { Interrupted } from '../../src/io.js';
import type { HttpGet } from '../../src/klaviyo/http.js';
import { createOutput } from '../../src/output.js';
import { makeAccount, SCOPES } from '../../src/sandbox/index.js';
import { asked, inside, KEY, type Parts } from '../inside.js';
import { fakeClock } from '../klaviyo/clock.js';
import { type AirbyteMessage, configured, Folder, messages } from '../promises/harness.js';

const NOW = Date.UTC(2026, 8, 1);
const NO_HEADERS = { get: () => null };

describe('what a run says of its end', () => {
  const folder = new Folder();
  after(() => folder.remove());
  const account = makeAccount({
    ...{ profiles: 20, events: 60, lists: 2, segments: 2, flows: 2, campaigns: 4 },
    now: () => NOW,
  });
  const config = folder.write('config.json', { api_key: KEY, start_date: '2000-01-01' });
  let catalog = '';
  before(async () => {
    const [message] = await messages<AirbyteMessage>((await inside(['discover'])).stdout);
    catalog = folder.write('catalog.json', configured(message?.catalog.streams ?? []));
  });

  /** `odd`: what some paths answer in place of the account, as status and body. */
  async function read(
    odd: Readonly<Record<string, readonly [status: number, body: string]>>,
    scopes = SCOPES,
    parts: Parts = {},
  ) {
    const clock = fakeClock(NOW);
    const right = asked(account, clock, { scopes });
    const get: HttpGet = (url, headers, signal, hooks) => {
      const [, answer] = Object.entries(odd).find(([path]) => url.pathname === path) ?? [];
      if (answer === undefined) return right(url, headers, signal, hooks);
      hooks?.answered?.(NO_HEADERS);
      const body = Buffer.from(answer[1]);
      return Promise.resolve({ status: answer[0], headers: NO_HEADERS, body, received: body.length });
    };
    const left = await inside(['read', '--config', config, '--catalog', catalog], { get, clock, ...parts });
    return { ...left, all: await messages<AirbyteMessage>(left.stdout) };
  }

  const statusesOf = (all: readonly AirbyteMessage[]): ReadonlyMap<string, readonly string[]> => {
    const statuses = new Map<string, string[]>(STREAM_NAMES.map((name) => [name, []]));
    for (const { trace } of all)
      if (trace?.type === 'STREAM_STATUS')
        statuses.get(trace.stream_status.stream_descriptor.name)?.push(trace.stream_status.status);
    return statuses;
  };

  const failing = {
    2: {},
    3: { '/api/segments': [503, 'busy'] },
    1: { '/api/segments': [503, 'busy'], '/api/lists': [400, '{"errors":[{"detail":"no"}]}'] },
  } as const;
  for (const [code, odd] of Object.entries(failing))
    it(`I6 I8 O5 streams that fail, each in its way: the others complete, each status once, exit code ${code}`, async () => {
      const lacking = code === '3' ? SCOPES : SCOPES.filter((scope) => scope !== 'flows:read');
      const { code: ended, all, stderr } = await read(odd, lacking);
      expect(ended, stderr).to.equal(Number(code));
      const lost = [
        ...(code === '3' ? [] : ['flow']),
        ...('/api/segments' in odd ? ['segment', 'profile_segment'] : []),
        ...('/api/lists' in odd ? ['list', 'profile_list'] : []),
      ];
      for (const [stream, statuses] of statusesOf(all)) {
        const end = lost.some((name) => stream.startsWith(name)) ? 'INCOMPLETE' : 'COMPLETE';
        expect(statuses, stream).to.deep.equal(['STARTED', 'RUNNING', end]);
      }
      const faults = all.filter(({ trace }) => trace?.type === 'ERROR').map(({ trace }) => trace.error);
      expect(new Set(faults.map(({ failure_type: type }) => type))).to.deep.equal(
        new Set(
          code === '3'
            ? ['transient_error']
            : code === '2'
              ? ['config_error']
              : ['config_error', 'transient_error', 'system_error'],
        ),
      );
      const last = stderr.split('\n').filter((line) => line !== '');
      for (const line of last) expect(line).to.match(/^CRITICAL KLV_\w+ /);
    });

  it('I6 a healthy run: each stream STARTED, RUNNING, COMPLETE, nothing behind its end', async () => {
    const { code, all } = await read({});
    expect(code).to.equal(0);
    for (const [stream, statuses] of statusesOf(all))
      expect(statuses, stream).to.deep.equal(['STARTED', 'RUNNING', 'COMPLETE']);
    for (const name of STREAM_NAMES) {
      const about = all.filter(
        ({ record, state, trace }) =>
          record?.stream === name ||
          state?.stream.stream_descriptor.name === name ||
          trace?.stream_status?.stream_descriptor.name === name,
      );
      expect(about.at(-1)?.trace.stream_status.status).to.equal('COMPLETE');
      expect(about.at(-2)?.type).to.equal('STATE');
    }
  });

  it('I6 X1 a signal in the middle: INCOMPLETE once for each that had not ended, and states before it', async () => {
    const stop = new AbortController();
    let requests = 0;
    const clock = fakeClock(NOW);
    const right = asked(account, clock);
    const get: HttpGet = (...all) => {
      requests += 1;
      if (requests === 12) stop.abort(new Interrupted('SIGTERM'));
      return right(...all);
    };
    const { code, all } = await read({}, SCOPES, { get, clock, signal: stop.signal });
    expect(code).to.equal(143);
    const statuses = statusesOf(all);
    for (const [stream, said] of statuses) {
      expect(said[0], stream).to.equal('STARTED');
      expect(said.at(-1), stream).to.be.oneOf(['COMPLETE', 'INCOMPLETE']);
      expect(new Set(said).size, stream).to.equal(said.length);
    }
    expect([...statuses.values()].some((said) => said.includes('INCOMPLETE'))).to.equal(true);
    // A platform keeps the states that it has when the statuses come.
    const lastState = all.findLastIndex(({ type }) => type === 'STATE');
    const firstEnd = all.findIndex(
      ({ trace }) => trace?.type === 'STREAM_STATUS' && trace.stream_status.status === 'INCOMPLETE',
    );
    expect(lastState).to.be.within(0, firstEnd - 1);
  });

  it('X4 a reader that goes in the middle of the rows: 141, no word on stderr, and nothing asked after it', async () => {
    let taken = 0;
    let atEnd = -1;
    let requests = 0;
    const stop = new AbortController();
    const clock = fakeClock(NOW);
    const right = asked(account, clock);
    const get: HttpGet = async (...all) => {
      requests += 1;
      await clock.sleep(200);
      return right(...all);
    };
    const out = createOutput(
      new Writable({
        write(bytes: Buffer, _, done) {
          if (bytes.includes('"RECORD"')) taken += 1;
          done(taken < 3 ? null : Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
        },
      }),
      (error) => {
        atEnd = requests;
        stop.abort(error);
      },
    );
    const { code, stderr } = await read({}, SCOPES, { get, clock, out, signal: stop.signal });
    expect([code, stderr]).to.deep.equal([141, '']);
    expect(atEnd).to.be.greaterThan(5);
    expect(requests).to.equal(atEnd);
  });

  it('X1 a signal while discover waits for a reader that takes nothing: 143 after 3 seconds', async () => {
    const clock = fakeClock(NOW);
    const stop = new AbortController();
    const out = createOutput(new Writable({ write: () => stop.abort(new Interrupted('SIGTERM')) }));
    const { code, stderr } = await inside(['discover'], { clock, out, signal: stop.signal });
    expect([code, stderr, clock.now()]).to.deep.equal([143, '', 3_000]);
  });

  it('Y7 Y4 what the API says of an error forges no line, and names nobody', async () => {
    const detail = 'no\nCRITICAL KLV_FORGED \u001b[2J\u202e of jane@shop.example, +4915112345678';
    const { code, all, stderr } = await read({
      '/api/lists': [400, JSON.stringify({ errors: [{ status: 400, code: 'x', detail }] })],
    });
    expect(code).to.equal(1);
    const faults = all.filter(({ trace }) => trace?.type === 'ERROR').map(({ trace }) => trace.error.message);
    for (const text of [...stderr.split('\n').slice(0, -1), ...faults]) {
      expect(text).to.match(/^(?:CRITICAL )?KLV_REQUEST /);
      expect(text).to.not.match(/\p{Cc}|\p{Cf}|jane|49151/u);
    }
    expect(faults).to.not.be.empty;
  });

  describe('where the catalog or the config cannot be used', () => {
    const wrong: readonly (readonly [what: string, argv: () => readonly string[], line: RegExp])[] = [
      ['a catalog that is no JSON', () => ['--catalog', folder.write('bad.json', '{"streams": [')], /JSON/],
      ['a catalog that is not there', () => ['--catalog', `${folder.path}/none.json`], /CATALOG_FILE/],
      ['a state that is no JSON', () => ['--state', folder.write('bad.json', '{')], /STATE_UNREADABLE/],
    ];
    for (const [what, argv, line] of wrong) {
      it(`I6 ${what}: with --protocol airbyte a TRACE error, as the platform shows nothing else`, async () => {
        const left = await inside(['read', '--config', config, '--protocol', 'airbyte', ...argv()]);
        expect(left.code).to.equal(2);
        const all = await messages<AirbyteMessage>(left.stdout);
        expect(all.map(({ type }) => type)).to.deep.equal(['TRACE']);
        expect(all[0]?.trace.error.failure_type).to.equal('config_error');
        expect(all[0]?.trace.error.message).to.match(line);
        expect(left.requests).to.deep.equal([]);
      });

      it(`I4 ${what}: in Singer stdout stays empty`, async () => {
        const left = await inside(['read', '--config', config, '--protocol', 'singer', ...argv()]);
        expect([left.code, left.stdout]).to.deep.equal([2, '']);
        expect(left.stderr).to.match(line);
      });
    }
  });

  describe('Y1 I11 the key', () => {
    it('Y1 of the environment, and a proxy’s password, are hidden before any config is read', async () => {
      const env = { KLAVIYO_API_KEY: KEY, HTTPS_PROXY: `http://me:${KEY.slice(10)}@proxy.example` };
      const { code, stderr } = await inside(['read', '--config', `${KEY}.json`], { env });
      expect(code).to.equal(2);
      expect(stderr).to.match(/^CRITICAL KLV_CONFIG_FILE cannot read \*\*\*\.json/);
    });

    it('Y1 what a run in process says is searched, too', async () => {
      // A path is the user's own word, and no secret until a config says so.
      const error = await inside(['read', '--config', `${KEY}.json`]).then(
        () => undefined,
        (reason: Error) => reason,
      );
      expect(error?.message).to.match(/^the key leaks, plain: /);
    });

    it('Y1 is in none of what is said where the API says it back: rows aside, all goes through the mask', async () => {
      const back = (text: string) => JSON.stringify({ errors: [{ status: 400, code: 'x', detail: text }] });
      for (const text of [
        KEY,
        KEY.slice(3, 13),
        Buffer.from(`:${KEY}`).toString('base64'),
        encodeURIComponent(`Klaviyo-API-Key ${KEY}`),
      ]) {
        const { code, all } = await read({ '/api/lists': [400, back(`you sent ${text}`)] });
        expect(code).to.equal(1);
        const told = all
          .filter(({ trace }) => trace?.type === 'ERROR')
          .map(({ trace }) => trace.error.message);
        expect(told[0]).to.include('***');
      }
    });

    it('Y1 is in none of what is said where the connection fails with it', async () => {
      const get: HttpGet = (url) =>
        Promise.reject(
          new Error(`${url.host} refused ${KEY.slice(5)}, ${Buffer.from(KEY).toString('base64')}`),
        );
      const left = await inside(['check', '--config', config, '--debug'], { get });
      expect(left.code).to.equal(0);
      const [status] = await messages<AirbyteMessage>(left.stdout);
      expect(status?.connectionStatus.status).to.equal('FAILED');
      expect(status?.connectionStatus.message).to.include('***');
    });
  });
});
