/** Requests that are small: ids and times alone, from either end of a listing. */
import type { Body, Resource, Slice, StreamName } from '../resource.js';
import type { Plan } from '../sync/plan.js';
import { merge, type Range } from '../sync/ranges.js';
import { earliest, FOREVER, floorSecond, type Instant, normalise, ORIGIN } from '../time.js';

/** What the plan reads of a resource, up to now. */
export const rangesOf = (resource: Resource, { slices, now }: Plan): Range[] =>
  merge(
    slices
      .filter((slice) => slice.resource === resource)
      .map(({ from, to }) => ({ from, to: earliest(to, now) })),
  );

export function sliceOf(resource: Resource): Slice {
  const [partition] = resource.partitions ?? [];
  return {
    resource,
    from: ORIGIN,
    to: FOREVER,
    watermark: ORIGIN,
    ...(partition === undefined ? {} : { partition }),
  };
}

/** The resource with its objects' ids alone, and their cursor. */
export function narrow(resource: Resource, { config }: Plan): Resource {
  const { scan: _scan, children: _children, batch: _batch, ...rest } = resource;
  const field = resource.cursor?.field;
  const column = (_: StreamName, ...columns: readonly string[]): boolean =>
    field !== undefined && columns.includes(field);
  return { ...rest, query: () => resource.query?.({ config, stream: () => false, column }) ?? {} };
}

/** The same from its end, as far as there can be rows already. */
export function backwards({ cursor, query, ...resource }: Resource, now: Instant): Resource {
  const field = cursor?.field ?? '';
  return {
    ...resource,
    filter: `less-than(${field},${floorSecond(now)})`,
    query: (wanted) => ({ ...query?.(wanted), sort: `-${field}` }),
  };
}

export function timesIn({ data }: Body, { cursor }: Resource): Instant[] {
  return data.flatMap(({ attributes }) => {
    const value = attributes[cursor?.field ?? ''];
    return (typeof value === 'string' ? normalise(value) : undefined) ?? [];
  });
}
