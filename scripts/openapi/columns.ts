/** The columns of a stream, against the JSON:API object its rows are made of. */
import { type Schema, type StreamSchema, typeOf } from '../../src/schemas.js';
import { type Document, objectOf, operationOf, type Shape } from './document.js';
import type { Origin, Source } from './sources.js';

export interface Comparison {
  readonly findings: readonly string[];
  /** Columns and declared members looked at. */
  readonly compared: number;
}

interface Notes {
  /** A finding, unless it is a listed exception. */
  readonly note: (path: string, what: string) => void;
  readonly seen: (path: string) => void;
}

export function checkColumns(
  document: Document,
  stream: string,
  schema: StreamSchema,
  source: Source,
  paths: readonly string[],
): Comparison {
  const exceptions = source.exceptions ?? {};
  const [findings, used, compared] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const notes: Notes = {
    note: (path, what) => {
      if (Object.hasOwn(exceptions, path)) used.add(path);
      else findings.add(`${stream}.${path}: ${what}`);
    },
    seen: (path) => compared.add(path),
  };
  for (const path of paths) {
    const operation = operationOf(document, path);
    if (operation === undefined) continue;
    const object = objectOf(document, operation, source.type);
    if (object === undefined) findings.add(`${stream}: the answer of GET ${path} has no ${source.type}`);
    else checkObject(notes, schema, source, object);
  }
  for (const path of Object.keys(exceptions))
    if (!used.has(path)) findings.add(`${stream}.${path}: is listed as an exception and is none`);
  return { findings: [...findings], compared: compared.size };
}

function checkObject(notes: Notes, schema: StreamSchema, source: Source, object: Shape): void {
  const lifted =
    source.lift === 'nothing' ? undefined : along(object, ['attributes', ...(source.lift ?? [])]);
  if (source.lift !== 'nothing' && lifted === undefined)
    notes.note((source.lift ?? []).join('.'), 'is not in the document');
  for (const name of lifted?.names ?? [])
    if (!Object.hasOwn(schema.properties, name) && (lifted?.property(name)?.types.size ?? 0) > 0)
      notes.note(name, 'is an attribute and no column');
  for (const [name, column] of Object.entries(schema.properties)) {
    notes.seen(name);
    const attribute = lifted?.property(name);
    const origin = source.columns[name];
    if (attribute !== undefined) checkValue(notes, name, column, attribute);
    else if (origin === undefined) notes.note(name, 'is a column and no attribute');
    else checkOrigin(notes, name, column, object, origin);
  }
  for (const name of Object.keys(source.columns))
    if (!Object.hasOwn(schema.properties, name)) notes.note(name, 'is listed as a column and is none');
}

function checkOrigin(notes: Notes, name: string, column: Schema, object: Shape, origin: Origin): void {
  if (typeof origin !== 'string') return;
  const shape = along(object, origin.split('/'));
  if (shape === undefined) notes.note(name, `comes from ${origin}, which is not in the document`);
  else if (!origin.startsWith('relationships/')) checkValue(notes, name, column, shape);
  else if (shape.property('data')?.types.has(typeOf(column) === 'array' ? 'array' : 'object') !== true)
    notes.note(name, `is ${typeOf(column)}, but ${origin} is not of as many`);
}

/** The shape at the end of a path of names; `[]` steps into an array. Below a free object everything may be. */
function along(shape: Shape, path: readonly string[]): Shape | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return shape;
  const next = name === '[]' ? shape.items() : shape.property(name);
  if (next !== undefined) return along(next, rest);
  return shape.types.has('object') && shape.names.length === 0 ? ANYTHING : undefined;
}

const ANYTHING: Shape = {
  types: new Set(),
  formats: new Set(),
  names: [],
  optional: [],
  values: [],
  property: () => undefined,
  items: () => undefined,
};

function checkValue(notes: Notes, path: string, schema: Schema, shape: Shape): void {
  if (shape.types.size === 0) return;
  const types = [...shape.types].sort().join(' or ');
  if (types !== typeOf(schema)) {
    notes.note(path, `is declared ${typeOf(schema)}, documented is ${types}`);
    return;
  }
  const [format, ...others] = [...shape.formats];
  const dated = others.length === 0 && (format === 'date-time' || format === 'date') ? format : undefined;
  if (schema.format !== dated)
    notes.note(path, `has ${schema.format ?? 'no'} format, documented is ${dated ?? 'none'}`);
  checkMembers(notes, path, schema, shape);
  const items = shape.items();
  if (schema.items !== undefined && items !== undefined) checkValue(notes, `${path}[]`, schema.items, items);
  if (schema.items === undefined && items?.types.size === 1)
    notes.note(path, `declares no items, documented are ${[...items.types]}`);
}

/** As deep as the schema goes: an object without declared members is passed on whole. */
function checkMembers(notes: Notes, path: string, { properties }: Schema, shape: Shape): void {
  if (properties === undefined || shape.names.length === 0) return;
  for (const name of new Set([...shape.names, ...Object.keys(properties)])) {
    const [declared, documented] = [properties[name], shape.property(name)];
    if (documented === undefined) notes.note(`${path}.${name}`, 'is declared, and not in the document');
    else if (declared === undefined) {
      if (documented.types.size === 1)
        notes.note(`${path}.${name}`, `is not declared (${[...documented.types]})`);
    } else {
      notes.seen(`${path}.${name}`);
      checkValue(notes, `${path}.${name}`, declared, documented);
    }
  }
}
