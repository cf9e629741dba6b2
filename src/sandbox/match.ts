/** A clause against a row, and the value that a row is ordered by. */
import { parseInstant } from './clock.js';
import type { Clause, Literal } from './filter.js';
import { type Raw, RawJson, RawNumber } from './types.js';
import type { Key, Row } from './view.js';

/** Values of a dotted path; an array on the way stands for each of its elements. */
function along(value: Raw | undefined, path: readonly string[]): Raw[] {
  if (value === undefined || value === null) return [];
  const [name, ...rest] = path;
  if (Array.isArray(value)) return value.flatMap((element: Raw) => along(element, path));
  if (name === undefined) return [value];
  if (typeof value !== 'object' || value instanceof RawNumber || value instanceof RawJson) return [];
  return along((value as { [name: string]: Raw })[name], rest);
}

function relatedId({ object }: Row, relation: string): Raw[] {
  const data = object.relationships[relation]?.data;
  return data !== undefined && data !== null && 'id' in data ? [data.id] : [];
}

/** Where a field of a filter or a sort lies, when it is not the attribute of that name. */
const PLACES: { readonly [typeAndField: string]: (row: Row) => Raw[] } = {
  'event metric_id': (row) => relatedId(row, 'metric'),
  'event profile_id': (row) => relatedId(row, 'profile'),
  'event metric': (row) => relatedId(row, 'metric'),
  'event profile': (row) => relatedId(row, 'profile'),
  'profile profile_id': ({ object }) => [object.id],
  'profile joined_group_at': ({ joined }) => (joined === undefined ? [] : [joined]),
  'campaign messages.channel': ({ object }) => ('channel' in object ? [object.channel as string] : []),
  'flow-action action_type': ({ object }) => along(object.attributes.definition, ['type']),
  'flow-action status': ({ object }) => along(object.attributes.definition, ['data', 'status']),
  'flow-message name': ({ object }) => along(object.attributes.definition, ['name']),
};

function valuesOf(row: Row, field: string): Raw[] {
  if (field === 'id') return [row.object.id];
  const place = PLACES[`${row.object.type} ${field}`];
  return place === undefined ? along(row.object.attributes, field.split('.')) : place(row);
}

const DATETIME = /(^|\.)(created|updated|datetime|timestamp|\w+_at)$/;

/** Instants are ordered as instants; what has none comes first. */
export function sortKey(row: Row, field: string): Key {
  const [value] = valuesOf(row, field);
  if (typeof value === 'number') return value;
  if (value instanceof RawNumber) return Number(value.text);
  const text = typeof value === 'string' ? value : '';
  return DATETIME.test(field) ? (parseInstant(text) ?? Number.NEGATIVE_INFINITY) : text;
}

function comparable(value: Raw, { kind }: Literal): Key | boolean | undefined {
  if (kind === 'datetime') return typeof value === 'string' ? parseInstant(value) : undefined;
  if (value instanceof RawNumber) return Number(value.text);
  return typeof value === 'object' && value !== null ? undefined : (value ?? undefined);
}

type Test = (value: Key | boolean, wanted: Key | boolean) => boolean;

const TESTS: { readonly [operator: string]: Test } = {
  equals: (value, wanted) => value === wanted,
  any: (value, wanted) => value === wanted,
  'greater-than': (value, wanted) => value > wanted,
  'greater-or-equal': (value, wanted) => value >= wanted,
  'less-than': (value, wanted) => value < wanted,
  'less-or-equal': (value, wanted) => value <= wanted,
  contains: (value, wanted) => String(value).toLowerCase().includes(String(wanted).toLowerCase()),
  'starts-with': (value, wanted) => String(value).startsWith(String(wanted)),
  'ends-with': (value, wanted) => String(value).endsWith(String(wanted)),
};

export function matches(row: Row, { operator, field, value }: Clause): boolean {
  const values = valuesOf(row, field);
  if (value === undefined) return values.length > 0;
  const test = TESTS[operator];
  const wanted = Array.isArray(value) ? (value as readonly Literal[]) : [value as Literal];
  return wanted.some((literal) =>
    values.some((candidate) => {
      const found = comparable(candidate, literal);
      return found !== undefined && test?.(found, literal.value) === true;
    }),
  );
}
