/** The document that answers a request. */
import type { Endpoint } from './endpoint.js';
import { encodeCursor, type Position, type Query } from './query.js';
import { notFound } from './refusal.js';
import { refs, render, type Shape, shapeOf } from './render.js';
import type { Row, View } from './view.js';
import { walk } from './walk.js';

/** A compound document includes this many objects of a relation and leaves the rest to the related link. */
const INCLUDED = 50;

export interface Request {
  readonly endpoint: Endpoint;
  readonly id: string;
  readonly query: Query;
  readonly search: URLSearchParams;
  /** Of the links inside objects. */
  readonly origin: string;
  /** Of the page links: the host that was asked. */
  readonly asked: string;
  readonly path: string;
  /** Instead of Klaviyo's own number. */
  readonly included?: number;
}

export function answer(view: View, request: Request): Buffer {
  const { endpoint, id, query, origin } = request;
  const shape = (type: string): Shape =>
    shapeOf({
      fields: query.fields.get(type),
      additional: type === endpoint.type ? query.additional : [],
      include: type === endpoint.type ? query.include : [],
      bare: endpoint.bare === true,
    });
  const missing = () => notFound(`A ${endpoint.path.split('/')[2]} object with id '${id}' does not exist.`);

  if (endpoint.answers === 'object') {
    const row = view.single(endpoint.name, endpoint.type, id);
    if (row === undefined) throw missing();
    if (row === null) return Buffer.from(`{"data":null,"links":{"self":${self(request)}}}`);
    const parts = [render(row, shape(endpoint.type), origin), ...included(view, request, [row], shape)];
    return document('{"data":', parts, `,"links":{"self":${self(request)}}}`);
  }

  const order = view.ordered(endpoint.name, id, query.sort.field);
  if (order === undefined) throw missing();
  const { rows, next, previous } = walk(order, query);
  const own = shape(endpoint.type);
  const data = listed(rows.map((row) => render(row, own, origin)));
  const link = (position: Position | undefined) => {
    if (position === undefined) return 'null';
    const search = new URLSearchParams(request.search);
    search.set('page[cursor]', encodeCursor(position, query.binding));
    return JSON.stringify(`${request.asked}${request.path}?${search}`);
  };
  const links = `"links":{"self":${self(request)},"next":${link(next)},"prev":${link(previous)}}`;
  return document('{"data":', [...data, ...included(view, request, rows, shape)], `,${links}}`);
}

function self({ asked, path, search }: Request): string {
  return JSON.stringify(`${asked}${path}${search.size === 0 ? '' : `?${search}`}`);
}

function included(
  view: View,
  { query, origin, included: most = INCLUDED }: Request,
  rows: readonly Row[],
  shape: (type: string) => Shape,
): Buffer[] {
  if (query.include.length === 0) return [];
  const objects = new Map<string, Buffer>();
  const shapes = new Map<string, Shape>();
  for (const row of rows)
    for (const relation of query.include)
      for (const { type, id } of refs(row, relation).slice(0, most)) {
        const key = `${type}/${id}`;
        const found = objects.has(key) ? undefined : view.find(type, id);
        if (found === undefined) continue;
        const known = shapes.get(type) ?? shape(type);
        shapes.set(type, known);
        objects.set(key, render(found, known, origin));
      }
  return [Buffer.from(',"included":'), ...listed([...objects.values()])];
}

const [OPEN, COMMA, CLOSE] = [Buffer.from('['), Buffer.from(','), Buffer.from(']')];

function listed(objects: readonly Buffer[]): Buffer[] {
  const parts: Buffer[] = [OPEN];
  for (const bytes of objects) {
    if (parts.length > 1) parts.push(COMMA);
    parts.push(bytes);
  }
  parts.push(CLOSE);
  return parts;
}

const document = (start: string, parts: readonly Buffer[], end: string): Buffer =>
  Buffer.concat([Buffer.from(start), ...parts, Buffer.from(end)]);
