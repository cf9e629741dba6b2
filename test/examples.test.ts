/** What a user would lose if this failed: examples that are still right about the connector. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

import { describeStreams } from '../src/discover.js';
import { spec } from '../src/packaged.js';

const EXAMPLES = fileURLToPath(new URL('../../examples/orchestration/', import.meta.url));
const text = (path: string): string => readFileSync(join(EXAMPLES, path), 'utf8');

describe('the examples of orchestration', () => {
  it('Airbyte: name every stream, each in a mode that it has, and settings that there are', () => {
    const terraform = text('airbyte/main.tf');
    const [, streams = ''] = /^ {2}streams = \{\n([^}]*)/m.exec(terraform) ?? [];
    const modes = [...streams.matchAll(/^ +(\w+) += "(\w+)"$/gm)].map(([, name, mode]) => [name, mode]);
    expect(modes).to.have.deep.members(
      describeStreams().map(({ name, cursor }) => [
        name,
        cursor === undefined ? 'full_refresh_overwrite' : 'incremental_deduped_history',
      ]),
    );
    const [, configuration = ''] = /jsonencode\(\{\n([^}]*)/.exec(terraform) ?? [];
    const given = [...configuration.matchAll(/^ +(\w+) += /gm)].map(([, name]) => name);
    expect(given).to.include.members([...(spec().connectionSpecification.required ?? [])]);
    expect(Object.keys(spec().connectionSpecification.properties)).to.include.members(given);
  });

  it('cron: the script is one that any shell can read, and may be run', () => {
    execFileSync('/bin/sh', ['-n', join(EXAMPLES, 'cron', 'sync.sh')]);
    expect(statSync(join(EXAMPLES, 'cron', 'sync.sh')).mode & 0o111).to.equal(0o111);
    expect(text('cron/sync.sh')).to.not.match(/\[\[|\bfunction |\blocal |<<<|pipefail|&>|\bsource /);
  });

  it('hold no key', () => {
    for (const folder of readdirSync(EXAMPLES))
      for (const file of readdirSync(join(EXAMPLES, folder)).filter((name) => name.includes('.')))
        expect(text(join(folder, file)), file).to.not.match(/pk_\w/);
  });
});
