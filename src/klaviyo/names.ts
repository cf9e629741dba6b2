/** Member names that are looked for, found by their bytes: no text is made of the many that are not. */

export interface Names {
  /** By a mix of length, first and last byte: the number of the first name that has it, or -1. */
  readonly first: Int8Array;
  /** By number: the next name of the same mix, or -1. */
  readonly next: Int8Array;
  readonly known: readonly Uint8Array[];
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
  return { first, next: Int8Array.from(next), known };
}

/** The number of the name that stands at [from, to), without its quotes; -1 if it is none of them. */
export function findName({ first, next, known }: Names, bytes: Uint8Array, from: number, to: number): number {
  const length = to - from;
  if (length === 0) return -1;
  const place = mix(length, bytes[from] as number, bytes[to - 1] as number);
  let number = first[place] as number;
  while (number >= 0) {
    const name = known[number] as Uint8Array;
    let i = name.length === length ? 0 : length + 1;
    while (i < length && name[i] === bytes[from + i]) i += 1;
    if (i === length) return number;
    number = next[number] as number;
  }
  return -1;
}
