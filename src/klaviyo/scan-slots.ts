/** Where of each object the values are noted that a scan is to find, and what is looked for on the way there. */
import type { Scan } from '../resource.js';
import type { Level } from './json-walk.js';
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

/** The first words of an object: where it begins, where it ends, what it is like. */
export const [START, END, FLAGS] = [0, 1, 2];
/** Must be read the other way. */
export const ODD = 1;
/** Line ends stand between its tokens. */
export const FOLDED = 2;
const FIRST_SLOT = 3;

export interface Sought {
  readonly slots: Slots;
  readonly level: Level;
  readonly stride: number;
  /** Whether rows look into what a page includes. */
  readonly joins: boolean;
}

/** Every member that is known gets a slot, if only to see it twice: then the last one holds, and the object is odd. */
function make({ attributes, inside, columns }: Scan): Sought {
  let stride = FIRST_SLOT;
  const slot = (): Slot => {
    stride += 2;
    return stride - 2;
  };
  const slotsOf = (names: readonly string[]) => new Map(names.map((one) => [one, slot()] as const));
  const from = Object.values(columns).filter((one) => typeof one === 'object');
  const texts = from.flatMap((one) => ('text' in one ? [one.text] : 'number' in one ? [one.number] : []));
  const ones = from.flatMap((one) => ('one' in one ? [one.one] : []));
  const manys = from.flatMap((one) => ('many' in one ? [one.many] : 'included' in one ? [one.included] : []));
  const slots: Slots = {
    id: slot(),
    attributes: slot(),
    attribute: slotsOf(attributes),
    inside: slotsOf(texts),
    one: slotsOf(ones),
    many: slotsOf([...new Set(manys)]),
  };
  const level = (
    members: readonly (readonly [string, Slot, (Level | undefined)?])[],
    keepsOthers = false,
  ): Level => ({
    names: createNames(members.map(([one]) => one)),
    slots: Int32Array.from(members, ([, at]) => at),
    levels: members.map(([, , below]) => below),
    keepsOthers,
  });
  const looked = texts.length === 0 ? undefined : level([...slots.inside]);
  const known = [...slots.attribute].map(
    ([one, at]) => [one, at, one === inside ? looked : undefined] as const,
  );
  const relations = [
    ...[...slots.one].map(
      ([one, at]) => [one, slot(), level([['data', slot(), level([['id', at]])]])] as const,
    ),
    ...[...slots.many].map(([one, at]) => [one, slot(), level([['data', at]])] as const),
  ];
  const top = level([
    ['id', slots.id],
    ['attributes', slots.attributes, level(known, true)],
    ['relationships', slot(), relations.length === 0 ? undefined : level(relations)],
  ]);
  return { slots, level: top, stride, joins: from.some((one) => 'included' in one) };
}

const made = new WeakMap<Scan, Sought>();

export function soughtOf(scan: Scan): Sought {
  const known = made.get(scan) ?? make(scan);
  made.set(scan, known);
  return known;
}

export const slotsOf = (scan: Scan): Slots => soughtOf(scan).slots;
