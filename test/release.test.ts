/** What a user would lose if this failed: a version that says the same everywhere, and where it comes from. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { EDITS, edited, unfit, unreleased } from '../scripts/release/edits.js';
import { provenance } from '../scripts/release/provenance.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };
const release = { from: version, to: '98.7.6', day: '2026-11-26' };

describe('a release', () => {
  it('comes after the version before it', () => {
    const cases: readonly (readonly [string, string, boolean])[] = [
      ['0.1.1', '0.1.0', true],
      ['0.2.0', '0.1.9', true],
      ['1.0.0', '0.9.9', true],
      ['0.10.0', '0.9.0', true],
      ['1.0.0', '1.0.0-rc.1', true],
      ['1.0.0-rc.2', '1.0.0-rc.1', true],
      ['1.0.0-rc.1', '1.0.0', false],
      ['0.1.0', '0.1.0', false],
      ['0.1.0', '0.2.0', false],
      ['0.9.0', '0.10.0', false],
      ['1.0', '0.1.0', false],
      ['v1.0.0', '0.1.0', false],
      ['1.0.0\n', '0.1.0', false],
    ];
    for (const [to, from, fits] of cases)
      expect(unfit(to, from) === undefined, `${to} after ${from}`).to.equal(fits);
  });

  it('changes every file that names the version, and leaves none that does', () => {
    const files = edited(
      (file) => (file === 'CHANGELOG.md' ? '## Unreleased\n\n- x\n' : read(file)),
      release,
    );
    expect([...files.keys()]).to.have.members(Object.keys(EDITS));
    const old = new RegExp(`(?<![\\w.-])${version.replaceAll('.', '\\.')}(?![\\w.-])`);
    for (const [file, text] of files) {
      expect(text, file).to.include('98.7.6');
      // A dependency of the same version keeps it.
      if (file !== 'package-lock.json') expect(text, file).to.not.match(old);
    }
    const lock = JSON.parse(files.get('package-lock.json') ?? '') as {
      version: string;
      packages: Record<string, { version: string }>;
    };
    expect([lock.version, lock.packages['']?.version]).to.deep.equal(['98.7.6', '98.7.6']);
    const before = read('package-lock.json').split('\n');
    const changed = (files.get('package-lock.json') ?? '')
      .split('\n')
      .filter((line, n) => line !== before[n]);
    expect(changed).to.have.length(2);
  });

  it('moves what is unreleased under the version and its day, and needs something there', () => {
    const text = '# Changelog\n\n## Unreleased\n\n- One.\n- Two $& $1.\n\n## 0.1.0\n\n- Zero.\n';
    expect(unreleased(text)).to.equal('- One.\n- Two $& $1.');
    expect(EDITS['CHANGELOG.md']?.(text, release)).to.equal(
      '# Changelog\n\n## Unreleased\n\n## 98.7.6 (2026-11-26)\n\n- One.\n- Two $& $1.\n\n## 0.1.0\n\n- Zero.\n',
    );
    for (const empty of ['# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- Zero.\n', '# Changelog\n'])
      expect(() => EDITS['CHANGELOG.md']?.(empty, release)).to.throw(/nothing stands under/);
  });

  it('stops at a file that does not say the version, by the file’s name', () => {
    for (const file of Object.keys(EDITS)) {
      const texts = (name: string): string => (name === file ? '{"packages": {"": {}}}' : read(name));
      const all = (name: string): string =>
        name === 'CHANGELOG.md' && file !== name ? '## Unreleased\n\n- x\n' : texts(name);
      expect(() => edited(all, release), file).to.throw(`${file}: `);
    }
  });

  it('tells where it comes from: what was made, of which commit, with what', () => {
    const [tarball, lockfile] = [Buffer.from('tarball'), Buffer.from('lock')];
    const statement = provenance({
      version: '1.2.3',
      repository: 'https://forge.example/a/b',
      commit: 'c'.repeat(40),
      node: 'v20.19.0',
      npm: '11.0.0',
      lockfile,
      files: { 'a-1.2.3.tgz': tarball },
      started: new Date(0),
      finished: new Date(1000),
    }) as {
      subject: { name: string; digest: Record<string, string> }[];
      predicate: { buildDefinition: { resolvedDependencies: object[]; internalParameters: object } };
    };
    const hex = (kind: string, bytes: Buffer): string => createHash(kind).update(bytes).digest('hex');
    expect(statement).to.include({
      _type: 'https://in-toto.io/Statement/v1',
      predicateType: 'https://slsa.dev/provenance/v1',
    });
    expect(statement.subject).to.deep.equal([
      { name: 'a-1.2.3.tgz', digest: { sha256: hex('sha256', tarball), sha512: hex('sha512', tarball) } },
    ]);
    expect(statement.predicate.buildDefinition.internalParameters).to.deep.equal({
      node: 'v20.19.0',
      npm: '11.0.0',
    });
    expect(statement.predicate.buildDefinition.resolvedDependencies).to.deep.equal([
      { uri: 'git+https://forge.example/a/b@refs/tags/v1.2.3', digest: { gitCommit: 'c'.repeat(40) } },
      { name: 'package-lock.json', digest: { sha256: hex('sha256', lockfile) } },
    ]);
  });
});
