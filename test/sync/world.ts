/** A made-up API for the sync tests: resources of every kind of cursor, pages of two, answers without a network. */
import type { Body, JsonApiObject, Resource, Slice, Stream, StreamName } from '../../src/resource.js';
import { addSeconds, compare, FOREVER, floorSecond, type Instant, ORIGIN } from '../../src/time.js';

const limit = () => ({ burst: 10, steady: 600 });
const scopes = ['x:read'];

/** The rows that tests look at: a key, the cursor, and which version of the object it was. */
const rows = (cursor: string): Stream['rows'] =>
  function* (object, { slice }) {
    const [parent] = slice.references ?? [];
    yield {
      id: parent === undefined ? object.id : `${parent.id}/${object.id}`,
      [cursor]: object.attributes[cursor],
      version: object.attributes.version,
    };
  };

const stream = (cursor?: string): Stream =>
  ({
    description: 'of the test',
    primaryKey: ['id'],
    ...(cursor === undefined ? {} : { cursor }),
    rows: rows(cursor ?? 'updated'),
  }) as unknown as Stream;

export const people: Resource = {
  name: 'people',
  path: '/api/people',
  scopes,
  limit,
  pageSize: { default: 2, max: 2 },
  cursor: { field: 'updated', lower: 'greater-than', upper: 'less-than', sorted: true },
  streams: { profile_v2: stream('updated') },
};

export const happenings: Resource = {
  name: 'happenings',
  path: '/api/happenings',
  scopes,
  limit,
  pageSize: { default: 2, max: 2 },
  cursor: {
    field: 'datetime',
    lower: 'greater-or-equal',
    upper: 'less-than',
    sorted: true,
    future: true,
    lateDays: () => 7,
  },
  streams: { event_v2: stream('datetime') },
};

export const members: Resource = {
  name: 'members',
  path: '/api/groups/{id}/members',
  scopes,
  limit,
  pageSize: { default: 2, max: 2 },
  cursor: {
    field: 'joined_group_at',
    lower: 'greater-or-equal',
    upper: 'less-than',
    sorted: true,
    rereadDays: () => 7,
  },
  streams: { profile_list_v2: stream('joined_group_at') },
};

export const groups: Resource = {
  name: 'groups',
  path: '/api/groups',
  scopes,
  limit,
  pageSize: { default: 2, max: 2 },
  cursor: { field: 'updated', lower: 'greater-than', sorted: true },
  walk: 'created',
  children: [
    {
      resource: members,
      references: ({ data }) =>
        data.map(({ id, attributes }) => ({ id, created: attributes.created as Instant })),
    },
  ],
  streams: { list_v2: stream('updated') },
};

export const campaigns: Resource = {
  name: 'campaigns',
  path: '/api/campaigns',
  scopes,
  limit,
  pageSize: { default: 2, max: 2 },
  partitions: ['archived', 'live'],
  cursor: { field: 'updated_at', lower: 'greater-or-equal', upper: 'less-than', sorted: false },
  streams: { campaign_v2: stream('updated_at') },
};

export const kinds: Resource = {
  name: 'kinds',
  path: '/api/kinds',
  scopes,
  limit,
  streams: { metric_v2: stream() },
};

export const RESOURCES = [kinds, groups, campaigns, people, happenings];

export const STREAMS = new Map<StreamName, { stream: Stream; resource: Resource }>(
  [...RESOURCES, members].flatMap((resource) =>
    Object.entries(resource.streams).map(
      ([name, made]) => [name as StreamName, { stream: made as Stream, resource }] as const,
    ),
  ),
);

/** An object of the account; `parent` for a member, `partition` where its resource has some. */
export interface Thing {
  readonly resource: Resource;
  readonly id: string;
  readonly parent?: string;
  readonly partition?: string;
  readonly created: Instant;
  cursor: Instant;
  version: number;
}

export const keyOf = ({ parent, id }: Thing): string => (parent === undefined ? id : `${parent}/${id}`);

/** What the API answers: bounds in whole seconds, its own order, two a page. */
export function answer(things: readonly Thing[], slice: Slice): Body {
  const { resource, partition, references, from, to } = slice;
  const { cursor } = resource;
  const lower = compare(from, ORIGIN) <= 0 ? ORIGIN : floorSecond(from);
  const inBounds = (at: Instant): boolean =>
    cursor === undefined ||
    (compare(at, lower) >= 0 &&
      (cursor.upper === undefined || to === FOREVER || compare(at, addSeconds(to, 1)) < 0));
  const byWalk = slice.walked !== undefined;
  const found = things
    .filter((thing) => thing.resource === resource && inBounds(thing.cursor))
    .filter((thing) => partition === undefined || thing.partition === partition)
    .filter((thing) => references === undefined || references.some(({ id }) => id === thing.parent))
    .sort((a, b) =>
      cursor?.sorted === false
        ? a.id.localeCompare(b.id)
        : byWalk
          ? compare(a.created, b.created)
          : compare(a.cursor, b.cursor),
    );
  const start = Number(slice.pageCursor ?? 0);
  const data = found.slice(start, start + 2).map((thing): JsonApiObject => {
    const attributes = {
      created: thing.created,
      version: thing.version,
      ...(cursor === undefined ? {} : { [cursor.field]: thing.cursor }),
    };
    return { id: thing.id, type: resource.name, attributes, relationships: {} };
  });
  return {
    data,
    included: [],
    find: () => undefined,
    ...(start + 2 < found.length ? { next: String(start + 2) } : {}),
  };
}
