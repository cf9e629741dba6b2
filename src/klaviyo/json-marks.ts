/**
 * Where strings may end: every quote, backslash and control character of a page. Most bytes of JSON are inside
 * strings, and with these places known a string is passed in one step. Eight bytes are looked at at a time.
 */

/** 1 for a byte that is a mark. */
const MARK = Uint8Array.from({ length: 256 }, (_, c) => (c === 34 || c === 92 || c < 32 ? 1 : 0));
/** Whether the first byte of a word is its lowest, as on nearly all machines; where not, bytes are taken one by one. */
const isLittle = new Uint8Array(Int32Array.of(1).buffer)[0] === 1;

/** Kept from page to page, and only replaced by a larger one. Memory that nothing was ever written to takes none. */
let marks = new Int32Array(4096);

/**
 * The places in [from, to) in their order, then `to`; they hold until the next call.
 *
 * A word has a zero byte if `(x - 0x01010101) & ~x & 0x80808080` is not zero, and one below 0x23, as quotes, control
 * characters and little else are, if the same holds with 0x23232323; backslashes are made zero by exclusive or.
 */
export function findMarks(bytes: Uint8Array, from: number, to: number): Int32Array {
  // One more than there are places, as each is written before it is known to be a mark.
  if (marks.length < to - from + 1) marks = new Int32Array(Math.max(2 * marks.length, to - from + 1));
  const start = isLittle ? Math.min(to, from + (-(bytes.byteOffset + from) & 3)) : to;
  const count = ((to - start) >> 3) << 1;
  const end = start + 4 * count;
  let found = bytewise(bytes, from, start, 0);
  if (count > 0) found = wordwise(bytes, start, count, found);
  found = bytewise(bytes, end, to, found);
  marks[found] = to;
  return marks;
}

/** `count` words, an even number of them. Returns how many marks there are then. */
function wordwise(bytes: Uint8Array, from: number, count: number, before: number): number {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + from, count);
  const out = marks;
  let found = before;
  for (let word = 0; word < count; word += 2) {
    const x = words[word] as number;
    const y = words[word + 1] as number;
    const xBackslash = x ^ 0x5c5c5c5c;
    const yBackslash = y ^ 0x5c5c5c5c;
    const inX = (((x - 0x23232323) | 0) & ~x) | (((xBackslash - 0x01010101) | 0) & ~xBackslash);
    const inY = (((y - 0x23232323) | 0) & ~y) | (((yBackslash - 0x01010101) | 0) & ~yBackslash);
    if (((inX | inY) & 0x80808080) === 0) continue;
    const at = from + (word << 2);
    // Without a branch a byte: what was no mark is written over by the next.
    if ((inX & 0x80808080) !== 0) {
      out[found] = at;
      found += MARK[x & 255] as number;
      out[found] = at + 1;
      found += MARK[(x >>> 8) & 255] as number;
      out[found] = at + 2;
      found += MARK[(x >>> 16) & 255] as number;
      out[found] = at + 3;
      found += MARK[x >>> 24] as number;
    }
    if ((inY & 0x80808080) !== 0) {
      out[found] = at + 4;
      found += MARK[y & 255] as number;
      out[found] = at + 5;
      found += MARK[(y >>> 8) & 255] as number;
      out[found] = at + 6;
      found += MARK[(y >>> 16) & 255] as number;
      out[found] = at + 7;
      found += MARK[y >>> 24] as number;
    }
  }
  return found;
}

function bytewise(bytes: Uint8Array, from: number, to: number, before: number): number {
  let found = before;
  for (let at = from; at < to; at += 1) {
    marks[found] = at;
    found += MARK[bytes[at] as number] as number;
  }
  return found;
}
