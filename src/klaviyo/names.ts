/** Member names that are looked for, found by their bytes: no text is made of the many that are not. */

export interface Names {
  /** By a mix of length, first and last byte: the number of the first name that has it, or -1. */
  readonly first: Int8Array;
  /** By number: the next name of the same mix, or -1. */
  readonly next: Int8Array;
  readonly lengths: Int32Array;
  /** By number: where its words begin. */
  readonly starts: Int32Array;
  /** Four bytes each, as a view reads them; the last word of a name ends where the name does. */
  readonly words: Int32Array;
}

const MASK = 63;
const mix = (length: number, first: number, last: number): number => (length * 5 + first * 3 + last) & MASK;

/** At most 127 names, none empty, and none that JSON must write with an escape. */
export function createNames(names: readonly string[]): Names {
  const known = names.map((name) => Buffer.from(name));
  const first = new Int8Array(MASK + 1).fill(-1);
  const next = known.map((bytes, number) => {
    const place = mix(bytes.length, bytes[0] ?? 0, bytes.at(-1) ?? 0);
    const before = first[place] ?? -1;
    first[place] = number;
    return before;
  });
  const starts: number[] = [];
  const words: number[] = [];
  for (const bytes of known) {
    starts.push(words.length);
    if (bytes.length < 4) words.push(short(bytes, 0, bytes.length));
    else {
      for (let at = 0; at + 4 < bytes.length; at += 4) words.push(bytes.readInt32LE(at));
      words.push(bytes.readInt32LE(bytes.length - 4));
    }
  }
  return {
    first,
    next: Int8Array.from(next),
    lengths: Int32Array.from(known, ({ length }) => length),
    starts: Int32Array.from(starts),
    words: Int32Array.from(words),
  };
}

/** Fewer than four bytes, as one word. */
function short(bytes: Uint8Array, from: number, to: number): number {
  let word = 0;
  for (let at = from; at < to; at += 1) word = (word << 8) | (bytes[at] as number);
  return word;
}

/** The number of the name that stands at [from, to), without its quotes; -1 if it is none of them. */
export function findName(
  { first, next, lengths, starts, words }: Names,
  bytes: Uint8Array,
  view: DataView,
  from: number,
  to: number,
): number {
  const length = to - from;
  if (length === 0) return -1;
  let number = first[mix(length, bytes[from] as number, bytes[to - 1] as number)] as number;
  while (number >= 0) {
    if (lengths[number] === length) {
      let word = starts[number] as number;
      if (length < 4) {
        if (words[word] === short(bytes, from, to)) return number;
      } else {
        let at = from;
        while (at + 4 < to && words[word] === view.getInt32(at, true)) {
          at += 4;
          word += 1;
        }
        if (at + 4 >= to && words[word] === view.getInt32(to - 4, true)) return number;
      }
    }
    number = next[number] as number;
  }
  return -1;
}
