/** Values copied from the bytes of a page into a column, as they stand where they fit its schema at first sight. */
import { ahead, begin, more, name, nameAt, nameEnd, opened, place } from './klaviyo/json-tokens.js';
import { skip } from './klaviyo/json-walk.js';
import { INSTANT, INTEGER, KINDS, STRING } from './klaviyo/kinds.js';
import { createNames } from './klaviyo/names.js';
import { needOf } from './klaviyo/scan-slots.js';
import type { Copied, LineWriter } from './lines.js';
import type { Body, Value } from './resource.js';
import type { Schema } from './schemas.js';
import { writeInstant } from './time-bytes.js';

/** The page that is copied from. */
export interface Source extends Copied {
  bytes: Buffer;
  view: DataView;
  /** Line ends may stand between the tokens of the object at hand. */
  folded: boolean;
  /** Of the page, see `Found`; and those of the object at hand. */
  notes: Int32Array;
  notesFrom: number;
  notesTo: number;
}

/**
 * Writes the value at [from, to), which is not null. False where it needs a closer look; what was written by then is
 * for the caller to drop.
 */
export type WriteValue = (out: LineWriter, source: Source, from: number, to: number) => boolean;
const [COMMA, MINUS, ZERO, NINE, OPENING, CLOSING, BEGIN, END] = [44, 45, 48, 57, 91, 93, 123, 125];
/** Digits that any integer of so many has within 64 bit, and within a double. */
const SAFE_INTEGER_DIGITS = 15;

const writeNull = (out: LineWriter): true => {
  out.write('null');
  return true;
};

export const copyValue: WriteValue = (out, source, from, to) => {
  if (source.folded) out.copyFolded(source, from, to);
  else out.copy(source, from, to);
  return true;
};

/** How a value goes into a column, as `row.ts` would put it there: as it stands if it is of one of these kinds. */
export interface Way {
  readonly kinds?: number;
  readonly write?: WriteValue;
}

export function wayOf(schema: Schema): Way {
  const need = needOf(schema);
  if ((need & INSTANT) !== 0) return { write: writeInstant };
  if ((need & INTEGER) !== 0) return { write: writeInteger };
  if (schema.properties === undefined && schema.items === undefined) return { kinds: need };
  return { write: ofKind(need) };
}

const writeInteger: WriteValue = (out, source, from, to) =>
  isInteger(source.bytes, from, to) && copyValue(out, source, from, to);

/** What has declared values in it: they were looked at when it was passed, and noted where that is not enough. */
const ofKind =
  (kinds: number): WriteValue =>
  (out, source, from, to) => {
    const { bytes, notes, notesFrom, notesTo } = source;
    if (((KINDS[bytes[from] as number] as number) & kinds) === 0) return false;
    let at = from;
    for (let note = notesFrom; note < notesTo; note += 2) {
      const start = notes[note] as number;
      if (start < from || start >= to) continue;
      const end = notes[note + 1] as number;
      if (end === 0) {
        if (!isInteger(bytes, start, numberEnd(bytes, start))) return false;
        continue;
      }
      copyValue(out, source, at, start);
      if (!writeInstant(out, source, start, end)) return false;
      at = end;
    }
    return copyValue(out, source, at, to);
  };

const ID = createNames(['id']);
/** Nothing in it, as most are. */
const isEmpty = (bytes: Uint8Array, from: number, to: number): boolean =>
  to - from === 2 && bytes[from] === OPENING;

/** The ids of a to-many relation, out of its `data`. */
export const writeIds: WriteValue = (out, source, from, to) => {
  if (isEmpty(source.bytes, from, to)) return copyValue(out, source, from, to);
  begin(source.bytes, from, to);
  if (ahead() !== OPENING) return writeNull(out);
  out.byte(OPENING);
  let next = !opened(OPENING);
  while (next) {
    if (!writeId(out, source)) return false;
    next = more(CLOSING);
    if (next) out.byte(COMMA);
  }
  out.byte(CLOSING);
  return true;
};

function writeId(out: LineWriter, source: Source): boolean {
  const { bytes } = source;
  if (ahead() !== BEGIN) return false;
  let found = false;
  let next = !opened(BEGIN);
  while (next) {
    const nameFrom = place() + 1;
    if (name()) return false;
    const isId = nameAt(ID, nameFrom, nameEnd()) === 0;
    const from = place();
    skip();
    if (isId) {
      if (found || KINDS[bytes[from] as number] !== STRING) return false;
      found = true;
      out.copy(source, from, place());
    }
    next = more(END);
  }
  return found;
}

/** JSON without escapes and of ASCII alone: whatever is in it, no reader takes it for more, and nothing is to mend. */
const PLAIN = /^[ -[\]-~]*$/;

/** What the objects say that a to-many relation names. There are few: of these alone values are made. */
export const writeIncluded =
  (as: (ids: readonly string[], find: Body['find']) => Value, find: Body['find']): WriteValue =>
  (out, source, from, to) => {
    const { bytes } = source;
    if (bytes[from] !== OPENING) return writeNull(out);
    if (isEmpty(bytes, from, to)) return copyValue(out, source, from, to);
    const references = JSON.parse(bytes.toString('utf8', from, to)) as readonly { readonly id?: unknown }[];
    const ids = references.map((reference) => reference?.id).filter((id) => typeof id === 'string');
    if (ids.length < references.length) return false;
    const json = JSON.stringify(as(ids, find));
    if (!PLAIN.test(json)) return false;
    out.write(json);
    return true;
  };

/** Written as an integer, with no more digits than any width holds. */
function isInteger(bytes: Uint8Array, from: number, to: number): boolean {
  const first = bytes[from] === MINUS ? from + 1 : from;
  if (to === first || to - first > SAFE_INTEGER_DIGITS) return false;
  if (bytes[first] === ZERO && to - from > 1) return false;
  for (let i = first; i < to; i += 1)
    if (!((bytes[i] as number) >= ZERO && (bytes[i] as number) <= NINE)) return false;
  return true;
}

/** Where the number that begins at a place ends. */
function numberEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while ('+-.0123456789Ee'.includes(String.fromCharCode(bytes[at] as number))) at += 1;
  return at;
}
