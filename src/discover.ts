/** What can be read, as both catalogs tell it. Schemas are files, so no request is made. */
import { FACTS } from './generated/streams.js';
import type { StreamName } from './resource.js';
import { schemaOf } from './schemas.js';

/** What the resources say of a stream, without what reads it. */
export interface Facts {
  readonly name: StreamName;
  readonly description: string;
  readonly primaryKey: readonly string[];
  readonly cursor?: string;
  /** Of every request that it takes to read it: its own, and those of the listings above it. */
  readonly scopes: readonly string[];
}

/** A stream as catalogs and checks see it. */
export interface Described extends Facts {
  readonly columns: readonly string[];
}

export const describeStreams = (): readonly Described[] =>
  FACTS.map((facts) => ({ ...facts, columns: Object.keys(schemaOf(facts.name).properties) }));

export function airbyteCatalog(): object {
  return {
    streams: describeStreams().map(({ name, primaryKey, cursor }) => ({
      name,
      json_schema: schemaOf(name),
      supported_sync_modes: cursor === undefined ? ['full_refresh'] : ['full_refresh', 'incremental'],
      ...(cursor === undefined ? {} : { source_defined_cursor: true, default_cursor_field: [cursor] }),
      source_defined_primary_key: primaryKey.map((column) => [column]),
      is_resumable: cursor !== undefined,
    })),
  };
}

export function singerCatalog(): object {
  return {
    streams: describeStreams().map(({ name, primaryKey, cursor, columns }) => {
      const automatic = new Set([...primaryKey, ...(cursor === undefined ? [] : [cursor])]);
      return {
        tap_stream_id: name,
        stream: name,
        schema: schemaOf(name),
        key_properties: primaryKey,
        replication_method: cursor === undefined ? 'FULL_TABLE' : 'INCREMENTAL',
        ...(cursor === undefined ? {} : { replication_key: cursor }),
        metadata: [
          {
            breadcrumb: [],
            metadata: {
              inclusion: 'available',
              'selected-by-default': true,
              'table-key-properties': primaryKey,
              // Forced where there is no choice; elsewhere the catalog may ask for FULL_TABLE.
              ...(cursor === undefined
                ? { 'forced-replication-method': 'FULL_TABLE' }
                : { 'replication-method': 'INCREMENTAL', 'valid-replication-keys': [cursor] }),
            },
          },
          ...columns.map((column) => ({
            breadcrumb: ['properties', column],
            metadata: {
              inclusion: automatic.has(column) ? 'automatic' : 'available',
              'selected-by-default': true,
            },
          })),
        ],
      };
    }),
  };
}
