/** What a user would lose if this failed: a run of hours to the network, and with it what other streams had done. */
import { expect } from 'chai';
import { airbyteCatalog } from '../../src/discover.js';
import { Fault } from '../../src/errors.js';
import type { Io } from '../../src/io.js';
import type { HttpGet } from '../../src/klaviyo/http.js';
import { createMask } from '../../src/log.js';
import { runRead } from '../../src/run.js';
import { freshKey } from '../../src/settings.js';
import { fakeClock } from '../klaviyo/clock.js';
import { type AirbyteMessage, airbyteRecords, configured, Folder, messages } from './harness.js';

const MINUTE = 60_000;
const OLD = 'pk_old0123456789abcdef0123';
const NEW = 'pk_new9876543210fedcba9876';

type Reply =
  | { readonly status?: number; readonly body?: object; readonly headers?: Record<string, string> }
  | Error;
type Serve = (url: URL, key: string, at: number) => Reply;

const page = (type: string, ids: readonly string[], next?: string): Reply => ({
  body: {
    data: ids.map((id) => ({
      id,
      type,
      attributes: { name: id, created: '2026-01-01T00:00:00Z', updated: '2026-01-01T00:00:00Z' },
    })),
    links: { next: next === undefined ? null : `https://a.klaviyo.com/api/x?page[cursor]=${next}` },
  },
});

