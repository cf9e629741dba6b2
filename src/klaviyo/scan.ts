/**
 * Finds the objects of a page in its bytes: what is not looked at is copied into rows as it stands. The whole document
 * is proved to be JSON on the way; a page with anything that needs a closer look is left to the other way.
 */
import { isUtf8 } from 'node:buffer';
import type { Scan } from '../resource.js';
import {
  ahead,
  begin,
  blanks,
  elements,
  end,
  GIVE_UP,
  give,
  members,
  membersBegun,
  place,
  text,
  textFrom,
  value,
} from './json-tokens.js';

/** What is looked for in each object, by the names it has there. */
export interface ScanShape {
  /** Attributes that are known; an object with another one is `odd`. */
  readonly attributes: readonly string[];
  /** The attribute that is looked into, and the members that are looked for there. */
  readonly inside: { readonly attribute: string; readonly members: readonly string[] };
  readonly one: readonly string[];
  readonly many: readonly string[];
}

export function shapeOf({ attributes, inside, columns }: Scan): ScanShape {
  const from = Object.values(columns);
  return {
    attributes,
    inside: {
      attribute: inside,
      members: from.flatMap((one) => ('text' in one ? [one.text] : 'number' in one ? [one.number] : [])),
    },
    one: from.flatMap((column) => ('one' in column ? [column.one] : [])),
    many: from.flatMap((column) => ('many' in column ? [column.many] : [])),
  };
}

/** JSON texts, in the order of the shape; undefined where the object has none. */
export interface ScannedObject {
  readonly start: number;
  readonly end: number;
  /** Has something that the shape does not foresee: it must be read the other way. */
  readonly odd: boolean;
  readonly id: string;
  readonly attributes: readonly (string | undefined)[];
  readonly inside: readonly (string | undefined)[];
  readonly one: readonly (string | undefined)[];
  readonly many: readonly (string | undefined)[];
}

export interface ScannedPage {
  /** The bytes as Latin-1. */
  readonly text: string;
  readonly objects: readonly ScannedObject[];
  /** `links.next` as JSON text. */
  readonly next?: string;
}

/** More digits than a double's range can hold are left to the other way, which looks at the value. */
const MOST_DIGITS = 300;

