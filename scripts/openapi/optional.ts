/** Attributes that an answer may lack: those alone are not missed when no object of a page has them. */
import type { Config, Resource } from '../../src/resource.js';
import { type Document, objectOf, operationOf } from './document.js';

export function checkOptional(document: Document, resource: Resource): string[] {
  const operation = operationOf(document, resource.path);
  if (operation === undefined) return [];
  const query = resource.query?.({
    config: {} as Config,
    stream: () => true,
    column: (_, ...columns) => columns.some((column) => column !== 'additional_attributes'),
  });
  return Object.entries(query ?? {}).flatMap(([parameter, names]) => {
    const type = /^fields\[(.+)\]$/.exec(parameter)?.[1];
    if (type === undefined) return [];
    const asked = names.split(',');
    const documented = objectOf(document, operation, type)?.property('attributes')?.optional ?? [];
    const may = asked.filter((name) => documented.includes(name)).sort();
    const listed = [...(resource.optional?.[type] ?? [])].sort();
    return may.join() === listed.join()
      ? []
      : [
          `${resource.name}: optional of ${type} are ${listed.join(' ') || 'none'}, documented are ${may.join(' ') || 'none'}`,
        ];
  });
}
