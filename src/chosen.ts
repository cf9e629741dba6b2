/** What was chosen, as requests ask for it and as a protocol announces it. */
import type { ChosenStream } from './catalog.js';
import { describeStreams } from './discover.js';
import type { Announced } from './protocol/protocol.js';
import type { Config, Wanted } from './resource.js';
import { type StreamSchema, schemaOf } from './schemas.js';

export function wants(config: Config, chosen: readonly ChosenStream[]): Wanted {
  const columns = new Map(chosen.map(({ name, columns: selected }) => [name, selected]));
  return {
    config,
    stream: (name) => columns.has(name),
    column: (name, ...wanted) => {
      if (!columns.has(name)) return false;
      const selected = columns.get(name);
      return selected === undefined || wanted.some((column) => selected.has(column));
    },
  };
}

/** Schemas as they are announced: only selected columns. */
export function announce(chosen: readonly ChosenStream[]): readonly Announced[] {
  const described = new Map(describeStreams().map((stream) => [stream.name, stream]));
  return chosen.map(({ name, columns }) => {
    const { primaryKey = [], cursor } = described.get(name) ?? {};
    const schema: StreamSchema = schemaOf(name);
    const properties = Object.fromEntries(
      Object.entries(schema.properties).filter(([column]) => columns?.has(column) ?? true),
    );
    return {
      name,
      schema: { ...schema, properties },
      primaryKey,
      ...(cursor === undefined ? {} : { cursor }),
    };
  });
}