/** `wideIntegers`: numbers as wide as 64 bit are left to the other way too. */
export function createScanner(
  shape: ScanShape,
  wideIntegers: 'keep' | 'string',
): (bytes: Buffer) => ScannedPage | undefined {
  const mostDigits = wideIntegers === 'string' ? 18 : MOST_DIGITS;
  const indexed = (names: readonly string[]) => new Map(names.map((name, index) => [`"${name}"`, index]));
  const attributeAt = indexed(shape.attributes);
  const insideAt = indexed(shape.inside.members);
  /** The bytes that a name looked for may begin with; a backslash, since it may hide one. */
  const insideBegun = new Uint8Array(256);
  for (const name of ['\\', ...shape.inside.members]) insideBegun[Buffer.from(name)[0] ?? 0] = 1;
  const insideName = `"${shape.inside.attribute}"`;
  const oneAt = indexed(shape.one);
  const manyAt = indexed(shape.many);

  let odd = false;
  /** A name written with an escape may be one that is looked for. */
  const isHidden = (name: string): boolean => name.includes('\\');
  function unsought(depth: number, name: string): void {
    if (isHidden(name)) odd = true;
    value(depth);
  }
  /** Keeps a text; the same place twice, or a name that is not known, makes the object odd. */
  function keep(into: (string | undefined)[], at: number | undefined, depth: number): void {
    if (at === undefined || into[at] !== undefined) {
      odd = true;
      value(depth);
    } else into[at] = text(depth);
  }

  // The object under way: callbacks made once, not once an object.
  let id: string | undefined;
  let attributes: (string | undefined)[] = [];
  let inside: (string | undefined)[] = [];
  let one: (string | undefined)[] = [];
  let many: (string | undefined)[] = [];
  let attributesSeen = 0;
  let relationshipsSeen = 0;
  let related: string | undefined;
  let several = false;
  let ids: string[] = [];

  function ofReference(depth: number, name: string): void {
    if (name === '"id"' && ahead() === 34) {
      if (related !== undefined) odd = true;
      related = text(depth);
    } else {
      if (name === '"id"') odd = true;
      unsought(depth, name);
    }
  }

  function reference(depth: number): void {
    related = undefined;
    members(depth, ofReference);
    if (related === undefined) odd = true;
    else ids.push(related);
  }

  function ofRelation(depth: number, name: string): void {
    const c = ahead();
    if (name !== '"data"' || c === 110) unsought(depth, name);
    else if (several && c === 91) {
      elements(depth, reference);
      related = `[${ids.join(',')}]`;
    } else if (!several && c === 123) {
      reference(depth);
      related = ids[0];
    } else {
      odd = true;
      value(depth);
    }
  }

  /** The id in `{"data": {"type": …, "id": …}}`, or the ids, as JSON text; undefined where there are none. */
  function relation(depth: number, manyIds: boolean): string | undefined {
    several = manyIds;
    related = undefined;
    ids = [];
    if (ahead() === 123) {
      let found: string | undefined;
      let seen = 0;
      members(depth, (inner, name) => {
        ofRelation(inner, name);
        if (name !== '"data"') return;
        seen += 1;
        found = related;
      });
      if (seen > 1) odd = true;
      return found;
    }
    value(depth);
    return undefined;
  }

  function ofInside(depth: number, name: string): void {
    const at = insideAt.get(name);
    if (at === undefined) unsought(depth, name);
    else keep(inside, at, depth);
  }

  function ofAttributes(depth: number, name: string): void {
    const at = attributeAt.get(name);
    if (name !== insideName || ahead() !== 123 || at === undefined) {
      keep(attributes, at, depth);
      return;
    }
    if (attributes[at] !== undefined) odd = true;
    const from = place();
    membersBegun(depth, insideBegun, ofInside);
    attributes[at] = textFrom(from);
  }

  function ofRelationships(depth: number, name: string): void {
    const oneOf = oneAt.get(name);
    const manyOf = manyAt.get(name);
    if (
      (oneOf !== undefined && one[oneOf] !== undefined) ||
      (manyOf !== undefined && many[manyOf] !== undefined)
    )
      odd = true;
    if (oneOf !== undefined) one[oneOf] = relation(depth, false);
    else if (manyOf !== undefined) many[manyOf] = relation(depth, true);
    else unsought(depth, name);
  }

  function ofObject(depth: number, name: string): void {
    const opens = ahead() === 123;
    if (name === '"id"') {
      if (id !== undefined || ahead() !== 34) odd = true;
      id = text(depth);
    } else if (name === '"attributes"' && opens) {
      attributesSeen += 1;
      members(depth, ofAttributes);
    } else if (name === '"relationships"' && opens) {
      relationshipsSeen += 1;
      members(depth, ofRelationships);
    } else unsought(depth, name);
  }

  let included: string | undefined;
  function ofIncluded(depth: number, name: string): void {
    if (name !== '"id"') {
      if (isHidden(name)) give();
      value(depth);
    } else if (ahead() === 34) included = text(depth);
    else give();
  }
  /** Nothing is made of it, but an object without an id breaks the page either way. */
  function includedObject(depth: number): void {
    included = undefined;
    members(depth, ofIncluded);
    if (included === undefined || included === '""') give();
  }

  const none = (names: readonly string[]): (string | undefined)[] => names.map(() => undefined);

  function object(depth: number): ScannedObject {
    const start = place();
    odd = false;
    id = undefined;
    attributesSeen = 0;
    relationshipsSeen = 0;
    attributes = none(shape.attributes);
    inside = none(shape.inside.members);
    one = none(shape.one);
    many = none(shape.many);
    members(depth, ofObject);
    if (id === undefined || id === '""' || attributesSeen !== 1 || relationshipsSeen > 1) odd = true;
    return { start, end: place(), odd, id: id ?? '', attributes, inside, one, many };
  }

  return (bytes) => {
    if (!isUtf8(bytes)) return undefined;
    const page = bytes.toString('latin1');
    begin(bytes, page, mostDigits);
    const objects: ScannedObject[] = [];
    let next: string | undefined;
    let data = 0;
    let links = 0;
    try {
      blanks();
      members(0, (depth, name) => {
        if (name === '"data"') {
          data += 1;
          elements(depth, (inner) => void objects.push(object(inner)));
        } else if (name === '"links"' && ahead() === 123) {
          links += 1;
          members(depth, (inner, link) => {
            if (link === '"next"') next = text(inner);
            else if (isHidden(link)) give();
            else value(inner);
          });
        } else if (name === '"included"' && ahead() !== 110) elements(depth, includedObject);
        else if (name === '"errors"' || isHidden(name)) give();
        else value(depth);
      });
      end();
      if (data !== 1 || links > 1) give();
    } catch (error) {
      if (error === GIVE_UP) return undefined;
      throw error;
    }
    return { text: page, objects, ...(next === undefined ? {} : { next }) };
  };
}
