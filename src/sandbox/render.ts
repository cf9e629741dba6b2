/** A row as JSON, in bytes: a page is then a matter of copying. */
import { print } from './print.js';
import { TYPES } from './resource-types.js';
import { ADDITIONAL, type Attributes, type Raw, RawJson, RawNumber, type Ref } from './types.js';
import type { Row } from './view.js';

/** How the objects of one type are to look in an answer. */
export interface Shape {
  readonly fields?: readonly string[] | undefined;
  readonly additional: readonly string[];
  readonly include: readonly string[];
  /** Type and id alone. */
  readonly bare: boolean;
  /** The same shape, the same bytes. */
  readonly key: string;
}

export function shapeOf(shape: Omit<Shape, 'key'>): Shape {
  return { ...shape, key: JSON.stringify(shape) };
}

export function render(row: Row, shape: Shape, origin: string): Buffer {
  if (row.print !== undefined) return row.print(shape, origin);
  if (row.memo?.shape === shape.key) return row.memo.bytes;
  const bytes = Buffer.from(compose(row, shape, origin));
  row.memo = { shape: shape.key, bytes };
  return bytes;
}

export function compose(row: Row, shape: Shape, origin: string): string {
  const { type, id } = row.object;
  const head = `{"type":${JSON.stringify(type)},"id":${JSON.stringify(id)}`;
  if (shape.bare) return `${head}}`;
  const self = `${origin}${TYPES[type]?.path ?? '/api'}/${encodeURIComponent(id)}`;
  const relationships = Object.entries(TYPES[type]?.relations ?? {}).map(([name, relation]) => {
    const links = `"links":{"self":"${self}/relationships/${name}","related":"${self}/${name}"}`;
    const shown = relation.always === true || shape.include.includes(name);
    const data = shown ? row.object.relationships[name]?.data : undefined;
    return `"${name}":{${data === undefined ? '' : `"data":${JSON.stringify(data)},`}${links}}`;
  });
  const attributes = print(project(row, shape));
  const related = relationships.length === 0 ? '' : `,"relationships":{${relationships.join(',')}}`;
  return `${head},"attributes":${attributes}${related},"links":{"self":"${self}"}}`;
}

function project({ object, joined }: Row, { fields, additional }: Shape): Attributes {
  const hidden = (ADDITIONAL[object.type] ?? []).filter((name) => !additional.includes(name));
  let attributes = object.attributes;
  if (hidden.some((name) => name in attributes))
    attributes = Object.fromEntries(Object.entries(attributes).filter(([name]) => !hidden.includes(name)));
  if (joined !== undefined) attributes = { ...attributes, joined_group_at: joined };
  return fields === undefined ? attributes : pick(attributes, [...fields, ...additional]);
}

/** The members that dotted names lead to. */
function pick(attributes: Attributes, fields: readonly string[]): Attributes {
  const heads = new Map<string, string[]>();
  for (const field of fields) {
    const [head = '', ...rest] = field.split('.');
    heads.set(head, [...(heads.get(head) ?? []), rest.join('.')]);
  }
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]): [string, Raw][] => {
      const below = heads.get(name);
      if (below === undefined) return [];
      return [[name, below.includes('') || !isObject(value) ? value : pick(value, below)]];
    }),
  );
}

const isObject = (value: Raw): value is Attributes =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof RawNumber || value instanceof RawJson);

export const refs = (row: Row, relation: string): readonly Ref[] => {
  if (row.refs !== undefined) return row.refs(relation);
  const data = row.object.relationships[relation]?.data;
  return data === undefined || data === null ? [] : 'id' in data ? [data] : data;
};
