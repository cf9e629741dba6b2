/** What a user would lose if this failed: the key, to whoever else works on the machine. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Machine, openToOthers } from '../../src/config-file.js';
import { createMask } from '../../src/log.js';
import { loadConfig } from '../../src/settings.js';
import { well } from '../config/lines.js';
import { KEY } from '../inside.js';
import { fakeClock } from '../klaviyo/clock.js';
import { Folder } from '../promises/harness.js';

const plain: Machine = { platform: 'linux', exists: () => false, env: {} };

describe('Y13: a config file that others may read', () => {
  const folder = new Folder();
  after(() => folder.remove());
  const file = (mode: number, content: object = { api_key: KEY }): string => {
    const path = folder.write('config.json', content);
    chmodSync(path, mode);
    return path;
  };
  const load = (path: string, on = plain, env: Machine['env'] = {}) =>
    loadConfig(
      path,
      { stdin: () => Promise.resolve('{}'), env, clock: fakeClock(), mask: createMask() },
      { on },
    );

  it('Y13 is told of with the command that closes it, for any bit of group and others', async () => {
    for (const mode of [0o640, 0o604, 0o660, 0o601, 0o610, 0o602, 0o777, 0o644]) {
      const path = file(mode);
      const { config, warnings } = await load(path);
      expect(config.api_key).to.equal(KEY);
      expect(warnings.map(well), mode.toString(8)).to.deep.equal([
        `KLV_CONFIG_OPEN ${path} holds the key, and others may read it — chmod 600 ${path}`,
      ]);
    }
    for (const mode of [0o600, 0o400, 0o700]) expect((await load(file(mode))).warnings).to.deep.equal([]);
  });

  it('Y13 is not told where the file has no key, and beside the other warnings where it has', async () => {
    const env = { KLAVIYO_API_KEY: KEY };
    expect((await load(file(0o644, {}), plain, env)).warnings).to.deep.equal([]);
    expect((await load('-', plain, env)).warnings).to.deep.equal([]);
    expect(
      (await load(file(0o644, { api_key: ` ${KEY}` }))).warnings.map((line) => line.split(' ')[0]),
    ).to.deep.equal(['KLV_KEY_TRIMMED', 'KLV_CONFIG_OPEN']);
  });

  it('Y13 is not told in containers and on Windows', () => {
    const path = file(0o644);
    expect(openToOthers(path, plain)).to.be.a('string');
    for (const on of [
      { ...plain, platform: 'win32' },
      { ...plain, exists: (one: string) => one === '/.dockerenv' },
      { ...plain, exists: (one: string) => one === '/run/.containerenv' },
      { ...plain, env: { KUBERNETES_SERVICE_HOST: '10.0.0.1' } },
    ])
      expect(openToOthers(path, on), JSON.stringify(on)).to.equal(undefined);
  });

  it('Y13 is a question of files: a folder, a pipe or nothing at all is not told of', () => {
    expect(openToOthers(folder.path, plain)).to.equal(undefined);
    expect(openToOthers(join(folder.path, 'none'), plain)).to.equal(undefined);
    expect(openToOthers('/dev/null', plain)).to.equal(undefined);
  });

  it('Y13 a long path stays within the line', () => {
    const deep = join(folder.path, 'x'.repeat(200));
    mkdirSync(deep);
    const path = folder.write(join('x'.repeat(200), 'config.json'), {});
    chmodSync(path, 0o644);
    expect(well(openToOthers(path, plain) ?? '')).to.match(/chmod 600 ….*config\.json$/);
  });
});
