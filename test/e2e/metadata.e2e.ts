/** What whoever runs a registry of Airbyte connectors would lose if this failed: a definition that it takes. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { Folder } from '../promises/harness.js';
import { client } from './environment.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const METADATA = join(ROOT, 'metadata.yaml');
const models = client('metadata');
const run = promisify(execFile);

describe(`metadata.yaml, by the schema of airbyte-connector-models ${models.version}`, () => {
  const folder = new Folder();
  after(() => folder.remove());
  const misfits = async (path: string): Promise<string> => {
    const script = join(ROOT, 'test', 'e2e', 'metadata.py');
    return (await run(join(await models.bin(), 'python'), [script, path])).stdout;
  };

  it('is a definition of a connector', async () => {
    expect(await misfits(METADATA)).to.equal('');
  });

  it('would not be one with an unknown field, an id that is none, or a list of no breaking change', async () => {
    const broken = readFileSync(METADATA, 'utf8')
      .replace(/^ {2}supportLevel:/m, '  supportLevels:')
      .replace(/^( {2}definitionId: ).*/m, '$1klaviyo')
      .replace(/^ {4}rolloutConfiguration:\n.*\n/m, '    breakingChanges: {}\n');
    const told = await misfits(folder.write('metadata.yaml', broken));
    expect(told).to.match(/supportLevels/);
    expect(told).to.match(/definitionId 'klaviyo'/);
    expect(told).to.match(/breakingChanges/);
  });
});
