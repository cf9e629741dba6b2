/**
 * Where strings may end: every quote, backslash and control character of a page. Most bytes of JSON are inside
 * strings, and with these places known a string is passed in one step.
 *
 * `json-marks.wat` looks at sixteen bytes at a time. Where the runtime has no WebAssembly, or the processor no vectors,
 * they are looked at one by one.
 */
import { MARKS } from '../generated/marks.js';
import { BACKSLASH, BLANK, QUOTE } from './bytes.js';

export type FindMarks = (bytes: Uint8Array, from: number, to: number) => Int32Array;

/** Kept from page to page, and only replaced by a larger one. */
let marks = new Int32Array(512);

/** One byte at a time: what is short, and where nothing quicker is to be had. */
export const findByBytes: FindMarks = (bytes, from, to) => {
  if (marks.length <= to - from) marks = new Int32Array(Math.max(2 * marks.length, to - from + 1));
  let found = 0;
  for (let at = from; at < to; at += 1) {
    const c = bytes[at] as number;
    if (c !== QUOTE && c !== BACKSLASH && c >= BLANK) continue;
    marks[found] = at;
    found += 1;
  }
  marks[found] = to;
  return marks;
};

/** Bytes that are searched at a time: they stay close to the processor. */
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
  search === undefined || to - from < FEW ? findByBytes(bytes, from, to) : search(bytes, from, to);
