/** Sparse fieldsets: what was not selected is not asked for either. */
import type { StreamName, Wanted } from '../resource.js';

/** The columns of one stream that need an attribute; none named: the stream needs it whenever it is selected. */
type Need = readonly [stream: StreamName, ...columns: string[]];

/**
 * `fields[type]` for the selected columns. Nothing is left out while a stream whose `additional_attributes` is
 * selected is read: attributes that Klaviyo adds later could not arrive otherwise.
 */
export function sparse(
  wanted: Wanted,
  type: string,
  attributes: Readonly<Record<string, readonly Need[]>>,
): Record<string, string> {
  const needs = Object.values(attributes).flat();
  if (needs.some(([stream]) => wanted.column(stream, 'additional_attributes'))) return {};
  const asked = Object.entries(attributes)
    .filter(([, by]) =>
      by.some(([stream, ...columns]) =>
        columns.length === 0 ? wanted.stream(stream) : wanted.column(stream, ...columns),
      ),
    )
    .map(([name]) => name);
  return { [`fields[${type}]`]: asked.length === 0 ? 'id' : asked.join(',') };
}

/** The usual case: each attribute is the column of the same name. */
export const plain = (stream: StreamName, ...names: readonly string[]): Record<string, readonly Need[]> =>
  Object.fromEntries(names.map((name) => [name, [[stream, name]]]));

/** `include` for the relations that are wanted. */
export function including(relations: Readonly<Record<string, boolean>>): Record<string, string> {
  const names = Object.keys(relations).filter((name) => relations[name]);
  return names.length === 0 ? {} : { include: names.join(',') };
}
