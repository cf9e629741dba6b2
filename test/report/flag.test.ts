/** What a user would lose if this failed: the page of every run that they asked for, however it ended, and no other file. */
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { COMMANDS, UNNAMED } from '../../src/commands.js';
import { makeAccount, SCOPES, startSandbox } from '../../src/sandbox/index.js';
import { asked, inside, KEY, type Parts } from '../inside.js';
import { fakeClock } from '../klaviyo/clock.js';
import { canary } from '../promises/canary.js';
import { configFor, Folder, launch } from '../promises/harness.js';
import { only, parsed, text } from './document.js';

const SMALL = { profiles: 8, events: 20, flows: 1, campaigns: 6 } as const;
const leak = canary(KEY);

describe('--report', () => {
  let folder = new Folder();
  beforeEach(() => {
    folder = new Folder();
  });
  afterEach(() => folder.remove());

  const config = (): string => folder.write('config.json', { api_key: KEY, start_date: '2000-01-01' });
  const page = (): string => join(folder.path, 'report.html');
  const said = (tag = 'h1'): string => text(only(parsed(readFileSync(page(), 'utf8')).elements, tag));

  async function read(parts: Parts & { readonly scopes?: readonly string[] }, ...more: readonly string[]) {
    const clock = fakeClock();
    const get = asked(makeAccount({ ...SMALL, now: clock.wall }), clock, {
      ...(parts.scopes === undefined ? {} : { scopes: parts.scopes }),
    });
    const argv = more.includes('--report') ? more : ['--report', page(), ...more];
    const ended = await inside(
      [...(parts.name === undefined ? ['read'] : []), '--config', config(), ...argv],
      {
        ...{ get, clock },
        ...parts,
      },
    );
    const left = readdirSync(folder.path).filter((name) => name.endsWith('.tmp'));
    expect(left, 'drafts').to.deep.equal([]);
    return ended;
  }

  it('is taken by read, and in the form of taps, and by no other command', async () => {
    for (const [name, { options }] of Object.entries({ ...COMMANDS, unnamed: UNNAMED }))
      expect('report' in options, name).to.equal(name === 'read' || name === 'unnamed');
    expect((await read({ name: 'tap-klaviyo-v2' })).code).to.equal(0);
    expect(said()).to.equal('✓ Complete: all 18 streams came to their end.');
    expect(said('header')).to.include('Singer');
  });

  it('writes the page of a complete run beside its summary: the same rows, requests and state', async () => {
    const summary = join(folder.path, 'summary.json');
    expect((await read({}, '--summary', summary)).code).to.equal(0);
    const { rows, requests, state } = JSON.parse(readFileSync(summary, 'utf8'));
    expect(rows).to.be.above(40);
    expect(said('header')).to.include(rows.toLocaleString('en')).and.to.include(String(requests));
    expect(JSON.parse(said('pre'))).to.deep.equal({ bookmarks: state });
  });

  it('writes it where streams fail', async () => {
    const { code } = await read({ scopes: SCOPES.filter((scope) => scope !== 'flows:read') });
    expect(code).to.equal(2);
    expect(said()).to.match(/^! Incomplete: 3 of 18 streams/);
    expect(said('main')).to.include('KLV_SCOPE');
  });

  it('writes it where the run ends before a stream is begun', async () => {
    const missing = join(folder.path, 'nowhere.json');
    expect((await read({}, '--state', missing)).code).to.equal(2);
    expect(said()).to.include('Incomplete: the run ended before a stream was begun, with exit code 2.');
    expect(said('header')).to.include('KLV_STATE_UNREADABLE');
  });

  it('holds no piece of the key, whatever the API says', async () => {
    const clock = fakeClock();
    const get = asked(makeAccount({ ...SMALL, now: clock.wall }), clock);
    const echoing: typeof get = async (url, ...rest) => {
      const answer = await get(url, ...rest);
      if (!url.pathname.startsWith('/api/lists')) return answer;
      const errors = [
        { status: '400', code: 'invalid', title: KEY, detail: `no ${KEY}`, source: { pointer: KEY } },
      ];
      const body = Buffer.from(JSON.stringify({ errors }));
      return { ...answer, status: 400, body, received: body.length };
    };
    expect((await read({ get: echoing, clock })).code).to.equal(1);
    expect(said()).to.include('list_v2');
    expect(leak(readFileSync(page(), 'utf8'))).to.equal(undefined);
  });

  it('takes the place of the page before it, whole', async () => {
    folder.write('report.html', 'an older page');
    expect((await read({})).code).to.equal(0);
    expect(said()).to.include('Complete');
  });

  describe('refuses, before anything is asked,', () => {
    const refused = async (code: string, argv: readonly string[], what: RegExp): Promise<void> => {
      const { code: exit, stderr, requests } = await read({}, ...argv);
      expect(exit).to.equal(2);
      expect(requests).to.deep.equal([]);
      expect(stderr).to.include(code).and.to.match(what);
    };

    it('standard output', () => refused('KLV_USAGE', ['--report', '-'], /--report takes a file/));
    it('the file of the summary, by whatever name', async () => {
      const report = ['--report', page(), '--summary'];
      const what = /report\.html: it is the file after --summary/;
      await refused('KLV_REPORT_FILE', [...report, join(folder.path, '.', 'report.html')], what);
      rmSync(page());
      symlinkSync('.', join(folder.path, 'here'));
      await refused('KLV_REPORT_FILE', [...report, join(folder.path, 'here', 'report.html')], what);
      rmSync(page());
      symlinkSync('report.html', join(folder.path, 'link'));
      await refused('KLV_REPORT_FILE', [...report, join(folder.path, 'link')], what);
    });
    it('a folder that is not there', () =>
      refused('KLV_REPORT_FILE', ['--report', join(folder.path, 'no', 'r.html')], /no such folder/));
    it('a folder', () => {
      mkdirSync(page());
      return refused('KLV_REPORT_FILE', ['--report', page()], /it is a folder/);
    });
    it('the config, which stays as it was', async () => {
      const before = readFileSync(config(), 'utf8');
      await refused('KLV_REPORT_FILE', ['--report', config()], /the file after --config/);
      expect(readFileSync(join(folder.path, 'config.json'), 'utf8')).to.equal(before);
    });
  });

  it('writes the page of a run that a signal ends, with the state to go on from', async () => {
    const sandbox = await startSandbox({ profiles: 300, events: 2_000, flows: 2 });
    try {
      const file = folder.write('real.json', configFor(sandbox));
      let told = false;
      const { ended } = launch(['read', '--config', file, '--report', page()], {
        watch: (stdout, child) => {
          if (told || !stdout.includes('"bookmarks"')) return;
          told = child.kill('SIGTERM');
        },
      });
      const { code, stdout } = await ended;
      expect(code).to.equal(143);
      expect(said()).to.match(/^■ Stopped by SIGTERM: \d+ of 18 streams had come to (its|their) end\.$/);
      const last =
        stdout
          .trim()
          .split('\n')
          .filter((line) => line.includes('"bookmarks"'))
          .at(-1) ?? '{}';
      expect(JSON.parse(said('pre'))).to.deep.equal(JSON.parse(last).value);
    } finally {
      await sandbox.close();
    }
  });
});
