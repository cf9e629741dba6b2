/**
 * Whether answers still have the attributes that rows are made of. Klaviyo moves a revision that it retired to a later
 * one without a word; columns would then be null from one day to the next.
 */
import { warning } from './errors.js';
import type { Log } from './log.js';
import type { Body, Config, Resource, StreamName, Wanted } from './resource.js';

/** By type of object, then by attribute: the streams that read it. */
type Expected = Map<string, Map<string, StreamName[]>>;

/**
 * What each chosen stream asks for by name. A query without `fields` asks for everything; the one that leaves
 * `additional_attributes` out names all that the schema knows.
 */
function expected(resource: Resource, config: Config, wanted: Wanted): Expected {
  const found: Expected = new Map();
  for (const stream of Object.keys(resource.streams) as StreamName[]) {
    if (!wanted.stream(stream)) continue;
    const query = resource.query?.({
      config,
      stream: (name) => name === stream,
      column: (name, ...columns) => {
        const known = columns.filter((column) => column !== 'additional_attributes');
        return name === stream && (columns.length === 0 || known.length > 0) && wanted.column(name, ...known);
      },
    });
    for (const [parameter, names] of Object.entries(query ?? {})) {
      const type = /^fields\[(.+)\]$/.exec(parameter)?.[1];
      if (type === undefined || names === 'id') continue;
      const attributes = found.get(type) ?? new Map<string, StreamName[]>();
      found.set(type, attributes);
      for (const name of names.split(','))
        if (resource.optional?.[type]?.includes(name) !== true)
          attributes.set(name, [...(attributes.get(name) ?? []), stream]);
    }
  }
  return found;
}

/** Looks at the first objects of each type that a resource brings, and at no later ones. */
export function shapes(config: Config, wanted: Wanted, log: Log): (resource: Resource, body: Body) => void {
  const waiting = new Map<Resource, Expected>();
  const told = new Set<string>();
  return (resource, body) => {
    let types = waiting.get(resource);
    if (types === undefined) {
      types = expected(resource, config, wanted);
      waiting.set(resource, types);
    }
    for (const [type, attributes] of types) {
      const came = attributesOf(body, type);
      if (came === undefined) continue;
      types.delete(type);
      for (const [name, streams] of attributes)
        for (const stream of streams) {
          const what = `${stream}: ${name} no longer comes`;
          if (came(name) || told.has(what)) continue;
          told.add(what);
          log('warn', warning('KLV_SHAPE', what));
        }
    }
  };
}

/** Whether any object of the type has an attribute; undefined where there is no such object. */
function attributesOf(
  { data, included, scanned }: Body,
  type: string,
): ((name: string) => boolean) | undefined {
  if (scanned !== undefined) {
    return scanned.page.count === 0 ? undefined : scanned.has;
  }
  const objects = [...data, ...included].filter((object) => object.type === type);
  if (objects.length === 0) return undefined;
  return (name) => objects.some(({ attributes }) => Object.hasOwn(attributes, name));
}
