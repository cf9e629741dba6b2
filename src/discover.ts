/** What can be read, as both catalogs tell it. Schemas are files, so no request is made. */
import { STREAM_NAMES } from './generated/rows.js';
import type { StreamName } from './resource.js';
import { RESOURCES, reachable, STREAMS } from './resources/index.js';
import { schemaOf } from './schemas.js';

/** A stream as catalogs and checks see it. */
export interface Described {
  readonly name: StreamName;
  readonly description: string;
  readonly primaryKey: readonly string[];
  readonly cursor?: string;
  readonly columns: readonly string[];
  readonly scopes: readonly string[];
}

export function describeStreams(): readonly Described[] {
  return STREAM_NAMES.map((name) => {
    const found = STREAMS.get(name);
    if (found === undefined) throw new Error(`no resource feeds ${name}`);
    const { stream } = found;
    return {
      name,
      description: stream.description,
      primaryKey: stream.primaryKey,
      ...(stream.cursor === undefined ? {} : { cursor: stream.cursor }),
      columns: Object.keys(schemaOf(name).properties),
      scopes: scopesOf(name),
    };
  });
}

/** The scopes of every request that it takes to read a stream: its own, and those of the listings above it. */
export function scopesOf(name: StreamName): readonly string[] {
  const feeding = reachable(RESOURCES).filter(({ streams }) => name in streams);
  const leading = RESOURCES.filter((root) =>
    reachable([root]).some((resource) => feeding.includes(resource)),
  );
  return [...new Set([...leading, ...feeding].flatMap(({ scopes }) => scopes))].sort();
}

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
