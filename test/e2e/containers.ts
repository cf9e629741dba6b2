/**
 * Containers on a machine without an engine: Debian's buildah and podman, with a storage of their own below `.e2e/`.
 * What is made here once, tools and base image, is found again by the next run.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installed } from './debian.js';

const run = promisify(execFile);

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const HOME = join(ROOT, '.e2e', 'containers');
const PACKAGES: readonly string[] = ['buildah', 'podman', 'runc', 'debootstrap'];

export interface Engine {
  /** A PATH on which `docker` is the stand-in, and what that needs. */
  readonly env: NodeJS.ProcessEnv;
  readonly base: string;
  readonly docker: (...args: readonly string[]) => Promise<{ stdout: string; stderr: string }>;
}

/** Making a base image and building in a chroot are root's work. */
async function tools(): Promise<void> {
  if (process.getuid?.() !== 0)
    throw new Error(
      `Run the tests of the image as root, on Debian with the packages ${PACKAGES.join(', ')}.`,
    );
  await installed(PACKAGES, 'The tests of the image');
}

/** Settings under which podman and buildah share one storage and touch nothing else on the machine. */
function settings(): NodeJS.ProcessEnv {
  // Sockets below the run folder have paths of at most 107 letters.
  const short = join(tmpdir(), `e2e-${createHash('sha256').update(HOME).digest('hex').slice(0, 12)}`);
  const bin = join(HOME, 'bin');
  mkdirSync(bin, { recursive: true });
  const containers = join(HOME, 'containers.conf');
  const storage = join(HOME, 'storage.conf');
  writeFileSync(
    containers,
    [
      '[containers]',
      'default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]',
      '[engine]',
      'runtime = "runc"',
      'cgroup_manager = "cgroupfs"',
      'events_logger = "none"',
      `tmp_dir = ${JSON.stringify(join(short, 'engine'))}`,
      '',
    ].join('\n'),
  );
  writeFileSync(
    storage,
    [
      '[storage]',
      'driver = "overlay"',
      `graphroot = ${JSON.stringify(join(HOME, 'storage'))}`,
      `runroot = ${JSON.stringify(join(short, 'run'))}`,
      '',
    ].join('\n'),
  );
  copyFileSync(join(ROOT, 'test', 'e2e', 'docker.sh'), join(bin, 'docker'));
  return {
    ...process.env,
    PATH: `${bin}:${process.env.PATH ?? ''}`,
    CONTAINERS_CONF: containers,
    CONTAINERS_STORAGE_CONF: storage,
  };
}

export async function startEngine(): Promise<Engine> {
  await tools();
  const env = settings();
  const docker = (...args: readonly string[]) =>
    run('docker', args, { env, cwd: ROOT, maxBuffer: 1 << 28, encoding: 'utf8' });
  const [, from = ''] = /^FROM (\S+)/m.exec(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')) ?? [];
  const base = `docker.io/library/${from}`;
  const known = await docker('image', 'exists', base).then(
    () => true,
    () => false,
  );
  if (!known) await run('sh', [join(ROOT, 'test', 'e2e', 'base-image.sh'), base, HOME], { env });
  // Layers of builds of long ago; those of the last week make the next build quick.
  await docker('image', 'prune', '--force', '--filter', 'until=168h');
  return { env, base, docker };
}
