/** Where of each object the values are noted that a scan is to find, and what is looked for on the way there. */
import type { Scan } from '../resource.js';
import { type Schema, typeOf } from '../schemas.js';
import { BEGIN, OPENING } from './bytes.js';
import type { Level } from './found.js';
import { NO_SLOT } from './json-walk.js';
import { ARRAY, BOOLEAN, INSTANT, INTEGER, NULL, NUMBER, OBJECT, STRING } from './kinds.js';
import { createNames } from './names.js';

/** A place in the bytes: its slots hold where a value begins and ends, zero where there is none. */
export type Slot = number;

/**
 * Where each value that is looked for is kept. All are of one object of a page: the two words of a slot are at
 * `object * stride + slot` of the index.
 */
export interface Slots {
  readonly id: Slot;
  readonly attributes: Slot;
  readonly attribute: ReadonlyMap<string, Slot>;
  /** Members of the attribute that is looked into. */
  readonly inside: ReadonlyMap<string, Slot>;
  /** The id of a to-one relation, as it stands. */
  readonly one: ReadonlyMap<string, Slot>;
  /** The `data` of a to-many relation. */
  readonly many: ReadonlyMap<string, Slot>;
}

/** The first words of an object: where it begins and ends, what it is like, where its notes begin and end. */
export const [START, END, FLAGS, NOTES, NOTES_END] = [0, 1, 2, 3, 4];
/** Must be read the other way. */
export const ODD = 1;
/** Line ends stand between its tokens. */
export const FOLDED = 2;
const FIRST_SLOT = 5;

export interface Sought {
  readonly slots: Slots;
  readonly level: Level;
  readonly stride: number;
  /** Whether rows look into what a page includes. */
  readonly joins: boolean;
}

type Member = readonly [name: string, slot: Slot, level?: Level | undefined, need?: number];

const levelOf = (
  members: readonly Member[],
  { opens = BEGIN, keepsOthers = false }: { opens?: Level['opens']; keepsOthers?: boolean } = {},
): Level => ({
  opens,
  names: createNames(members.map(([one]) => one)),
  slots: Int32Array.from(members, ([, at]) => at),
  levels: members.map(([, , below]) => below),
  needs: Uint8Array.from(members, ([, , , need]) => need ?? 0),
  keepsOthers,
});

/** What is looked for in a value some of whose members, or all of whose elements, are declared. */
function declared({ properties, items }: Schema): Level | undefined {
  if (properties !== undefined)
    return levelOf(
      Object.entries(properties).map(([one, schema]) => [one, NO_SLOT, declared(schema), needOf(schema)]),
    );
  if (items === undefined) return undefined;
  // A null among objects is left out of a row.
  const need = needOf(items) & (typeOf(items) === 'object' ? ~NULL : ~0);
  return levelOf([['element', NO_SLOT, declared(items), need]], { opens: OPENING });
}

/** The kinds of values that a column of the schema takes as they stand. */
export function needOf(schema: Schema): number {
  const { format } = schema;
  switch (typeOf(schema)) {
    case 'string':
      return format === undefined ? STRING | NULL : format === 'date-time' ? STRING | INSTANT | NULL : NULL;
    case 'integer':
      return NUMBER | INTEGER | NULL;
    case 'number':
      return NUMBER | NULL;
    case 'boolean':
      return BOOLEAN | NULL;
    case 'array':
      return ARRAY | NULL;
    default:
      return OBJECT | NULL;
  }
}

export type Columns = Readonly<Record<string, Schema>>;

/**
 * `columns`: those that have values of attributes of the same name. Every member that is known gets a slot, if only to
 * see it twice: then the last one holds, and the object is odd.
 */
export function soughtOf({ attributes, inside, columns: from }: Scan, columns: Columns = {}): Sought {
  let stride = FIRST_SLOT;
  const slot = (): Slot => {
    stride += 2;
    return stride - 2;
  };
  const slotsOf = (names: readonly string[]) => new Map(names.map((one) => [one, slot()] as const));
  const sources = Object.values(from).filter((one) => typeof one === 'object');
  const texts = sources.flatMap((one) => ('text' in one ? [one.text] : 'number' in one ? [one.number] : []));
  const ones = sources.flatMap((one) => ('one' in one ? [one.one] : []));
  const manys = sources.flatMap((one) =>
    'many' in one ? [one.many] : 'included' in one ? [one.included] : [],
  );
  const slots: Slots = {
    id: slot(),
    attributes: slot(),
    attribute: slotsOf(attributes),
    inside: slotsOf(texts),
    one: slotsOf(ones),
    many: slotsOf([...new Set(manys)]),
  };
  const looked = texts.length === 0 ? undefined : levelOf([...slots.inside]);
  const below = (one: string): Level | undefined => {
    if (one === inside) return looked;
    const column = from[one] === undefined ? columns[one] : undefined;
    return column === undefined ? undefined : declared(column);
  };
  const known = [...slots.attribute].map(([one, at]): Member => [one, at, below(one)]);
  const relations = [
    ...[...slots.one].map(
      ([one, at]): Member => [one, slot(), levelOf([['data', slot(), levelOf([['id', at]])]])],
    ),
    ...[...slots.many].map(([one, at]): Member => [one, slot(), levelOf([['data', at]])]),
  ];
  const level = levelOf([
    ['id', slots.id],
    ['attributes', slots.attributes, levelOf(known, { keepsOthers: true })],
    ['relationships', slot(), relations.length === 0 ? undefined : levelOf(relations)],
  ]);
  return { slots, level, stride, joins: sources.some((one) => 'included' in one) };
}
