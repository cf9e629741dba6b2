/** The query of a slice: its filter in Klaviyo's grammar, its order, its page. */
import { Fault } from '../errors.js';
import type { Cursor, Slice, Wanted } from '../resource.js';
import { addSeconds, ceilSecond, compare, FOREVER, floorSecond, ORIGIN } from '../time.js';

/** A string in a filter, quoted. */
export const quoted = (value: string): string => `"${value.replace(/["\\]/g, '\\$&')}"`;

/** Name and value of each parameter, not yet encoded. */
export function sliceQuery(
  slice: Slice,
  wanted: Wanted,
  pageSize = slice.resource.pageSize?.max,
): [string, string][] {
  const { resource } = slice;
  const query: [string, string][] = Object.entries(resource.query?.(wanted) ?? {});
  const clauses = [
    ...(slice.partition === undefined ? [] : [slice.partition]),
    ...(resource.filter === undefined ? [] : [resource.filter]),
    ...(resource.batch === undefined ? [] : [anyOf(slice)]),
    ...(resource.cursor === undefined ? [] : bounds(resource.cursor, slice)),
  ];
  if (clauses.length > 0) query.push(['filter', clauses.join(',')]);
  const order = slice.walked === undefined ? resource.cursor?.field : resource.walk;
  if (order !== undefined) query.push(['sort', order]);
  if (pageSize !== undefined) query.push(['page[size]', String(pageSize)]);
  if (slice.pageCursor !== undefined) query.push(['page[cursor]', slice.pageCursor]);
  return query;
}

const anyOf = (slice: Slice): string =>
  `any(id,[${[...new Set(slice.references?.map(({ id }) => quoted(id)))].join(',')}])`;

/**
 * Bounds go out in whole seconds around the slice, and one second lower where the operator leaves out the bound
 * itself; rows outside [from, to) are dropped when the page is read, so slices still meet without a repeat.
 */
function bounds(cursor: Cursor, { from, to }: Slice): string[] {
  const clauses: string[] = [];
  if (compare(from, ORIGIN) > 0) {
    const second = floorSecond(from);
    clauses.push(
      `${cursor.lower}(${cursor.field},${cursor.lower === 'greater-than' ? addSeconds(second, -1) : second})`,
    );
  }
  if (cursor.upper !== undefined && compare(to, FOREVER) < 0)
    clauses.push(`${cursor.upper}(${cursor.field},${ceilSecond(to)})`);
  return clauses;
}

/** The path with `{name}` replaced from the slice's reference. */
export function slicePath(slice: Slice): string {
  const [reference] = slice.references ?? [];
  return slice.resource.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = name === 'id' ? (reference?.id ?? '') : (reference?.with?.[name] ?? '');
    // A URL takes these for the folder itself and the one above, however they are written: another endpoint.
    if (value === '.' || value === '..')
      throw new Fault('KLV_CONTRACT', `${slice.resource.name}: the id "${value}"`);
    return encodeURIComponent(value);
  });
}
