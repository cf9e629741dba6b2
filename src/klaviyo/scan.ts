/**
 * Finds the objects of a page in its bytes: what rows are made of is a place in them, and is copied as it stands. The
 * whole document is proved to be JSON on the way; an object with anything that needs a closer look is `odd`, and read
 * the other way, and so is a page that is not what it should be.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import type { Scan } from '../resource.js';
import { type Found, nothingFound, type Other } from './found.js';
import {
  ahead,
  begin,
  blanks,
  end,
  GIVE_UP,
  give,
  more,
  name,
  nameAt,
  nameEnd,
  opened,
  place,
  wasFolded,
  wasStrange,
} from './json-tokens.js';
import { skip, walk } from './json-walk.js';
import { createNames, type Names } from './names.js';
import {
  type Columns,
  END,
  FLAGS,
  FOLDED,
  NOTES,
  NOTES_END,
  ODD,
  type Slots,
  START,
  soughtOf,
} from './scan-slots.js';

export interface ScannedPage {
  readonly bytes: Buffer;
  readonly count: number;
  readonly index: Int32Array;
  readonly stride: number;
  readonly slots: Slots;
  /** In the order of the objects. */
  readonly others: readonly Other[];
  /** See `Found`. */
  readonly notes: Int32Array;
  /** Objects that the page includes, if rows look into them. */
  readonly included: readonly Included[];
  /** `links.next` as JSON text. */
  readonly next?: string;
  /** To be called once nobody looks at the page any more: another one is noted in its place. */
  readonly release: () => void;
}

/** Where an object begins and ends. */
export interface Included {
  readonly from: number;
  readonly to: number;
}

/** Integers as wide as 64 bit are left to the other way, where the config asks for it. */
const WIDE_DIGITS = 18;

/** Members of the document. */
const [DATA, LINKS, INCLUDED, ERRORS] = [0, 1, 2, 3];
const DOCUMENT = createNames(['data', 'links', 'included', 'errors']);
const NEXT = createNames(['next']);
const ID = createNames(['id']);

/** U+0085, U+2028 and U+2029, which some readers take for line ends. */
const LINE_ENDS = ['\u0085', '\u2028', '\u2029'].map((mark) => Buffer.from(mark));

/** The objects that hold what some readers take for a line end; nearly always none. */
function lineEnds(bytes: Buffer): readonly number[] {
  if (isAscii(bytes)) return [];
  return LINE_ENDS.flatMap((mark) => {
    const found: number[] = [];
    for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) found.push(at);
    return found;
  });
}

/** `columns`: what their values must be. The scanner gives undefined for a page that must be read the other way. */
export function createScanner(
  scan: Scan,
  wideIntegers: 'keep' | 'string',
  columns: Columns,
): (bytes: Buffer) => ScannedPage | undefined {
  const { slots, level: objectLevel, stride, joins } = soughtOf(scan, columns);
  const digits = wideIntegers === 'string' ? WIDE_DIGITS : undefined;
  let page: Buffer = NOTHING;
  let beside: Included[] = [];
  const found = nothingFound();

  function object(): void {
    const base = found.object * stride;
    if (found.index.length < base + stride) {
      const larger = new Int32Array(Math.max(64 * stride, found.index.length * 2));
      larger.set(found.index);
      found.index = larger;
    }
    found.base = base;
    found.odd = false;
    wasStrange();
    wasFolded();
    const from = place();
    const { noted } = found;
    walk(objectLevel, found);
    const { index } = found;
    index[base + START] = from;
    index[base + END] = place();
    index[base + NOTES] = noted;
    index[base + NOTES_END] = found.noted;
    const [id, attributes] = [base + slots.id, base + slots.attributes];
    const whole =
      page[index[id] as number] === 34 &&
      (index[id + 1] as number) > (index[id] as number) + 2 &&
      index[attributes] !== 0 &&
      page[index[attributes] as number] === 123;
    index[base + FLAGS] = (wasStrange() || found.odd || !whole ? ODD : 0) | (wasFolded() ? FOLDED : 0);
    found.object += 1;
  }

  /** Nothing is made of it here, but an object without an id breaks the page either way. */
  function included(): void {
    const from = place();
    const id = begun(ID);
    if (page[id.from] !== 34 || id.to === id.from + 2) give();
    if (joins) beside.push({ from, to: place() });
  }

  /** The one member of an object that is looked for; a second one, or one that hides, is left to the other way. */
  function begun(names: Names): { from: number; to: number } {
    const found = { from: 0, to: 0 };
    if (opened(123)) return found;
    do {
      const at = place() + 1;
      if (name()) give();
      const which = nameAt(names, at, nameEnd());
      const from = place();
      skip();
      if (which < 0) continue;
      if (found.to > 0) give();
      found.from = from;
      found.to = place();
    } while (more(125));
    return found;
  }

  function elements(each: () => void): void {
    if (opened(91)) return;
    do {
      if (ahead() !== 123) give();
      each();
    } while (more(93));
  }

  function document(): string | undefined {
    let next: string | undefined;
    let data = 0;
    let links = 0;
    blanks();
    if (opened(123)) give();
    do {
      const at = place() + 1;
      if (name()) give();
      const which = nameAt(DOCUMENT, at, nameEnd());
      if (which === DATA) {
        data += 1;
        elements(object);
      } else if (which === LINKS && ahead() === 123) {
        links += 1;
        const { from, to } = begun(NEXT);
        if (to > 0) next = Buffer.from(page.subarray(from, to)).toString();
      } else if (which === INCLUDED && ahead() !== 110) elements(included);
      else if (which === ERRORS) give();
      else skip();
    } while (more(125));
    end();
    if (data !== 1 || links > 1) give();
    return next;
  }

  const spare: Pick<Found, 'index' | 'notes'>[] = [];
  return (bytes) => {
    if (!isUtf8(bytes)) return undefined;
    page = bytes;
    const { index, notes } = spare.pop() ?? nothingFound();
    found.index = index;
    found.notes = notes;
    found.noted = 0;
    found.others = [];
    beside = [];
    found.object = 0;
    try {
      begin(bytes, 0, bytes.length, digits);
      const next = document();
      const { index, object: count, others, notes } = found;
      const release = (): void => {
        index.fill(0, 0, count * stride);
        spare.push({ index, notes });
      };
      const scanned = { bytes, count, index, stride, slots, others, notes, included: beside, release };
      for (const at of lineEnds(bytes)) markOdd(scanned, at);
      return next === undefined ? scanned : { ...scanned, next };
    } catch (error) {
      if (error !== GIVE_UP) throw error;
      spare.push({ index: found.index.fill(0), notes: found.notes });
      return undefined;
    } finally {
      page = NOTHING;
      found.others = [];
      beside = [];
    }
  };
}

const NOTHING = Buffer.alloc(0);

function markOdd({ index, stride, count }: ScannedPage, at: number): void {
  for (let base = 0; base < count * stride; base += stride)
    if ((index[base + START] as number) < at && at < (index[base + END] as number))
      index[base + FLAGS] = (index[base + FLAGS] as number) | ODD;
}
