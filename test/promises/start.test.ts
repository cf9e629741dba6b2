/** What a user would lose if this failed: commands that answer at once, however often an orchestrator calls them. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { Folder, MAIN } from './harness.js';

const DIST = new URL('../../', import.meta.url).href;

/** Told of every module that is asked for, in a thread of its own, so that it is written down before anything is loaded. */
const HOOKS = `
  import { appendFileSync } from 'node:fs';
  let file;
  export function initialize(path) { file = path; }
  export async function resolve(specifier, context, next) {
    const resolved = await next(specifier, context);
    appendFileSync(file, resolved.url + '\\n');
    return resolved;
  }`;

describe('what is loaded for a command', () => {
  const folder = new Folder();
  after(() => folder.remove());

  const hooks = pathToFileURL(folder.write('hooks.mjs', HOOKS)).href;

  /** The connector's own files as \`src/…\`, the runtime's as \`node:…\`, and the names of packages. */
  async function loadedBy(...argv: readonly string[]): Promise<readonly string[]> {
    const record = folder.write('record.txt', '');
    const preload = folder.write(
      'preload.mjs',
      `import { register } from 'node:module';
       register(${JSON.stringify(hooks)}, { data: ${JSON.stringify(record)} });`,
    );
    const child = spawn(process.execPath, ['--import', preload, MAIN, ...argv], { stdio: 'ignore' });
    await new Promise((resolve) => child.on('close', resolve));
    return [...new Set(readFileSync(record, 'utf8').trim().split('\n'))].map(
      (url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? url.replace(DIST, ''),
    );
  }

  /** What takes long to load: packages, requests, rows, the account of the demo. */
  const heavy = (loaded: readonly string[]): readonly string[] =>
    loaded.filter(
      (name) =>
        !/^(?:node:|src\/)/.test(name) ||
        /^node:(?:https?|zlib|tls)$/.test(name) ||
        /^src\/(?:klaviyo|resources|sandbox|sync|protocol)\/|^src\/(?:run|demo|check|cli)\.js$/.test(name),
    );

  const key = { api_key: 'pk_0123456789abcdef' };
  const config = folder.write('config.json', key);
  const LIGHT = [
    ['spec'],
    ['discover'],
    ['discover', '--config', config],
    ['--discover'],
    ['--version'],
    ['--about'],
    ['--about', '--format', 'json'],
    ['--about', '--format', 'markdown'],
  ];
  for (const argv of LIGHT)
    it(`is little: ${argv.join(' ').replace(folder.path, '')}`, async () => {
      const loaded = await loadedBy(...argv);
      expect(loaded).to.include('src/main.js').and.to.include('src/app.js');
      expect(heavy(loaded)).to.deep.equal([]);
    });

  it('is what reads a config, and nothing that asks Klaviyo, where a check finds it wrong', async () => {
    const wrong = folder.write('wrong.json', { ...key, rate_limit_share: 2 });
    const loaded = await loadedBy('check', '--config', wrong);
    expect(loaded).to.include('src/config.js');
    expect(heavy(loaded).filter((name) => !name.startsWith('src/protocol/'))).to.deep.equal([]);
  });

  it('is all that it needs where it needs it, or this could see nothing', async () => {
    expect(heavy(await loadedBy('--help'))).to.include.members(['yargs', 'src/cli.js']);
    const missing = join(folder.path, 'none.json');
    expect(heavy(await loadedBy('read', '--config', missing))).to.include.members([
      'src/run.js',
      'src/sync/read.js',
      'src/klaviyo/client.js',
    ]);
  });

  it('is no compiler of schemas, whatever the command', async () => {
    const catalog = folder.write('catalog.json', { streams: [{ stream: { name: 7 } }] });
    const loaded = await loadedBy('read', '--config', config, '--catalog', catalog);
    expect(loaded).to.include('src/generated/shapes.js').and.to.not.include('ajv');
  });
});
