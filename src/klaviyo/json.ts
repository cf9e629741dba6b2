/**
 * JSON as the API sends it, read without changing a number. The values that real warehouses refuse are mended, and
 * every mend is counted: a lone surrogate becomes U+FFFD, NUL is taken out, a number beyond a double becomes a string.
 */
import { isUtf8 } from 'node:buffer';
import { heldText, rewritten } from '../numbers.js';
import type { Value } from '../resource.js';

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

const mend = (text: string, mends: Mends, wideIntegers: 'keep' | 'string'): string =>
  rewritten(
    text,
    (number) => mendNumber(number, mends, wideIntegers),
    (string) => (string.includes('\\u') ? mendString(string, mends) : string),
  );

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
  return heldText(number);
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
