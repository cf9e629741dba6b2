/** What a user would lose if this failed: a terminal that the executable draws on as it promises, and leaves as it was. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunSummary } from '../../src/run-summary.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { configFor, type Ended, Folder, launch, messages, type RunOptions } from '../promises/harness.js';
import { Screen } from './screen.js';

const SMALL = { account: 'nasty', profiles: 60, events: 300, campaigns: 6, flows: 3, limits: false } as const;
const ESCAPE = '\u001b';
/** The head of a table that has room for few columns. */
const NARROW = /stream +state +rows +(left *)?\n/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal is told
const plain = (text: string): string => text.replace(/\u001b\[[?\d;]*[A-Za-z]/g, '');

describe('a read on a terminal', () => {
  const folder = new Folder();
  let quick: Sandbox;
  let slow: Sandbox;
  before(async () => {
    [quick, slow] = await Promise.all([startSandbox(SMALL), startSandbox({ ...SMALL, latencyMs: 150 })]);
  });
  after(async () => {
    await Promise.all([quick.close(), slow.close()]);
    folder.remove();
  });

  /** Streams that look like a terminal, of a size that SIGUSR2 changes. */
  const tty = (streams: string, columns = 1_000, rows = 40) =>
    folder.carrying(
      `tty-${streams}-${columns}.mjs`,
      `for (const name of ${JSON.stringify(streams.split('-'))})
         Object.defineProperty(process[name], 'isTTY', { value: true });
       Object.assign(process.stderr, { columns: ${columns}, rows: ${rows} });
       process.on('SIGUSR2', () => {
         Object.assign(process.stderr, { columns: 60, rows: 12 });
         process.stderr.emit('resize');
       });`,
    );

  const start = (sandbox: Sandbox, argv: readonly string[], options: RunOptions) => {
    const config = folder.write('config.json', configFor(sandbox));
    return launch(['read', '--config', config, ...argv], options);
  };

  const screenOf = ({ stderr }: Ended, columns = 1_000): Screen => {
    const screen = new Screen(columns, 40);
    screen.feed(stderr);
    return screen;
  };

  for (const protocol of ['singer', 'airbyte'])
    it(`${protocol}: the table stays as it ends, warnings stand above it, what the run came to below`, async () => {
      const path = join(folder.path, `${protocol}.json`);
      const argv = ['--protocol', protocol, '--summary', path];
      const ended = await start(quick, argv, { env: tty('stderr') }).ended;
      expect(ended.code).to.equal(0);
      const screen = screenOf(ended);
      const lines = screen.all();
      const head = lines.findIndex((line) => /^stream +state +rows/.test(line));
      const above = lines.slice(0, head);
      const { warnings, rows, streams } = JSON.parse(readFileSync(path, 'utf8')) as RunSummary;
      expect(warnings).to.have.length.above(2);
      expect(
        above.every((line) => /^(WARNING|INFO) /.test(line)),
        above.join('\n'),
      ).to.equal(true);
      for (const { text } of warnings)
        expect(
          above.filter((line) => line.startsWith(`WARNING ${text}`)),
          text,
        ).to.not.deep.equal([]);
      expect(
        lines.slice(head + 1, head + 19).map((line) => line.split(/\s+/).slice(0, 3).join(' ')),
      ).to.deep.equal(streams.map((one) => `${one.name} complete ${one.rows.toLocaleString('en')}`));
      expect(lines[head + 19]).to.match(
        new RegExp(`^INFO ${rows.toLocaleString('en')} rows of 18 streams, `),
      );
      expect(lines[head + 20]).to.match(/^INFO next state: 18 streams up to /);
      expect(
        lines.filter((line) => /^stream +state/.test(line)),
        'one table',
      ).to.have.length(1);
      expect(screen.cursor).to.equal(true);
      await messages(ended.stdout);
      expect(ended.stdout).to.not.include(ESCAPE);
      if (protocol === 'airbyte') expect(ended.stdout).to.include('rows of 18 streams');
    });

  it('X2 resized and then stopped by SIGINT: no line is too wide, and the cursor is back', async () => {
    const { child, ended } = start(slow, [], { env: tty('stderr', 140, 40) });
    let seen = '';
    let sent: NodeJS.Signals | undefined;
    child.stderr?.on('data', (text: string) => {
      seen += text;
      const next = sent === undefined ? 'SIGUSR2' : 'SIGINT';
      // The first table is there; then a narrow one, which has fewer columns.
      const ready = (sent === undefined ? /newest, UTC/ : NARROW).test(plain(seen));
      if (!ready || next === sent) return;
      sent = next;
      child.kill(next);
    });
    const end = await ended;
    expect(end.code).to.equal(130);
    const lines = plain(end.stderr).split('\n');
    const narrow = lines.slice(lines.findIndex((line) => NARROW.test(`${line}\n`)));
    const rows = narrow.filter((line) => /^\w+_v2 /.test(line));
    expect(rows.filter((line) => / incomplete /.test(line))).to.not.deep.equal([]);
    for (const line of rows) expect(line.length).to.be.at.most(60);
    expect(narrow.join('\n')).to.match(/^INFO [\d,]+ rows of 18 streams/m);
    expect(screenOf(end).cursor).to.equal(true);
  });

  it('X1 a second signal does not leave the cursor hidden', async () => {
    const { child, ended } = start(slow, [], { env: tty('stderr') });
    let times = 0;
    child.stderr?.on('data', () => {
      if (times < 2) child.kill('SIGTERM');
      times += 1;
    });
    const end = await ended;
    expect(end.code).to.equal(143);
    expect(end.stderr.lastIndexOf(`${ESCAPE}[?25h`)).to.be.above(end.stderr.lastIndexOf(`${ESCAPE}[?25l`));
  });

  it('a fault that ends the run stands below the table, and the cursor is back', async () => {
    const bug = `import { subscribe } from 'node:diagnostics_channel';
      let n = 0;
      subscribe('http.client.request.start', () => { if (n++ === 9) setImmediate(() => { throw new Error('out of the blue'); }); });`;
    const { NODE_OPTIONS } = folder.carrying('bug.mjs', bug);
    const env = { NODE_OPTIONS: `${NODE_OPTIONS} ${tty('stderr').NODE_OPTIONS}` };
    const end = await start(quick, [], { env }).ended;
    expect(end.code).to.equal(1);
    const screen = screenOf(end);
    expect(screen.cursor).to.equal(true);
    expect(screen.all().join('\n')).to.match(
      /^stream +state[\s\S]*incomplete[\s\S]*^CRITICAL KLV_BUG out of the blue/m,
    );
  });

  for (const [what, env] of [
    ['NO_COLOR', { NO_COLOR: '1' }],
    ['CI', { CI: 'true' }],
    ['TERM=dumb', { TERM: 'dumb' }],
  ] as const)
    it(`${what}: plain lines`, async () => {
      const end = await start(quick, [], { env: { ...tty('stderr'), ...env } }).ended;
      expect(end.stderr)
        .to.match(/^INFO [\d,]+ rows of 18 streams/m)
        .and.to.not.include(ESCAPE);
    });

  it('stdout on the terminal, too: plain lines, as rows would tear a table', async () => {
    const end = await start(quick, [], { env: tty('stderr-stdout') }).ended;
    expect(end.stderr)
      .to.match(/^INFO [\d,]+ rows of 18 streams/m)
      .and.to.not.include(ESCAPE);
  });
});
