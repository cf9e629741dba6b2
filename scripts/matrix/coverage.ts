/**
 * Which test shows which row of the fault matrix: by the codes that its title begins with, or, where it has none, that
 * of the group around it.
 */

export interface Titled {
  readonly file: string;
  /** From the outermost group to the test itself. */
  readonly titles: readonly string[];
}

export interface Coverage {
  /** By code, in the order of the document. */
  readonly shown: ReadonlyMap<string, readonly Titled[]>;
  /** One line each; none: the matrix is covered. */
  readonly problems: readonly string[];
}

/** Rows by section, and the invariants: a row that vanished from the document would otherwise be missed by nobody. */
export const SECTIONS: Readonly<Record<string, number>> = {
  N: 12,
  H: 14,
  B: 12,
  P: 13,
  L: 8,
  V: 10,
  D: 7,
  T: 10,
  S: 13,
  C: 18,
  K: 9,
  X: 12,
  Y: 13,
  O: 5,
  G: 7,
  R: 8,
  I: 21,
};

const CODE = '[A-Z]\\d{1,2}';
const HEAD = new RegExp(`^${CODE}(?:,? ${CODE})*(?=[ :,]|$)`);
/** A range claims rows that nobody has looked at one by one. */
const RANGE = new RegExp(`^(?:${CODE},? )*${CODE} ?[–-] ?${CODE}`);

/** `N3 X1 a reset …`, `C10, C12: …`; a code in the middle of a sentence is none. */
export const codesOf = (title: string): string[] =>
  RANGE.test(title) ? [] : (HEAD.exec(title)?.[0].match(new RegExp(CODE, 'g')) ?? []);

/** A test that begins with codes shows those; the group's are of tests that say nothing themselves. */
const shownBy = ({ titles }: Titled): string[] =>
  titles.map(codesOf).findLast((codes) => codes.length > 0) ?? [];

/** The codes of the tables of a document, in their order. */
export const rowsOf = (document: string): string[] =>
  [...document.matchAll(new RegExp(`^\\| (${CODE}) \\|`, 'gm'))].map(([, code = '']) => code);

export function cover(document: string, tests: readonly Titled[]): Coverage {
  const rows = rowsOf(document);
  const shown = new Map<string, Titled[]>(rows.map((code) => [code, []]));
  const problems: string[] = [];
  for (const test of tests) {
    const range = test.titles.find((title) => RANGE.test(title));
    if (range !== undefined) problems.push(`${test.file} shows a range, not each row by its code: ${range}`);
    for (const code of new Set(shownBy(test))) {
      const known = shown.get(code);
      if (known === undefined)
        problems.push(`${code} is no row, but ${test.file} shows it: ${test.titles.at(-1)}`);
      else known.push(test);
    }
  }
  for (const [section, count] of Object.entries(SECTIONS))
    for (let nth = 1; nth <= count; nth += 1)
      if (!shown.has(`${section}${nth}`)) problems.push(`${section}${nth} is missing in the document`);
  for (const code of rows) {
    if (Number(code.slice(1)) > (SECTIONS[code[0] ?? ''] ?? 0))
      problems.push(`${code} is no row of a known section`);
    if (shown.get(code)?.length === 0) problems.push(`${code} is shown by no test`);
  }
  return { shown, problems: [...new Set(problems)] };
}
