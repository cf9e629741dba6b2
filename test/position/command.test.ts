/** What a user would lose if this failed: a stream that is read again from where they said, and from nowhere else. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openState } from '../../src/position/file.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { compare, normalise } from '../../src/time.js';
import { inside } from '../inside.js';
import { fakeClock } from '../klaviyo/clock.js';
import {
  byKey,
  configFor,
  type Ended,
  execute,
  Folder,
  messages,
  type SingerMessage,
  singerRecords,
} from '../promises/harness.js';
import type { Row } from '../promises/truth.js';
import { type Entries, FORMS } from './forms.js';

const CURSORS = {
  event_v2: 'datetime',
  profile_v2: 'updated',
  list_v2: 'updated',
  segment_v2: 'updated',
  flow_v2: 'updated',
} as const;
type Movable = keyof typeof CURSORS;

describe('position, as it is run', () => {
  let sandbox: Sandbox;
  const folder = new Folder();
  let config = '';
  let bookmarks: Readonly<Record<string, object>> = {};
  let rows: ReturnType<typeof byKey>['rows'] = new Map();

  before(async () => {
    sandbox = await startSandbox({
      ...{ profiles: 60, events: 400, lists: 6, segments: 5, flows: 6, campaigns: 3 },
      limits: false,
    });
    config = folder.write('config.json', configFor(sandbox, { events_lookback_days: 0 }));
    const first = await read();
    bookmarks = first.value?.bookmarks as typeof bookmarks;
    rows = first.rows;
  });
  after(async () => {
    await sandbox.close();
    folder.remove();
  });

  async function read(...argv: string[]) {
    const { code, stdout, stderr } = await execute(['--config', config, ...argv]);
    expect(code, stderr).to.equal(0);
    const all = await messages<SingerMessage>(stdout);
    return {
      stderr,
      rows: byKey(singerRecords(all)).rows,
      value: all.filter(({ type }) => type === 'STATE').at(-1)?.value,
    };
  }
  const only = (name: string): string =>
    folder.write('catalog.json', {
      streams: [
        {
          tap_stream_id: name,
          stream: name,
          schema: {},
          metadata: [{ breadcrumb: [], metadata: { selected: true } }],
        },
      ],
    });
  const times = (name: Movable): string[] =>
    [...(rows.get(name)?.values() ?? [])].map((row) => String(row[CURSORS[name]])).sort(compare);
  const middle = (name: Movable): string => times(name)[Math.floor(times(name).length / 2)] ?? '';
  const file = (document: unknown = { bookmarks }): string =>
    folder.write('state.json', `${JSON.stringify(document, null, 2)}\n`);
  const lastLine = ({ stderr }: Ended): string => stderr.trimEnd().split('\n').at(-1) ?? '';

  for (const name of Object.keys(CURSORS) as Movable[])
    it(`I1 S13 ${name}: a read of the moved state brings exactly the rows from there on`, async () => {
      const to = middle(name);
      const state = file();
      const moved = await execute(['position', name, to, '--state', state]);
      expect([moved.code, moved.stdout], moved.stderr).to.deep.equal([0, '']);
      const again = await read('--state', state, '--catalog', only(name));
      const wanted = [...(rows.get(name) ?? [])].filter(
        ([, row]) => compare(normalise(String(row[CURSORS[name]])) ?? '', to) >= 0,
      );
      expect(wanted.length).to.be.within(1, (rows.get(name)?.size ?? 0) - 1);
      const came = again.rows.get(name) ?? new Map<string, Row>();
      expect([...came.keys()].sort()).to.deep.equal(wanted.map(([key]) => key).sort());
    });

  for (const [form, make] of Object.entries(FORMS))
    it(`S11 a read takes up the moved state in its form: ${form}`, async () => {
      const state = file(make(bookmarks as Entries, {}));
      await execute(['position', 'event_v2', middle('event_v2'), '--state', state]);
      const again = await read('--state', state);
      expect(again.stderr).to.not.include('WARNING');
      expect([...(again.rows.get('event_v2')?.keys() ?? [])].length).to.equal(
        times('event_v2').filter((at) => compare(at, middle('event_v2')) >= 0).length,
      );
      // Nothing else was lost: what is read on from a state comes no second time.
      for (const stream of ['profile_v2', 'list_v2', 'segment_v2', 'flow_v2', 'profile_list_v2'] as const)
        expect(again.rows.get(stream)?.size ?? 0, stream).to.equal(0);
    });

  it('shows every stream: position, gaps, progress, rule and what is next, and nothing on stdout', async () => {
    const gaps = [['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z']];
    const state = file({
      bookmarks: {
        event_v2: { version: 1, until: '2026-02-01T00:00:00Z', gaps },
        profile_list_v2: {
          version: 1,
          until: '2020-02-01T00:00:00Z',
          gaps: [],
          reread: '2020-02-01T00:00:00Z',
        },
        other: 5,
      },
    });
    const { code, stdout, stderr } = await execute(['position', '--state', state]);
    expect([code, stdout]).to.deep.equal([0, '']);
    const lines = stderr.split('\n');
    expect(lines).to.include(
      'STREAM                            POSITION              GAPS  PROGRESS    MOVES  THE NEXT READ',
    );
    for (const line of [
      /^event_v2 {26}2026-02-01T00:00:00Z {2}1 {5}by time {5}yes {4}2026-01-01T00:00:00Z to/,
      /^profile_v2 {24}never read {12}- {5}by time {5}yes {4}for the first time:/,
      /^metric_v2 {25}- {21}- {5}at its end {2}no {5}all of it$/,
      /^profile_list_v2 {19}2020-02-01T00:00:00Z {2}- {5}by group {4}no {5}all of it$/,
      /^kept as they are: other$/,
      /^it would take {5}not known: with --config/,
    ])
      expect(
        lines.some((one) => line.test(one)),
        String(line),
      ).to.equal(true);
    const one = await execute(['position', 'event_v2', '--state', state]);
    expect(one.stderr).to.include(
      '\nevent_v2\n  position   2026-02-01T00:00:00Z: everything before it is read, except one gap\n',
    );
    expect(one.stderr).to.include('\n  gaps       2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z\n');
  });

  it('tells what a move leaves out, and what comes again', async () => {
    const gaps = [['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z']];
    const state = file({ event_v2: { version: 1, until: '2026-02-01T00:00:00Z', gaps } });
    const { stderr } = await execute(['position', 'event_v2', '2026-01-20', '--state', state, '--dry-run']);
    expect(stderr.split('\n').slice(0, 5)).to.deep.equal([
      'event_v2 moves back to 2026-01-20T00:00:00Z, from 2026-02-01T00:00:00Z',
      '  read again  2026-01-20T00:00:00Z to 2026-02-01T00:00:00Z',
      '  left out    2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z',
      '              rows there never come, unless the stream is moved back',
      `${state.length > 60 ? `…${state.slice(-59)}` : state} is as it was (--dry-run)`,
    ]);
    const on = await execute(['position', 'event_v2', '2026-03-01', '--state', state, '--dry-run']);
    expect(on.stderr).to.match(
      /^event_v2 moves on to 2026-03-01T00:00:00Z, from 2026-02-01T00:00:00Z\n {2}left out/,
    );
  });

  it('with a key, says what the next read takes, by few and small requests', async () => {
    const state = file();
    const from = sandbox.requests.length;
    const argv = ['position', 'event_v2', middle('event_v2'), '--state', state, '--config', config];
    const { code, stderr } = await execute([...argv, '--dry-run']);
    expect(code, stderr).to.equal(0);
    expect(stderr)
      .to.match(/^it would read {2}.*\d+ (?:to \d+ )?events/m)
      .and.to.match(/^it would take {2}.*requests$/m);
    const asked = sandbox.requests.slice(from);
    expect(asked.length).to.be.within(1, 12);
    for (const { query } of asked) expect(decodeURIComponent(query)).to.match(/fields\[/);
  });

  it('S7 tells that the state is of another account, which a read would stop for', async () => {
    const entry = { version: 1, until: '2026-02-01T00:00:00Z', gaps: [], account: 'OTHER1' };
    const argv = ['position', 'event_v2', '--state', file({ event_v2: entry }), '--config', config];
    const { code, stderr } = await execute(argv);
    expect(code).to.equal(0);
    expect(stderr).to.match(/^WARNING KLV_STATE_ACCOUNT state of event_v2 is of account "OTHER1"/m);
  });

  it('shows where streams are without a network: what cannot be asked is told, and is no failure', async () => {
    const keyless = folder.write('keyless.json', { events_lookback_days: 0 });
    const entry = { version: 1, until: '2026-02-01T00:00:00Z', gaps: [] };
    const state = file({ event_v2: entry });
    const { code, stderr } = await execute(['position', 'event_v2', '--state', state, '--config', keyless]);
    expect(code).to.equal(0);
    // The config's days count, whether it has a key or not.
    expect(stderr).to.include('\n  next read  2026-02-01T00:00:00Z to now\n');
    expect(stderr).to.match(/^it would take {5}not known/m);
  });

  it('gives programs one document on stdout, and people nothing', async () => {
    const state = file();
    const argv = ['position', 'profile_v2', '2026-01-01', '--state', state, '--format', 'json'];
    const { code, stdout, stderr } = await execute(argv);
    expect([code, stderr]).to.deep.equal([0, '']);
    const { move, streams, estimate } = JSON.parse(stdout);
    expect(move).to.deep.include({
      stream: 'profile_v2',
      to: '2026-01-01T00:00:00Z',
      written: true,
      backup: `${state}.bak`,
    });
    expect(streams).to.have.length(18);
    expect(streams[0]).to.deep.include({
      stream: 'profile_v2',
      position: '2026-01-01T00:00:00Z',
      moves: true,
    });
    expect(estimate).to.equal(null);
  });

  describe('the file', () => {
    const own = new Folder();
    after(() => own.remove());
    const text = () => `${JSON.stringify({ bookmarks, beside: 1 }, null, '\t')}\n`;

    it('keeps its mode, and as it was it is beside it; nothing else is left there', async () => {
      for (const mode of [0o600, 0o640, 0o644]) {
        const state = own.write('state.json', text());
        chmodSync(state, mode);
        expect((await execute(['position', 'event_v2', '2026-01-01', '--state', state])).code).to.equal(0);
        expect(statSync(state).mode & 0o777).to.equal(mode);
        expect(statSync(`${state}.bak`).mode & 0o777).to.equal(mode);
        expect(readFileSync(`${state}.bak`, 'utf8')).to.equal(text());
        expect(readFileSync(state, 'utf8'))
          .to.match(/^\{\n\t"bookmarks"/)
          .and.to.match(/"beside": 1\n\}\n$/);
        expect(readdirSync(own.path).sort()).to.deep.equal(['state.json', 'state.json.bak']);
      }
    });

    it('is as it was after a dry run, after a refusal, and where it says so already', async () => {
      const state = own.write('state.json', text());
      await execute(['position', 'event_v2', '2026-01-01', '--state', state]);
      const once = readFileSync(state);
      for (const argv of [
        ['event_v2', '2026-01-01'],
        ['event_v2', '2025-12-01', '--dry-run'],
        ['metric_v2', '2026-01-01'],
        ['event_v2', '2026-13-01'],
      ])
        await execute(['position', ...argv, '--state', state]);
      expect(readFileSync(state).equals(once)).to.equal(true);
      expect(readFileSync(`${state}.bak`, 'utf8')).to.equal(text());
    });

    it('is replaced where a link points, and the link stays', async () => {
      const inner = new Folder();
      try {
        const real = inner.write('real.json', text());
        const link = join(inner.path, 'link.json');
        symlinkSync(real, link);
        await execute(['position', 'event_v2', '2026-01-01', '--state', link]);
        expect(lstatSync(link).isSymbolicLink()).to.equal(true);
        expect(JSON.parse(readFileSync(real, 'utf8')).bookmarks.event_v2.until).to.equal(
          '2026-01-01T00:00:00Z',
        );
      } finally {
        inner.remove();
      }
    });

    it('keeps every digit of what it does not know', async () => {
      const entry = '"version": 1.0, "until": "2026-02-01T00:00:00Z", "gaps": []';
      const stateWith = (at: string): string =>
        `{"bookmarks": {"event_v2": {${entry.replace('2026-02-01', at)}}, "other": [12345678901234567890, 1.50, -0]}, "n": 1e400}`;
      const state = own.write('digits.json', stateWith('2026-02-01'));
      expect((await execute(['position', 'event_v2', '2026-01-01', '--state', state])).code).to.equal(0);
      const plain = (text: string): string => text.replace(/\s/g, '');
      expect(plain(readFileSync(state, 'utf8'))).to.equal(plain(stateWith('2026-01-01')));
    });

    it('names the owner where it is another user’s, and the reason of the system where it is not', () => {
      const state = own.write('others.json', text());
      for (const [syscall, line] of [
        ['chown', /: it is another user’s — it is as it was; move the stream as that user$/],
        ['open', /: no permission — it is as it was; check its folder$/],
      ] as const) {
        const opened = openState(state, () => {
          throw Object.assign(new Error('EPERM'), { code: 'EPERM', syscall });
        });
        expect(() => opened.replace({})).to.throw(line);
      }
    });

    it('is as it was where it cannot be kept, or has changed meanwhile', async () => {
      const inner = new Folder();
      try {
        const state = inner.write('state.json', text());
        const opened = openState(state);
        inner.write('state.json', '{"bookmarks": {}}');
        expect(() => opened.replace({})).to.throw(
          /^KLV_POSITION .*state\.json has changed meanwhile — stop the runs/,
        );
        inner.write('state.json', text());
        mkdirSync(join(inner.path, 'state.json.bak', 'full'), { recursive: true });
        const refused = await execute(['position', 'event_v2', '2026-01-01', '--state', state]);
        expect([refused.code, refused.stdout]).to.deep.equal([2, '']);
        expect(lastLine(refused)).to.match(/^CRITICAL KLV_POSITION cannot write .*state\.json: /);
        expect(readFileSync(state, 'utf8')).to.equal(text());
        expect(readdirSync(inner.path).sort()).to.deep.equal(['state.json', 'state.json.bak']);
      } finally {
        inner.remove();
      }
    });
  });

  it('reads a pipe once, and moves nothing in what it cannot put back', async () => {
    const pipe = join(folder.path, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const writer = spawn('sh', ['-c', `cat '${file()}' > '${pipe}'`], { stdio: 'ignore' });
    const shown = await execute(['position', 'event_v2', '--state', pipe]);
    expect([shown.code, writer.exitCode ?? 0], shown.stderr).to.deep.equal([0, 0]);
    // Nobody writes into it any more: whoever opened it would wait for ever.
    for (const more of [[], ['--dry-run']]) {
      const moved = await execute(['position', 'event_v2', '2026-01-01', '--state', pipe, ...more]);
      expect(moved.code).to.equal(2);
      expect(lastLine(moved)).to.match(/^CRITICAL KLV_POSITION cannot write .*pipe: it is no file — write /);
    }
  });

  it('H1 names no length where the key is refused', async () => {
    const refused = folder.write('refused.json', configFor(sandbox, { api_key: 'pk_of_another_account_0' }));
    const argv = ['position', '--state', file(), '--config', refused];
    const { code, stderr } = await execute(argv);
    expect(code).to.equal(0);
    expect(stderr)
      .to.match(/^WARNING KLV_KEY_INVALID /m)
      .and.to.match(/^it would take {5}not known: no answer came$/m)
      .and.to.not.include('it would read');
    const { stdout } = await execute([...argv, '--format', 'json']);
    expect(JSON.parse(stdout).estimate).to.equal(null);
  });

  for (const [row, argv, line] of [
    [
      'K1 a stream that is misspelt',
      ['profil_v2'],
      'KLV_POSITION "profil_v2" is no stream — did you mean profile_v2?',
    ],
    [
      'C10 a day that does not exist',
      ['event_v2', '2026-02-30'],
      'KLV_POSITION "2026-02-30" is no date — use 2026-02-28 or 2026-02-28T00:00:00Z',
    ],
    [
      'C10 no zone',
      ['event_v2', '2026-02-03T10:00'],
      'KLV_POSITION "2026-02-03T10:00" has no time zone — use e.g. 2026-02-03 or 2026-02-03T10:00:00Z',
    ],
    [
      'C11 the future',
      ['event_v2', '9000-01-01'],
      /^KLV_POSITION 9000-01-01 lies in the future — use a date up to today, /,
    ],
    [
      'a year, which is a word and no number',
      ['event_v2', '2026'],
      `KLV_POSITION "2026" is no date — use e.g. 2026-02-28 or 2026-02-28T00:00:00Z, or now`,
    ],
    [
      'C10 another order',
      ['event_v2', '02/01/2026'],
      'KLV_POSITION "02/01/2026" is no date — use e.g. 2026-02-28 or 2026-02-28T00:00:00Z, or now',
    ],
    [
      'C17 one word too many',
      ['event_v2', '2026-01-01', 'now'],
      'KLV_USAGE Unknown argument: now — see --help',
    ],
    [
      'C17 a dry run of nothing',
      ['event_v2', '--dry-run'],
      'KLV_USAGE --dry-run without a date to move to — see --help',
    ],
    ['members', ['profile_list_v2', 'now'], /^KLV_POSITION profile_list_v2 cannot be moved: /],
  ] as const)
    it(`refuses in one line: ${row}`, async () => {
      const ended = await execute(['position', ...argv, '--state', file()]);
      expect([ended.code, ended.stdout]).to.deep.equal([2, '']);
      const said = lastLine(ended).replace(/^CRITICAL /, '');
      if (typeof line === 'string') expect(said).to.equal(line);
      else expect(said).to.match(line);
    });

  it('S1 S4 C17 refuses a state that a read would refuse, and the lack of one', async () => {
    const cut = folder.write('cut.json', '{"bookmarks": {');
    expect(lastLine(await execute(['position', '--state', cut]))).to.match(/^CRITICAL KLV_STATE_UNREADABLE /);
    const odd = file({ bookmarks: { event_v2: { datetime: 17 } } });
    expect(lastLine(await execute(['position', 'event_v2', '2026-01-01', '--state', odd]))).to.match(
      /^CRITICAL KLV_STATE_FORM /,
    );
    expect(lastLine(await execute(['position']))).to.equal(
      'CRITICAL KLV_USAGE --state is missing — see --help',
    );
  });

  it('takes the word now for what was not read yet: up to where a read that began now would end', async () => {
    const state = file();
    const clock = fakeClock(Date.UTC(2027, 0, 1, 0, 0, 30));
    const { code, stderr } = await inside(['position', 'event_v2', 'now', '--state', state], { clock });
    const until = JSON.parse(readFileSync(state, 'utf8')).bookmarks.event_v2.until as string;
    expect([code, until]).to.deep.equal([0, '2027-01-01T00:00:20Z']);
    expect(stderr).to.match(/^ {2}left out +\S+Z to now$/m);
  });
});
