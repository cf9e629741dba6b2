/** Bodies made into pages: each stream's rows fitted to its schema, what rows look up, and oddities told once. */
import type { ChosenStream } from './catalog.js';
import { wants } from './chosen.js';
import type { Mends } from './klaviyo/json.js';
import { createSpare, firstLine, type Lines } from './lines.js';
import type { Log } from './log.js';
import type { Body, Resource, Slice, StreamName } from './resource.js';
import { RESOURCES } from './resources/index.js';
import { fitter, IS_NEW } from './row.js';
import { sizeLimit } from './row-limits.js';
import { copier } from './scanned-row.js';
import { schemaOf } from './schemas.js';
import { shapes } from './shape.js';
import { type Page, type PageParts, toPage } from './sync/page.js';
import type { Plan } from './sync/plan.js';

export function pager(
  made: Plan,
  chosen: readonly ChosenStream[],
  options: {
    readonly mends: Mends;
    readonly log: Log;
    readonly frame: PageParts['frame'];
    readonly sample: boolean;
  },
): (slice: Slice, body: Body) => Page {
  const told = new Set<string>();
  const warnings = {
    mends: options.mends,
    warn: (stream: StreamName, column: string, what: string): void => {
      const key = `${stream}.${column.replace(/\[\d+\]/g, '[]')}`;
      if (told.has(key)) return;
      told.add(key);
      options.log('warn', `${key} ${what}`);
    },
  };
  const fits = new Map(
    chosen.map(({ name, columns }) => [name, fitter(name, schemaOf(name), columns, warnings)] as const),
  );
  const copies = new Map(
    chosen.flatMap(({ name, columns }) => {
      const resource = made.streams.get(name)?.resource;
      return resource?.scan === undefined
        ? []
        : [
            [
              name,
              copier({ ...resource, scan: resource.scan }, schemaOf(name), columns, {
                config: made.config,
                told: (attribute) => warnings.warn(name, attribute, IS_NEW),
              }),
            ] as const,
          ];
    }),
  );
  const named = new Set<Resource>(RESOURCES.flatMap((resource) => resource.after ?? []));
  const seen = new Set<string>();
  const lookup = (type: string, id: string): boolean => seen.has(`${type}/${id}`);
  const sampled = new Set<StreamName>();
  const { config } = made;
  const parts: PageParts = {
    ...{ plan: made, fits, lookup, copies },
    frame: options.frame,
    spare: createSpare(),
    admits: sizeLimit({ config, ...options }),
  };
  const see = shapes(config, wants(config, chosen), options.log);
  return (slice, body) => {
    if (named.has(slice.resource)) for (const { type, id } of body.data) seen.add(`${type}/${id}`);
    see(slice.resource, body);
    const page = toPage(slice, body, parts);
    return options.sample ? firstRows(page, made, sampled) : page;
  };
}

/** One row a stream, and only the slices that may bring a row of a stream that has none yet. */
function firstRows(page: Page, made: Plan, sampled: Set<StreamName>): Page {
  const rows = new Map<StreamName, Lines>();
  for (const [stream, lines] of page.rows) {
    if (lines.count === 0 || sampled.has(stream)) continue;
    sampled.add(stream);
    rows.set(stream, firstLine(lines));
  }
  const opened = new Map<Resource, number>();
  const opens = page.opens.filter(({ resource }) => {
    const count = (opened.get(resource) ?? 0) + 1;
    opened.set(resource, count);
    return count <= 3 && made.feeds(resource).some((stream) => !sampled.has(stream));
  });
  return { ...page, rows, opens };
}
