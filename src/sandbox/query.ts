/** The query string of a request, checked against the endpoint's row of the table. */
import { SECOND } from './clock.js';
import type { Endpoint } from './endpoint.js';
import { type Clause, parseFilter } from './filter.js';
import { hash } from './random.js';
import { invalid } from './refusal.js';
import { fieldAllowed } from './resource-types.js';
import { CHANNELS } from './types.js';
import type { Key } from './view.js';

export interface Position {
  readonly key: Key;
  readonly id: string;
  /** The page that ends before the position, instead of the one that starts after it. */
  readonly before: boolean;
}

export interface Query {
  readonly clauses: readonly Clause[];
  readonly sort: { readonly field: string; readonly descending: boolean };
  readonly size: number;
  readonly position?: Position;
  readonly include: readonly string[];
  readonly fields: ReadonlyMap<string, readonly string[]>;
  readonly additional: readonly string[];
  /** What a page cursor of this query is bound to. */
  readonly binding: string;
}

const names = (text: string): string[] => text.split(',').filter((name) => name !== '');

/** `now` in microseconds: a lower bound must lie a little behind it. */
export function readQuery(endpoint: Endpoint, id: string, search: URLSearchParams, now: number): Query {
  const fields = new Map<string, readonly string[]>();
  let clauses: readonly Clause[] = [];
  let sort = { field: 'id', descending: false };
  let size = endpoint.page?.default ?? Number.MAX_SAFE_INTEGER;
  let include: string[] = [];
  let additional: string[] = [];

  for (const [name, value] of search) {
    const [, sparse] = /^fields\[([\w-]+)\]$/.exec(name) ?? [];
    if (sparse !== undefined && endpoint.fields.includes(sparse)) {
      fields.set(sparse, sparseFields(name, sparse, value, endpoint));
    } else if (name === `additional-fields[${endpoint.type}]` && endpoint.additional !== undefined) {
      additional = allowed(name, names(value), endpoint.additional);
    } else if (name === 'include' && endpoint.include !== undefined) {
      include = allowed(name, names(value), endpoint.include);
    } else if (name === 'filter' && endpoint.filter !== undefined) {
      clauses = checkFilter(endpoint, parseFilter(value), now);
    } else if (name === 'sort' && endpoint.sort !== undefined) {
      const field = value.replace(/^-/, '');
      allowed(name, [field], endpoint.sort);
      sort = { field, descending: value.startsWith('-') };
    } else if (name === 'page[size]' && endpoint.page !== undefined && endpoint.page.fixed !== true) {
      size = pageSize(value, endpoint.page.max);
    } else if (name !== 'page[cursor]' || endpoint.page === undefined) {
      throw invalid(name, `'${name}' is not a valid query parameter for this resource.`);
    }
  }

  const rest = [...search].filter(([name]) => name !== 'page[cursor]').sort(([a], [b]) => (a < b ? -1 : 1));
  const binding = hash(JSON.stringify([endpoint.name, id, rest])).toString(36);
  const cursor = search.get('page[cursor]');
  const query = { clauses: implied(endpoint, clauses), sort, size, include, fields, additional, binding };
  return cursor === null ? query : { ...query, position: decodeCursor(cursor, binding) };
}

function allowed(parameter: string, wanted: string[], choices: readonly string[]): string[] {
  for (const name of wanted)
    if (!choices.includes(name))
      throw invalid(parameter, `'${name}' is not an allowed value. Allowed values: ${choices.join(', ')}`);
  return wanted;
}

function sparseFields(parameter: string, type: string, value: string, endpoint: Endpoint): string[] {
  const wanted = names(value);
  for (const name of wanted)
    if (!fieldAllowed(type, name) || (name === 'joined_group_at' && !endpoint.name.includes('_for_')))
      throw invalid(parameter, `'${name}' is not a valid field for the resource '${type}'.`);
  return wanted;
}

function pageSize(text: string, max: number): number {
  const size = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (size < 1 || size > max)
    throw invalid('page[size]', `The page size should be between 1 and ${max} but was ${text}.`);
  return size;
}

const LOWER = ['greater-than', 'greater-or-equal'];
const UPPER = ['less-than', 'less-or-equal'];

function checkFilter(endpoint: Endpoint, clauses: readonly Clause[], now: number): readonly Clause[] {
  const lower = new Map<string, number>();
  for (const { operator, field, value } of clauses) {
    const known = Object.hasOwn(endpoint.filter ?? {}, field) ? endpoint.filter?.[field] : undefined;
    if (known === undefined)
      throw invalid('filter', `'${field}' is not a filterable field for this resource.`);
    const literals = value === undefined ? [] : Array.isArray(value) ? value : [value];
    const called = `${operator}${Array.isArray(value) ? '[]' : ''}`;
    if (!known.operators.includes(called) || (value === undefined) !== (operator === 'has'))
      throw invalid('filter', `'${operator}' with such a value is not allowed for the field '${field}'.`);
    for (const literal of literals) {
      if (literal.kind !== known.kind)
        throw invalid('filter', `'${field}' takes a ${known.kind}, but was given a ${literal.kind}.`);
      if (literal.kind !== 'datetime') continue;
      const second = Math.floor(literal.value / SECOND);
      if (LOWER.includes(operator)) {
        if (literal.value > now - 5 * SECOND)
          throw invalid('filter', `'${field}' must not be compared with a datetime in the future.`);
        lower.set(field, second);
      } else if (UPPER.includes(operator) && endpoint.apart && lower.get(field) === second)
        throw invalid('filter', `The lower and upper bounds of '${field}' must not be the same.`);
    }
  }
  return clauses;
}

function implied(endpoint: Endpoint, clauses: readonly Clause[]): readonly Clause[] {
  if (endpoint.name === 'get_campaigns') {
    const channel = clauses.find(({ field }) => field === 'messages.channel')?.value;
    if (channel === undefined)
      throw invalid(
        'filter',
        "A channel filter is required to list campaigns: equals(messages.channel,'email').",
      );
    if (!CHANNELS.some((name) => !Array.isArray(channel) && 'value' in channel && name === channel.value))
      throw invalid('filter', `messages.channel must be one of: ${CHANNELS.join(', ')}.`);
  } else if (endpoint.name !== 'get_flows') return clauses;
  if (clauses.some(({ field }) => field === 'archived')) return clauses;
  return [...clauses, { operator: 'equals', field: 'archived', value: { kind: 'boolean', value: false } }];
}

/** A place in an order, not a count of rows: rows that come or go before it do not shift the page after it. */
export function encodeCursor({ key, id, before }: Position, binding: string): string {
  const place = typeof key === 'number' && !Number.isFinite(key) ? null : key;
  return Buffer.from(JSON.stringify([binding, before ? 'prev' : 'next', place, id])).toString('base64url');
}

function decodeCursor(text: string, binding: string): Position {
  try {
    const [bound, way, key, id] = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[];
    if (bound === binding && typeof id === 'string' && (way === 'next' || way === 'prev'))
      return {
        key: typeof key === 'number' || typeof key === 'string' ? key : Number.NEGATIVE_INFINITY,
        id,
        before: way === 'prev',
      };
  } catch {
    // What cannot be read is as invalid as what belongs to another query.
  }
  throw invalid(
    'page[cursor]',
    'Invalid cursor provided. Please use the cursor from the links of a response.',
  );
}
