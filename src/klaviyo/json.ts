/**
 * JSON read and written without changing a number. `JSON.parse` makes 1.0 into 1 and 12345678901234567890 into
 * another number; here a number whose text a double does not give back is held as a string that begins with NUL,
 * which no mended string contains, and is printed as the number it was.
 *
 * On the way in, the values that real warehouses refuse are mended, and every mend is counted: a lone surrogate
 * becomes U+FFFD, NUL is taken out, a number beyond a double becomes a string.
 */
import { isUtf8 } from 'node:buffer';
import type { Json, Value } from '../resource.js';

/** The changes ever made to a value, each counted and told at the end of a run. */
export interface Mends {
  surrogates: number;
  nuls: number;
  /** Numbers outside a double's range, delivered as strings. */
  huge: number;
  /** Integers beyond 64 bit delivered as strings, where the config asks for it. */
  wide: number;
  /** Unparsable dates delivered as null. */
  dates: number;
  /** Values of another type than their column's, delivered in `additional_attributes`. */
  misfits: number;
  /** Bytes, or runs of them, that are no UTF-8. */
  bytes: number;
  /** Rows left out since they are too large, where the config asks for it. */
  oversize: number;
}

export const noMends = (): Mends => ({
  surrogates: 0,
  nuls: 0,
  huge: 0,
  wide: 0,
  dates: 0,
  misfits: 0,
  bytes: 0,
  oversize: 0,
});

const DECODER = new TextDecoder('utf-8');
const REPLACEMENT = Buffer.from('\ufffd');

/** Bytes that are no UTF-8 become U+FFFD, and a byte order mark is dropped. */
export function decodeText(bytes: Buffer, mends: Mends): string {
  const text = DECODER.decode(bytes);
  if (!isUtf8(bytes)) mends.bytes += occurrences(text, '\ufffd') - occurrences(bytes, REPLACEMENT);
  return text;
}

function occurrences<Part>(whole: { indexOf: (part: Part, from?: number) => number }, part: Part): number {
  let count = 0;
  for (let at = whole.indexOf(part); at >= 0; at = whole.indexOf(part, at + 1)) count += 1;
  return count;
}

const MARK = '\u0000';
/** A number, and the colon after it that makes it a key, which JSON does not allow. */
const NUMBER = /(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(\s*:)?/g;
/**
 * Passes text that needs no second look: no suspicious escape, no number that could change. A double gives back
 * fifteen digits; the first alternative is also what keeps the others from walking a long run of digits twice.
 */
const SUSPECT =
  /\\u(?:0000|[dD][89a-fA-F])|(?:^|[[:,\s])(?:-0(?:$|[\s,\]}])|-?(?:\d[\d.]{15}|\d+\.?\d*[eE]|\d+\.\d*0(?:$|[\s,\]}])|0\.000000))/;
const INT64 = { least: -(2n ** 63n), most: 2n ** 63n - 1n };

/** Throws a SyntaxError for what is not JSON. */
export function parseJson(text: string, mends: Mends, wideIntegers: 'keep' | 'string'): Value {
  return JSON.parse(SUSPECT.test(text) ? mend(text, mends, wideIntegers) : text) as Value;
}

export function printJson(value: unknown): Json {
  return JSON.stringify(value)
    .replace(/"\\u0000(-?[0-9][0-9.eE+-]*)"/g, '$1')
    .replace(/[\u2028\u2029\u0085]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The text of a number, whichever way it is held; undefined for all else. */
export function numberText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.startsWith(MARK) ? value.slice(1) : undefined;
}

/** The way a number's text is held. */
export const heldNumber = (text: string): Value =>
  String(Number(text)) === text ? Number(text) : MARK + text;

function mend(text: string, mends: Mends, wideIntegers: 'keep' | 'string'): string {
  const parts: string[] = [];
  let at = 0;
  for (;;) {
    const quote = text.indexOf('"', at);
    const between = text.slice(at, quote < 0 ? text.length : quote);
    parts.push(
      between.replace(NUMBER, (all, number: string, colon: string | undefined) =>
        // What is no JSON stays as it is, for JSON.parse to refuse.
        colon !== undefined || /^-?0\d/.test(number) ? all : mendNumber(number, mends, wideIntegers),
      ),
    );
    if (quote < 0) break;
    const end = closingQuote(text, quote);
    if (end < 0) return text;
    const string = text.slice(quote, end + 1);
    parts.push(string.includes('\\u') ? mendString(string, mends) : string);
    at = end + 1;
  }
  return parts.join('');
}

function mendNumber(number: string, mends: Mends, wideIntegers: 'keep' | 'string'): string {
  const double = Number(number);
  if (!Number.isFinite(double)) {
    mends.huge += 1;
    return `"${number}"`;
  }
  if (wideIntegers === 'string' && number.length > 18 && /^-?\d+$/.test(number)) {
    const integer = BigInt(number);
    if (integer < INT64.least || integer > INT64.most) {
      mends.wide += 1;
      return `"${number}"`;
    }
  }
  if (String(double) === number) return number;
  return `"\\u0000${number}"`;
}

function closingQuote(text: string, open: number): number {
  let end = open;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end < 0) return -1;
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 92) slashes += 1;
    if (slashes % 2 === 0) return end;
  }
}

function mendString(string: string, mends: Mends): string {
  return string.replace(
    /\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|.)/gs,
    (sequence, high: string | undefined, _low: string | undefined, single: string | undefined) => {
      if (high !== undefined || single === undefined) return sequence;
      if (single === '0000') {
        mends.nuls += 1;
        return '';
      }
      if (!/^[dD][89a-fA-F]/.test(single)) return sequence;
      mends.surrogates += 1;
      return '\\ufffd';
    },
  );
}
