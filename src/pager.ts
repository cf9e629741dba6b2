/** Bodies made into pages: each stream's rows fitted to its schema, what rows look up, and oddities told once. */
import type { ChosenStream } from './catalog.js';
import { wants } from './chosen.js';
import type { Mends } from './klaviyo/json.js';
import type { Log } from './log.js';
import type { Body, Resource, Slice, StreamName } from './resource.js';
import { RESOURCES } from './resources/index.js';
import { fitter } from './row.js';
import { sizeLimit } from './row-limits.js';
import { copier } from './scanned-row.js';
import { schemaOf } from './schemas.js';
import { shapes } from './shape.js';
import { type Page, toPage } from './sync/page.js';
import type { Plan } from './sync/plan.js';

export function pager(
  made: Plan,
  chosen: readonly ChosenStream[],
  options: {
    readonly mends: Mends;
    readonly log: Log;
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
              copier({ ...resource, scan: resource.scan }, schemaOf(name), columns, made.config),
            ] as const,
          ];
    }),
  );
  const named = new Set<Resource>(RESOURCES.flatMap((resource) => resource.after ?? []));
  const seen = new Set<string>();
  const lookup = (type: string, id: string): boolean => seen.has(`${type}/${id}`);
  const sampled = new Set<StreamName>();
  const { config } = made;
  const limit = sizeLimit({ config, ...options });
  const see = shapes(config, wants(config, chosen), options.log);
  return (slice, body) => {
    if (named.has(slice.resource)) for (const { type, id } of body.data) seen.add(`${type}/${id}`);
    see(slice.resource, body);
    const full = toPage(slice, body, { plan: made, fits, lookup, copies });
    const rows = [...full.rows].map(
      ([stream, texts]) => [stream, limit(stream, texts, full.bytes === true)] as const,
    );
    const page = { ...full, rows: new Map(rows) };
    return options.sample ? firstRows(page, made, sampled) : page;
  };
}

/** One row a stream, and only the slices that may bring a row of a stream that has none yet. */
function firstRows(page: Page, made: Plan, sampled: Set<StreamName>): Page {
  const rows = new Map<StreamName, readonly string[]>();
  for (const [stream, texts] of page.rows) {
    if (texts.length === 0 || sampled.has(stream)) continue;
    sampled.add(stream);
    rows.set(stream, texts.slice(0, 1));
  }
  const opened = new Map<Resource, number>();
  const opens = page.opens.filter(({ resource }) => {
    const count = (opened.get(resource) ?? 0) + 1;
    opened.set(resource, count);
    return count <= 3 && made.feeds(resource).some((stream) => !sampled.has(stream));
  });
  return { ...page, rows, opens };
}
