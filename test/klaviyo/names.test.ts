/** What a user would lose if this failed: a column that is taken for another, or for none. */
import { expect } from 'chai';
import fc from 'fast-check';
import { createNames, findName } from '../../src/klaviyo/names.js';

const letter = fc.constantFrom(...'aab_$é');
/** Short ones, that two may be alike, and long ones. */
const name = fc.oneof(...[2, 12].map((most) => fc.string({ unit: letter, minLength: 1, maxLength: most })));

/** Where a name is told to be that stands among other letters. */
function placeOf(names: readonly string[], probe: string): number {
  const bytes = Buffer.from(`aa${probe}bb`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return findName(createNames(names), bytes, view, 2, bytes.length - 2);
}

describe('names that are looked for', () => {
  it('I13 are found, and no others', () => {
    let hits = 0;
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 30 }), name, fc.nat(), (names, other, which) => {
        const known = names[which % Math.max(1, names.length)];
        if (known !== undefined) expect(placeOf(names, known)).to.equal(names.indexOf(known));
        const place = names.indexOf(other);
        if (place >= 0) hits += 1;
        expect(placeOf(names, other)).to.equal(place);
      }),
      { numRuns: 1_000 },
    );
    expect(hits, 'names that were there by chance').to.be.greaterThan(50);
  });

  it('I13 differ from others in any one byte, and in their length', () => {
    for (let length = 1; length <= 13; length += 1) {
      const own = 'abcdefghijklm'.slice(0, length);
      expect(placeOf([own], own)).to.equal(0);
      for (let at = 0; at < length; at += 1)
        expect(placeOf([own], `${own.slice(0, at)}#${own.slice(at + 1)}`), `${own} ${at}`).to.equal(-1);
      expect(placeOf([own], own.slice(1))).to.equal(-1);
      expect(placeOf([own], `${own}x`)).to.equal(-1);
    }
    expect(placeOf(['a'], '')).to.equal(-1);
  });

  it('I13 differ from others that are made of their own parts', () => {
    for (const [own, other] of [
      ['abcdwxyzstuz', 'abcd....wxyz'],
      ['abcdefghh', 'abcd?efgh'],
      ['abcde', 'Labcd'],
      ['a'.repeat(72), 'a'.repeat(8)],
      ['a'.repeat(8), 'a'.repeat(72)],
    ] as const) {
      expect(placeOf([own], own)).to.equal(0);
      expect(placeOf([own], other), `${other} is no ${own}`).to.equal(-1);
    }
  });
});
