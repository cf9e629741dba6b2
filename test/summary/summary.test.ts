/** What a user would lose if this failed: what a run came to, for the programs that watch over runs. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { expect } from 'chai';
import { Interrupted } from '../../src/io.js';
import type { HttpGet } from '../../src/klaviyo/http.js';
import { createMask } from '../../src/log.js';
import { createOutput, ReaderGone } from '../../src/output.js';
import type { RunSummary } from '../../src/run-summary.js';
import { makeAccount } from '../../src/sandbox/index.js';
import { summaryFile } from '../../src/summary-file.js';
import { asked, inside, KEY, type Parts } from '../inside.js';
import { type FakeClock, fakeClock } from '../klaviyo/clock.js';
import { type AirbyteMessage, Folder, MAIN, messages, type SingerMessage } from '../promises/harness.js';
import { running } from '../terminal/sample.js';
import { membersOf, SUMMARY } from './schema.js';

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
const valid = ajv.compile(SUMMARY);

const account = makeAccount({
  profiles: 60,
  events: 300,
  campaigns: 5,
  flows: 3,
  now: () => Date.UTC(2026, 7, 31),
});

describe('the summary of a run, in a file', () => {
  const folder = new Folder();
  after(() => folder.remove());
  const config = folder.write('config.json', { api_key: KEY, start_date: '2000-01-01' });
  let nth = 0;

  async function read(
    argv: readonly string[] = [],
    parts: Partial<Parts> | ((clock: FakeClock, right: HttpGet) => Partial<Parts>) = {},
  ) {
    const clock = fakeClock();
    nth += 1;
    const path = join(folder.path, `summary-${nth}.json`);
    const get = asked(account, clock);
    const more = typeof parts === 'function' ? parts(clock, get) : parts;
    const args = ['read', '--config', config, ...argv, '--summary', path];
    const left = await inside(args, { get, clock, ...more });
    const text = readFileSync(path, 'utf8');
    const summary = JSON.parse(text) as RunSummary;
    expect(valid(summary), ajv.errorsText(valid.errors)).to.equal(true);
    expect(text.endsWith('}\n')).to.equal(true);
    expect(readdirSync(folder.path).filter((name) => name.endsWith('.tmp'))).to.deep.equal([]);
    return { ...left, summary, text };
  }

  it('says of a run that ends well what its lines say', async () => {
    const { code, summary, stdout, stderr, requests } = await read();
    expect([code, summary.exitCode, summary.error]).to.deep.equal([0, 0, undefined]);
    const all = await messages<SingerMessage>(stdout);
    const rows = all.filter(({ type }) => type === 'RECORD');
    expect(summary.rows).to.equal(rows.length);
    for (const { name, rows: count, state } of summary.streams) {
      expect(count, name).to.equal(rows.filter(({ stream }) => stream === name).length);
      expect(state, name).to.equal('complete');
    }
    expect(summary.state).to.deep.equal(all.filter(({ type }) => type === 'STATE').at(-1)?.value.bookmarks);
    // The server's time is asked without the key, and before anything counts.
    expect(summary.requests).to.equal(requests.length - 1);
    expect(summary.connector.name).to.equal('source-klaviyo-v2');
    expect(summary.account).to.be.a('string');
    expect(stderr).to.match(
      new RegExp(
        `^INFO ${summary.rows.toLocaleString('en')} rows of 18 streams, ${summary.requests.toLocaleString('en')} requests \\(`,
        'm',
      ),
    );
    expect(stderr).to.match(/^INFO next state: 18 streams up to \d{4}-\d{2}-\d{2}T[\d:]+Z$/m);
  });

  it('names the oldest and the newest cursor of the rows that were written, however they were made', async () => {
    const { summary, stdout } = await read();
    const cursors: Readonly<Record<string, string>> = {
      event_v2: 'datetime',
      profile_v2: 'updated',
      profile_list_v2: 'joined_group_at',
      list_v2: 'updated',
      flow_action_v2: 'updated',
      campaign_v2: 'updated_at',
    };
    const all = await messages<SingerMessage>(stdout);
    for (const [name, cursor] of Object.entries(cursors)) {
      const found = summary.streams.find((one) => one.name === name);
      const values = all
        .filter(({ type, stream }) => type === 'RECORD' && stream === name)
        .map(({ record }) => String(record[cursor]))
        .sort();
      expect(values, name).to.have.length.above(1);
      expect([found?.oldest, found?.newest], name).to.deep.equal([values[0], values.at(-1)]);
    }
    expect(summary.streams.find(({ name }) => name === 'metric_v2')).to.not.have.any.keys('oldest', 'newest');
  });

  it('says which requests went where, and that all of them did', async () => {
    const { summary, requests } = await read();
    const { endpoints } = summary;
    const of = (path: string) => endpoints.find((one) => one.path === path);
    const paths = requests.map((one) => one.split('?')[0] ?? '');
    expect(of('/api/events')?.requests).to.equal(paths.filter((one) => one === '/api/events').length);
    expect(of('/api/lists/{id}/profiles')).to.deep.include({ streams: ['profile_list_v2'] });
    expect(of('/api/lists/{id}/profiles')?.requests).to.equal(
      paths.filter((one) => /^\/api\/lists\/\w+\/profiles$/.test(one)).length,
    );
    for (const { requests: count, limited, timeline, path } of endpoints) {
      const sum = (some: readonly number[]): number => some.reduce((total, one) => total + one, 0);
      expect([sum(timeline.sent), sum(timeline.limited)], path).to.deep.equal([count, limited]);
    }
    expect(endpoints.reduce((sum, one) => sum + one.requests, 0)).to.equal(summary.requests);
  });

  it('is that of an Airbyte read, too, and knows the share of the limits', async () => {
    const { summary } = await read(['--protocol', 'airbyte']);
    expect(summary.protocol).to.equal('airbyte');
    const half = folder.write('half.json', { api_key: KEY, rate_limit_share: 0.5 });
    const clock = fakeClock();
    const path = join(folder.path, 'half-summary.json');
    await inside(['read', '--config', half, '--summary', path], { get: asked(account, clock), clock });
    const { endpoints } = JSON.parse(readFileSync(path, 'utf8')) as RunSummary;
    expect(endpoints.find((one) => one.path === '/api/events')?.limit).to.deep.equal({
      burst: 175,
      steady: 1_750,
    });
  });

  it('tells which stream failed, and why; the others are complete', async () => {
    const { code, summary } = await read([], (clock) => ({
      get: asked(account, clock, { scopes: ['profiles:read', 'events:read', 'lists:read', 'segments:read'] }),
    }));
    expect([code, summary.exitCode]).to.deep.equal([2, 2]);
    expect(summary).to.not.have.property('error');
    const by = new Map(summary.streams.map((one) => [one.name, one]));
    expect(by.get('event_v2')).to.deep.include({ state: 'complete' });
    expect(by.get('flow_v2')?.state).to.equal('incomplete');
    expect(by.get('flow_v2')?.error).to.match(/^KLV_SCOPE GET \/api\/flows needs flows:read — add the scope/);
  });

  it('X1 is written after a signal, with what was read until then', async () => {
    const stop = new AbortController();
    const { code, summary } = await read([], (_, right) => ({
      signal: stop.signal,
      get: (url, ...rest) => {
        if (url.pathname === '/api/profiles') stop.abort(new Interrupted('SIGTERM'));
        return right(url, ...rest);
      },
    }));
    expect([code, summary.exitCode]).to.deep.equal([143, 143]);
    expect(summary.error).to.equal('stopped by SIGTERM — run again with the last state');
    const unread = summary.streams.filter(({ state }) => state !== 'complete');
    expect(unread).to.have.length.above(3);
    for (const one of unread) expect([one.state, one.error]).to.deep.equal(['incomplete', summary.error]);
  });

  it('X1 is written at the exit of a process that does not wait for its end, once', async () => {
    const stop = new AbortController();
    let last = (_: number): void => {};
    const path = join(folder.path, 'cut.json');
    const clock = fakeClock();
    const right = asked(account, clock);
    await inside(['read', '--config', config, '--summary', path], {
      clock,
      signal: stop.signal,
      atExit: (called) => {
        last = called;
      },
      get: async (url, ...rest) => {
        if (url.pathname !== '/api/profiles') return right(url, ...rest);
        stop.abort(new Interrupted('SIGINT'));
        last(130);
        writeFileSync(`${path}.seen`, readFileSync(path));
        writeFileSync(path, 'not written again');
        return await right(url, ...rest);
      },
    });
    expect(readFileSync(path, 'utf8')).to.equal('not written again');
    const summary = JSON.parse(readFileSync(`${path}.seen`, 'utf8')) as RunSummary;
    expect(valid(summary), ajv.errorsText(valid.errors)).to.equal(true);
    expect([summary.exitCode, summary.error]).to.deep.equal([
      130,
      'stopped by SIGINT — run again with the last state',
    ]);
  });

  it('X4 is written where the reader of stdout has gone', async () => {
    const stop = new AbortController();
    let lines = 0;
    const { code, summary, stderr } = await read([], {
      signal: stop.signal,
      out: {
        write: (_, taken) => {
          taken?.();
          lines += 1;
          if (lines < 30) return Promise.resolve();
          stop.abort(new ReaderGone());
          return Promise.reject(stop.signal.reason);
        },
        flush: () => Promise.resolve(),
        stop: () => {},
        failure: () => stop.signal.reason as Error | undefined,
      },
    });
    expect([code, summary.exitCode, stderr]).to.deep.equal([141, 141, '']);
    expect(summary.error).to.equal('the reader of stdout has gone — run again with the last state');
    expect(lines).to.equal(30);
    // Nobody knows which of the states that were written it has read.
    expect([summary.state, summary.stateIs]).to.deep.equal([{}, 'given']);
  });

  for (const when of ['behind it', 'before it'] as const)
    it(`X1 X4 names the state that it was given where its reader ends with it by a signal: lines written ${when}`, async () => {
      const entry = { version: 1, until: '2026-01-01T00:00:00Z', gaps: [] };
      const bookmarks = { list_v2: entry, other: [1] };
      const stop = new AbortController();
      const gone = Object.assign(new Error('EPIPE'), { code: 'EPIPE' });
      const { signal } = stop;
      const stream = new Writable({
        write(_chunk, _encoding, done) {
          if (signal.aborted) done(gone);
          else if (when === 'behind it') done();
          else signal.addEventListener('abort', () => done(gone));
        },
      });
      const state = folder.write('before.json', { bookmarks });
      const { code, summary } = await read(['--state', state], (_, right) => ({
        ...{ signal, out: createOutput(stream) },
        get: (url, ...rest) => {
          if (url.pathname === '/api/profiles') stop.abort(new Interrupted('SIGINT'));
          return right(url, ...rest);
        },
      }));
      expect([code, summary.exitCode]).to.deep.equal([130, 130]);
      expect([summary.state, summary.stateIs]).to.deep.equal([bookmarks, 'given']);
    });

  it('S11 holds what a run carries on: entries of streams that were not chosen, and that are not known', async () => {
    const entry = { version: 1, until: '2026-01-01T00:00:00Z', gaps: [], more: 1 };
    const given = { event_v2: entry, profile_v2: entry, foo: { x: 'DIGITS' } };
    const state = folder.write(
      'whole.json',
      JSON.stringify({ bookmarks: given, currently_syncing: 'event_v2' }).replace(
        '"DIGITS"',
        '12345678901234567890',
      ),
    );
    const catalog = folder.write('one.json', {
      streams: [
        {
          ...{ tap_stream_id: 'event_v2', stream: 'event_v2', schema: {} },
          metadata: [{ breadcrumb: [], metadata: { selected: true } }],
        },
      ],
    });
    const { code, summary, stdout, stderr, text } = await read(['--state', state, '--catalog', catalog]);
    const all = await messages<SingerMessage>(stdout);
    expect([code, summary.streams.length]).to.deep.equal([0, 1]);
    expect(stderr).to.match(/^INFO \d+ rows? of 1 stream, \d+ requests? \(/m);
    expect(Object.keys(summary.state).sort()).to.deep.equal(['event_v2', 'foo', 'profile_v2']);
    // As it is written: JSON.parse would have made another number of it.
    for (const said of [stdout, text]) expect(said).to.match(/"foo":\s*{\s*"x":\s*12345678901234567890\s*}/);
    expect(summary.state).to.deep.equal(all.filter(({ type }) => type === 'STATE').at(-1)?.value.bookmarks);
  });

  it('I2 X1 counts what stdout has taken, and no state that still waits for it', async () => {
    const stop = new AbortController();
    let taking = true;
    const { summary } = await read([], (_, right) => ({
      signal: stop.signal,
      get: (url, ...rest) => {
        if (url.pathname === '/api/profiles') taking = false;
        if (url.pathname === '/api/flows') stop.abort(new Interrupted('SIGTERM'));
        return right(url, ...rest);
      },
      out: {
        write: (_, taken) => {
          if (taking) taken?.();
          return Promise.resolve();
        },
        flush: () => Promise.resolve(),
        stop: () => {},
        failure: () => undefined,
      },
    }));
    const profiles = summary.streams.find(({ name }) => name === 'profile_v2');
    expect([profiles?.rows, profiles?.state]).to.deep.equal([0, 'incomplete']);
    expect(summary.state).to.not.have.property('profile_v2');
  });

  it('is written for a run that a wrong input ends, which says what it was', async () => {
    const state = folder.write('wrong-state.json', '{"bookmarks"');
    for (const [argv, code] of [
      [['--state', state], 'KLV_STATE_UNREADABLE'],
      [['--catalog', join(folder.path, 'none.json')], 'KLV_CATALOG_FILE'],
    ] as const) {
      const { summary } = await read(argv);
      expect([summary.exitCode, summary.rows, summary.streams]).to.deep.equal([2, 0, []]);
      expect(summary.error).to.match(new RegExp(`^${code} .+ — `));
    }
  });

  it('gathers warnings, each once, with what to do', async () => {
    const odd = { api_key: KEY, start_date: '2000-01-01', shoe_size: 44 };
    const path = folder.write('odd.json', odd);
    const clock = fakeClock();
    const to = join(folder.path, 'odd-summary.json');
    const broken: HttpGet = (url, ...rest) =>
      url.pathname === '/api/metrics' && clock.now() < 60_000
        ? Promise.reject(new Error('connect ECONNREFUSED'))
        : asked(account, clock)(url, ...rest);
    const { code, stderr } = await inside(['read', '--config', path, '--summary', to], {
      get: broken,
      clock,
    });
    expect(code).to.equal(0);
    const { warnings, retries, endpoints } = JSON.parse(readFileSync(to, 'utf8')) as RunSummary;
    expect(warnings[0]).to.deep.equal({
      text: 'KLV_CONFIG_UNKNOWN shoe_size',
      remedy: 'it is ignored',
      count: 1,
    });
    const [, tried] = warnings;
    expect(tried?.text).to.match(/^KLV_UNAVAILABLE GET \/api\/metrics failed: connect ECONNREFUSED$/);
    expect(tried?.remedy).to.equal('run again later; nothing is lost');
    expect(tried?.count).to.equal(stderr.match(/\(next try in \d+ s\)$/gm)?.length);
    expect(tried?.count).to.be.above(1);
    const metrics = endpoints.find((one) => one.path === '/api/metrics');
    expect(metrics?.retries).to.equal(retries);
    expect(metrics?.backedOffMs).to.be.within(30_000, 120_000);
  });

  it('moves no state for a sample, and says none', async () => {
    const clock = fakeClock();
    const to = join(folder.path, 'sample.json');
    const argv = ['--config', config, '--test', '--summary', to];
    const { code, stderr } = await inside(argv, { get: asked(account, clock), clock });
    expect(code).to.equal(0);
    expect(stderr)
      .to.match(/^INFO [\d,]+ rows of 18 streams/m)
      .and.to.not.include('next state');
    const summary = JSON.parse(readFileSync(to, 'utf8')) as RunSummary;
    expect(valid(summary), ajv.errorsText(valid.errors)).to.equal(true);
    expect(summary.state).to.deep.equal({});
    expect(Math.max(...summary.streams.map(({ rows }) => rows))).to.equal(1);
  });

  it('I11 is masked as all else is, also where a secret looks like a number', () => {
    const path = join(folder.path, 'masked.json');
    const mask = createMask();
    mask.hide('12345678', 'pk_abcdefghijkl');
    const { write } = summaryFile(path, {}, { mask });
    write(
      running({ rows: 12_345_678, account: 'is pk_abcdefghijkl', state: { pk_abcdefghijkl: ['12345678'] } }),
    );
    const { rows, account: shown, state } = JSON.parse(readFileSync(path, 'utf8')) as RunSummary;
    expect([rows, shown, state]).to.deep.equal([12_345_678, 'is ***', { '***': ['***'] }]);
  });

  it('is documented, every member of it', () => {
    const page = readFileSync(fileURLToPath(new URL('../../../docs/summary.md', import.meta.url)), 'utf8');
    const cells = [...page.matchAll(/^\| `([^|]+)` \|/gm)].flatMap(([, cell = '']) => cell.split(/`, `/));
    const named = new Set(cells.map((cell) => cell.split('.').at(-1)));
    expect(membersOf(SUMMARY).filter((name) => !named.has(name))).to.deep.equal([]);
    expect([...named].filter((name) => !membersOf(SUMMARY).includes(name ?? ''))).to.deep.equal([]);
  });

  describe('that cannot be written', () => {
    const place = join(folder.path, 'place');
    mkdirSync(place);
    const state = folder.write('state.json', '{}');
    const linked = join(folder.path, 'linked.json');
    linkSync(state, linked);
    const cases: readonly (readonly [string, string, RegExp])[] = [
      ['in a folder that is not there', join(folder.path, 'none', 'x.json'), /: no such folder — /],
      ['a folder', place, /: it is a folder — /],
      ['a device', '/dev/null', /: it is no file — /],
      ['the state that is given', state, /: it is the file after --state — /],
      ['the same under another name', linked, /: it is the file after --state — /],
      ['the config', config, /: it is the file after --config — /],
    ];
    for (const [what, path, why] of cases)
      it(`${what}: one line, exit code 2, and nothing is asked`, async () => {
        const argv = ['read', '--config', config, '--state', state, '--summary', path];
        const { code, stdout, stderr, requests } = await inside(argv);
        expect([code, stdout, requests]).to.deep.equal([2, '', []]);
        expect(stderr).to.match(
          /^CRITICAL KLV_SUMMARY_FILE cannot write .+ — check the path after --summary\n$/,
        );
        expect(stderr).to.match(why);
        expect(readFileSync(state, 'utf8')).to.equal('{}');
      });

    it('in Airbyte, a TRACE says so', async () => {
      const argv = ['read', '--config', config, '--protocol', 'airbyte', '--summary', place];
      const { stdout } = await inside(argv);
      const [said] = await messages<AirbyteMessage>(stdout);
      expect(said?.trace.error).to.deep.include({ failure_type: 'config_error' });
    });

    for (const [stream, fd] of [
      ['stdout', 1],
      ['stderr', 2],
    ] as const)
      it(`what ${stream} goes to: that stays as it is, and says so or nothing`, () => {
        const path = folder.write(`${stream}.log`, '');
        const file = openSync(path, 'a');
        const stdio = [0, 1, 2].map((one) => (one === fd ? file : 'pipe'));
        const argv = [MAIN, 'read', '--config', config, '--summary', path];
        const { status, stderr } = spawnSync(process.execPath, argv, { stdio, encoding: 'utf8' });
        closeSync(file);
        expect(status).to.equal(2);
        const said = stream === 'stderr' ? readFileSync(path, 'utf8') : stderr;
        expect(said).to.match(
          new RegExp(`^CRITICAL KLV_SUMMARY_FILE .*: it is what ${stream} goes to — `, 'm'),
        );
      });

    it('an empty name: KLV_USAGE', async () => {
      for (const flag of ['--summary', '--report'])
        for (const argv of [['read'], []]) {
          const { code, stderr, requests } = await inside([...argv, '--config', config, flag, '']);
          expect([code, requests]).to.deep.equal([2, []]);
          expect(stderr).to.include(`KLV_USAGE ${flag} takes a file, and its name is empty — `);
        }
    });

    it('standard output: KLV_USAGE, in either form of the command line', async () => {
      for (const argv of [['read'], []]) {
        const { code, stderr } = await inside([...argv, '--config', config, '--summary', '-']);
        expect(code).to.equal(2);
        expect(stderr).to.match(/CRITICAL KLV_USAGE --summary takes a file, as stdout is the protocol’s/);
      }
    });

    it('at the end any more: a warning, and the exit code of the run', async () => {
      const gone = new Folder();
      const clock = fakeClock();
      const right = asked(account, clock);
      const { code, stderr } = await inside(
        ['read', '--config', config, '--summary', join(gone.path, 's.json')],
        {
          clock,
          get: (...request) => {
            gone.remove();
            return right(...request);
          },
        },
      );
      expect(code).to.equal(0);
      expect(stderr).to.match(/^WARNING KLV_SUMMARY_FILE cannot write .+: no such folder — /m);
    });
  });

  it('has the mode of the one before, and that of any file where there was none', () => {
    const path = folder.write('modes.json', 'before');
    for (const mode of [0o600, 0o640, 0o644]) {
      chmodSync(path, mode);
      summaryFile(path, {}, { mask: createMask() }).write(running());
      expect(statSync(path).mode & 0o777).to.equal(mode);
    }
    const fresh = join(folder.path, 'fresh.json');
    summaryFile(fresh, {}, { mask: createMask() }).write(running());
    writeFileSync(`${fresh}.other`, '');
    expect(statSync(fresh).mode).to.equal(statSync(`${fresh}.other`).mode);
  });

  it('is made where a link leads that leads to nothing yet, and the link stays', () => {
    const inner = new Folder();
    try {
      mkdirSync(join(inner.path, 'there'));
      const [link, target] = [join(inner.path, 'link'), join(inner.path, 'there', 'target')];
      symlinkSync('second', link);
      symlinkSync('there/target', join(inner.path, 'second'));
      summaryFile(link, {}, { mask: createMask() }).write(running());
      expect(lstatSync(link).isSymbolicLink()).to.equal(true);
      expect(JSON.parse(readFileSync(target, 'utf8'))).to.deep.equal(running());
      expect(readdirSync(join(inner.path, 'there'))).to.deep.equal(['target']);
    } finally {
      inner.remove();
    }
  });

  it('takes the place of the one before in one step, behind a link, too', () => {
    const target = folder.write('target.json', 'before');
    const link = join(folder.path, 'link.json');
    symlinkSync(target, link);
    const file = summaryFile(link, {}, { mask: createMask() });
    file.check();
    expect(readFileSync(target, 'utf8')).to.equal('before');
    file.write(running());
    expect(JSON.parse(readFileSync(target, 'utf8'))).to.deep.equal(running());
    expect(readFileSync(link, 'utf8')).to.equal(readFileSync(target, 'utf8'));
    expect(readdirSync(folder.path)).to.include.members(['link.json', 'target.json']);
  });
});
