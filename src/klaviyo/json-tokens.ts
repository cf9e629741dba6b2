/**
 * JSON, token by token, over the bytes of a page, without making values of them. One page at a time: nothing else
 * runs while it is read, so the place is kept here, where reaching it costs least.
 *
 *   value  = object | array | string | number | "true" | "false" | "null"
 *   object = "{" [ string ":" value { "," string ":" value } ] "}"
 *   array  = "[" [ value { "," value } ] "]"
 *   string = quote { any but quote, "\" and below U+0020 | "\" ( one of "\/bfnrt or a quote | "u" 4 hex ) } quote
 *   number = [ "-" ] ( "0" | digit but 0 { digit } ) [ "." digit { digit } ] [ "e" [ "+" | "-" ] digit { digit } ]
 *
 * with blanks, tabs and line ends between tokens. Anything else throws GIVE_UP, and so does great depth: the caller
 * reads the page the other way, which mends or refuses it. That the bytes are UTF-8 is for the caller to know.
 */

import {
  BACKSLASH,
  BLANK,
  COLON,
  COMMA,
  DOT,
  LETTER_E,
  LETTER_F,
  LETTER_N,
  LETTER_T,
  LETTER_U,
  LINE_FEED,
  MINUS,
  NINE,
  PLUS,
  QUOTE,
  RETURN,
  TAB,
  ZERO,
} from './bytes.js';
import { findMarks } from './json-marks.js';
import { findName, type Names } from './names.js';

export const GIVE_UP = new Error('not for the scanner');

/** A number of fewer characters is in a double's range, unless it has an exponent. */
const SAFE_DIGITS = 300;

let b: Buffer = Buffer.alloc(0);
/** The end, and the place. */
let n = 0;
let p = 0;
/** Of the bytes; and the first of them that is not before the place. */
let marks: Int32Array = new Int32Array(0);
let m = 0;
/** More than any page has. */
const ANY = 1 << 30;
let mostDigits = ANY;
let strange = false;
let folded = false;
let hidden = false;
let nameTo = 0;

/**
 * Begins with the bytes in [from, to), all of them or a value that was walked before; integers of more than `digits`
 * digits are strange. Behind the last byte is nothing that a token could go on with, so tokens do not look for the end.
 */
export function begin(bytes: Buffer, from = 0, to = bytes.length, digits = ANY): void {
  b = bytes;
  n = to;
  p = from;
  marks = findMarks(bytes, from, to);
  if (held.bytes !== bytes) held.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  held.bytes = bytes;
  held.ends = marks;
  m = 0;
  mostDigits = digits;
  strange = false;
  folded = false;
}

export const place = (): number => p;
/** What a walk keeps in variables of its own, and gives back before it asks anything else of this module. */
export const held = { bytes: b, view: new DataView(b.buffer, 0, 0), ends: marks };
export const mark = (): number => m;
export function goTo(at: number, next: number): void {
  p = at;
  m = next;
}

/** The byte at hand; at the end none that a token begins with. */
export const ahead = (): number => b[p] as number;

/**
 * Whether, since it was asked last, a value was passed that only the other way can mend: NUL, half a surrogate pair, a
 * number beyond a double's range, an integer of too many digits.
 */
export function wasStrange(): boolean {
  const was = strange;
  strange = false;
  return was;
}

/** Whether, since it was asked last, a line end was passed between two tokens. */
export function wasFolded(): boolean {
  const was = folded;
  folded = false;
  return was;
}

export const give = (): never => {
  throw GIVE_UP;
};

/** Proves that nothing but blanks and line ends is left. */
export function end(): void {
  blanks();
  if (p !== n) give();
}

export function blanks(): void {
  while (p < n) {
    const c = b[p] as number;
    if (c > BLANK) return;
    if (c !== BLANK) {
      if (c === LINE_FEED || c === RETURN) folded = true;
      else if (c !== TAB) give();
      m += 1;
    }
    p += 1;
  }
}

function hex(at: number): number {
  let value = 0;
  for (let i = at; i < at + 4; i += 1) {
    const c = b[i] as number;
    const digit =
      c >= 48 && c <= 57 ? c - 48 : c >= 65 && c <= 70 ? c - 55 : c >= 97 && c <= 102 ? c - 87 : give();
    value = value * 16 + digit;
  }
  return value;
}

