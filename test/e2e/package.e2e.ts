/** The package as users get it: packed from a clean checkout, installed into an empty folder, no script run. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { STREAM_NAMES } from '../../src/generated/rows.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import {
  byKey,
  configFor,
  Folder,
  messages,
  type SingerMessage,
  singerRecords,
} from '../promises/harness.js';
import { truthOf } from '../promises/truth.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const LEFT_BEHIND = new Set(['.e2e', '.git', 'dist', 'node_modules', 'demo-output']);
const run = promisify(execFile);
const { name, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  name: string;
  version: string;
};

describe('Y10 the package', () => {
  const folder = new Folder();
  const checkout = join(folder.path, 'checkout');
  const project = join(folder.path, 'project');
  let sandbox: Sandbox;
  let config = '';
  const npm = (cwd: string, ...args: readonly string[]) => run('npm', args, { cwd, maxBuffer: 1 << 26 });
  const call = async (command: string, ...args: readonly string[]): Promise<string> =>
    (await run(join(project, 'node_modules', '.bin', command), args, { maxBuffer: 1 << 28 })).stdout;

  before(async () => {
    cpSync(ROOT, checkout, {
      recursive: true,
      filter: (path) => !LEFT_BEHIND.has(basename(path)),
    });
    symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
    // `prepare` builds it, as it does before it is published.
    await npm(checkout, 'pack', '--pack-destination', folder.path);
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), '{"private":true}');
    sandbox = await startSandbox({ limits: false, profiles: 100, events: 600, flows: 2 });
    config = folder.write('config.json', configFor(sandbox));
  });
  after(async () => {
    await sandbox?.close();
    folder.remove();
  });

  it('is installed by one file with --ignore-scripts, and brings no script that would run', async () => {
    const file = join(folder.path, `${name}-${version}.tgz`);
    await npm(project, 'install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', file);
    const { packages } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { hasInstallScript?: true }>;
    };
    expect(Object.keys(packages)).to.include(`node_modules/${name}`);
    expect(Object.keys(packages).filter((path) => packages[path]?.hasInstallScript)).to.deep.equal([]);
  });

  it('answers by both names: version, spec, discover, and a read of every row', async () => {
    expect(await call('tap-klaviyo-v2', '--version')).to.equal(`${name} ${version}\n`);
    expect(JSON.parse(await call('source-klaviyo-v2', 'spec')).type).to.equal('SPEC');
    const catalog = JSON.parse(await call('tap-klaviyo-v2', '--config', config, '--discover'));
    expect(catalog.streams).to.have.length(STREAM_NAMES.length);
    const told = await messages<SingerMessage>(await call('tap-klaviyo-v2', '--config', config));
    const { rows } = byKey(singerRecords(told));
    const truth = truthOf(sandbox.account);
    for (const stream of STREAM_NAMES)
      expect([...(rows.get(stream)?.keys() ?? [])], stream).to.have.members([
        ...(truth.get(stream)?.keys() ?? []),
      ]);
  });

  it('runs from a checkout after `npm ci --ignore-scripts --omit=dev`', async () => {
    rmSync(join(checkout, 'node_modules'));
    await npm(
      checkout,
      'ci',
      '--ignore-scripts',
      '--omit=dev',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
    );
    const { stdout } = await run(process.execPath, ['dist/src/main.js', 'check', '--config', config], {
      cwd: checkout,
    });
    expect(stdout).to.include('"SUCCEEDED"');
  });
});
