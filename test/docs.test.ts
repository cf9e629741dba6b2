/** What a reader would lose if this failed: documents that can be believed. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { ERRORS, WARNINGS } from '../src/errors.js';
import { STREAM_NAMES } from '../src/generated/rows.js';
import { anchorsOf, linksOf, PAGES, prose, ROOT, text } from './docs/pages.js';

const all = (pattern: RegExp, page: string): string[] =>
  [...text(page).matchAll(pattern)].map(([, found = '']) => found);

/** Why a link of a page leads nowhere. */
function lost(page: string, link: string): string | undefined {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(ROOT, target))) return 'no such file';
  if (anchor !== undefined && !anchorsOf(text(target)).has(anchor)) return 'no such heading';
  return undefined;
}

/** Files that the documents tell how to write. */
const IMAGINED = [
  'schemas/list_tag_v2.json',
  'src/resources/template-library.ts',
  'test/e2e/requirements/NAME.txt',
];

describe('the documents', () => {
  it('explain every error and warning, with its class, and none that is not there', () => {
    const rows = [
      ...text('docs/errors.md').matchAll(/^\| `(KLV_[A-Z_]+)` \| (?:(\w+) \| )?.{5,} \| .{5,} \|$/gm),
    ];
    const errors = Object.entries(ERRORS).map(([code, { class: turn }]) => `${code} ${turn}`);
    const classes = new Set(Object.values(ERRORS).map((error) => error.class as string));
    const said = rows.map(([, code = '', turn = '']) => (classes.has(turn) ? `${code} ${turn}` : code));
    expect(said.sort()).to.deep.equal([...errors, ...Object.keys(WARNINGS)].sort());
  });

  it('say of each error what happened and what to do in more than a word', () => {
    const rows = text('docs/errors.md')
      .split('\n')
      .filter((line) => line.startsWith('| `KLV_'))
      .map((line) => line.slice(2, -2).split(' | '));
    for (const [code = '', ...cells] of rows) {
      const [cause = '', remedy = ''] = cells.slice(-2);
      expect(cause.length, `${code}: ${cause}`).to.be.above(25);
      expect(remedy.length, `${code}: ${remedy}`).to.be.above(25);
    }
  });

  it('name no code that does not exist', () => {
    const known = new Set([...Object.keys(ERRORS), ...Object.keys(WARNINGS)]);
    const unknown = PAGES.flatMap((page) =>
      all(/\b(KLV_[A-Z_]+)\b/g, page)
        .filter((code) => !known.has(code))
        .map((code) => `${page}: ${code}`),
    );
    expect(unknown).to.deep.equal([]);
  });

  it('link to files and headings that are there', () => {
    const broken = PAGES.flatMap((page) =>
      linksOf(text(page))
        .filter((link) => !/^[a-z]+:/.test(link))
        .flatMap((link) => {
          const why = lost(page, link);
          return why === undefined ? [] : [`${page}: ${link}: ${why}`];
        }),
    );
    expect(broken).to.deep.equal([]);
  });

  it('would be seen to link to what is not there', () => {
    const page =
      '[a](docs/state.md#the-form) [b](docs/none.md)\n[c]: #x\n<img src="icon.svg">\n```\n[d](e)\n```\n';
    expect(linksOf(page)).to.deep.equal(['docs/state.md#the-form', 'docs/none.md', '#x', 'icon.svg']);
    expect(lost('README.md', 'docs/state.md#the-form')).to.equal(undefined);
    expect(lost('README.md', 'docs/none.md')).to.equal('no such file');
    expect(lost('docs/state.md', '#the-forms')).to.equal('no such heading');
    expect([...anchorsOf('# A `b`: c\n## [x](y)\n## X\n')]).to.deep.equal(['a-b-c', 'x', 'x-1']);
  });

  it('name files of the project that there are', () => {
    const unknown = PAGES.flatMap((page) =>
      all(/`((?:\.ci|\.github|bench|docs|examples|hub|schemas|scripts|src|test)\/[\w./-]*)`/g, page)
        .filter((path) => !existsSync(join(ROOT, path)) && !IMAGINED.includes(path))
        .map((path) => `${page}: ${path}`),
    );
    expect(unknown).to.deep.equal([]);
  });

  it('name every question of examples/sql, which both dialects ask, with the columns that it answers', () => {
    const questions = (dialect: string) => readdirSync(join(ROOT, 'examples/sql', dialect)).sort();
    expect(questions('duckdb')).to.deep.equal(questions('postgres'));
    const named = all(/^\| (`.+?`) \|/gm, 'examples/sql/README.md').flatMap((cell) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => `${name}.sql`),
    );
    expect(named.sort()).to.deep.equal(questions('postgres'));
    for (const dialect of ['postgres', 'duckdb'])
      for (const file of questions(dialect)) {
        const query = text(join('examples/sql', dialect, file));
        const [, last = ''] = /[\s\S]*^select\n([\s\S]*?)^from/m.exec(query) ?? [];
        const columns = [...last.matchAll(/^ .*?(?:\bas )?(\w+),?$/gm)].map(([, name = '']) => name);
        const [head = ''] = /^(--.*\n)+/.exec(query) ?? [];
        const words = new Set(head.match(/\w+/g));
        expect(columns, `${dialect}/${file}`).to.have.length.above(2);
        for (const column of columns)
          expect(words.has(column), `${dialect}/${file}: ${column}`).to.equal(true);
      }
  });

  it('name columns that there are', () => {
    const columnsOf = (stream: string): Readonly<Record<string, unknown>> =>
      (JSON.parse(text(`schemas/${stream}.json`)) as { properties: Record<string, unknown> }).properties;
    const unknown = PAGES.flatMap((page) =>
      [...prose(text(page)).matchAll(/`(\w+_v2)\.(\w+)`/g)]
        .filter(
          ([, stream = '', column = '']) =>
            !IMAGINED.includes(`schemas/${stream}.json`) && !(column in columnsOf(stream)),
        )
        .map(([name]) => `${page}: ${name}`),
    );
    expect(unknown).to.deep.equal([]);
  });

  it('compare every stream, and tell of each where it comes from elsewhere', () => {
    const compared = all(/^\| `(\w+_v2)` \|(?:[^|\n]+\|){6}$/gm, 'docs/comparison.md');
    expect(compared).to.deep.equal([...STREAM_NAMES]);
    const [, airbyte = ''] = /^## Airbyte([\s\S]*?)^## /m.exec(text('docs/migration.md')) ?? [];
    const [, fivetran = ''] = /^## Fivetran([\s\S]*?)^## /m.exec(text('docs/migration.md')) ?? [];
    const named = new Set([...`${airbyte}${fivetran}`.matchAll(/\w+_v2/g)].map(([name]) => name));
    expect([...named]).to.have.members(STREAM_NAMES);
  });

  it('name npm scripts that there are', () => {
    const { scripts } = JSON.parse(text('package.json')) as { scripts: Readonly<Record<string, string>> };
    const unknown = PAGES.flatMap((page) =>
      all(/npm run ([\w:-]+)/g, page)
        .filter((name) => !(name in scripts))
        .map((name) => `${page}: ${name}`),
    );
    expect(unknown).to.deep.equal([]);
  });

  it('name the versions of clients that they are tested with', () => {
    const said = ['docs/singer.md', 'docs/airbyte.md'].map((page) =>
      all(/^\| ([\w-]+ \| \d[\d.]+) \|/gm, page),
    );
    const folder = 'test/e2e/requirements';
    const pinned = readdirSync(join(ROOT, folder)).flatMap((name) => text(join(folder, name)).split('\n'));
    for (const clients of said) {
      expect(clients).to.have.length.greaterThan(2);
      expect(pinned).to.include.members(clients.map((one) => one.replace(' | ', '==')));
    }
  });

  it('Y12 tell every stream and its scopes', () => {
    const scopes = all(/^\| (`\w+:read` \| .+) \|$/gm, 'SECURITY.md').flatMap((row) => {
      const [scope = '', ...streams] = [...row.matchAll(/`([\w:]+)`/g)].map(([, name = '']) => name);
      return streams.map((stream) => `${stream} ${scope}`);
    });
    const needed = text('docs/streams.md')
      .split(/^## /m)
      .slice(1)
      .flatMap((section) => {
        const [, list = ''] = /^- Scopes: (.+)$/m.exec(section) ?? [];
        return [...list.matchAll(/`(\S+)`/g)].map(([, scope]) => `${section.split('\n')[0]} ${scope}`);
      });
    expect(scopes.sort()).to.deep.equal(needed.sort());
  });
});

