/** What commands do to an account with: choose, change, delete, and note what was touched when. */
import { isoMicros } from '../../src/sandbox/clock.js';
import type { Account, AccountObject } from '../../src/sandbox/index.js';
import { type Random, random } from '../../src/sandbox/random.js';

export type Hands = ReturnType<typeof hands>;

export function hands(account: Account, seed: number, now: () => number) {
  const chance: Random = random(seed, 'commands');
  const touched = new Map<string, number>();
  let made = 0;
  const touch = (...ids: readonly string[]): void => {
    for (const id of ids) touched.set(id, now());
  };
  const micros = (): number => Math.floor(now()) * 1000 + chance.int(0, 999);
  const stamp = (): string => isoMicros(micros());
  const groups = (): AccountObject[] => [...account.lists, ...account.segments];
  const at = <T>(from: readonly T[], pick: number): T | undefined => from[pick % Math.max(1, from.length)];
  const fresh = (prefix: string): string => {
    made += 1;
    return `${prefix}${String(made).padStart(4, '0')}`;
  };

  /** Puts a changed object in the place of the old one, of which bytes may have been kept. */
  const edit = (objects: AccountObject[], id: string | undefined, attributes: object, more: object = {}) => {
    const index = objects.findIndex((object) => object.id === id);
    const object = objects[index];
    if (object === undefined || id === undefined) return;
    objects[index] = {
      ...object,
      ...more,
      attributes: { ...object.attributes, ...attributes },
    } as AccountObject;
    touch(id);
  };
  const drop = (objects: AccountObject[], id: string): void => {
    const index = objects.findIndex((object) => object.id === id);
    if (index >= 0) objects.splice(index, 1);
    touch(id);
  };
  const listOf = (id: string): AccountObject[] =>
    account.lists.some((list) => list.id === id) ? account.lists : account.segments;
  const relation = (object: AccountObject, name: string): string[] => {
    const data = object.relationships[name]?.data;
    if (data === undefined || data === null) return [];
    return ('id' in data ? [data] : data).map(({ id }) => id);
  };

  return {
    account,
    chance,
    touched,
    seed,
    now,
    touch,
    micros,
    stamp,
    groups,
    at,
    fresh,
    edit,
    drop,
    listOf,
    relation,
  };
}
