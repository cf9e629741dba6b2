/** Writes what is derived from the schemas, the specification and the resources; `--check` only compares. */
import fs from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { configTable, streamTable } from '../src/about.js';
import { RESOURCES } from '../src/resources/index.js';
import type { StreamSchema } from '../src/schemas.js';
import { streamsPage } from './generate/docs.js';
import { assembled } from './generate/marks.js';
import { definition, extractor, type Package, type Specification } from './generate/meltano.js';
import { picture } from './generate/picture.js';
import { shapeChecks } from './generate/shapes.js';
import { factsOf, streamFacts } from './generate/streams.js';
import { configType, ORDER, rowTypes } from './generate/types.js';
import { sourcesOf } from './imports.js';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): string => fs.readFileSync(new URL(path, ROOT), 'utf8');

const MARKS = 'src/klaviyo/json-marks.wat';

function readSchemas(): ReadonlyMap<string, StreamSchema> {
  const files = fs.readdirSync(new URL('schemas/', ROOT)).map((file) => file.replace(/\.json$/, ''));
  const strange = files.filter((file) => !(ORDER as readonly string[]).includes(file));
  if (strange.length > 0) throw new Error(`schemas/ has no stream for: ${strange.join(', ')}`);
  return new Map(ORDER.map((stream) => [stream, JSON.parse(read(`schemas/${stream}.json`)) as StreamSchema]));
}

/** Text with its marked parts replaced. */
function filled(text: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((whole, [name, part]) => {
    const marked = new RegExp(`(<!-- ${name}: generated -->\\n)[^]*?(<!-- /${name} -->)`);
    if (!marked.test(whole)) throw new Error(`no place for the ${name} is marked`);
    return whole.replace(marked, (_, open: string, close: string) => `${open}\n${part}\n\n${close}`);
  }, text);
}

function filledYaml(text: string, name: string, part: string): string {
  const marked = new RegExp(`(# ${name}: generated\\n)[^]*?( *# /${name}\\n)`);
  if (!marked.test(text)) throw new Error(`no place for the ${name} is marked`);
  return text.replace(marked, (_, open: string, close: string) => `${open}${part}${close}`);
}

async function generated(): Promise<ReadonlyMap<string, string>> {
  const schemas = readSchemas();
  const spec = JSON.parse(read('spec.json')) as Specification;
  const pack = JSON.parse(read('package.json')) as Package;
  return new Map([
    ['src/generated/rows.ts', await rowTypes(schemas as never)],
    ['src/generated/config.ts', await configType(spec.connectionSpecification as never)],
    ['src/generated/shapes.ts', shapeChecks(spec.connectionSpecification as never)],
    ['src/generated/streams.ts', streamFacts()],
    ['src/generated/marks.ts', await assembled(MARKS, read(MARKS))],
    ['docs/architecture.svg', picture(sourcesOf(fileURLToPath(ROOT)))],
    ['docs/streams.md', streamsPage(schemas, RESOURCES)],
    ['hub/tap-klaviyo-v2.yml', definition(spec, pack)],
    ['meltano.yml', filledYaml(read('meltano.yml'), 'definition', extractor(spec))],
    [
      'README.md',
      filled(read('README.md'), { streams: streamTable(ORDER.map(factsOf)), config: configTable() }),
    ],
  ]);
}

const stale = [...(await generated())].filter(
  ([path, text]) => !fs.existsSync(new URL(path, ROOT)) || read(path) !== text,
);
if (process.argv.includes('--check')) {
  for (const [path] of stale) process.stderr.write(`${path} is stale: run \`npm run generate\`\n`);
  if (stale.length > 0) process.exitCode = 1;
} else {
  for (const [path, text] of stale) {
    fs.mkdirSync(new URL('./', new URL(path, ROOT)), { recursive: true });
    fs.writeFileSync(new URL(path, ROOT), text);
    process.stdout.write(`${path} written\n`);
  }
}
