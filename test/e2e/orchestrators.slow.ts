/** The examples for Dagster and Airflow, each run once in one process, for an account that works and one that does not. */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { STREAM_NAMES } from '../../src/generated/rows.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { Folder, MAIN } from '../promises/harness.js';
import { AccountFolder, EXAMPLES, SYNC } from './account-folder.js';
import { environment } from './environment.js';
import { expectAllKeys, landed } from './landed.js';

const run = promisify(execFile);

describe('orchestration: Dagster and Airflow', () => {
  const folder = new Folder();
  const home = join(folder.path, 'accounts');
  let sandbox: Sandbox;
  let shop: AccountFolder;
  let wrong: AccountFolder;
  let env: NodeJS.ProcessEnv = {};

  before(async () => {
    const jsonl = join(await environment('target-jsonl'), 'target-jsonl');
    sandbox = await startSandbox({ limits: false, profiles: 100, events: 800, flows: 2 });
    env = {
      ...process.env,
      HOME: folder.path,
      KLAVIYO_ACCOUNTS: home,
      KLAVIYO_SYNC: SYNC,
      TAP: MAIN,
      TARGET: jsonl,
      DO_NOT_TRACK: '1',
    };
  });
  beforeEach(() => {
    shop = new AccountFolder(home, 'shop', sandbox);
    wrong = new AccountFolder(home, 'wrong', sandbox, { api_key: 'pk_0123456789abcdef0123456789abcdef01' });
  });
  afterEach(() => {
    shop.close();
    wrong.close();
    rmSync(home, { recursive: true });
  });
  after(async () => {
    await sandbox?.close();
    folder.remove();
  });

  /** One of the scripts beside this file, and what it tells. */
  const python = async (
    interpreter: string,
    [script = '', ...args]: readonly string[],
    more: Readonly<Record<string, string>>,
  ) => {
    const path = fileURLToPath(new URL(`../../../test/e2e/${script}`, import.meta.url));
    const { stdout } = await run(interpreter, [path, ...args], {
      env: { ...env, ...more },
      maxBuffer: 1 << 26,
    });
    return JSON.parse(/^RESULT (.*)$/m.exec(stdout)?.[1] ?? 'null');
  };

  it('Dagster: an asset a stream, a partition an account; a part of them; an account that fails for a reason', async () => {
    const bin = await environment('dagster');
    const instance = join(folder.path, 'dagster');
    mkdirSync(instance);
    copyFileSync(join(EXAMPLES, 'dagster', 'dagster.yaml'), join(instance, 'dagster.yaml'));
    const result = await python(
      join(bin, 'python'),
      ['dagster_run.py', join(EXAMPLES, 'dagster', 'definitions.py'), 'shop', 'wrong'],
      { DAGSTER_HOME: instance },
    );
    expect(result.all).to.deep.equal({
      success: true,
      done: [...STREAM_NAMES].sort(),
      failures: [],
      retries: 0,
    });
    expectAllKeys(shop.out, sandbox.account);
    expect(result.two.done).to.deep.equal(['list_v2', 'metric_v2']);
    const rows = landed(shop.out);
    expect(rows.get('metric_v2')).to.have.length(2 * sandbox.account.metrics.length);
    expect(rows.get('campaign_messages_v2')).to.have.length(sandbox.account.campaignMessages.length);
    expect([result.bad.success, result.bad.done, result.bad.retries]).to.deep.equal([false, [], 0]);
    expect(result.bad.failures.join()).to.include('KLV_KEY_INVALID');
    expect(result.scheduled).to.deep.equal(['shop', 'wrong']);
  });

  it('Airflow: a task an account; one that fails for a reason is not tried again and does not stop the other', async () => {
    const bin = await environment('airflow');
    const dags = join(folder.path, 'dags');
    mkdirSync(dags);
    copyFileSync(join(EXAMPLES, 'airflow', 'klaviyo.py'), join(dags, 'klaviyo.py'));
    const result = await python(join(bin, 'python'), ['airflow_run.py'], {
      AIRFLOW_HOME: join(folder.path, 'airflow'),
      AIRFLOW__CORE__DAGS_FOLDER: dags,
      AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
    });
    expect(result).to.have.deep.members([
      { task: 'accounts', name: null, state: 'success', tries: 1 },
      { task: 'sync', name: 'shop', state: 'success', tries: 1 },
      { task: 'sync', name: 'wrong', state: 'failed', tries: 1 },
    ]);
    expectAllKeys(shop.out, sandbox.account);
    const logs = readdirSync(join(wrong.path, 'logs')).map((name) => wrong.read(join('logs', name)));
    expect(logs.join('').match(/ begins/g), 'tries of the account with a wrong key').to.have.length(1);
  });
});
