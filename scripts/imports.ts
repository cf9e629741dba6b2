/** Who imports whom, read off the import statements of `src/`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';

export interface Import {
  /** As in `src/sync/read`. */
  readonly target: string;
  readonly typeOnly: boolean;
}

export interface Source {
  /** As in `src/sync/read.ts`. */
  readonly file: string;
  readonly code: string;
  readonly imports: readonly Import[];
}

/** `import`, `export … from` and `import()` of our own files; a list of types alone is a type import, too. */
export function importsOf(file: string, code: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: string, clause: string): void => {
    if (!specifier.startsWith('.')) return;
    const target = posix.join(posix.dirname(file), specifier).replace(/\.(js|ts)$/, '');
    const listed = /^\{([^}]*)\}$/
      .exec(clause.trim())?.[1]
      ?.split(',')
      .filter((name) => name.trim() !== '');
    const typeOnly =
      /^type\b/.test(clause.trim()) || (listed?.every((name) => /^\s*type\s/.test(name)) ?? false);
    found.push({ target, typeOnly });
  };
  for (const [, clause, specifier] of code.matchAll(
    /^(?:import|export)\s+([^'";]*?)\s*from\s*['"]([^'"]+)['"]/gm,
  ))
    add(specifier ?? '', clause ?? '');
  for (const [, specifier] of code.matchAll(/^import\s*['"]([^'"]+)['"]/gm)) add(specifier ?? '', '');
  for (const [, specifier] of code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g)) add(specifier ?? '', '');
  return found;
}

/** Every file of `src/`, by its path. */
export const sourcesOf = (root: string): readonly Source[] =>
  readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => posix.join('src', name.split(sep).join('/')))
    .sort()
    .map((file) => {
      const code = readFileSync(join(root, file), 'utf8');
      return { file, code, imports: importsOf(file, code) };
    });
