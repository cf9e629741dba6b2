/** Tools that a test needs and Debian has. A tool that cannot be installed fails the test; none is done without. */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

const there = (tool: string): boolean => spawnSync(tool, ['--version']).error === undefined;

/** Installs what is missing of packages that are called as their commands are; `what` needs them. */
export async function installed(packages: readonly string[], what: string): Promise<void> {
  const missing = packages.filter((name) => !there(name));
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !there('apt-get'))
    throw new Error(`${what} need the Debian packages ${missing.join(', ')}, and root to install them.`);
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, maxBuffer: 1 << 26 };
  await run('apt-get', ['update', '--quiet'], options);
  await run('apt-get', ['install', '--yes', '--quiet', '--no-install-recommends', ...missing], options);
}
