/** What a user would lose if this failed: memory for every page that was read, or a page to the one behind it. */
import { expect } from 'chai';
import fc from 'fast-check';
import { giveBack, joined, roomFor } from '../src/memory.js';

const PAGE = 2 << 20;

describe('memory of pages', () => {
  it('G1 is given back at once: a thousand pages hold no more than one', () => {
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    for (let page = 0; page < 1_000; page += 1) {
      const bytes = Buffer.allocUnsafeSlow(PAGE);
      giveBack(bytes);
      expect(bytes.length).to.equal(0);
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    expect(most).to.be.below(PAGE);
  });

  it('a part gives back all that it is a part of', () => {
    const bytes = Buffer.allocUnsafeSlow(PAGE);
    giveBack(bytes.subarray(0, PAGE - 1));
    expect(bytes.length).to.equal(0);
  });

  it('what is small may be a part of others, and stays', () => {
    const small = Buffer.from('a'.repeat(1_000));
    giveBack(small);
    expect(small.toString()).to.equal('a'.repeat(1_000));
  });

  it('comes in few sizes, each large enough and none twice as large as it has to be', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1 << 30 }), (bytes) => {
        const room = roomFor(bytes);
        expect(room).to.be.at.least(Math.max(1, bytes));
        expect(Math.log2(room) % 1).to.equal(0);
        expect(room).to.be.below(Math.max(2 * bytes, (1 << 16) + 1));
      }),
    );
  });

  it('pieces are joined as they come', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 }), (pieces) => {
        const whole = Buffer.concat(pieces);
        expect(joined(pieces, whole.length)).to.deep.equal(whole);
      }),
    );
  });
});
