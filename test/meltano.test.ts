/** What a user would lose if this failed: every setting of the connector in Meltano, as the connector means it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { yaml } from '../scripts/generate/yaml.js';
import { aboutJson } from '../src/about.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Field {
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly airbyte_secret?: boolean;
}

const { connectionSpecification: SPECIFICATION } = JSON.parse(text('spec.json')) as {
  connectionSpecification: {
    readonly required: readonly string[];
    readonly properties: Readonly<Record<string, Field>>;
  };
};

/** The indented lines below the first line that says `name:`. */
const below = (document: string, name: string): string =>
  new RegExp(`^( *)${name}:\\n((?:\\1 +.*\\n)+)`, 'm').exec(document)?.[2] ?? '';

const values = (lines: string): readonly string[] =>
  [...lines.matchAll(/^ *- (\S+)$/gm)].map(([, value = '']) => value);

/** One line of text, whether it was folded, quoted or plain. */
function scalar(entry: string, name: string): string | undefined {
  const [, , folded, line] =
    new RegExp(`^( *)${name}: (?:>-\\n((?:\\1 +.*\\n)+)|(.+)\\n)`, 'm').exec(entry) ?? [];
  if (folded !== undefined) return folded.trim().split(/\n */).join(' ');
  return line?.startsWith('"') ? (JSON.parse(line) as string) : line;
}

const settings = (path: string) => {
  const lines = below(text(path).replaceAll('- name:', '  name:'), 'settings');
  return lines.split(/^(?= *name:)/m).map((entry) => ({
    name: scalar(entry, 'name'),
    label: scalar(entry, 'label'),
    kind: scalar(entry, 'kind'),
    sensitive: scalar(entry, 'sensitive') === 'true',
    description: scalar(entry, 'description'),
    options: [...entry.matchAll(/^ *value: (\S+)$/gm)].map(([, value]) => value),
  }));
};

const kindOf = (name: string, { type, enum: choices }: Field): string =>
  choices !== undefined
    ? 'options'
    : name === 'start_date'
      ? 'date_iso8601'
      : type === 'number'
        ? 'string'
        : type;

for (const path of ['meltano.yml', 'hub/tap-klaviyo-v2.yml'])
  describe(`${path} says of the connector`, () => {
    it('each of its settings and no other: kind, secrecy, label, description, default and choices', () => {
      expect(settings(path)).to.deep.equal(
        Object.entries(SPECIFICATION.properties).map(([name, field]) => ({
          name,
          label: field.title,
          kind: kindOf(name, field),
          sensitive: field.airbyte_secret === true,
          description: `${field.description}${field.default === undefined ? '' : ` Unless set: ${String(field.default)}.`}`,
          options: field.enum ?? [],
        })),
      );
    });

    it('what must be set', () => {
      expect(below(text(path), 'settings_group_validation').trim()).to.equal(
        `- [${SPECIFICATION.required.join(', ')}]`,
      );
    });

    it('what it is capable of, the older name for a catalog aside', () => {
      const { capabilities } = aboutJson() as { readonly capabilities: readonly string[] };
      expect(values(below(text(path), 'capabilities'))).to.have.members(
        capabilities.filter((name) => name !== 'properties'),
      );
    });

    it('by which name it is called', () => {
      const { bin } = JSON.parse(text('package.json')) as { readonly bin: Readonly<Record<string, string>> };
      const called = scalar(below(text(path), 'extractors') || text(path), 'executable');
      expect(called).to.be.oneOf(['./node_modules/.bin/tap-klaviyo-v2', `./${bin['tap-klaviyo-v2']}`]);
    });
  });

describe('YAML that is generated', () => {
  it('quotes what would be something else, and folds what is long without losing a word', () => {
    const long = Array.from({ length: 60 }, (_, index) => `word${index}:`).join(' ');
    const written = yaml({
      yes: 'yes',
      colon: 'a: b',
      hash: 'a # b',
      dash: '- a',
      seven: '7',
      empty: '',
      long,
    });
    expect(written.split('\n').slice(0, 6)).to.deep.equal([
      'yes: "yes"',
      'colon: "a: b"',
      'hash: "a # b"',
      'dash: "- a"',
      'seven: "7"',
      'empty: ""',
    ]);
    expect(scalar(written, 'long')).to.equal(long);
    expect(Math.max(...written.split('\n').map((line) => line.length))).to.be.at.most(102);
  });

  it('nests lists and mappings', () => {
    expect(
      yaml({ list: [['one', 'two'], { name: 'three', on: true, none: undefined }], map: { deep: ['four'] } }),
    ).to.equal('list:\n  - [one, two]\n  - name: three\n    on: true\nmap:\n  deep:\n    - four\n');
  });
});
