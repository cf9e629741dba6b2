/**
 * Passes a value and notes where in it the members are that rows are made of. The one loop that every byte of a page
 * goes through which is no string.
 */
import type * as Bytes from './bytes.js';
import { QUOTE } from './bytes.js';
import { type Found, type Level, nothingFound, type Other } from './found.js';
import { blanks, escapedString, give, goTo, held, interrupted, mark, place, scalar } from './json-tokens.js';
import { INSTANT, INTEGER, KINDS, NULL } from './kinds.js';
import { findName, type Names } from './names.js';

/** Levels below the value that a walk begins at. */
const MOST_DEPTH = 200;

export const NO_SLOT = -1;
/** From here on down: that of an entry in the list of others. */
const FIRST_OTHER = -2;

/** What is under way around the value at hand, by depth. */
const around = {
  closers: new Uint8Array(MOST_DEPTH + 1),
  levels: [] as (Level | undefined)[],
  slots: new Int32Array(MOST_DEPTH + 1),
  froms: new Int32Array(MOST_DEPTH + 1),
};

/** Nothing is looked for: nothing is found. */
const NOTHING_FOUND = nothingFound();

/** Past the value at hand, whatever it is. */
export const skip = (): void => walk(undefined, NOTHING_FOUND);

/**
 * Past the value at hand; what is looked for in it is noted on the way. The place is in variables of this function,
 * and given back only where another one needs it: anything else takes twice as long.
 */
