/** The schemas of the streams, read from `schemas/` when first asked for. */
import { readFileSync } from 'node:fs';
import type { StreamName } from './resource.js';

export interface Schema {
  readonly type: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: boolean;
}

export type StreamSchema = Schema & { readonly properties: Readonly<Record<string, Schema>> };

const ROOT = new URL('../../', import.meta.url);
const loaded = new Map<string, unknown>();

/** A JSON file of the package, parsed once. */
export function packaged(path: string): unknown {
  if (!loaded.has(path)) loaded.set(path, JSON.parse(readFileSync(new URL(path, ROOT), 'utf8')));
  return loaded.get(path);
}

export const schemaOf = (stream: StreamName): StreamSchema =>
  packaged(`schemas/${stream}.json`) as StreamSchema;

/** The one type beside null that a column has. */
export const typeOf = (schema: Schema): string =>
  typeof schema.type === 'string' ? schema.type : (schema.type.find((type) => type !== 'null') ?? 'null');

export const nullable = (schema: Schema): boolean =>
  typeof schema.type !== 'string' && schema.type.includes('null');
