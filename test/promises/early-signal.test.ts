/** What a user would lose if this failed: a container that stops when it is told to, however early. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { configFor, Folder } from './harness.js';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));

/** Told of every module before it is loaded, it sends the signal at the first one of the connector's body. */
const HOOKS = `
  export async function resolve(specifier, context, next) {
    if (specifier === './app.js') process.kill(process.pid, 'SIGTERM');
    return next(specifier, context);
  }`;

describe('X1 a signal that comes early', () => {
  let sandbox: Sandbox;
  const folder = new Folder();
  before(async () => {
    sandbox = await startSandbox({ profiles: 8, events: 20, limits: false });
  });
  after(async () => {
    await sandbox.close();
    folder.remove();
  });

  it('X1 SIGTERM while the connector is still being loaded ends it with 143, and nothing is asked', async () => {
    const hooks = folder.write('hooks.mjs', HOOKS);
    const preload = folder.write(
      'preload.mjs',
      `import { register } from 'node:module'; register(${JSON.stringify(`file://${hooks}`)});`,
    );
    const config = folder.write('config.json', configFor(sandbox));
    const child = spawn(process.execPath, ['--import', preload, MAIN, 'read', '--config', config], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    // Ended by itself: a process that no handler saved has a signal and no code.
    const ended = await new Promise((resolve) => {
      child.on('close', (code, signal) => resolve([code, signal]));
    });
    expect(ended).to.deep.equal([143, null]);
    expect(stdout).to.not.include('RECORD');
    expect(sandbox.requests).to.deep.equal([]);
  });
});
