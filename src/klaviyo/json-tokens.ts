/**
 * JSON, token by token, over the bytes of a page, without making values of them. One page at a time: nothing else
 * runs while it is read, so the place is kept here, where reaching it costs least.
 *
 *   value  = object | array | string | number | "true" | "false" | "null"
 *   object = "{" [ string ":" value { "," string ":" value } ] "}"
 *   array  = "[" [ value { "," value } ] "]"
 *   string = quote { any but quote, "\" and below U+0020 | "\" ( one of "\/bfnrt or a quote | "u" 4 hex ) } quote
 *   number = [ "-" ] ( "0" | digit but 0 { digit } ) [ "." digit { digit } ]
 *
 * with blanks and tabs between tokens. Anything else, be it wrong or only rare (an exponent, a line feed between
 * tokens, NUL, a lone surrogate, a Unicode line end, great depth), throws GIVE_UP: the caller reads the page the other
 * way, which mends or refuses it.
 */

export const GIVE_UP = new Error('not for the scanner');
const MOST_DEPTH = 200;

/** The bytes as Latin-1: one character a byte, so that a slice is the bytes it stands for. */
let s = '';
let b: Uint8Array = new Uint8Array(0);
let p = 0;
let mostDigits = 0;

/** Begins a page; numbers of more characters than `digits` make it give up. */
export function begin(bytes: Uint8Array, page: string, digits: number): void {
  s = page;
  b = bytes;
  p = 0;
  mostDigits = digits;
}

export const place = (): number => p;
/** The character at hand; NaN at the end. */
export const ahead = (): number => b[p] as number;
export const textFrom = (start: number): string => s.slice(start, p);

/** Proves that nothing but blanks and line ends is left. */
export function end(): void {
  while (p < s.length && ' \t\r\n'.includes(s.charAt(p))) p += 1;
  if (p !== s.length) give();
}

export const give = (): never => {
  throw GIVE_UP;
};

export function blanks(): void {
  for (;;) {
    const c = b[p] as number;
    if (c !== 32 && c !== 9) return;
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
  const c = b[at + 1] as number;
  if (c !== 117) return c > 0 && '"\\/bfnrt'.includes(s.charAt(at + 1)) ? at + 2 : give();
  const unit = hex(at + 2);
  if (unit === 0 || (unit >= 0xdc00 && unit <= 0xdfff)) give();
  if (unit < 0xd800 || unit > 0xdbff) return at + 6;
  if ((b[at + 6] as number) !== 92 || (b[at + 7] as number) !== 117) give();
  const low = hex(at + 8);
  return low >= 0xdc00 && low <= 0xdfff ? at + 12 : give();
}

function string(): void {
  const bytes = b;
  if ((b[p] as number) !== 34) give();
  let i = p + 1;
  for (;;) {
    const c = bytes[i] as number;
    if (c === 34) break;
    if (c === 92) i = escaped(i);
    else if (c >= 32) {
      // U+0085, U+2028 and U+2029 in UTF-8: some readers take them for line ends.
      if (c >= 0xc2 && ((c === 0xc2 && (b[i + 1] as number) === 0x85) || (c === 0xe2 && isLineEnd(i))))
        give();
      i += 1;
    } else give();
  }
  p = i + 1;
}

const isLineEnd = (i: number): boolean =>
  (b[i + 1] as number) === 0x80 && ((b[i + 2] as number) & 0xfe) === 0xa8;

function digits(): void {
  const start = p;
  for (;;) {
    const c = b[p] as number;
    if (!(c >= 48 && c <= 57)) break;
    p += 1;
  }
  if (p === start) give();
}

function number(): void {
  const start = p;
  if ((b[p] as number) === 45) p += 1;
  if ((b[p] as number) === 48) p += 1;
  else digits();
  if ((b[p] as number) === 46) {
    p += 1;
    digits();
  }
  const c = b[p] as number;
  if ((c >= 48 && c <= 57) || c === 101 || c === 69 || p - start > mostDigits) give();
}

function literal(word: string): void {
  if (!s.startsWith(word, p)) give();
  p += word.length;
}

export function value(depth: number): void {
  const c = b[p] as number;
  if (c === 34) string();
  else if (c === 123) anyMembers(depth);
  else if (c === 91) anyElements(depth);
  else if (c === 116) literal('true');
  else if (c === 102) literal('false');
  else if (c === 110) literal('null');
  else number();
}

/** What follows a value in an object or array: true if another one does. */
function more(close: number): boolean {
  blanks();
  const c = b[p] as number;
  p += 1;
  if (c === close) return false;
  if (c !== 44) give();
  blanks();
  return true;
}

/** Past the opening bracket: true if it is closed at once. */
function opened(depth: number, open: number, close: number): boolean {
  if (depth > MOST_DEPTH || (b[p] as number) !== open) give();
  p += 1;
  blanks();
  if ((b[p] as number) !== close) return false;
  p += 1;
  return true;
}

function colon(): void {
  blanks();
  if ((b[p] as number) !== 58) give();
  p += 1;
  blanks();
}

function anyMembers(depth: number): void {
  if (opened(depth, 123, 125)) return;
  do {
    string();
    colon();
    value(depth + 1);
  } while (more(125));
}

function anyElements(depth: number): void {
  if (opened(depth, 91, 93)) return;
  do value(depth + 1);
  while (more(93));
}

/** Calls `each` at the value of each member, with the member's name as JSON text. */
export function members(depth: number, each: (depth: number, name: string) => void): void {
  if (opened(depth, 123, 125)) return;
  do {
    const start = p;
    string();
    const name = s.slice(start, p);
    colon();
    each(depth + 1, name);
  } while (more(125));
}

/** The same for members of which few are looked for: the others' names are not made into text. */
export function membersBegun(
  depth: number,
  begun: Uint8Array,
  each: (depth: number, name: string) => void,
): void {
  if (opened(depth, 123, 125)) return;
  do {
    const start = p;
    string();
    const end = p;
    colon();
    if (begun[b[start + 1] as number] === 1) each(depth + 1, s.slice(start, end));
    else value(depth + 1);
  } while (more(125));
}

export function elements(depth: number, each: (depth: number) => void): void {
  if (opened(depth, 91, 93)) return;
  do each(depth + 1);
  while (more(93));
}

/** The value at hand as text. */
export function text(depth: number): string {
  const start = p;
  value(depth);
  return s.slice(start, p);
}
