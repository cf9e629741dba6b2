/** What a user would lose if this failed: memory, to a page of huge rows that is long written; or rows, written over. */
import { expect } from 'chai';
import { createSpare, LineWriter } from '../src/lines.js';

const FRAME = { head: Buffer.from('<'), tail: Buffer.from('>\n') };
const NOTHING = new Uint8Array(0);

describe('lines', () => {
  it('R7 are written where freed ones were, and not before', () => {
    const spare = createSpare();
    const write = (text: string) => {
      const out = new LineWriter(FRAME, NOTHING, spare, 100);
      out.begin();
      out.text(text);
      out.end();
      return out.lines();
    };
    const first = write('first');
    const second = write('second');
    expect([first.bytes.toString(), second.bytes.toString()]).to.deep.equal(['<first>\n', '<second>\n']);
    first.free?.();
    const third = write('third');
    expect(third.bytes.buffer).to.equal(first.bytes.buffer);
    expect([second.bytes.toString(), third.bytes.toString()]).to.deep.equal(['<second>\n', '<third>\n']);
  });

  it('R8 keep a buffer for the next page, but none of many megabytes', () => {
    const spare = createSpare();
    const [small, large] = [Buffer.alloc(1 << 20), Buffer.alloc(9 << 20)];
    spare.give(large);
    spare.give(small);
    expect(spare.take(10)).to.equal(small);
    expect(spare.take(10)).to.not.equal(large);
  });
});
