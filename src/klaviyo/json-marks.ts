/**
 * Where strings may end: every quote, backslash and control character of a page. Most bytes of JSON are inside
 * strings, and with these places known a string is passed in one step.
 *
 * What looks at sixteen bytes at a time is `json-marks.wat`; where the runtime has no WebAssembly, or the processor no
 * vectors, eight are looked at here.
 */
import { MARKS } from '../generated/marks.js';

export type FindMarks = (bytes: Uint8Array, from: number, to: number) => Int32Array;

/** 1 for a byte that is a mark. */
const MARK = Uint8Array.from({ length: 256 }, (_, c) => (c === 34 || c === 92 || c < 32 ? 1 : 0));
/** Whether the first byte of a word is its lowest, as on nearly all machines; where not, bytes are taken one by one. */
const isLittle = new Uint8Array(Int32Array.of(1).buffer)[0] === 1;

/** Kept from page to page, and only replaced by a larger one. Memory that nothing was ever written to takes none. */
let marks = new Int32Array(4096);

/**
 * The same, eight bytes at a time.
 *
 * A word has a zero byte if `(x - 0x01010101) & ~x & 0x80808080` is not zero, and one below 0x23, as quotes, control
 * characters and little else are, if the same holds with 0x23232323; backslashes are made zero by exclusive or.
 */
export function findByWords(bytes: Uint8Array, from: number, to: number): Int32Array {
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

/** Bytes that are searched at a time, where they stay close to the processor. */
const WINDOW = 1 << 15;
/** In the memory of the machine: the bytes from 0 on, the places from here on. */
const PLACES = WINDOW;
/** Written behind the last place, see there. */
const BEHIND = 4;
const PAGE = 1 << 16;
const NO_MARK = 0x61;

interface Machine {
  readonly memory: { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => number };
  readonly find: (length: number, base: number, out: number) => number;
}

/** The runtime's types leave it out. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/** Undefined where the runtime takes no such code. */
function assemble(): Machine | undefined {
  try {
    const module = new WebAssembly.Module(Buffer.from(MARKS, 'base64'));
    return new WebAssembly.Instance(module).exports as Machine;
  } catch {
    return undefined;
  }
}

function byMachine({ memory, find }: Machine): FindMarks {
  let input = new Uint8Array(memory.buffer, 0, WINDOW);
  let places = new Int32Array(memory.buffer, PLACES);
  const makeRoom = (count: number): void => {
    if (count <= places.length) return;
    memory.grow(Math.ceil((4 * Math.max(count - places.length, places.length)) / PAGE));
    input = new Uint8Array(memory.buffer, 0, WINDOW);
    places = new Int32Array(memory.buffer, PLACES);
  };
  return (bytes, from, to) => {
    let count = 0;
    for (let at = from; at < to; at += WINDOW) {
      const length = Math.min(WINDOW, to - at);
      makeRoom(count + length + BEHIND);
      input.set(bytes.subarray(at, at + length));
      input.fill(NO_MARK, length, (length + 15) & ~15);
      count += find(length, at, PLACES + 4 * count);
    }
    makeRoom(count + 1);
    places[count] = to;
    return places;
  };
}

/** So few are found sooner than they are copied. */
const FEW = 256;
const machine = assemble();
const search = machine === undefined ? undefined : byMachine(machine);

/** The places in [from, to) in their order, then `to`; they hold until the next call. */
export const findMarks: FindMarks = (bytes, from, to) =>
  search === undefined || to - from < FEW ? findByWords(bytes, from, to) : search(bytes, from, to);
