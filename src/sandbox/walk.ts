/** One page out of an ordered collection. */
import { matches } from './match.js';
import type { Position, Query } from './query.js';
import type { Key, Order, Row } from './view.js';

export interface Slice {
  readonly rows: readonly Row[];
  readonly next?: Position;
  readonly previous?: Position;
}

/** First index in [0, length) at which the rows have come up to the place. */
function search(length: number, reached: (index: number) => boolean): number {
  let from = 0;
  let to = length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (reached(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}

const BOUNDS = ['greater-than', 'greater-or-equal', 'less-than', 'less-or-equal'];

/** The part of an order that bounds on its own field leave, found without looking at each row. */
function range({ length, key, exact }: Order, query: Query): [number, number] {
  let from = 0;
  let to = length;
  if (!exact) return [from, to];
  for (const { operator, field, value } of query.clauses) {
    if (field !== query.sort.field || value === undefined || Array.isArray(value) || !('value' in value))
      continue;
    const bound = value.value as Key;
    const above = search(length, (index) => key(index) > bound);
    const reached = search(length, (index) => key(index) >= bound);
    if (operator === 'greater-than') from = Math.max(from, above);
    if (operator === 'greater-or-equal') from = Math.max(from, reached);
    if (operator === 'less-than') to = Math.min(to, reached);
    if (operator === 'less-or-equal') to = Math.min(to, above);
    // What has no instant is on neither side of one.
    from = Math.max(
      from,
      search(length, (index) => key(index) !== Number.NEGATIVE_INFINITY),
    );
  }
  return [from, to];
}

export function walk(order: Order, query: Query): Slice {
  const [from, to] = range(order, query);
  const { position, size, sort } = query;
  const backwards = sort.descending !== (position?.before ?? false);
  const step = backwards ? -1 : 1;
  const compare = (index: number, { key, id }: Position) => {
    const own = order.key(index);
    return own < key ? -1 : own > key ? 1 : compareIds(order.id(index), id);
  };
  const start = (): number => {
    if (position === undefined) return backwards ? to - 1 : from;
    if (backwards)
      return Math.min(to - 1, search(order.length, (index) => compare(index, position) >= 0) - 1);
    return Math.max(
      from,
      search(order.length, (index) => compare(index, position) > 0),
    );
  };

  // What the range has settled need not be asked of each row.
  const left = query.clauses.filter(
    ({ field, operator }) => !(order.exact && field === sort.field && BOUNDS.includes(operator)),
  );
  const found: number[] = [];
  for (let index = start(); index >= from && index < to && found.length <= size; index += step) {
    if (left.length > 0) {
      const row = order.row(index);
      if (!left.every((clause) => matches(row, clause))) continue;
    }
    found.push(index);
  }
  const more = found.length > size;
  if (more) found.pop();
  if (position?.before) found.reverse();

  const place = (index: number | undefined, before: boolean): Position[] =>
    index === undefined ? [] : [{ key: order.key(index), id: order.id(index), before }];
  const [next] = more || position?.before ? place(found.at(-1), false) : [];
  const [previous] = (position?.before ? more : position !== undefined) ? place(found[0], true) : [];
  return {
    rows: found.map((index) => order.row(index)),
    ...(next === undefined ? {} : { next }),
    ...(previous === undefined ? {} : { previous }),
  };
}

const compareIds = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
