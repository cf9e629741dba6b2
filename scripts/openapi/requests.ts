/** What a resource asks for, against what its endpoint takes. */
import type { Resource, Wanted } from '../../src/resource.js';
import {
  answerOf,
  type Document,
  type Filter,
  type Node,
  type Operation,
  operationOf,
  parametersOf,
  shapeOf,
} from './document.js';

const CONFIG = { api_key: '' };

/** Everything; everything that can be asked for by name; nothing: each makes another query. */
const WANTED: readonly Wanted[] = [
  { config: { ...CONFIG, predictive_analytics: true }, stream: () => true, column: () => true },
  {
    config: { ...CONFIG, predictive_analytics: true },
    stream: () => true,
    column: (_, ...columns) => columns.some((column) => column !== 'additional_attributes'),
  },
  { config: CONFIG, stream: () => false, column: () => false },
];

export function checkRequests(document: Document, resource: Resource): string[] {
  const operation = operationOf(document, resource.path);
  if (operation === undefined) return [`${resource.name}: there is no GET ${resource.path}`];
  const parameters = parametersOf(document, operation);
  return [
    ...checkLimits(resource, operation),
    ...checkScopes(resource, operation),
    ...checkPaging(document, resource, operation, parameters),
    ...checkFilters(resource, operation['x-klaviyo-filters'] ?? {}),
    ...checkOrder(document, resource, parameters.get('sort')),
    ...checkQuery(document, resource, parameters),
  ]
    .filter((finding, index, all) => all.indexOf(finding) === index)
    .map((finding) => `${resource.name}: ${finding}`);
}

function checkLimits({ limit, query }: Resource, operation: Operation): string[] {
  const documented = operation['x-klaviyo-ratelimit'];
  const usual = documented === undefined ? 'none' : `${documented.burst} ${documented.steady}`;
  // The limit of the slower variant is told in the description alone.
  const slower =
    /when using the `additional-fields\[\w+\]=predictive_analytics`.*?`(\d+\/s)`.*?`(\d+\/m)`/s.exec(
      operation.description ?? '',
    );
  return WANTED.flatMap((wanted) => {
    const { burst, steady } = limit(wanted.config);
    const slow =
      slower !== null &&
      Object.values(query?.(wanted) ?? {})
        .join()
        .includes('predictive_analytics');
    const [ours, theirs] = [`${burst}/s ${steady}/m`, slow ? `${slower[1]} ${slower[2]}` : usual];
    return ours === theirs ? [] : [`limit is ${ours}, documented is ${theirs}`];
  });
}

function checkScopes({ scopes }: Resource, operation: Operation): string[] {
  const [ours, theirs] = [scopes, operation['x-klaviyo-scopes'] ?? []].map((each) =>
    [...each].sort().join(' '),
  );
  return ours === theirs ? [] : [`scopes are ${ours}, documented are ${theirs}`];
}

function checkPaging(
  document: Document,
  { pageSize, single }: Resource,
  operation: Operation,
  parameters: ReadonlyMap<string, Node>,
): string[] {
  const theirs = parameters.get('page[size]');
  const findings: string[] = [];
  if (pageSize?.default !== theirs?.default || pageSize?.max !== theirs?.maximum)
    findings.push(
      `page size is ${pageSize?.default} to ${pageSize?.max}, documented is ${theirs?.default} to ${theirs?.maximum}`,
    );
  const listed = answerOf(document, operation).property('data')?.types.has('array') === true;
  if (listed === (single === true))
    findings.push(`single is ${single === true}, but data is ${listed ? '' : 'no '}array`);
  if (listed && !parameters.has('page[cursor]')) findings.push('there is no page[cursor]');
  return findings;
}

function checkFilters(
  { cursor, batch, filter, partitions }: Resource,
  filters: Readonly<Record<string, Filter>>,
): string[] {
  const clauses = new Set([...(partitions ?? []), ...(filter === undefined ? [] : [filter])]);
  const bound = (operator: string | undefined): string[] =>
    operator === undefined || cursor === undefined ? [] : [`${operator}(${cursor.field},)`];
  const asked = [
    ...[...clauses].flatMap(split),
    ...bound(cursor?.lower),
    ...bound(cursor?.upper),
    ...(batch === undefined ? [] : ['any(id,[])']),
  ];
  return [...new Set(asked)].flatMap((clause) => checkClause(clause, filters));
}

/** `a(b,c),d(e,[f,g])` in its clauses. */
const split = (clauses: string): string[] => clauses.match(/[\w-]+\([^()]*\)/g) ?? [clauses];

function checkClause(clause: string, filters: Readonly<Record<string, Filter>>): string[] {
  const [, operator = '', field = '', value] = /^([\w-]+)\(([\w.$]+)(?:,(.*))?\)$/.exec(clause) ?? [];
  const kind = value === undefined ? 'none' : value.startsWith('[') ? 'list' : 'single';
  const theirs = filters[field];
  if (theirs === undefined) return [`${clause}: ${field || clause} cannot be filtered by`];
  const operators = theirs.operators[kind] ?? [];
  if (!operators.includes(operator))
    return [
      `${clause}: ${field} takes ${operators.join(', ') || 'nothing'} with ${kind} value, not ${operator}`,
    ];
  const values = (value ?? '').match(/'[^']*'/g) ?? [];
  const unknown = values
    .map((each) => each.slice(1, -1))
    .filter((each) => theirs.value?.enum?.includes(each) === false);
  return unknown.map((each) => `${clause}: ${field} has no value ${each}`);
}

function checkOrder(document: Document, { cursor, walk }: Resource, sort: Node | undefined): string[] {
  const allowed = sort === undefined ? [] : shapeOf(document, sort).values;
  return [cursor?.field, walk]
    .filter((field) => field !== undefined)
    .filter((field) => !allowed.includes(field))
    .map((field) => `cannot be sorted by ${field}`);
}

function checkQuery(
  document: Document,
  { query }: Resource,
  parameters: ReadonlyMap<string, Node>,
): string[] {
  return WANTED.flatMap((wanted) =>
    Object.entries(query?.(wanted) ?? {}).flatMap(([name, value]) => {
      const schema = parameters.get(name);
      if (schema === undefined) return [`there is no parameter ${name}`];
      const shape = shapeOf(document, schema);
      const allowed = shape.items()?.values ?? shape.values;
      return value
        .split(',')
        .filter((each) => allowed.length > 0 && !allowed.includes(each))
        .map((each) => `${name} has no value ${each}`);
    }),
  );
}
