/** What a reader would lose if this failed: commands that can be copied, and answers that look as they are shown. */
import { expect } from 'chai';
import { type Sandbox, SCOPES, startSandbox } from '../../src/sandbox/index.js';
import { configFor } from '../promises/harness.js';
import { accounted, parsed, play, reason, typed } from './check.js';
import { type Block, blocksOf, PAGES, text } from './pages.js';
import { Session } from './session.js';

const BLOCKS = PAGES.flatMap((page) => blocksOf(page, text(page)).map((block) => ({ page, ...block })));

describe('every block of code in the documents', () => {
  it('says what it is, and how it is checked or why it is not', () => {
    expect(BLOCKS.length).to.be.greaterThan(40);
    expect(BLOCKS.filter((block) => !accounted(block)).map(({ at }) => at)).to.deep.equal([]);
  });

  it('is none that is overlooked: fences come in pairs', () => {
    for (const page of PAGES) {
      const fences = text(page).match(/^ *```/gm)?.length ?? 0;
      expect(fences, page).to.equal(2 * blocksOf(page, text(page)).length);
    }
  });

  it('is JSON where it says so', () => {
    for (const block of BLOCKS.filter(
      (each) => each.language.startsWith('json') && reason(each) === undefined,
    ))
      expect(() => parsed(block), block.at).to.not.throw();
  });
});

describe('what the documents type, from the top of each page', () => {
  const size = { limits: false, profiles: 60, events: 300, flows: 2, campaigns: 4, lists: 2, segments: 2 };
  let sandbox: Sandbox;
  let narrow: Sandbox;

  before(async () => {
    sandbox = await startSandbox(size);
    narrow = await startSandbox({ ...size, scopes: SCOPES.filter((scope) => scope !== 'flows:read') });
  });
  after(async () => {
    await sandbox?.close();
    await narrow?.close();
  });

  for (const page of PAGES) {
    const blocks = BLOCKS.filter((block) => block.page === page && typed(block));
    if (blocks.length === 0) continue;
    describe(page, () => {
      let session: Session;
      before(() => {
        session = new Session({
          'config.json': configFor(sandbox),
          'other.json': configFor(narrow),
          'target.json': {},
          'state.json': { bookmarks: { event_v2: { version: 1, until: '2026-03-01T06:00:00Z', gaps: [] } } },
        });
      });
      after(() => session.close());

      for (const block of blocks)
        it(`${block.at} ${block.code.split('\n')[0]}`, async () => {
          await play(block, session);
        });
    });
  }
});

describe('the check of blocks', () => {
  let session: Session;
  before(() => {
    session = new Session({});
  });
  after(() => session.close());

  const block = (code: string): Block => {
    const [found] = blocksOf('page.md', `a\n${code}\nb\n`);
    if (found === undefined) throw new Error(`no block: ${code}`);
    return found;
  };
  const failure = (code: string): Promise<string> =>
    play(block(code), session).then(
      () => 'none',
      (error: Error) => error.message,
    );

  it('sees a block that does not say what it is, or says it in a way that there is not', () => {
    const codes = ['```\nx\n```', '```yaml\nx\n```', '```sh no-test\nx\n```', '```json exact\n1\n```'];
    for (const code of codes) expect(accounted(block(code)), code).to.equal(false);
    for (const code of ['```yaml no-test: why\nx\n```', '```console exact\n$ x\n```', '```text\n```'])
      expect(accounted(block(code)), code).to.equal(true);
  });

  it('sees JSON that is none, in a line of several, too', () => {
    expect(() => parsed(block('```json\n{"a": 1}}\n```'))).to.throw(SyntaxError);
    expect(() => parsed(block('```jsonl\n{"a": 1}\n{"b": }\n```'))).to.throw(SyntaxError);
    expect(parsed(block('  ```jsonl\n  {"a": 1}\n  {}\n  ```'))).to.deep.equal([{ a: 1 }, {}]);
  });

  it('sees a command that fails, and one that does not fail as it is said to', async () => {
    expect(await failure('```sh\ntrue\n```')).to.equal('none');
    expect(await failure('```sh\nfalse\necho on\n```')).to.match(/expected 1 to equal \+?0/);
    expect(await failure('```sh\nnpm run no:such\n```')).to.match(/expected 1 to equal \+?0/);
    expect(await failure('```console\n$ exit 2 # exit code 2\n```')).to.equal('none');
    expect(await failure('```console\n$ exit 3 # exit code 2\n```')).to.match(/expected 3 to equal 2/);
    expect(await failure('```console\nexit 0\n```')).to.match(/commands/);
  });

  it('sees an answer that is not the one shown', async () => {
    const shown = (command: string, answer: string, words = '') =>
      failure(`\`\`\`console${words}\n$ ${command}\n${answer}\n\`\`\``);
    expect(await shown('echo 12 rows >&2; echo done', '12 rows\ndone')).to.equal('none');
    expect(await shown('echo 12 rows', '1,300.5 rows')).to.equal('none');
    expect(await shown('echo 12 rows', '13 rows', ' exact')).to.match(/to equal '13 rows/);
    expect(await shown('echo 12 rows', '12 row')).to.match(/to equal '12 row/);
    expect(await shown('echo 12 rows; echo more', '12 rows')).to.match(/to equal '12 rows/);
    expect(await shown('seq 9', '1\n…\n9', ' exact')).to.equal('none');
    expect(await shown('seq 9', '1\n…\n8', ' exact')).to.match(/to equal '1/);
    expect(await shown('echo ready; sleep 60', 'ready', ' background')).to.equal('none');
    expect(await shown('echo no; exit 0', 'ready', ' background')).to.match(/to equal 'ready/);
  });
});
