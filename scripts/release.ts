/**
 * `npm run release -- X.Y.Z`: a version, its tag and what is published of it. All is made in a checkout of its own; only
 * when nothing is left that could fail does the branch move and the tag come. `--dry-run` tells, and writes nothing.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { edited, type Release, unfit } from './release/edits.js';
import { provenance } from './release/provenance.js';
import { billOfMaterials } from './sbom.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OUTPUT = 'release';
const USAGE = 'usage: npm run release -- X.Y.Z [--dry-run]';

/** Fails with what the command said. */
function command(cwd: string, name: string, ...args: readonly string[]): string {
  try {
    return execFileSync(name, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  } catch (error) {
    const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string };
    throw new Error(`${name} ${args.join(' ')} failed:\n${stderr || stdout}`);
  }
}

const git = (cwd: string, ...args: readonly string[]): string => command(cwd, 'git', ...args);
const read = (cwd: string) => (file: string) => readFileSync(join(cwd, file), 'utf8');
const say = (line: string): unknown => process.stdout.write(`${line}\n`);

interface Manifest {
  readonly name: string;
  readonly version: string;
}

const manifest = (cwd: string): Manifest => JSON.parse(read(cwd)('package.json')) as Manifest;

/** Throws with all that stands in the way. */
function prepared(
  to: string,
  day: string,
): { readonly release: Release; readonly files: ReadonlyMap<string, string> } {
  const from = manifest(ROOT).version;
  const release = { from, to, day };
  const wrong = [unfit(to, from)];
  const changed = git(ROOT, 'status', '--porcelain');
  if (changed !== '') wrong.push(`not committed:\n${changed}`);
  if (git(ROOT, 'branch', '--show-current') === '') wrong.push('HEAD is on no branch');
  if (git(ROOT, 'tag', '--list', `v${to}`) !== '') wrong.push(`v${to} is tagged already`);
  let files: ReadonlyMap<string, string> = new Map();
  try {
    files = edited(read(ROOT), release);
  } catch (error) {
    wrong.push((error as Error).message);
  }
  const told = wrong.filter((line) => line !== undefined);
  if (told.length > 0) throw new Error(told.join('\n'));
  return { release, files };
}

/** The tarball's name. It is packed twice: who builds it again must get the same bytes. */
function packed(checkout: string, folder: string): string {
  const pack = (into: string): string => {
    mkdirSync(into, { recursive: true });
    const [made] = JSON.parse(command(checkout, 'npm', 'pack', '--json', '--pack-destination', into)) as {
      filename: string;
    }[];
    if (made === undefined) throw new Error('npm pack made nothing');
    return made.filename;
  };
  const name = pack(folder);
  const again = join(folder, 'again');
  pack(again);
  const same = readFileSync(join(folder, name)).equals(readFileSync(join(again, name)));
  rmSync(again, { recursive: true });
  if (!same) throw new Error(`${name}: packed twice, it is not the same`);
  return name;
}

async function publishable(checkout: string, folder: string, { to }: Release, started: Date): Promise<void> {
  const tarball = packed(checkout, folder);
  writeFileSync(join(folder, 'sbom.cdx.json'), await billOfMaterials(checkout));
  const bytes = (name: string): Buffer => readFileSync(join(folder, name));
  const statement = provenance({
    version: to,
    repository: repositoryOf(checkout),
    commit: git(checkout, 'rev-parse', 'HEAD'),
    node: process.version,
    npm: command(checkout, 'npm', '--version'),
    lockfile: readFileSync(join(checkout, 'package-lock.json')),
    files: { [tarball]: bytes(tarball), 'sbom.cdx.json': bytes('sbom.cdx.json') },
    started,
    finished: new Date(),
  });
  writeFileSync(join(folder, 'provenance.json'), `${JSON.stringify(statement, null, 2)}\n`);
}

const repositoryOf = (cwd: string): string =>
  (JSON.parse(read(cwd)('spec.json')) as { documentationUrl: string }).documentationUrl.replace(/#.*/, '');

async function carryOut(release: Release, files: ReadonlyMap<string, string>): Promise<void> {
  const started = new Date();
  // A tarball holds the modes of files. With the usual ones, whoever packs again gets the same bytes.
  process.umask(0o022);
  say('.ci/run, which takes its time');
  execFileSync(join(ROOT, '.ci', 'run'), { cwd: ROOT, stdio: 'inherit' });
  const checkout = mkdtempSync(join(tmpdir(), 'release-'));
  git(ROOT, 'worktree', 'add', '--quiet', '--detach', checkout, 'HEAD');
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
    for (const [file, text] of files) writeFileSync(join(checkout, file), text);
    command(checkout, 'npm', 'run', 'generate');
    git(checkout, 'commit', '--quiet', '--all', '--message', `Version ${release.to}`);
    const folder = join(ROOT, OUTPUT, release.to);
    rmSync(folder, { recursive: true, force: true });
    await publishable(checkout, folder, release, started);
    const commit = git(checkout, 'rev-parse', 'HEAD');
    git(ROOT, 'merge', '--quiet', '--ff-only', commit);
    git(ROOT, 'tag', '--annotate', `v${release.to}`, '--message', `Version ${release.to}`, commit);
  } finally {
    git(ROOT, 'worktree', 'remove', '--force', checkout);
  }
}

const plan = ({ from, to }: Release, files: ReadonlyMap<string, string>): readonly string[] => [
  `from ${from} to ${to}:`,
  '.ci/run must be green',
  ...[...files.keys()].map((file) => `${file} is changed`),
  'npm run generate',
  `git commit, "Version ${to}"`,
  `npm pack, twice, into ${OUTPUT}/${to}/`,
  `${OUTPUT}/${to}/sbom.cdx.json, ${OUTPUT}/${to}/provenance.json`,
  `git tag v${to}`,
];

async function main(args: readonly string[]): Promise<void> {
  const [version, ...more] = args.filter((each) => each !== '--dry-run');
  if (version === undefined || more.length > 0) throw new Error(USAGE);
  const { release, files } = prepared(version, new Date().toISOString().slice(0, 10));
  if (args.includes('--dry-run')) {
    for (const line of plan(release, files)) say(line);
    return;
  }
  await carryOut(release, files);
  say(`v${version} is made. What is left: git push --follow-tags; npm publish ${OUTPUT}/${version}/*.tgz`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
