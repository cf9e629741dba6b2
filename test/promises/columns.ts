/** What the columns of a row must hold, by its schema and the truth of the account. */
import { readFileSync } from 'node:fs';
import type { StreamName } from '../../src/resource.js';
import { type Row, utc } from './truth.js';

export interface Schema {
  readonly type: string | readonly string[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

type TableSchema = Schema & { readonly properties: Readonly<Record<string, Schema>> };

const known = new Map<StreamName, TableSchema>();

export function schemaFile(stream: StreamName): TableSchema {
  const schema =
    known.get(stream) ??
    (JSON.parse(
      readFileSync(new URL(`../../../schemas/${stream}.json`, import.meta.url), 'utf8'),
    ) as TableSchema);
  known.set(stream, schema);
  return schema;
}

/** A value as its column holds it: only declared dates are written anew. */
export function asColumn(value: unknown, schema: Schema | undefined): unknown {
  if (value === null || value === undefined || schema === undefined) return value ?? null;
  if (schema.format === 'date-time') return utc(value);
  if (Array.isArray(value)) return value.map((one) => asColumn(one, schema.items));
  if (typeof value !== 'object' || schema.properties === undefined) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      name in (schema.properties ?? {}) ? asColumn(one, schema.properties?.[name]) : one,
    ]),
  );
}

export function expectedRow(stream: StreamName, row: Row): Row {
  const { properties } = schemaFile(stream);
  return Object.fromEntries(
    Object.entries(properties).map(([column, schema]) => [column, asColumn(row[column], schema)]),
  );
}