describe('the forms for issues', () => {
  const forms = readdirSync(join(ROOT, '.github/ISSUE_TEMPLATE')).map(
    (name) => `.github/ISSUE_TEMPLATE/${name}`,
  );
  const asked = (form: string): string[] => all(/^ {4}id: (\w+)$/gm, form);

  it('ask for what a bug is found by: version, command, the last lines of stderr, the summary', () => {
    expect(asked('.github/ISSUE_TEMPLATE/bug.yml')).to.include.members([
      'version',
      'command',
      'stderr',
      'summary',
    ]);
  });

  it('ask for each thing once, and lead to pages that there are', () => {
    expect(forms).to.have.length(4);
    for (const form of forms) {
      expect(new Set(asked(form)).size, form).to.equal(asked(form).length);
      for (const path of all(/\/blob\/main\/([\w./-]+)/g, form))
        expect(existsSync(join(ROOT, path)), `${form}: ${path}`).to.equal(true);
    }
  });
});

describe('what packages the connector', () => {
  it('says one name and version everywhere', () => {
    const { name, version } = JSON.parse(text('package.json')) as { name: string; version: string };
    const find = (path: string, pattern: RegExp): string | undefined => pattern.exec(text(path))?.[1];
    expect(find('metadata.yaml', /^ {2}dockerRepository: (\S+)$/m)).to.equal(name);
    expect(find('metadata.yaml', /^ {2}dockerImageTag: (\S+)$/m)).to.equal(version);
    expect(find('Dockerfile', /io\.airbyte\.name="([^"]+)"/)).to.equal(name);
    expect(find('Dockerfile', /io\.airbyte\.version="([^"]+)"/)).to.equal(version);
    expect(find('CHANGELOG.md', /^## (\d\S*)/m)).to.equal(version);
  });

  it('starts the same thing on Kubernetes as on Docker', () => {
    const file = text('Dockerfile');
    const [, entrypoint = '[]'] = /^ENTRYPOINT (\[.+\])$/m.exec(file) ?? [];
    const [, variable] = /^ENV AIRBYTE_ENTRYPOINT="([^"]+)"$/m.exec(file) ?? [];
    expect((JSON.parse(entrypoint) as string[]).join(' ')).to.equal(variable);
    expect(file).to.match(/^USER \d+:\d+$/m);
  });
});
