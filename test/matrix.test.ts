/** What a user would lose if this failed: the certainty that each promise of the matrix has a test behind it. */
import { expect } from 'chai';
import { codesOf, cover, SECTIONS } from '../scripts/matrix/coverage.js';

const every = Object.entries(SECTIONS).flatMap(([section, count]) =>
  Array.from({ length: count }, (_, nth) => `${section}${nth + 1}`),
);
const document = every.map((code) => `| ${code} | a fault | what happens |\n`).join('');
const test = (...titles: string[]) => ({ file: 'a.test.ts', titles });
const complete = every.map((code) => test(`${code} something`));

describe('the coverage of the fault matrix', () => {
  it('reads the codes at the beginning of a title, and no others', () => {
    expect(codesOf('N3 X1 a reset')).to.deep.equal(['N3', 'X1']);
    expect(codesOf('C10, C12: forms')).to.deep.equal(['C10', 'C12']);
    expect(codesOf('as N3 says')).to.deep.equal([]);
    expect(codesOf('N3x is a word')).to.deep.equal([]);
    expect(codesOf('UTF8 is none')).to.deep.equal([]);
  });

  it('is whole when each of the 171 rows and 21 invariants has a test', () => {
    expect(every).to.have.length(171 + 21);
    expect(cover(document, complete).problems).to.deep.equal([]);
  });

  it('tells a range: nobody has looked at each of its rows', () => {
    for (const title of ['V1–V3: values', 'B3-B4 bodies', 'N3, V1 – V3 both'])
      expect(cover(document, [...complete, test(title)]).problems, title).to.deep.equal([
        `a.test.ts shows a range, not each row by its code: ${title}`,
      ]);
  });

  it('does not count the title of a group for a test with codes of its own', () => {
    const tests = complete.map((one) =>
      one.titles[0] === 'N3 something' ? test('N3 N4 resets', 'N4 in mid body') : one,
    );
    expect(cover(document, tests).problems).to.deep.equal(['N3 is shown by no test']);
  });

  it('counts the title of a group for every test in it that has none', () => {
    const tests = complete.map((one) =>
      one.titles[0] === 'N3 something' ? test('N3 resets', 'in mid body') : one,
    );
    expect(cover(document, tests).problems).to.deep.equal([]);
  });

  it('tells a row without a test', () => {
    const tests = complete.filter(({ titles }) => titles[0] !== 'G4 something');
    expect(cover(document, tests).problems).to.deep.equal(['G4 is shown by no test']);
  });

  it('tells a title that names a row which is not there', () => {
    expect(cover(document, [...complete, test('Q7 nothing')]).problems).to.deep.equal([
      'Q7 is no row, but a.test.ts shows it: Q7 nothing',
    ]);
  });

  it('tells a row that vanished from the document, or came to it unseen', () => {
    const shorter = document.replace(/^\| R8 .*\n/m, '');
    expect(
      cover(
        shorter,
        complete.filter(({ titles }) => titles[0] !== 'R8 something'),
      ).problems,
    ).to.deep.equal(['R8 is missing in the document']);
    const longer = `${document}| R9 | a fault | what happens |\n`;
    expect(cover(longer, [...complete, test('R9 more')]).problems).to.deep.equal([
      'R9 is no row of a known section',
    ]);
  });
});
