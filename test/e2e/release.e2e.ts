/** A release from start to end, in a copy of the project that has a history of its own. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { Folder } from '../promises/harness.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const LEFT_BEHIND = new Set(['.e2e', '.git', 'dist', 'node_modules', 'demo-output', 'release']);
const run = promisify(execFile);
const NEXT = '98.7.6';

describe('Y10 a release', () => {
  const folder = new Folder();
  const project = join(folder.path, 'project');
  const git = async (...args: readonly string[]): Promise<string> =>
    (await run('git', args, { cwd: project })).stdout.trim();
  const release = (...args: readonly string[]) =>
    run('sh', ['-c', 'umask 077; exec node dist/scripts/release.js "$@"', 'sh', ...args], {
      cwd: project,
      maxBuffer: 1 << 26,
    }).then(
      ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
  /** Everything that a release may change: what is committed, tagged, made or left lying about. */
  const everything = async () => [
    await git('rev-parse', 'HEAD'),
    await git('tag'),
    await git('status', '--porcelain'),
    await git('worktree', 'list'),
    existsSync(join(project, 'release')),
  ];
  const ci = (code: number): void => writeFileSync(join(project, '.ci', 'run'), `#!/bin/sh\nexit ${code}\n`);
  const commit = (message: string): Promise<string> =>
    git('commit', '--quiet', '--all', '--message', message);

  before(async () => {
    // A folder by the same name as one that is copied may be called so, too.
    cpSync(ROOT, project, {
      recursive: true,
      filter: (path) => !LEFT_BEHIND.has(basename(path)) || path.includes(join('scripts', 'release')),
    });
    cpSync(join(ROOT, 'dist'), join(project, 'dist'), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'));
    await git('init', '--quiet', '--initial-branch', 'main');
    appendFileSync(join(project, '.git', 'info', 'exclude'), 'node_modules\n');
    await git('config', 'user.name', 'Releaser');
    await git('config', 'user.email', 'releaser@shop.example');
    const changelog = readFileSync(join(project, 'CHANGELOG.md'), 'utf8');
    if (!/^## Unreleased\n+- /m.test(changelog))
      writeFileSync(
        join(project, 'CHANGELOG.md'),
        changelog.replace(/^(?:## Unreleased\n+)?(?=## \d)/m, '## Unreleased\n\n- Something.\n\n'),
      );
    ci(0);
    chmodSync(join(project, '.ci', 'run'), 0o755);
    await git('add', '--all');
    await commit('All');
  });
  after(() => folder.remove());

  it('tells its steps with --dry-run, and does none of them', async () => {
    const before = await everything();
    const { code, stdout } = await release(NEXT, '--dry-run');
    expect(code).to.equal(0);
    expect(stdout).to.match(/package\.json is changed\n[\s\S]*git tag v98\.7\.6\n$/);
    expect(await everything()).to.deep.equal(before);
  });

  it('is refused for a version that is older, a tree that is not clean, or without a version', async () => {
    expect((await release('0.0.1')).stderr).to.match(/^0\.0\.1 is older than /);
    expect((await release()).stderr).to.match(/^usage: /);
    appendFileSync(join(project, 'README.md'), '\n');
    const before = await everything();
    expect(await release(NEXT)).to.include({ code: 1, stderr: 'not committed:\nM README.md\n' });
    expect(await everything()).to.deep.equal(before);
    await git('checkout', '--quiet', 'README.md');
  });

  it('leaves nothing behind where it is not green', async () => {
    ci(1);
    await commit('Red');
    const before = await everything();
    expect((await release(NEXT)).code).to.equal(1);
    expect(await everything()).to.deep.equal(before);
    ci(0);
    await commit('Green');
  });

  it('makes one commit and its tag, a tarball, a bill of materials and where they come from', async () => {
    const { code, stderr } = await release(NEXT);
    expect(code, stderr).to.equal(0);
    expect(await git('log', '-1', '--format=%s')).to.equal(`Version ${NEXT}`);
    expect(await git('rev-list', '--count', `v${NEXT}`, '^HEAD~1')).to.equal('1');
    expect(await git('rev-parse', `v${NEXT}^{commit}`)).to.equal(await git('rev-parse', 'HEAD'));
    expect(await git('status', '--porcelain')).to.equal('');
    expect((await git('worktree', 'list')).split('\n')).to.have.length(1);
    expect(readFileSync(join(project, 'metadata.yaml'), 'utf8')).to.include(`dockerImageTag: ${NEXT}\n`);

    const made = join(project, 'release', NEXT);
    const tarball = `source-klaviyo-v2-${NEXT}.tgz`;
    expect(readdirSync(made)).to.have.members([tarball, 'provenance.json', 'sbom.cdx.json']);
    const statement = JSON.parse(readFileSync(join(made, 'provenance.json'), 'utf8')) as {
      subject: { name: string; digest: { sha512: string } }[];
      predicate: { buildDefinition: { resolvedDependencies: { digest: object }[] } };
    };
    for (const { name, digest } of statement.subject)
      expect(
        createHash('sha512')
          .update(readFileSync(join(made, name)))
          .digest('hex'),
      ).to.equal(digest.sha512);
    expect(statement.predicate.buildDefinition.resolvedDependencies[0]?.digest).to.deep.equal({
      gitCommit: await git('rev-parse', 'HEAD'),
    });
  });

  it('is packed to the same bytes by who checks its tag out elsewhere, whatever the umask of its maker', async () => {
    const elsewhere = join(folder.path, 'elsewhere');
    await run('sh', ['-c', `umask 022; git clone --quiet --branch v${NEXT} ${project} ${elsewhere}`]);
    symlinkSync(join(ROOT, 'node_modules'), join(elsewhere, 'node_modules'));
    await run('npm', ['pack'], { cwd: elsewhere, maxBuffer: 1 << 26 });
    const name = `source-klaviyo-v2-${NEXT}.tgz`;
    const [here, there] = [join(project, 'release', NEXT, name), join(elsewhere, name)].map((path) =>
      readFileSync(path),
    );
    expect(here?.equals(there ?? Buffer.alloc(0))).to.equal(true);
  });
});