/** `at`: of the backslash; returns where the string goes on. */
function escaped(at: number): number {
  hidden = true;
  const c = b[at + 1] as number;
  if (c !== LETTER_U) return '"\\/bfnrt'.includes(String.fromCharCode(c)) ? at + 2 : give();
  const unit = hex(at + 2);
  if (unit < 0xd800 || unit > 0xdfff) {
    if (unit === 0) strange = true;
    return at + 6;
  }
  const paired = unit < 0xdc00 && b[at + 6] === BACKSLASH && b[at + 7] === LETTER_U;
  const low = paired ? hex(at + 8) : 0;
  if (low >= 0xdc00 && low <= 0xdfff) return at + 12;
  strange = true;
  return at + 6;
}

/** Past the string at hand: a quote is a mark, so the next one is where it may end. True if it has an escape. */
export function escapedString(): boolean {
  hidden = false;
  if (b[p] !== QUOTE) give();
  const at = marks[m + 1] as number;
  if (b[at] === QUOTE) {
    p = at + 1;
    m += 2;
  } else interrupted();
  return hidden;
}

/** A string with escapes, or with what ends it wrongly. */
export function interrupted(): void {
  m += 1;
  for (;;) {
    const at = marks[m] as number;
    m += 1;
    if (b[at] === QUOTE) {
      p = at + 1;
      return;
    }
    if (b[at] !== BACKSLASH) give();
    const next = escaped(at);
    while ((marks[m] as number) < next) m += 1;
  }
}

function digits(i: number): number {
  const start = i;
  while ((b[i] as number) >= ZERO && (b[i] as number) <= NINE) i += 1;
  return i > start ? i : give();
}

function number(): void {
  const start = p;
  let i = start;
  if (b[i] === MINUS) i += 1;
  // Another digit behind a zero is nothing that may follow a value: the caller gives up.
  if (b[i] === ZERO) i += 1;
  else i = digits(i);
  let whole = true;
  if (b[i] === DOT) {
    whole = false;
    i = digits(i + 1);
  }
  let mighty = i - start > SAFE_DIGITS;
  if (((b[i] as number) | 32) === LETTER_E) {
    whole = false;
    mighty = true;
    i += 1;
    if (b[i] === PLUS || b[i] === MINUS) i += 1;
    i = digits(i);
  }
  p = i;
  if (mighty && !Number.isFinite(Number(b.toString('latin1', start, i)))) strange = true;
  if (whole && i - start > mostDigits) strange = true;
}

function literal(word: string): void {
  for (let i = 0; i < word.length; i += 1) if (b[p + i] !== word.charCodeAt(i)) give();
  p += word.length;
}

/** Past a value that is none of strings, objects and arrays and begins with `c`. */
export function scalar(c: number): void {
  if (c === LETTER_T) literal('true');
  else if (c === LETTER_F) literal('false');
  else if (c === LETTER_N) literal('null');
  else number();
}

/** Past a member's name and its colon. True if the name has an escape, which may hide one that is looked for. */
export function name(): boolean {
  const was = escapedString();
  nameTo = p - 1;
  blanks();
  if (ahead() !== COLON) give();
  p += 1;
  blanks();
  return was;
}

/** Which of the names stands at [from, to), without its quotes; -1 for none of them. */
export const nameAt = (names: Names, from: number, to: number): number =>
  findName(names, b, held.view, from, to);

/** Where the last name's closing quote stands. */
export const nameEnd = (): number => nameTo;

/** What follows a value in an object or array: true if another one does. */
export function more(closer: number): boolean {
  blanks();
  const c = ahead();
  p += 1;
  if (c === closer) return false;
  if (c !== COMMA) give();
  blanks();
  return true;
}

/** Past the bracket that opens an object or array: true if it is closed at once. */
export function opened(open: number): boolean {
  if (ahead() !== open) give();
  p += 1;
  blanks();
  if (ahead() !== open + 2) return false;
  p += 1;
  return true;
}
