/**
 * What a contributor would lose if this failed: the map. Who may import whom, read off the import statements; a
 * projection of a resource then stays one file and one schema, whatever else changes.
 */
import { dirname, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { importsOf, type Source, sourcesOf } from '../scripts/imports.js';

const DOCUMENT = 'docs/architecture.md';
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const SOURCES = sourcesOf(ROOT);

/** A room's rule: the targets that its files may import, and those of which they may import types alone. */
interface Rule {
  readonly may: readonly string[];
  readonly types?: readonly string[];
}

const files = (...names: readonly string[]): string[] => names.map((name) => `src/${name}`);

const RULES: Readonly<Record<string, Rule>> = {
  'src/resources/': {
    may: files('resources/*', 'resource', 'time', 'errors', 'numbers', 'klaviyo/json-api', 'klaviyo/scan'),
    types: files('state', 'message', 'generated/*'),
  },
  'src/klaviyo/': {
    may: files(
      ...['klaviyo/*', 'errors', 'time', 'time-bytes', 'watch', 'numbers', 'schemas', 'memory'],
      'generated/marks',
    ),
    types: files('resource', 'message', 'state', 'generated/*'),
  },
  'src/sync/': {
    may: files('sync/*', 'errors', 'time', 'state', 'lines'),
    types: files('resource', 'message', 'generated/*', 'row', 'scanned-row', 'klaviyo/*', 'watch'),
  },
  'src/protocol/': {
    may: files('protocol/*', 'state', 'time', 'log', 'errors', 'numbers'),
    types: files('lines', 'message', 'resource', 'generated/*'),
  },
  'src/terminal/': { may: files('terminal/*', 'words'), types: files('progress', 'run-summary') },
  'src/sandbox/': { may: files('sandbox/*') },
  'src/report/': {
    may: files('report/*', 'time', 'io', 'errors', 'words', 'numbers'),
    types: files('run-summary'),
  },
};

/** Serves the sandbox as a command does, so it may know what a command gets. */
const EXCEPT = 'src/sandbox/serve.ts';

const matches = (target: string, patterns: readonly string[] = []): boolean =>
  patterns.some((pattern) =>
    pattern.endsWith('*') ? target.startsWith(pattern.slice(0, -1)) : target === pattern,
  );

/** One line for each import that breaks a rule. */
function broken(sources: readonly Pick<Source, 'file' | 'imports'>[]): string[] {
  return sources.flatMap(({ file, imports }) => {
    const [room, rule] = Object.entries(RULES).find(([prefix]) => file.startsWith(prefix)) ?? [];
    return imports.flatMap(({ target, typeOnly }) => {
      if (target === 'src/main') return [`${file} imports ${target}, which nobody may: see ${DOCUMENT}`];
      if (rule === undefined || file === EXCEPT || matches(target, rule.may)) return [];
      if (matches(target, rule.types))
        return typeOnly
          ? []
          : [`${file} imports ${target}, of which ${room} may import types alone: see ${DOCUMENT}`];
      return [`${file} imports ${target}, which ${room} may not: see ${DOCUMENT}`];
    });
  });
}

/** Without comments and without what strings say: those may name anything. */
const bare = (code: string): string =>
  code.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*/g, (comment) => comment.replace(/[^\n]/g, ' '));

const lines = (matching: RegExp, sources: readonly Source[]): string[] =>
  sources.flatMap(({ file, code }) =>
    bare(code)
      .split('\n')
      .flatMap((line, index) =>
        matching.test(line) ? [`${file}:${index + 1} ${line.trim()}: see ${DOCUMENT}`] : [],
      ),
  );

describe('the rooms of the source', () => {
  it('are all here', () => {
    expect(relative(ROOT, dirname(fileURLToPath(import.meta.url))).split(sep)).to.include('test');
    for (const room of Object.keys(RULES))
      expect(
        SOURCES.some(({ file }) => file.startsWith(room)),
        room,
      ).to.equal(true);
    expect(SOURCES.map(({ file }) => file)).to.include.members(['src/main.ts', 'src/output.ts', EXCEPT]);
  });

  it('import only what they may', () => {
    expect(broken(SOURCES)).to.deep.equal([]);
  });

  it('import nothing that is not there', () => {
    const there = new Set(SOURCES.map(({ file }) => file.replace(/\.ts$/, '')));
    const lost = SOURCES.flatMap(({ file, imports }) =>
      imports.filter(({ target }) => !there.has(target)).map(({ target }) => `${file} imports ${target}`),
    );
    expect(lost).to.deep.equal([]);
  });

  it('leave the process to main and output: streams, clock, environment come in as arguments', () => {
    const others = SOURCES.filter(({ file }) => file !== 'src/main.ts' && file !== 'src/output.ts');
    expect(lines(/(?<![.\w])process(?:\.|\[)|from 'node:process'|\bconsole\./, others)).to.deep.equal([]);
  });

  it('ask for no stream by its name outside the resources: a quirk is a field of the resource that has it', () => {
    const others = SOURCES.filter(({ file }) => !/^src\/(resources|generated)\//.test(file));
    const comparison =
      /(?:===?|!==?)\s*['"`][a-z_]+_v2['"`]|['"`][a-z_]+_v2['"`]\s*(?:===?|!==?)|\bcase\s+['"`][a-z_]+_v2['"`]/;
    expect(lines(comparison, others)).to.deep.equal([]);
  });
});

describe('the reader of imports', () => {
  const found = importsOf(
    'src/sync/x.ts',
    [
      "import a from '../a.js';",
      "import type { B } from '../b.js';",
      'import {\n  type C,\n  type D,\n} from "../c.js";',
      "import { type E, f } from '../e.js';",
      "export { g } from './g.js';",
      "export type { H } from './h.js';",
      "import '../i.js';",
      "const j = await import('../sandbox/j.js');",
      "import { readFileSync } from 'node:fs';",
      "import * as k from '../klaviyo/k.js';",
    ].join('\n'),
  );

  it('sees every form, and which are types alone', () => {
    expect(Object.fromEntries(found.map(({ target, typeOnly }) => [target, typeOnly]))).to.deep.equal({
      'src/a': false,
      'src/b': true,
      'src/c': true,
      'src/e': false,
      'src/sync/g': false,
      'src/sync/h': true,
      'src/i': false,
      'src/sandbox/j': false,
      'src/klaviyo/k': false,
    });
  });

  it('names the file, the import and the document', () => {
    expect(broken([{ file: 'src/sync/x.ts', imports: found }])).to.include.members([
      'src/sync/x.ts imports src/a, which src/sync/ may not: see docs/architecture.md',
      'src/sync/x.ts imports src/sandbox/j, which src/sync/ may not: see docs/architecture.md',
      'src/sync/x.ts imports src/klaviyo/k, of which src/sync/ may import types alone: see docs/architecture.md',
    ]);
    expect(broken([{ file: 'src/run.ts', imports: [{ target: 'src/main', typeOnly: true }] }])).to.deep.equal(
      ['src/run.ts imports src/main, which nobody may: see docs/architecture.md'],
    );
  });
});
