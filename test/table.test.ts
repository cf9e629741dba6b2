/** What a reader would lose if this failed: columns that are columns. */
import { expect } from 'chai';
import { table } from '../src/table.js';

describe('a table', () => {
  it('is as wide as its cells need, and no line ends in a space', () => {
    expect(
      table(
        [
          ['A', 'BB', 'C'],
          ['aaa', '', 'c'],
        ],
        { width: 80 },
      ),
    ).to.deep.equal(['A    BB  C', 'aaa      c']);
    expect(
      table(
        [
          ['A', 'B'],
          ['a', ''],
        ],
        { width: 80 },
      ),
    ).to.deep.equal(['A  B', 'a']);
    expect(table([], { width: 80 })).to.deep.equal([]);
  });

  it('breaks its last cells between their words', () => {
    const words = 'one, two, three, four, five, six, seven';
    expect(table([['A', words]], { width: 33 })).to.deep.equal([
      'A  one, two, three, four, five,',
      '   six, seven',
    ]);
    // A terminal that has no room for it still gets some of it in each line.
    expect(table([['A', words]], { width: 5 })).to.deep.equal([
      'A  one, two, three, four, five,',
      '   six, seven',
    ]);
  });

  it('takes colours for no width', () => {
    const paint = (cell: string) => `<${cell}>`;
    expect(
      table(
        [
          ['A', 'B'],
          ['aa', 'b'],
        ],
        { width: 80, paint },
      ),
    ).to.deep.equal(['<A>   B', '<aa>  b']);
  });
});
