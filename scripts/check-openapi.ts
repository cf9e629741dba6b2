/** `npm run check:openapi -- FILE`: does the project ask for, and declare, what Klaviyo's OpenAPI document says? */
import fs from 'node:fs';
import process from 'node:process';
import { RESOURCES } from '../src/resources/index.js';
import { schemaOf } from '../src/schemas.js';
import { compare } from './openapi/compare.js';
import { SOURCES } from './openapi/sources.js';

const [file] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write(
    'usage: npm run check:openapi -- FILE (the OpenAPI document of the pinned revision)\n',
  );
  process.exitCode = 2;
} else {
  const document = JSON.parse(fs.readFileSync(file, 'utf8'));
  const { findings, resources, columns } = compare(document, {
    resources: RESOURCES,
    schema: schemaOf,
    sources: SOURCES,
  });
  for (const finding of findings) process.stdout.write(`${finding}\n`);
  process.stdout.write(`${resources} resources, ${columns} columns compared, ${findings.length} findings\n`);
  if (findings.length > 0) process.exitCode = 1;
}
