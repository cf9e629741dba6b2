/** What a user would lose if this failed: the end of a string, and with it the page or the truth of its rows. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import fc from 'fast-check';
import { type FindMarks, findByBytes, findMarks } from '../../src/klaviyo/json-marks.js';

const isMark = (byte: number): boolean => byte === 0x22 || byte === 0x5c || byte < 0x20;

/** Bytes that are marks, their neighbours, and any others. */
const byte = fc.oneof(
  fc.constantFrom(0x22, 0x5c, 0x00, 0x1f, 0x20, 0x21, 0x23, 0x5b, 0x5d, 0x7f, 0x80, 0xa2, 0xdc, 0xff),
  fc.nat(255),
);
const text = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(0x61) }, { weight: 1, arbitrary: byte }), {
  maxLength: 70,
});

const found = (find: FindMarks, bytes: Uint8Array, from: number, to: number): number[] => {
  const marks = find(bytes, from, to);
  return [...marks.subarray(0, marks.indexOf(to) + 1)];
};
/** Short ones are found in another way than long ones. */
const LONG = 300;
const WAYS = [
  ['a page', findMarks, LONG],
  ['a value', findMarks, 0],
  ['a page, without WebAssembly', findByBytes, LONG],
] as const;

for (const [what, find, least] of WAYS)
  describe(`where strings may end: ${what}`, () => {
    it('I13 every quote, backslash and control character, wherever the bytes lie in memory', () => {
      const seen = new Set<string>();
      fc.assert(
        fc.property(text, fc.nat(15), fc.nat(), fc.nat(), (drawn, shift, a, b) => {
          const values = [
            ...drawn,
            ...Array.from({ length: least }, (_, at) => drawn[at % drawn.length] ?? 0x22),
          ];
          const bytes = new Uint8Array(shift + values.length).fill(0x22).subarray(shift);
          bytes.set(values);
          const from = a % (drawn.length + 1);
          const to = Math.max(from, values.length - (b % (drawn.length + 1)));
          const wanted = values.flatMap((value, at) => (at >= from && at < to && isMark(value) ? [at] : []));
          expect(found(find, bytes, from, to)).to.deep.equal([...wanted, to]);
          seen.add(`${(shift + from) % 4} ${(to - from) % 16} ${wanted.length > 0}`);
        }),
        { numRuns: 1_000 },
      );
      expect(seen.size, 'ways to lie').to.be.greaterThan(50);
    });

    it('I13 each byte in each place of a word', () => {
      const length = Math.max(32, least);
      for (let place = 0; place < 16; place += 1)
        for (let value = 0; value < 256; value += 1) {
          const bytes = new Uint8Array(length).fill(0x61);
          bytes[place] = value;
          const wanted = isMark(value) ? [place, length] : [length];
          expect(found(find, bytes, 0, length), `${value} at ${place}`).to.deep.equal(wanted);
        }
    });

    it('G1 a page of nothing but marks, longer than any before it; and of none', () => {
      for (const length of [100_003, 1_000_001]) {
        const bytes = new Uint8Array(length).fill(0x22);
        const places = Int32Array.from({ length: length + 1 }, (_, at) => at);
        expect(find(bytes, 0, length).subarray(0, length + 1)).to.deep.equal(places);
        expect(find(bytes.fill(0x61), 0, length)[0]).to.equal(length);
      }
    });

    it('G1 a page of as many marks as there is room for, and of one less or more', () => {
      for (const more of [-2, -1, 0, 1, 2]) {
        const length = find(new Uint8Array(0), 0, 0).length + more;
        const marks = find(new Uint8Array(length).fill(0x22), 0, length);
        expect([marks[length - 1], marks[length]], `${more}`).to.deep.equal([length - 1, length]);
      }
    });

    it('I13 no more than there are, on both sides of where the bytes are taken in pieces', () => {
      for (let length = 65_530; length < 65_546; length += 1) {
        const bytes = new Uint8Array(length + 40).fill(0x22);
        bytes.fill(0x61, 20, length - 1);
        const wanted = [...Array.from({ length: 20 }, (_, at) => at), length - 1, length];
        expect(found(find, bytes, 0, length), String(length)).to.deep.equal(wanted);
      }
    });
  });

describe('a runtime that takes no WebAssembly', () => {
  it('finds the same', () => {
    const module = fileURLToPath(new URL('../../src/klaviyo/json-marks.js', import.meta.url));
    const script = `import(${JSON.stringify(module)}).then(({ findMarks }) => {
      const bytes = Buffer.from(${JSON.stringify('["a\\"b", 1]'.repeat(100))});
      console.log(typeof WebAssembly, [...findMarks(bytes, 0, bytes.length).subarray(0, 6)].join());
    })`;
    expect(
      execFileSync(process.execPath, ['--jitless', '-e', script], {
        stdio: ['ignore', 'pipe', 'ignore'],
      }).toString(),
    ).to.equal('undefined 1,3,4,6,12,14\n');
  });
});
