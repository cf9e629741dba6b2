/** What a user would lose if this failed: the end of a string, and with it the page or the truth of its rows. */
import { expect } from 'chai';
import fc from 'fast-check';
import { findMarks } from '../../src/klaviyo/json-marks.js';

const isMark = (byte: number): boolean => byte === 0x22 || byte === 0x5c || byte < 0x20;

/** Bytes that are marks, their neighbours, and any others. */
const byte = fc.oneof(
  fc.constantFrom(0x22, 0x5c, 0x00, 0x1f, 0x20, 0x21, 0x23, 0x5b, 0x5d, 0x7f, 0x80, 0xa2, 0xdc, 0xff),
  fc.nat(255),
);
const text = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(0x61) }, { weight: 1, arbitrary: byte }), {
  maxLength: 70,
});

const found = (bytes: Uint8Array, from: number, to: number): number[] => {
  const marks = findMarks(bytes, from, to);
  return [...marks.subarray(0, marks.indexOf(to) + 1)];
};

describe('where strings may end', () => {
  it('I13 every quote, backslash and control character, wherever the bytes lie in memory', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(text, fc.nat(7), fc.nat(), fc.nat(), (values, shift, a, b) => {
        const bytes = new Uint8Array(shift + values.length).fill(0x22).subarray(shift);
        bytes.set(values);
        const [from = 0, to = 0] = [a % (values.length + 1), b % (values.length + 1)].sort((x, y) => x - y);
        const wanted = values.flatMap((value, at) => (at >= from && at < to && isMark(value) ? [at] : []));
        expect(found(bytes, from, to)).to.deep.equal([...wanted, to]);
        seen.add(`${(shift + from) % 4} ${(to - from) % 8} ${wanted.length > 0}`);
      }),
      { numRuns: 2_000 },
    );
    expect(seen.size, 'ways to lie').to.be.greaterThan(50);
  });

  it('I13 each byte in each place of a word', () => {
    for (let place = 0; place < 16; place += 1)
      for (let value = 0; value < 256; value += 1) {
        const bytes = new Uint8Array(16).fill(0x61);
        bytes[place] = value;
        expect(found(bytes, 0, 16), `${value} at ${place}`).to.deep.equal(isMark(value) ? [place, 16] : [16]);
      }
  });

  it('a page of as many marks as there is room for, and of one less or more', () => {
    for (const more of [-2, -1, 0, 1, 2]) {
      const room = findMarks(new Uint8Array(0), 0, 0).length;
      const marks = findMarks(new Uint8Array(room + more).fill(0x22), 0, room + more);
      expect([marks[room + more - 1], marks[room + more]], `${more}`).to.deep.equal([
        room + more - 1,
        room + more,
      ]);
    }
  });

  it('a page of nothing but marks, longer than any before it', () => {
    const bytes = new Uint8Array(100_003).fill(0x22);
    expect(findMarks(bytes, 0, bytes.length).subarray(0, bytes.length + 1)).to.deep.equal(
      Int32Array.from({ length: bytes.length + 1 }, (_, at) => at),
    );
  });
});
