/** The script that cron runs, through crashes. What runs it elsewhere is in orchestrators.slow.ts. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { STREAM_NAMES, type StreamName } from '../../src/generated/rows.js';
import { STREAMS } from '../../src/resources/index.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { Folder } from '../promises/harness.js';
import { truthOf } from '../promises/truth.js';
import { AccountFolder, SYNC } from './account-folder.js';
import { environment } from './environment.js';
import { countOf, expectAllKeys, landed } from './landed.js';

const run = promisify(execFile);

describe('orchestration: the cron script', () => {
  const folder = new Folder();
  const accounts: AccountFolder[] = [];
  let sandbox: Sandbox;
  let slow: Sandbox;
  let jsonl = '';

  before(async () => {
    jsonl = join(await environment('target-jsonl'), 'target-jsonl');
    const sizes = { limits: false, profiles: 200, events: 3_000, flows: 3 } as const;
    sandbox = await startSandbox(sizes);
    slow = await startSandbox({ ...sizes, latencyMs: 60 });
  });
  after(async () => {
    for (const account of accounts) account.close();
    await sandbox?.close();
    await slow?.close();
    folder.remove();
  });

  const account = (name: string, of: Sandbox, more: object = {}): AccountFolder => {
    const made = new AccountFolder(folder.path, name, of, more);
    accounts.push(made);
    return made;
  };
  const expectWhole = ({ seen }: AccountFolder, times: number): void => {
    expect(seen.broken, 'state.json as it was seen').to.deep.equal([]);
    expect(seen.whole).to.be.at.least(times);
  };
  const truthCount = (of: Sandbox): number =>
    [...truthOf(of.account).values()].reduce((sum, rows) => sum + rows.size, 0);
  /** Some rows more have landed than when this was asked, and some have not. */
  const midway = (one: AccountFolder) => {
    const before = one.lines();
    return () => one.lines() > before + 300;
  };

  it('reads every row, keeps the state, and reads no more than news the second time', async () => {
    const one = account('shop', sandbox);
    expect(await one.run(jsonl)).to.deep.equal({ code: 0, stderr: '' });
    expectAllKeys(one.out, sandbox.account);
    const first = countOf(one.out);
    expect(one.state().bookmarks).to.have.all.keys(...STREAM_NAMES);

    sandbox.advance(1);
    expect(await one.run(jsonl)).to.deep.equal({ code: 0, stderr: '' });
    expectAllKeys(one.out, sandbox.account);
    expect(countOf(one.out) - first).to.be.within(1, first / 2);
    expectWhole(one, 2);
  });

  it('loses no row when the tap is killed in the middle, twice', async () => {
    const one = account('tap-killed', slow);
    for (const _ of [1, 2]) {
      const script = one.start(jsonl);
      await one.until(one.out, midway(one));
      process.kill(one.pid('tap'), 'SIGKILL');
      const { code, stderr } = await script.ended;
      // A line that was cut short in the pipe fails the target as well.
      expect(code).to.be.oneOf([137, 1]);
      expect(stderr).to.match(/^sync\.sh .*: (the tap ended with 137|the target failed)/);
    }
    expect(one.has('complete')).to.equal(false);
    expect((await one.run(jsonl)).code).to.equal(0);
    expectAllKeys(one.out, slow.account);
    expectWhole(one, 1);
  });

  it('lets tap and target finish when it is killed itself; a second copy ends at once; their state is kept', async () => {
    const one = account('script-killed', slow);
    const script = one.start(jsonl);
    await one.until(one.out, midway(one));
    process.kill(script.pid, 'SIGKILL');
    expect((await script.ended).code).to.equal(null);

    const second = await one.run(jsonl);
    expect(second).to.deep.equal({
      code: 75,
      stderr: `sync.sh ${one.path}: another run of this account goes on, so this one ends\n`,
    });
    expect(process.kill(one.pid('tap'), 0), 'the tap is still at work').to.equal(true);

    await one.free();
    expectAllKeys(one.out, slow.account);
    expect(one.has('state.json')).to.equal(false);
    const first = countOf(one.out);
    expect((await one.run(jsonl)).code).to.equal(0);
    expectAllKeys(one.out, slow.account);
    expect(countOf(one.out) - first, 'the state of the run that lost its script was used').to.be.lessThan(
      first / 2,
    );
    expectWhole(one, 1);
  });

  it('goes on from the last whole state when all of it is killed and the last line is cut short', async () => {
    const one = account('machine-died', slow);
    const confirming = join(one.path, 'confirming');
    const script = one.start(confirming);
    await one.until(one.path, () => one.read('states.jsonl').split('\n').length > 4);
    for (const pid of [script.pid, one.pid('tap'), one.pid('target')]) process.kill(pid, 'SIGKILL');
    await one.free();
    expect(countOf(one.out), 'it was in the middle').to.be.lessThan(truthCount(slow));
    const confirmed = one.read('states.jsonl').trimEnd().split('\n').at(-1) ?? '';
    // Cut where a piece of it looks closed.
    one.write('states.jsonl', `${one.read('states.jsonl')}${confirmed.slice(0, confirmed.indexOf('}') + 1)}`);
    const done = Object.entries(
      (JSON.parse(confirmed) as ReturnType<AccountFolder['state']>).bookmarks,
    ).flatMap(([name, { gaps }]) =>
      gaps.length === 0 && STREAMS.get(name as StreamName)?.stream.cursor !== undefined
        ? [name as StreamName]
        : [],
    );
    expect(done).to.not.deep.equal([]);
    const before = new Map(done.map((stream) => [stream, landed(one.out).get(stream)?.length ?? 0]));

    expect(await one.run(confirming)).to.deep.equal({ code: 0, stderr: '' });
    expectAllKeys(one.out, slow.account);
    for (const stream of done)
      expect(landed(one.out).get(stream)?.length ?? 0, `${stream} was complete`).to.equal(before.get(stream));
    expect(one.has('states.jsonl')).to.equal(false);
    expectWhole(one, 2);
  });

  it('hands a signal on to the tap, and keeps the state that it ends with', async () => {
    const one = account('stopped', slow);
    const confirming = join(one.path, 'confirming');
    const script = one.start(confirming);
    await one.until(one.out, midway(one));
    process.kill(script.pid, 'SIGTERM');
    expect(await script.ended).to.deep.equal({ code: 143, stderr: '' });
    expect(one.state().bookmarks).to.have.all.keys(...STREAM_NAMES);
    expect((await one.run(confirming)).code).to.equal(0);
    expectAllKeys(one.out, slow.account);
    expectWhole(one, 2);
  });

  it('says on one line whose turn it is', async () => {
    const wrong = account('wrong-key', sandbox, { api_key: 'pk_0123456789abcdef0123456789abcdef01' });
    const refused = await wrong.run(jsonl);
    expect(refused.code).to.equal(2);
    expect(refused.stderr).to.match(/^sync\.sh \S+: the tap ended with 2\. CRITICAL KLV_KEY_INVALID .+\n$/);

    const full = account('target-fails', sandbox);
    full.write('failing', '#!/bin/sh\nexit 7\n', 0o755);
    const failed = await full.run(join(full.path, 'failing'));
    expect(failed.code).to.equal(1);
    expect(failed.stderr).to.match(/^sync\.sh \S+: the target failed with 7: see \S+\.log\n$/);
    expect(full.has('state.json')).to.equal(false);

    const missing = await run(SYNC, [join(folder.path, 'nowhere')]).catch((error) => error);
    expect(missing.code).to.equal(64);
    expect(missing.stderr).to.match(/^sync\.sh \S+: give one folder, .+\n$/);
  });
});
