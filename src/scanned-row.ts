/**
 * Rows copied out of a scanned page, column by column, in the order and the form that `row.ts` gives them. What does
 * not fit its column at first sight is left to `row.ts`.
 */
import { type ScannedObject, shapeOf } from './klaviyo/scan.js';
import type { Config, Json, Resource, Scan } from './resource.js';
import { type Schema, type StreamSchema, typeOf } from './schemas.js';
import { type Instant, normalise } from './time.js';

/** A row of an object: its text and its cursor; 'other': only `row.ts` can tell; undefined: not wanted. */
type Copy = (
  object: ScannedObject,
) => { readonly text: Json; readonly at: Instant | undefined } | 'other' | undefined;

export interface Copier {
  readonly copy: Copy;
  /** A row's text as bytes read as Latin-1, to stand among copied ones. */
  readonly asBytes: (text: Json) => Json;
}

type Piece = (object: ScannedObject) => string | undefined;

export function copier(
  resource: Resource & { readonly scan: Scan },
  schema: StreamSchema,
  columns: ReadonlySet<string> | undefined,
  config: Config,
): Copier {
  const { scan, cursor } = resource;
  const shape = shapeOf(scan);
  const pieces = Object.entries(schema.properties)
    .filter(([name]) => columns?.has(name) ?? true)
    .map(([name, column]): readonly [string, Piece] => [`${JSON.stringify(name)}:`, piece(name, column)]);
  /** Names and values in turn; the values are put in row by row. */
  const parts = [...pieces.flatMap(([name], index) => [`${index === 0 ? '{' : ','}${name}`, '']), '}'];
  const cursorAt = scan.attributes.indexOf(cursor?.field ?? '');

  function piece(name: string, column: Schema): Piece {
    if (name === 'id') return ({ id }) => id;
    if (name === 'additional_attributes') return () => 'null';
    const from = scan.columns[name];
    if (from === undefined) {
      const at = scan.attributes.indexOf(name);
      const copy = copyOf(column);
      return ({ attributes }) => {
        const text = attributes[at];
        return text === undefined || text === 'null' ? 'null' : copy(text);
      };
    }
    if ('one' in from) {
      const at = shape.one.indexOf(from.one);
      return ({ one }) => one[at] ?? 'null';
    }
    if ('many' in from) {
      const at = shape.many.indexOf(from.many);
      return ({ many }) => many[at] ?? 'null';
    }
    const at = shape.inside.members.indexOf('text' in from ? from.text : from.number);
    const wanted = 'text' in from ? isString : isNumber;
    return ({ inside }) => {
      const text = inside[at];
      return text !== undefined && wanted(text) ? text : 'null';
    };
  }

  const copy: Copy = (object) => {
    if (object.odd) return 'other';
    const one = (relation: string): string | null => {
      const id = object.one[shape.one.indexOf(relation)];
      return id === undefined ? null : (JSON.parse(id) as string);
    };
    if (!scan.keep(one, config)) return undefined;
    for (let index = 0; index < pieces.length; index += 1) {
      const value = pieces[index]?.[1](object);
      if (value === undefined) return 'other';
      parts[index * 2 + 1] = value;
    }
    const when = object.attributes[cursorAt];
    return {
      text: parts.join(''),
      at: when === undefined || when === 'null' ? undefined : normalise(when.slice(1, -1)),
    };
  };
  return { copy, asBytes };
}

const isString = (text: string): boolean => text.charCodeAt(0) === 34;
const isNumber = (text: string): boolean => text.charCodeAt(0) <= 57 && text.charCodeAt(0) >= 45;

/** How a value other than null goes into a column; undefined where it needs a closer look. */
function copyOf(column: Schema): (text: string) => string | undefined {
  const { format, properties } = column;
  switch (typeOf(column)) {
    case 'string':
      if (format === 'date-time')
        return (text) => {
          const instant = isString(text) ? normalise(text.slice(1, -1)) : undefined;
          return instant === undefined ? undefined : `"${instant}"`;
        };
      return format === undefined ? (text) => (isString(text) ? text : undefined) : () => undefined;
    case 'integer':
      return (text) => (/^-?[1-9]\d{0,14}$|^0$/.test(text) ? text : undefined);
    case 'number':
      return (text) => (isNumber(text) ? text : undefined);
    case 'object':
      // An object whose members are declared may hold dates and misfits of its own.
      return properties === undefined
        ? (text) => (text.charCodeAt(0) === 123 ? text : undefined)
        : () => undefined;
    default:
      return () => undefined;
  }
}

const asBytes = (text: Json): Json => Buffer.from(text).toString('latin1');
