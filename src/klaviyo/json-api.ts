/** The shape of a JSON:API document, checked before a row is made of it. */
import { Fault } from '../errors.js';
import { numberText } from '../numbers.js';
import type { Body, JsonApiObject, Members, Value } from '../resource.js';

export const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const NONE: Members = Object.freeze({});

/**
 * A document as a Body. `single` documents hold one object or null in `data`, all others an array.
 * Throws KLV_CONTRACT for another shape, and KLV_NEXT_FOREIGN if `links.next` leaves `origin`.
 */
export function toBody(document: Value, where: string, single: boolean, origin: string): Body {
  if (!isMembers(document)) throw contract(where, 'the document is not an object');
  const { data, included, links } = document;
  const listed = single && !Array.isArray(data) ? (data === null ? [] : [data]) : data;
  if (!Array.isArray(listed)) throw contract(where, `data is ${nameOf(data)}, expected an array`);
  const objects = listed.map((value, index) => toObject(value, where, `data[${index}]`));
  if (included !== undefined && included !== null && !Array.isArray(included))
    throw contract(where, `included is ${nameOf(included)}, expected an array`);
  const others = (included ?? []) as readonly Value[];
  const related = others.map((value, index) => toObject(value, where, `included[${index}]`));
  let index: Map<string, JsonApiObject> | undefined;
  const next = nextCursor(isMembers(links) ? links.next : undefined, where, origin);
  return {
    data: objects,
    included: related,
    find: (type, id) => {
      index ??= new Map(related.map((object) => [`${object.type}/${object.id}`, object]));
      return index.get(`${type}/${id}`);
    },
    ...(next === undefined ? {} : { next }),
  };
}

export function toObject(value: Value | undefined, where: string, path: string): JsonApiObject {
  if (!isMembers(value)) throw contract(where, `${path} is ${nameOf(value)}, expected an object`);
  const { id, type, attributes, relationships } = value;
  if (typeof id !== 'string' || id === '' || numberText(id) !== undefined)
    throw contract(where, `${path}.id is ${nameOf(id)}, expected a string`);
  return {
    id,
    type: typeof type === 'string' ? type : '',
    attributes: isMembers(attributes) ? attributes : NONE,
    relationships: isMembers(relationships) ? relationships : NONE,
  };
}

/** Only the token is taken from `links.next`: the rest of the request is ours, so the key stays with one origin. */
export function nextCursor(next: Value | undefined, where: string, origin: string): string | undefined {
  if (next === undefined || next === null || next === '') return undefined;
  if (typeof next !== 'string') throw contract(where, `links.next is ${nameOf(next)}, expected a string`);
  let url: URL;
  try {
    url = new URL(next, origin);
  } catch {
    throw contract(where, 'links.next is no URL');
  }
  if (url.origin !== origin) throw new Fault('KLV_NEXT_FOREIGN', `${where}: links.next names ${url.origin}`);
  const cursor = url.searchParams.get('page[cursor]');
  if (cursor === null || cursor === '') throw contract(where, 'links.next has no page[cursor]');
  return cursor;
}

const contract = (where: string, what: string): Fault => new Fault('KLV_CONTRACT', `${where}: ${what}`);

function nameOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (value === '') return 'empty';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return numberText(value) === undefined ? `a ${typeof value}` : 'a number';
}

/** The id of a to-one relationship, or null: the relation is kept even if its object is not in the document. */
export function related(object: JsonApiObject, name: string): string | null {
  const relation = object.relationships[name];
  const data = isMembers(relation) ? relation.data : undefined;
  return isMembers(data) ? text(data.id) : null;
}

/** The ids of a to-many relationship; null where the document does not say. */
export function relatedIds(object: JsonApiObject, name: string): readonly string[] | null {
  const relation = object.relationships[name];
  const data = isMembers(relation) ? relation.data : undefined;
  if (!Array.isArray(data)) return null;
  return data.flatMap((value: Value) => {
    const id = isMembers(value) ? text(value.id) : null;
    return id === null ? [] : [id];
  });
}

/** A member of a value that may be no object. */
export const member = (value: unknown, name: string): Value | undefined =>
  isMembers(value) ? value[name] : undefined;

/** A text, or null for all else; a number that is held as text is a number. */
export const text = (value: unknown): string | null =>
  typeof value === 'string' && numberText(value) === undefined ? value : null;
