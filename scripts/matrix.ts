/** `npm run matrix`: for each row of docs/fault-matrix.md the tests that show it; exit code 1 where a row has none. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import Mocha from 'mocha';
import { cover, type Titled } from './matrix/coverage.js';

const TESTS = fileURLToPath(new URL('../test/', import.meta.url));
const DOCUMENT = fileURLToPath(new URL('../../docs/fault-matrix.md', import.meta.url));

/** The titles of all tests, which are loaded and not run. */
async function titled(): Promise<Titled[]> {
  const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:test|e2e|heavy)\.js$/.test(name))
    .map((name) => join(TESTS, name));
  const mocha = new Mocha({ dryRun: true });
  for (const file of files) mocha.addFile(file);
  await mocha.loadFilesAsync();
  const found: Titled[] = [];
  const walk = (suite: Mocha.Suite, above: readonly string[]): void => {
    const titles = suite.title === '' ? above : [...above, suite.title];
    for (const { title, file = '' } of suite.tests)
      found.push({ file: relative(TESTS, file).replace(/\.js$/, '.ts'), titles: [...titles, title] });
    for (const inner of suite.suites) walk(inner, titles);
  };
  walk(mocha.suite, []);
  return found;
}

const { shown, problems } = cover(readFileSync(DOCUMENT, 'utf8'), await titled());
const print = (text: string): void => void process.stdout.write(`${text}\n`);
if (process.argv.includes('--json')) print(JSON.stringify(Object.fromEntries(shown)));
else
  for (const [code, tests] of shown) {
    print(`${code}${tests.length === 0 ? '  NONE' : ''}`);
    for (const { file, titles } of tests) print(`  ${file}: ${titles.at(-1)}`);
  }
for (const problem of problems) process.stderr.write(`${problem}\n`);
const rows = [...shown].filter(([code]) => !code.startsWith('I'));
const covered = rows.filter(([, tests]) => tests.length > 0).length;
process.stderr.write(`${covered} of ${rows.length} rows shown\n`);
// Some test files leave servers open while they are only loaded.
process.exit(problems.length === 0 ? 0 : 1);
