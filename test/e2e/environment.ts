/** What clients run in. A client that cannot be installed fails; none is left out. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const run = promisify(execFile);

/** A Python environment with the pinned packages of a requirements file, made once. */
export async function environment(name: string): Promise<string> {
  const home = join(ROOT, '.e2e', name);
  if (!existsSync(join(home, 'ready'))) {
    mkdirSync(join(ROOT, '.e2e'), { recursive: true });
    await run('python3', ['-m', 'venv', '--clear', home]);
    const requirements = join(ROOT, 'test', 'e2e', 'requirements', `${name}.txt`);
    await run(
      join(home, 'bin', 'pip'),
      ['install', '--quiet', '--disable-pip-version-check', '-r', requirements],
      { maxBuffer: 1 << 26 },
    );
    mkdirSync(join(home, 'ready'));
  }
  return join(home, 'bin');
}
