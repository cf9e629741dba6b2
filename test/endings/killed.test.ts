/** What a user would lose if this failed: rows, when a run ends without a word: power, memory, a full disk. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { HttpGet } from '../../src/klaviyo/http.js';
import { makeAccount, type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { asked, inside, KEY } from '../inside.js';
import { fakeClock } from '../klaviyo/clock.js';
import {
  type AirbyteMessage,
  airbyteRecords,
  byKey,
  configFor,
  configured,
  execute,
  Folder,
  launch,
  MAIN,
  messages,
  type RowsByKey,
  type SingerMessage,
  singerRecords,
} from '../promises/harness.js';
import { truthOf } from '../promises/truth.js';

const NOW = Date.UTC(2026, 8, 1);

/** What is left of a text that ended anywhere. */
const wholeLines = (text: string): string => text.slice(0, text.lastIndexOf('\n') + 1);

const keysOf = (rows: RowsByKey): Record<string, string[]> =>
  Object.fromEntries([...rows].map(([stream, known]) => [stream, [...known.keys()].sort()]).sort());

describe('X3 I2 I4 a run that ends at any byte', () => {
  const folder = new Folder();
  after(() => folder.remove());
  const account = makeAccount({
    ...{ profiles: 20, events: 150, lists: 2, segments: 1, flows: 1, campaigns: 3 },
    now: () => NOW,
  });
  const truth = keysOf(truthOf(account));
  const config = folder.write('config.json', { api_key: KEY, start_date: '2000-01-01' });

  /** An account so slow that a state is due with every page. */
  async function read(...argv: readonly string[]): Promise<string> {
    const clock = fakeClock(NOW);
    const right = asked(account, clock);
    const get: HttpGet = async (...all) => {
      await clock.sleep(40_000);
      return right(...all);
    };
    const { code, stdout, stderr } = await inside(['read', '--config', config, ...argv], { clock, get });
    expect(code, stderr).to.equal(0);
    return stdout;
  }

  /** Behind states that rows follow, where a state that is ahead of its rows would lose them; and wherever it falls. */
  const cutsOf = (text: string): number[] => {
    const states = [
      ...text.matchAll(/\{"type":"STATE"[^\n]*\n(?=(?:\{"type":"TRACE"[^\n]*\n)*\{"type":"RECORD")/g),
    ];
    const behind = states.map(({ index, 0: line }) => index + line.length);
    expect(behind.length).to.be.greaterThan(8);
    const some = behind.filter((_, nth) => nth % Math.ceil(behind.length / 8) === 0);
    const first = text.indexOf('"RECORD"');
    return [...some, ...[1, 2].map((third) => first + Math.floor(((text.length - first) * third) / 3))];
  };

  it('X3 in Singer: the last whole state is safe to go on from', async () => {
    const bytes = Buffer.from(await read()).toString('latin1');
    for (const cut of cutsOf(bytes)) {
      const kept = wholeLines(Buffer.from(bytes.slice(0, cut), 'latin1').toString('utf8'));
      const before = await messages<SingerMessage>(kept);
      const state = before.findLast(({ type }) => type === 'STATE')?.value;
      const given = state === undefined ? [] : ['--state', folder.write('state.json', state)];
      const after = await messages<SingerMessage>(await read(...given));
      const { rows } = byKey([...singerRecords(before), ...singerRecords(after)]);
      expect(keysOf(rows), `ended at byte ${cut}`).to.deep.equal(truth);
    }
  });

  it('X3 in Airbyte: the last whole states are', async () => {
    const [catalog] = await messages<AirbyteMessage>((await inside(['discover'])).stdout);
    const chosen = folder.write('catalog.json', configured(catalog?.catalog.streams ?? []));
    const bytes = Buffer.from(await read('--catalog', chosen)).toString('latin1');
    for (const cut of cutsOf(bytes)) {
      const kept = wholeLines(Buffer.from(bytes.slice(0, cut), 'latin1').toString('utf8'));
      const before = await messages<AirbyteMessage>(kept);
      const states = new Map(
        before
          .filter(({ type }) => type === 'STATE')
          .map(({ state }) => [state.stream.stream_descriptor.name, state]),
      );
      const given = folder.write('states.json', [...states.values()]);
      const after = await messages<AirbyteMessage>(await read('--catalog', chosen, '--state', given));
      const { rows } = byKey([...airbyteRecords(before), ...airbyteRecords(after)]);
      expect(keysOf(rows), `ended at byte ${cut}`).to.deep.equal(truth);
    }
  });
});

describe('X3 X6 X7 a process that is ended', () => {
  const folder = new Folder();
  let sandbox: Sandbox;
  let config = '';
  before(async () => {
    sandbox = await startSandbox({ profiles: 60, events: 1_000, campaigns: 4, flows: 1, limits: false });
    config = folder.write('config.json', configFor(sandbox));
  });
  after(async () => {
    await sandbox.close();
    folder.remove();
  });

  async function resumed(written: string): Promise<void> {
    const before = await messages<SingerMessage>(wholeLines(written));
    const state = before.findLast(({ type }) => type === 'STATE')?.value;
    const given = state === undefined ? [] : ['--state', folder.write('state.json', state)];
    const { code, stdout } = await execute(['read', '--config', config, ...given]);
    expect(code).to.equal(0);
    const after = await messages<SingerMessage>(stdout);
    const { rows } = byKey([...singerRecords(before), ...singerRecords(after)]);
    expect(keysOf(rows)).to.deep.equal(keysOf(truthOf(sandbox.account)));
  }

  it('X3 X7 by SIGKILL, as a kernel short of memory does it: one torn line at most, and nothing lost', async () => {
    let peak = 0;
    const { child, ended } = launch(['read', '--config', config], {
      watch: (stdout, { pid }) => {
        if (!stdout.includes('"RECORD"') || child.killed) return;
        peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
        child.kill('SIGKILL');
      },
    });
    const { code, stdout } = await ended;
    expect([code, child.signalCode]).to.deep.equal([null, 'SIGKILL']);
    expect(peak, 'MB').to.be.within(1, 256);
    await resumed(stdout);
  });

  it('X6 I5 by a file that may grow no more, in the middle of the rows: 1 KLV_OUTPUT, and nothing lost', async () => {
    const path = join(folder.path, 'half.jsonl');
    const asking = sandbox.requests.length;
    const log = openSync(join(folder.path, 'log.txt'), 'w+');
    const code = await new Promise((resolve) => {
      const line = 'trap "" XFSZ; ulimit -f 300; exec "$0" "$1" read --config "$2" > "$3"';
      const words = ['-c', line, process.execPath, MAIN, config, path];
      spawn('bash', words, { stdio: ['ignore', 'ignore', log] }).on('close', resolve);
    });
    const needed = sandbox.requests.length - asking;
    closeSync(log);
    expect(code).to.equal(1);
    const said = readFileSync(join(folder.path, 'log.txt'), 'utf8').split('\n').slice(-2);
    expect(said[0]).to.match(/^CRITICAL KLV_OUTPUT stdout cannot be written: E(?:FBIG|NOSPC) — /);
    const written = readFileSync(path, 'utf8');
    expect(written).to.include('"RECORD"');
    expect(written.length).to.be.within(150_000, 310_000);
    const before = sandbox.requests.length;
    await resumed(written);
    expect(needed, 'requests').to.be.lessThan(sandbox.requests.length - before + 20);
  });
});
