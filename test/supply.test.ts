/** What a user would lose if this failed: knowing what is installed with the connector, and that none of it is run. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { verdictOf } from '../scripts/audit.js';
import { billOfMaterials } from '../scripts/sbom.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);
const json = <T>(path: string): T => JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as T;

interface Locked {
  readonly version: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: true;
  readonly hasInstallScript?: true;
}

const PACKAGE = json<{
  readonly name: string;
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}>('package.json');
const LOCKED = Object.entries(
  json<{ readonly packages: Readonly<Record<string, Locked>> }>('package-lock.json').packages,
).filter(([path]) => path !== '');
const RUNTIME = LOCKED.filter(([, { dev }]) => dev !== true);
const nameOf = (path: string): string => path.split('node_modules/').at(-1) ?? '';

describe('Y10 the supply chain', () => {
  it('names every package by one version, and what it must hash to, and by no address', () => {
    for (const [name, version] of Object.entries({ ...PACKAGE.dependencies, ...PACKAGE.devDependencies }))
      expect(version, name).to.match(/^\d+\.\d+\.\d+$/);
    for (const [path, { version, integrity, resolved }] of LOCKED) {
      expect(version, path).to.match(/^\d+\.\d+\.\d+/);
      expect(integrity, path).to.match(/^sha512-/);
      expect(resolved, path).to.equal(undefined);
    }
  });

  it('has no package with an install script, neither to run nor to develop, and is none itself', () => {
    expect(LOCKED.filter(([, { hasInstallScript }]) => hasInstallScript === true)).to.deep.equal([]);
    expect(PACKAGE.scripts).to.not.have.any.keys('preinstall', 'install', 'postinstall');
  });

  it('runs on few packages, each chosen on purpose and under a licence that asks for no more than its notice', () => {
    expect(Object.keys(PACKAGE.dependencies)).to.have.members([
      'https-proxy-agent',
      'log-update',
      'ndjson',
      'node-fetch',
      'proxy-from-env',
      'yargs',
    ]);
    expect(RUNTIME.length).to.be.at.most(50);
    for (const [path, { license }] of RUNTIME)
      expect(license, path).to.be.oneOf(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']);
  });

  it('the bill of materials names each runtime package with version, licence and hash, and no other', async () => {
    const bom = JSON.parse(await billOfMaterials(ROOT)) as {
      readonly bomFormat: string;
      readonly metadata: { readonly component: { readonly purl: string } };
      readonly components: readonly {
        readonly name: string;
        readonly version: string;
        readonly purl: string;
        readonly licenses?: readonly { readonly license?: { readonly id: string } }[];
        readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
      }[];
    };
    expect(bom.bomFormat).to.equal('CycloneDX');
    expect(bom.metadata.component.purl).to.equal(`pkg:npm/${PACKAGE.name}@${PACKAGE.version}`);
    const wanted = RUNTIME.map(([path, { version, license, integrity = '' }]) => {
      const hash = Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex');
      return `${nameOf(path)}@${version} ${license} ${hash}`;
    });
    const named = bom.components.map(
      ({ name, version, licenses, hashes }) =>
        `${name}@${version} ${licenses?.[0]?.license?.id} ${hashes?.[0]?.content}`,
    );
    expect([...new Set(named)].sort()).to.deep.equal([...new Set(wanted)].sort());
  });

  it('packs what is run and read, all of it, in at most 250 kB', async () => {
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: ROOT,
      maxBuffer: 1 << 26,
    });
    const [packed] = JSON.parse(stdout) as {
      size: number;
      unpackedSize: number;
      files: { path: string }[];
    }[];
    const files = packed?.files.map(({ path }) => path) ?? [];
    const compiled = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => posix.join('dist/src', path.split(sep).join('/').replace(/ts$/, 'js')));
    const schemas = readdirSync(join(ROOT, 'schemas')).map((path) => `schemas/${path}`);
    const told = [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'package.json',
      'spec.json',
      'hub/tap-klaviyo-v2.yml',
    ];
    expect(files).to.include.members([...compiled, ...schemas, ...told]);
    // A file of dist/src whose source is gone is cleared away by `prepack`, which this does not run.
    const others = files.filter((path) => !/^dist\/src\/[\w/-]+\.js$/.test(path));
    expect(others).to.have.members([...schemas, ...told]);
    expect(packed?.size).to.be.lessThan(250_000);
    expect(packed?.unpackedSize).to.be.lessThan(1_000_000);
  });

  describe('the audit', () => {
    const report = (...severities: readonly string[]): string =>
      JSON.stringify({
        auditReportVersion: 2,
        vulnerabilities: Object.fromEntries(severities.map((severity, n) => [`p${n}`, { severity }])),
      });
    const cases: readonly (readonly [string, string, boolean])[] = [
      ['nothing known', report(), true],
      ['something moderate', report('low', 'moderate'), true],
      ['something high', report('low', 'high'), false],
      ['something critical', report('critical'), false],
      [
        'a registry that refuses to answer',
        '{"message":"405 Method Not Allowed","statusCode":405,"error":{"summary":"","detail":""}}',
        true,
      ],
      [
        'no registry',
        '{"message":"request failed, reason: connect ECONNREFUSED","error":{"summary":"","detail":""}}',
        true,
      ],
      [
        'findings beside an error',
        JSON.stringify({ ...JSON.parse(report('high')), message: 'm', error: {} }),
        false,
      ],
      ['another form of report', '{"auditReportVersion":3,"advisories":{}}', false],
      ['no report', 'npm: not found', false],
      ['nothing at all', '', false],
    ];
    for (const [what, printed, passes] of cases)
      it(`${passes ? 'passes' : 'fails'} with ${what}`, () => {
        expect(verdictOf(printed).passes).to.equal(passes);
      });
  });
});