export function walk(top: Level | undefined, found: Found): void {
  // Written out, as what is of the module, or of another one, is fetched each time that it is named.
  const BLANK: typeof Bytes.BLANK = 32;
  const QUOTE: typeof Bytes.QUOTE = 34;
  const COMMA: typeof Bytes.COMMA = 44;
  const COLON: typeof Bytes.COLON = 58;
  const OPENING: typeof Bytes.OPENING = 91;
  const LETTER_E: typeof Bytes.LETTER_E = 101;
  const BEGIN: typeof Bytes.BEGIN = 123;
  const END: typeof Bytes.END = 125;
  /** `null`, `true` and `fals`, four bytes at once. */
  const NULL_WORD = 0x6c6c756e;
  const TRUE_WORD = 0x65757274;
  const FALSE_WORD = 0x736c6166;
  const { bytes, view, ends } = held;
  const { closers, levels, slots, froms } = around;
  const { index, base, others } = found;
  /** Before it a word of four bytes can be read. */
  const lastWord = bytes.length - 4;
  let i = place();
  let k = mark();
  let depth = 0;
  let closer = 0;
  /** Of the object at hand; then, of the value at hand, where its place goes, and what is looked for in it. */
  let level: Level | undefined;
  let slot = NO_SLOT;
  let inner = top;
  let from = i;
  for (;;) {
    let isMember = false;
    let c = bytes[i] as number;
    if (c === QUOTE) {
      const at = ends[k + 1] as number;
      if (bytes[at] === QUOTE) {
        i = at + 1;
        k += 2;
      } else {
        goTo(i, k);
        interrupted();
        i = place();
        k = mark();
      }
    } else if (c === BEGIN || c === OPENING) {
      i += 1;
      if ((bytes[i] as number) <= BLANK) {
        goTo(i, k);
        blanks();
        i = place();
        k = mark();
      }
      if (bytes[i] === c + 2) i += 1;
      else {
        depth += 1;
        if (depth > MOST_DEPTH) give();
        levels[depth] = level;
        slots[depth] = slot;
        froms[depth] = from;
        closer = c + 2;
        closers[depth] = closer;
        level = inner !== undefined && inner.opens === c ? inner : undefined;
        inner = undefined;
        slot = NO_SLOT;
        if (c !== BEGIN) {
          if (level !== undefined) inner = element(level, found, bytes, ends, i, k);
          continue;
        }
        isMember = true;
      }
    } else {
      const word = i < lastWord ? view.getInt32(i, true) : 0;
      if (word === NULL_WORD || word === TRUE_WORD) i += 4;
      else if (word === FALSE_WORD && bytes[i + 4] === LETTER_E) i += 5;
      else {
        goTo(i, k);
        scalar(c);
        i = place();
      }
    }
    // Most members are text, and most objects not looked into: while both holds, nothing has to be noted.
    if (level === undefined && closer === END && !isMember)
      while (bytes[i] === COMMA && bytes[i + 1] === QUOTE) {
        const nameEnd = ends[k + 1] as number;
        if (bytes[nameEnd] !== QUOTE || bytes[nameEnd + 1] !== COLON || bytes[nameEnd + 2] !== QUOTE) break;
        const valueEnd = ends[k + 3] as number;
        if (bytes[valueEnd] !== QUOTE) break;
        i = valueEnd + 1;
        k += 4;
      }
    // What follows a value: the end of what it is in, as often as that ends, or another one.
    while (!isMember) {
      if (slot >= 0) {
        if (index[base + slot] !== 0) found.odd = true;
        index[base + slot] = from;
        index[base + slot + 1] = i;
      } else if (slot <= FIRST_OTHER) (others[FIRST_OTHER - slot] as Other).to = i;
      if (depth === 0) {
        goTo(i, k);
        return;
      }
      c = bytes[i] as number;
      if (c <= BLANK) {
        goTo(i, k);
        blanks();
        i = place();
        k = mark();
        c = bytes[i] as number;
      }
      i += 1;
      if (c === closer) {
        level = levels[depth];
        slot = slots[depth] as number;
        from = froms[depth] as number;
        depth -= 1;
        closer = closers[depth] as number;
        continue;
      }
      if (c !== COMMA) give();
      if ((bytes[i] as number) <= BLANK) {
        goTo(i, k);
        blanks();
        i = place();
        k = mark();
      }
      slot = NO_SLOT;
      inner = undefined;
      if (closer !== END) {
        if (level !== undefined) inner = element(level, found, bytes, ends, i, k);
        break;
      }
      isMember = true;
    }
    if (!isMember) continue;
    // The name of a member, and its colon.
    const nameFrom = i + 1;
    const at = ends[k + 1] as number;
    let isHidden = false;
    if (bytes[i] === QUOTE && bytes[at] === QUOTE) {
      i = at + 1;
      k += 2;
    } else {
      goTo(i, k);
      isHidden = escapedString();
      i = place();
      k = mark();
    }
    const nameTo = i - 1;
    if (bytes[i] !== COLON) {
      goTo(i, k);
      blanks();
      i = place();
      k = mark();
      if (bytes[i] !== COLON) give();
    }
    i += 1;
    if ((bytes[i] as number) <= BLANK) {
      goTo(i, k);
      blanks();
      i = place();
      k = mark();
    }
    from = i;
    if (level === undefined) continue;
    const which = isHidden ? -1 : findName(level.names, bytes, view, nameFrom, nameTo);
    if (which >= 0) {
      slot = level.slots[which] as number;
      inner = level.levels[which];
      const need = level.needs[which] as number;
      if (need !== 0) check(need, found, bytes, ends, i, k);
    } else {
      if (isHidden && hides(level.names, bytes, nameFrom, nameTo)) found.odd = true;
      if (level.keepsOthers) {
        slot = FIRST_OTHER - others.length;
        others.push({ object: found.object, nameFrom, nameTo, from, to: 0 });
      }
    }
  }
}

function element(level: Level, found: Found, bytes: Buffer, ends: Int32Array, at: number, k: number) {
  check(level.needs[0] as number, found, bytes, ends, at, k);
  return level.levels[0];
}

/** Of the value that begins at a place; `k`: of the marks, the first that is not before it. */
function check(need: number, found: Found, bytes: Buffer, ends: Int32Array, at: number, k: number): void {
  const kind = KINDS[bytes[at] as number] as number;
  if ((kind & need) === 0) found.odd = true;
  else if ((need & (INSTANT | INTEGER)) !== 0 && kind !== NULL) {
    const end = (need & INSTANT) === 0 ? -1 : (ends[k + 1] as number);
    if (end >= 0 && bytes[end] !== QUOTE) found.odd = true;
    if (found.noted + 2 > found.notes.length) {
      const larger = new Int32Array(Math.max(64, found.notes.length * 2));
      larger.set(found.notes);
      found.notes = larger;
    }
    found.notes[found.noted] = at;
    found.notes[found.noted + 1] = end + 1;
    found.noted += 2;
  }
}

/** Whether a name with escapes is one that is looked for. */
function hides(names: Names, bytes: Buffer, from: number, to: number): boolean {
  const text = JSON.parse(bytes.toString('utf8', from - 1, to + 1)) as string;
  const name = new TextEncoder().encode(text);
  return findName(names, name, new DataView(name.buffer), 0, name.length) >= 0;
}
