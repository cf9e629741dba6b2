/**
 * Where strings may end: every quote, backslash and control character of a page. Most bytes of JSON are inside
 * strings, and with these places known a string is passed in one step. Four bytes are looked at at a time.
 */

/** 1 for a byte that is a mark. */
const MARK = Uint8Array.from({ length: 256 }, (_, c) => (c === 34 || c === 92 || c < 32 ? 1 : 0));
const NO_WORDS = new Int32Array(0);
/** How far the first, second, third and fourth byte of a word stand to its left, as this machine stores it. */
const isLittle = new Uint8Array(Int32Array.of(1).buffer)[0] === 1;
const [FIRST, SECOND, THIRD, FOURTH] = isLittle ? [0, 8, 16, 24] : [24, 16, 8, 0];

/** Kept from page to page, and only replaced by a larger one. */
let marks = new Int32Array(4096);

/**
 * The places in [from, to) in their order, then `to`; they hold until the next call.
 *
 * A word has a zero byte if `(x - 0x01010101) & ~x & 0x80808080` is not zero, and one below 0x23, as quotes, control
 * characters and little else are, if the same holds with 0x23232323; backslashes are made zero by exclusive or.
 */
export function findMarks(bytes: Uint8Array, from: number, to: number): Int32Array {
  const aligned = Math.min(to, from + (-(bytes.byteOffset + from) & 3));
  const count = (to - aligned) >> 2;
  const words = count === 0 ? NO_WORDS : new Int32Array(bytes.buffer, bytes.byteOffset + aligned, count);
  let found = bytewise(bytes, from, aligned, 0);
  let out = marks;
  for (let word = 0; word < count; word += 1) {
    const x = words[word] as number;
    const backslash = x ^ 0x5c5c5c5c;
    const any = (((x - 0x23232323) | 0) & ~x) | (((backslash - 0x01010101) | 0) & ~backslash);
    if ((any & 0x80808080) === 0) continue;
    if (found + 4 >= out.length) out = larger(out);
    const at = aligned + (word << 2);
    // Without a branch: what was no mark is written over by the next.
    out[found] = at;
    found += MARK[(x >>> FIRST) & 255] as number;
    out[found] = at + 1;
    found += MARK[(x >>> SECOND) & 255] as number;
    out[found] = at + 2;
    found += MARK[(x >>> THIRD) & 255] as number;
    out[found] = at + 3;
    found += MARK[(x >>> FOURTH) & 255] as number;
  }
  marks = out;
  found = bytewise(bytes, aligned + (count << 2), to, found);
  marks[found] = to;
  return marks;
}

/** Returns how many there are then; always leaves room for one more. */
function bytewise(bytes: Uint8Array, from: number, to: number, before: number): number {
  let found = before;
  for (let at = from; at < to; at += 1) {
    if (found + 1 >= marks.length) marks = larger(marks);
    marks[found] = at;
    found += MARK[bytes[at] as number] as number;
  }
  if (found >= marks.length) marks = larger(marks);
  return found;
}

function larger(full: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const twice = new Int32Array(full.length * 2);
  twice.set(full);
  return twice;
}