describe('the network, over a whole run', () => {
  let folder: Folder;
  beforeEach(() => {
    folder = new Folder();
  });
  afterEach(() => folder.remove());

  function outside(serve: Serve, env: Record<string, string> = {}) {
    const clock = fakeClock();
    const asked: URL[] = [];
    let stdout = '';
    let stderr = '';
    const mask = createMask();
    /** Neither the time nor the account is told, and neither is counted. */
    const answer = (url: URL, key: string): Reply => {
      if (url.pathname === '/') return { status: 404 };
      if (url.pathname === '/api/accounts')
        return { status: 403, body: { errors: [{ code: 'permission_denied' }] } };
      asked.push(url);
      return serve(url, key, clock.now());
    };
    const get: HttpGet = (url, headers) => {
      const { authorization = '' } = headers;
      const reply = answer(url, authorization.replace('Klaviyo-API-Key ', ''));
      if (reply instanceof Error) return Promise.reject(reply);
      const body = Buffer.from(reply.body === undefined ? '' : JSON.stringify(reply.body));
      return Promise.resolve({
        status: reply.status ?? 200,
        headers: { get: (name) => reply.headers?.[name] ?? null },
        body,
        received: body.length,
      });
    };
    const io: Io = {
      out: {
        write: (lines, taken) => {
          stdout += lines;
          taken?.();
          return Promise.resolve();
        },
        flush: () => Promise.resolve(),
        stop: () => {},
        failure: () => undefined,
      },
      err: (text) => {
        stderr += mask(text);
      },
      env,
      stdin: () => Promise.resolve(JSON.stringify({ api_key: OLD })),
      clock,
      random: () => 0.5,
      http: () => ({ get, close: () => {} }),
      mask,
      signal: new AbortController().signal,
    };
    return { io, clock, asked, stdout: () => stdout, stderr: () => stderr };
  }

  async function run(
    serve: Serve,
    streams: readonly string[],
    options: { config?: string; env?: Record<string, string> } = {},
  ) {
    const made = outside(serve, options.env);
    const chosen = (airbyteCatalog() as AirbyteMessage['catalog']).streams.filter(({ name }) =>
      streams.includes(name),
    );
    const catalog = folder.write('catalog.json', configured(chosen));
    const config = options.config ?? folder.write('config.json', { api_key: OLD });
    const code = await made.clock.run(runRead({ config, catalog }, made.io));
    const said = await messages<AirbyteMessage>(made.stdout());
    const ids = airbyteRecords(said).map(([, row]) => row.id);
    const ended = said
      .filter(({ type, trace }) => type === 'TRACE' && trace.type === 'STREAM_STATUS')
      .map(({ trace }) => `${trace.stream_status.stream_descriptor.name} ${trace.stream_status.status}`);
    return { ...made, code, said, ids, ended };
  }

  describe('R1 a key that is replaced while it runs', () => {
    /** From the second page on only the new key is good. */
    const rotated =
      (replace: () => void): Serve =>
      (url, key) => {
        const second = url.searchParams.has('page[cursor]');
        if (second && key !== NEW) {
          replace();
          return { status: 401 };
        }
        return second ? page('metric', ['b']) : page('metric', ['a'], 'n');
      };

    it('in the config is taken on: exit 0, every row, and neither key in what is said', async () => {
      const { code, ids, ended, asked, stdout, stderr } = await run(
        rotated(() => folder.write('config.json', { api_key: NEW })),
        ['metric_v2'],
      );
      expect([code, ids, asked.length]).to.deep.equal([0, ['a', 'b'], 3]);
      expect(ended.at(-1)).to.equal('metric_v2 COMPLETE');
      expect(stdout() + stderr())
        .not.to.contain(OLD)
        .and.not.to.contain(NEW);
    });

    it('and not in the config: exit 2, KLV_KEY_INVALID, and the rows before it stand', async () => {
      const { code, ids, ended, asked, stderr } = await run(
        rotated(() => {}),
        ['metric_v2'],
      );
      expect([code, ids, asked.length]).to.deep.equal([2, ['a'], 2]);
      expect(ended.at(-1)).to.equal('metric_v2 INCOMPLETE');
      expect(stderr()).to.contain('KLV_KEY_INVALID');
    });

    it('of a config from standard input is looked for in the environment alone', async () => {
      const env: Record<string, string> = {};
      const { code, ids } = await run(
        rotated(() => {
          env.KLAVIYO_API_KEY = ` ${NEW}\n`;
        }),
        ['metric_v2'],
        { config: '-', env },
      );
      expect([code, ids]).to.deep.equal([0, ['a', 'b']]);
      const { io } = outside(() => new Error('down'));
      expect(await freshKey('-', io)).to.equal(undefined);
    });

    it('is hidden as soon as it is known', async () => {
      const { io } = outside(() => new Error('down'), { KLAVIYO_API_KEY: NEW });
      expect(await freshKey('-', io)).to.equal(NEW);
      expect(io.mask(`the key ${NEW}`)).to.equal('the key ***');
    });
  });

  it('H1 a key that never worked: exit 2 after the requests that were out, and no row', async () => {
    const { code, ids, asked, stderr } = await run(() => ({ status: 401 }), ['metric_v2']);
    expect([code, ids, asked.length]).to.deep.equal([2, [], 1]);
    expect(stderr()).to.contain('KLV_KEY_INVALID');
  });

  const down = new Error('connect ECONNREFUSED 127.0.0.1:443');
  const outage =
    (minutes: number, what: Reply = down): Serve =>
    (url, _key, at) => {
      if (url.pathname === '/api/tags' || url.pathname.startsWith('/api/lists')) return page('list', ['l']);
      if (url.searchParams.has('page[cursor]')) return at < minutes * MINUTE ? what : page('metric', ['b']);
      return page('metric', ['a'], 'n');
    };

  it('N11 an outage of ten minutes in mid-run: exit 0, each row once', async () => {
    const { code, ids, clock, ended } = await run(outage(10), ['metric_v2']);
    expect([code, ids]).to.deep.equal([0, ['a', 'b']]);
    expect(clock.now()).to.be.within(10 * MINUTE, 11 * MINUTE);
    expect(ended.at(-1)).to.equal('metric_v2 COMPLETE');
  });

  for (const [row, what] of [
    ['N12 an outage of forty minutes', down],
    ['L5 a limit that does not end', { status: 429, headers: { 'retry-after': '60' } }],
  ] as const satisfies readonly (readonly [string, Reply])[])
    it(`${row}: exit 3, the other stream is complete, states are heard meanwhile, and the next run brings the rest`, async () => {
      const { code, said, ended, clock } = await run(outage(40, what), ['metric_v2', 'list_v2']);
      expect(code).to.equal(3);
      expect(ended).to.include.members(['list_v2 COMPLETE', 'metric_v2 INCOMPLETE']);
      expect(clock.now()).to.be.within(30 * MINUTE, 33 * MINUTE);
      const states = said.filter(
        ({ type, state }) => type === 'STATE' && state.stream.stream_descriptor.name === 'metric_v2',
      );
      expect(states.length).to.be.at.least(6);
      const next = await run(outage(0), ['metric_v2']);
      expect([next.code, next.ids]).to.deep.equal([0, ['a', 'b']]);
    });

  it('R2 a scope that is withdrawn in mid-run ends its stream alone', async () => {
    const denied: Reply = {
      status: 403,
      body: { errors: [{ code: 'permission_denied', detail: 'no permission' }] },
    };
    const { code, ended, stderr } = await run(outage(40, denied), ['metric_v2', 'list_v2']);
    expect(code).to.equal(2);
    expect(ended).to.include.members(['list_v2 COMPLETE', 'metric_v2 INCOMPLETE']);
    expect(stderr()).to.contain('KLV_SCOPE').and.to.contain('metrics:read');
  });

  it('N9 a proxy that wants a login ends the run as the user’s turn', async () => {
    const { code, stderr } = await run(
      () => new Fault('KLV_PROXY_AUTH', 'the proxy refuses the connection (407)'),
      ['metric_v2'],
    );
    expect(code).to.equal(2);
    expect(stderr()).to.contain('KLV_PROXY_AUTH');
  });
});
