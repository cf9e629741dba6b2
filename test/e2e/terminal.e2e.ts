/** The executable on a terminal of the system's: its size, its keys, and what it looks like afterwards. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { configFor, Folder, MAIN, messages, type SingerMessage } from '../promises/harness.js';
import { Screen } from '../terminal/screen.js';

const PTY = fileURLToPath(new URL('../../../test/e2e/on_terminal.py', import.meta.url));
const PYTHON = process.env.E2E_PYTHON ?? 'python3';
const run = promisify(execFile);

interface Step {
  readonly after: string;
  readonly size?: readonly [columns: number, rows: number];
  readonly keys?: string;
}

describe('a terminal of the system', () => {
  const folder = new Folder();
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await startSandbox({ profiles: 300, events: 2_000, latencyMs: 100, limits: false });
  });
  after(async () => {
    await sandbox.close();
    folder.remove();
  });

  async function read(size: readonly [number, number], steps: readonly Step[], env: object = {}) {
    const config = folder.write('config.json', configFor(sandbox));
    const out = join(folder.path, 'out.jsonl');
    const argv = [
      PTY,
      out,
      JSON.stringify({ size, steps }),
      process.execPath,
      MAIN,
      'read',
      '--config',
      config,
    ];
    const { stdout } = await run(PYTHON, argv, {
      env: { PATH: process.env.PATH, TERM: 'xterm-256color', ...env },
      maxBuffer: 1 << 26,
    });
    const [, told = '', code] = /^([\s\S]*)\n(\d+)\n$/.exec(stdout) ?? [];
    expect(existsSync(out)).to.equal(true);
    return { told, code: Number(code), rows: await messages<SingerMessage>(readFileSync(out, 'utf8')) };
  }

  it('shows one table, which stays, with the cursor back', async () => {
    const { told, code, rows } = await read([120, 30], []);
    expect(code).to.equal(0);
    const screen = new Screen(120, 30);
    screen.feed(told);
    const lines = screen.all();
    expect(lines[0]).to.match(/^stream +state +rows +pages +oldest, UTC +newest, UTC +next state, UTC$/);
    expect(lines.slice(1, 19).every((line) => /^\w+_v2 +complete +[\d,]+ /.test(line))).to.equal(true);
    expect(lines[19]).to.match(
      new RegExp(
        `^INFO ${rows.filter(({ type }) => type === 'RECORD').length.toLocaleString('en')} rows of 18 `,
      ),
    );
    expect(lines).to.have.length(21);
    expect(screen.cursor).to.equal(true);
  });

  it('X2 follows its size, and Ctrl-C gives it back', async () => {
    const steps = [
      { after: 'newest, UTC', size: [50, 10] },
      { after: 'other stream', keys: '\u0003' },
    ] as const;
    const { told, code, rows } = await read([120, 30], steps);
    expect(code).to.equal(130);
    const screen = new Screen(120, 30);
    const small = told.search(/\u2026 and \d+ other stream/);
    screen.feed(told.slice(0, told.lastIndexOf('\u001b[?2026h', small)));
    screen.resize(50, 10);
    screen.feed(told.slice(told.lastIndexOf('\u001b[?2026h', small)));
    const lines = screen.all();
    expect(screen.cursor).to.equal(true);
    expect(lines.filter((line) => /^\w+_v2 +(in)?complete +[\d,]+$/.test(line))).to.have.length(18);
    expect(lines.join('')).to.match(/INFO [\d,]+ rows of 18 streams/);
    expect(rows.at(-1)?.type).to.equal('STATE');
  });

  it('gets plain lines with NO_COLOR', async () => {
    const { told, code } = await read([120, 30], [], { NO_COLOR: '1' });
    expect([code, told.includes('\u001b')]).to.deep.equal([0, false]);
    expect(told).to.match(/^INFO [\d,]+ rows of 18 streams/);
  });
});
