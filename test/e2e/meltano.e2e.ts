/** Meltano as a user runs it: the project of this repository, and the packed tap in a project that `meltano init` made. */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { aboutJson } from '../../src/about.js';
import { STREAM_NAMES } from '../../src/generated/rows.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { Folder, MAIN } from '../promises/harness.js';
import { environment } from './environment.js';
import { countOf, expectAllKeys, landed } from './landed.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PROJECT = readFileSync(join(ROOT, 'meltano.yml'), 'utf8');
const STATE = 'dev:tap-klaviyo-v2-to-target-jsonl';
const run = promisify(execFile);
const { name, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  name: string;
  version: string;
};

interface Selected {
  readonly streams: readonly {
    readonly stream: string;
    readonly property: string;
    readonly selection: string;
  }[];
}

/** A project whose loader is installed already. */
const withTarget = (project: string, bin: string): string =>
  project
    .replace(/ *pip_url: .*\n/, '')
    .replace('executable: target-jsonl', `executable: ${join(bin, 'target-jsonl')}`);

describe('Meltano', () => {
  const folder = new Folder();
  let sandbox: Sandbox;
  let meltano = '';

  before(async () => {
    meltano = join(await environment('meltano'), 'meltano');
    sandbox = await startSandbox({ limits: false, profiles: 200, events: 2_000, flows: 3 });
  });
  after(async () => {
    await sandbox?.close();
    folder.remove();
  });

  const inside =
    (project: string, env: Readonly<Record<string, string>> = {}) =>
    (...args: readonly string[]) =>
      run(meltano, args, {
        cwd: project,
        maxBuffer: 1 << 26,
        env: {
          ...process.env,
          HOME: folder.path,
          NO_COLOR: '1',
          MELTANO_SEND_ANONYMOUS_USAGE_STATS: 'false',
          TAP_KLAVIYO_V2_BASE_URL: sandbox.url,
          ...env,
        },
      });

  /** A project folder with this repository's file, whose executable is the one that was built. */
  const copyOf = (title: string, text: string): string => {
    const path = join(folder.path, title);
    mkdirSync(path);
    writeFileSync(join(path, 'meltano.yml'), text.replace('./dist/src/main.js', MAIN));
    return path;
  };

  it('runs the project of this repository as it stands: every row, a state, and no more than news after it', async () => {
    const project = copyOf('project', PROJECT);
    const call = inside(project, {
      TAP_KLAVIYO_V2_API_KEY: sandbox.apiKey,
      TAP_KLAVIYO_V2_START_DATE: '2000-01-01',
    });
    const output = join(project, 'output');
    await call('install');
    expect((await call('config', 'test', 'tap-klaviyo-v2')).stdout).to.include(
      'Plugin configuration is valid',
    );
    const listed = (await call('select', 'tap-klaviyo-v2', '--list', '--all')).stdout;
    for (const stream of STREAM_NAMES)
      expect(listed, stream).to.match(new RegExp(`\\[automatic *\\] ${stream}\\.`));
    expect(listed).to.match(/\[selected *\] event_v2\.event_properties/);
    const about = await call('invoke', 'tap-klaviyo-v2', '--about', '--format', 'json');
    expect(JSON.parse(about.stdout)).to.deep.equal(JSON.parse(JSON.stringify(aboutJson())));

    await call('run', 'tap-klaviyo-v2', 'target-jsonl');
    expectAllKeys(output, sandbox.account);
    const first = countOf(output);

    sandbox.advance(1);
    const { stderr } = await call('run', 'tap-klaviyo-v2', 'target-jsonl');
    expect(stderr).not.to.include('No state was found');
    expectAllKeys(output, sandbox.account);
    expect(countOf(output) - first, 'rows of the second run').to.be.within(1, first / 2);

    const { stdout: state } = await call('state', 'get', STATE);
    expect(JSON.parse(state).singer_state.bookmarks).to.have.all.keys(...STREAM_NAMES);
    expect(readFileSync(join(project, 'meltano.yml'), 'utf8'), 'the file is as it was').to.equal(
      PROJECT.replace('./dist/src/main.js', MAIN),
    );
  });

  it('reads what the examples in the project’s file choose, once they are no comments any more', async () => {
    const project = copyOf(
      'examples',
      PROJECT.replace(/^( *)# (?=select:|metadata:|- |(?: {2})+\S)/gm, '$1'),
    );
    const call = inside(project, { TAP_KLAVIYO_V2_API_KEY: sandbox.apiKey });
    const { streams } = JSON.parse((await call('invoke', '--dump=catalog', 'tap-klaviyo-v2')).stdout) as {
      streams: readonly {
        readonly tap_stream_id: string;
        readonly selected: boolean;
        readonly metadata: readonly {
          readonly breadcrumb: readonly string[];
          readonly metadata: Readonly<Record<string, unknown>>;
        }[];
      }[];
    };
    const said = (stream: string, ...breadcrumb: readonly string[]) =>
      streams
        .find((one) => one.tap_stream_id === stream)
        ?.metadata.find((one) => one.breadcrumb.join() === breadcrumb.join())?.metadata;
    expect(streams.filter(({ selected }) => selected).map((one) => one.tap_stream_id)).to.have.members([
      'profile_v2',
      'event_v2',
      'metric_v2',
    ]);
    expect(said('profile_v2', 'properties', 'predictive_analytics')?.selected).to.equal(false);
    expect(said('profile_v2', 'properties', 'email')?.selected).to.equal(true);
    expect(said('profile_list_v2')?.['replication-method']).to.equal('FULL_TABLE');
  });

  it('runs a schedule for each of two accounts, each with its own key, files and state', async () => {
    const text = withTarget(PROJECT, await environment('target-jsonl')).replace(
      'destination_path: output',
      'destination_path: output/$MELTANO_EXTRACTOR_NAME',
    );
    const project = copyOf('accounts', `${text}include_paths:\n  - accounts.meltano.yml\n`);
    copyFileSync(
      join(ROOT, 'examples', 'orchestration', 'meltano', 'accounts.meltano.yml'),
      join(project, 'accounts.meltano.yml'),
    );
    const call = inside(project, {
      TAP_KLAVIYO_SHOP_API_KEY: sandbox.apiKey,
      TAP_KLAVIYO_SHOP_BASE_URL: sandbox.url,
      TAP_KLAVIYO_SHOP_START_DATE: '2000-01-01',
      TAP_KLAVIYO_OUTLET_API_KEY: sandbox.apiKey,
      TAP_KLAVIYO_OUTLET_BASE_URL: sandbox.url,
      TAP_KLAVIYO_OUTLET_START_DATE: '2000-01-01',
    });
    for (const account of ['shop', 'outlet']) {
      await call('schedule', 'run', `${account}-hourly`);
      expectAllKeys(join(project, 'output', `tap-klaviyo-${account}`), sandbox.account);
    }
    const states = (await call('state', 'list')).stdout.trim().split('\n');
    expect(states).to.have.members([
      'dev:tap-klaviyo-shop-to-target-jsonl',
      'dev:tap-klaviyo-outlet-to-target-jsonl',
    ]);
  });

  it('takes the definition that the package brings into a project of one’s own', async () => {
    await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder.path], { cwd: ROOT });
    await inside(folder.path)('init', 'own');
    const project = join(folder.path, 'own');
    const npm = ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
    await run('npm', [...npm, join(folder.path, `${name}-${version}.tgz`)], { cwd: project });
    const call = inside(project);
    const definition = `node_modules/${name}/hub/tap-klaviyo-v2.yml`;
    const added = await call('add', 'tap-klaviyo-v2', '--from-ref', definition);
    expect(added.stdout).to.include("Added extractor 'tap-klaviyo-v2'");

    // The key in the file that `config set` keeps it in, which only its owner may read.
    writeFileSync(join(project, '.env'), `TAP_KLAVIYO_V2_API_KEY='${sandbox.apiKey}'\n`, { mode: 0o600 });
    await call('config', 'set', 'tap-klaviyo-v2', 'start_date', '2000-01-01');
    await call('select', 'tap-klaviyo-v2', 'profile_v2', '*');
    await call('select', 'tap-klaviyo-v2', '--exclude', 'profile_v2', 'predictive_analytics');
    const list = await call('select', 'tap-klaviyo-v2', '--list', '--json');
    const { streams } = JSON.parse(list.stdout) as Selected;
    expect([...new Set(streams.map(({ stream }) => stream))]).to.deep.equal(['profile_v2']);
    expect(streams.map(({ property }) => property))
      .to.include('email')
      .and.not.include('predictive_analytics');
    const { stdout: printed } = await call('config', 'print', 'tap-klaviyo-v2');
    expect(printed).not.to.include(sandbox.apiKey);

    const output = join(project, 'output');
    const loader = withTarget(PROJECT, await environment('target-jsonl'));
    writeFileSync(
      join(project, 'meltano.yml'),
      `${readFileSync(join(project, 'meltano.yml'), 'utf8')}${loader.slice(loader.indexOf('  loaders:\n'))}`,
    );
    await call('run', 'tap-klaviyo-v2', 'target-jsonl');
    expectAllKeys(output, sandbox.account, ['profile_v2']);
    const [row = {}] = landed(output).get('profile_v2') ?? [];
    expect(row).to.include.keys('email').and.not.include.keys('predictive_analytics');
  });
});
