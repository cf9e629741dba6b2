/** `npm run sbom`: what runs in the connector, as a CycloneDX bill of materials, into `sbom.cdx.json`. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly dev?: true; readonly devDependencies?: object }>>;
}

/**
 * npm’s own, made of a lockfile without the packages for development: `--omit dev` also leaves out what is needed for
 * both, debug for example.
 */
export async function billOfMaterials(root: string): Promise<string> {
  const read = <T>(file: string): T => JSON.parse(readFileSync(join(root, file), 'utf8')) as T;
  const { devDependencies: _, ...manifest } = read<{ name: string; devDependencies: object }>('package.json');
  const lockfile = read<Lockfile>('package-lock.json');
  const packages = Object.entries(lockfile.packages).flatMap(([path, { devDependencies: _, ...locked }]) =>
    locked.dev === true ? [] : [[path, locked] as const],
  );
  const folder = mkdtempSync(join(tmpdir(), 'sbom-'));
  try {
    // npm names what the bill is of after its folder.
    const project = join(folder, manifest.name);
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
    writeFileSync(
      join(project, 'package-lock.json'),
      JSON.stringify({ ...lockfile, packages: Object.fromEntries(packages) }),
    );
    const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'];
    const { stdout } = await promisify(execFile)('npm', args, { cwd: project, maxBuffer: 1 << 26 });
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  writeFileSync(join(root, 'sbom.cdx.json'), await billOfMaterials(root));
}
