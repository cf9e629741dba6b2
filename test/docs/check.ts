/** How a block of code is checked, by its info string. */
import { expect } from 'chai';
import type { Block } from './pages.js';
import type { Session } from './session.js';
import { fits, steps } from './shown.js';

/** By language: the words that may follow it. */
const WAYS: Readonly<Record<string, RegExp>> = {
  /** Is run, and must end with 0. */
  sh: /^$/,
  /** Is run, and must print what is shown below each command; `background`: and runs on until the page ends. */
  console: /^(?:exact|background)?$/,
  json: /^$/,
  jsonl: /^$/,
  /** A drawing, a list of files: nothing to hold it against. */
  text: /^$/,
};

/** Why a block is not checked, where it says so. */
export const reason = ({ words }: Pick<Block, 'words'>): string | undefined =>
  /^no-test: (.+)$/.exec(words)?.[1];

export const accounted = (block: Block): boolean =>
  reason(block) !== undefined ? block.language !== '' : (WAYS[block.language]?.test(block.words) ?? false);

/** Throws where it is no JSON. */
export const parsed = ({ language, code }: Block): readonly unknown[] =>
  (language === 'json' ? [code] : code.trimEnd().split('\n')).map((each) => JSON.parse(each) as unknown);

export const typed = (block: Block): boolean =>
  ['sh', 'console'].includes(block.language) && reason(block) === undefined;

/** Fails where a command ends in another way than it should, or prints something else than is shown. */
export async function play({ language, words, code }: Block, session: Session): Promise<void> {
  if (language === 'sh') {
    const { code: ended, output } = await session.run(code);
    expect(ended, output).to.equal(0);
    return;
  }
  const shown = steps(code);
  expect(shown, 'commands').to.have.length.above(0);
  for (const step of shown) {
    const shape = fits(step.shown, words === 'exact');
    if (words === 'background') {
      alike(await session.serve(step.command, shape), step.shown, shape);
      continue;
    }
    const { code: ended, output } = await session.run(step.command);
    alike(output, step.shown, shape);
    expect(ended, output).to.equal(step.code);
  }
}

/** Fails with both texts, as a reader would compare them, and not with the pattern. */
function alike(output: string, shown: string, shape: RegExp): void {
  if (!shape.test(output)) expect(output).to.equal(shown);
}
