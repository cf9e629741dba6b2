/** The schemas of the streams, read from `schemas/` when first asked for. */
import { packaged } from './packaged.js';
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

export const schemaOf = (stream: StreamName): StreamSchema =>
  packaged(`schemas/${stream}.json`) as StreamSchema;

/** The one type beside null that a column has. */
export const typeOf = (schema: Schema): string =>
  typeof schema.type === 'string' ? schema.type : (schema.type.find((type) => type !== 'null') ?? 'null');

export const nullable = (schema: Schema): boolean =>
  typeof schema.type !== 'string' && schema.type.includes('null');
