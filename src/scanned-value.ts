/** Values copied from the bytes of a page into a column, as they stand where they fit its schema at first sight. */
import { ahead, begin, more, name, nameEnd, opened, place } from './klaviyo/json-tokens.js';
import { skip } from './klaviyo/json-walk.js';
import { createNames, findName } from './klaviyo/names.js';
import type { Copied, LineWriter } from './lines.js';
import type { Body, Value } from './resource.js';
import { type Schema, typeOf } from './schemas.js';
import { writeInstant } from './time-bytes.js';

/** The page that is copied from. */
export interface Source extends Copied {
  bytes: Buffer;
  view: DataView;
  /** Line ends may stand between the tokens of the object at hand. */
  folded: boolean;
}

/**
 * Writes the value at [from, to), which is not null. False where it needs a closer look; what was written by then is
 * for the caller to drop.
 */
export type WriteValue = (out: LineWriter, source: Source, from: number, to: number) => boolean;
/** The same for the value that the tokens are at, null or not; they are behind it afterwards. */
type WriteNext = (out: LineWriter, source: Source) => boolean;

const [QUOTE, COMMA, MINUS, ZERO, NINE, COLON, OPENING, CLOSING] = [34, 44, 45, 48, 57, 58, 91, 93];
const [LETTER_N, BEGIN, END] = [110, 123, 125];
/** Digits that any integer of so many has within 64 bit, and within a double. */
const SAFE_INTEGER_DIGITS = 15;

/** What a value may be, told by its first byte. */
export const [STRING, NUMBER, BOOLEAN, OBJECT, ARRAY] = [1, 2, 4, 8, 16];
export const KINDS = new Uint8Array(256);
for (const [kind, letters] of [
  [STRING, '"'],
  [NUMBER, '-0123456789'],
  [BOOLEAN, 'tf'],
  [OBJECT, '{'],
  [ARRAY, '['],
] as const)
  for (const letter of letters) KINDS[letter.charCodeAt(0)] = kind;

export const isString = (first: number | undefined): boolean => first === QUOTE;
export const isNull = (first: number | undefined): boolean => first === LETTER_N;

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
export type Way = { readonly kinds: number } | { readonly write: WriteValue };

export function wayOf(schema: Schema): Way {
  const { format, properties, items } = schema;
  switch (typeOf(schema)) {
    case 'string':
      if (format === undefined) return { kinds: STRING };
      return { write: format === 'date-time' ? writeInstant : () => false };
    case 'integer':
      return { write: integer };
    case 'number':
      return { kinds: NUMBER };
    case 'boolean':
      return { kinds: BOOLEAN };
    case 'array':
      return items === undefined ? { kinds: ARRAY } : { write: walked(nextWriter(schema)) };
    default:
      return properties === undefined ? { kinds: OBJECT } : { write: walked(nextWriter(schema)) };
  }
}

const integer: WriteValue = (out, source, from, to) =>
  isInteger(source.bytes, from, to) && copyValue(out, source, from, to);

/** Of what has declared values in it each token is looked at. */
const walked =
  (next: WriteNext): WriteValue =>
  (out, source, from, to) => {
    begin(source.bytes, from, to);
    return next(out, source);
  };

function nextWriter(schema: Schema): WriteNext {
  const { properties, items } = schema;
  if (properties !== undefined) return declared(properties);
  if (items !== undefined) return array(nextWriter(items), typeOf(items) !== 'object');
  const way = wayOf(schema);
  return one('write' in way ? way.write : ofKind(way.kinds));
}

const ofKind =
  (kinds: number): WriteValue =>
  (out, source, from, to) =>
    ((KINDS[source.bytes[from] as number] as number) & kinds) !== 0 && copyValue(out, source, from, to);

const one =
  (of: WriteValue): WriteNext =>
  (out, source) => {
    const from = place();
    skip();
    return isNull(source.bytes[from]) ? writeNull(out) : of(out, source, from, place());
  };

function nothing(out: LineWriter): true {
  skip();
  return writeNull(out);
}

function array(item: WriteNext, mayHoldNull: boolean): WriteNext {
  return (out, source) => {
    if (isNull(ahead())) return nothing(out);
    if (ahead() !== OPENING) return false;
    out.byte(OPENING);
    let next = !opened(OPENING);
    while (next) {
      if (!mayHoldNull && isNull(ahead())) return false;
      if (!item(out, source)) return false;
      next = more(CLOSING);
      if (next) out.byte(COMMA);
    }
    out.byte(CLOSING);
    return true;
  };
}

/** An object some of whose members are declared: these are looked at, the others copied. */
function declared(properties: Readonly<Record<string, Schema>>): WriteNext {
  const names = createNames(Object.keys(properties));
  const members = Object.values(properties).map(nextWriter);
  const other = one(copyValue);
  return (out, source) => {
    if (isNull(ahead())) return nothing(out);
    if (ahead() !== BEGIN) return false;
    const { bytes } = source;
    out.byte(BEGIN);
    let next = !opened(BEGIN);
    while (next) {
      const nameFrom = place() + 1;
      if (name()) return false;
      const nameTo = nameEnd();
      out.copy(source, nameFrom - 1, nameTo + 1);
      out.byte(COLON);
      if (!(members[findName(names, bytes, nameFrom, nameTo)] ?? other)(out, source)) return false;
      next = more(END);
      if (next) out.byte(COMMA);
    }
    out.byte(END);
    return true;
  };
}

const ID = createNames(['id']);

/** The ids of a to-many relation, out of its `data`. */
export const writeIds: WriteValue = (out, source, from, to) => {
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
    const isId = findName(ID, bytes, nameFrom, nameEnd()) === 0;
    const from = place();
    skip();
    if (isId) {
      if (found || !isString(bytes[from])) return false;
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
  (out, { bytes }, from, to) => {
    if (bytes[from] !== OPENING) return writeNull(out);
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
