/** Whether a key can read what was chosen: one small request a scope, whichever streams need it. */
import { type ChosenStream, everything, parseCatalog } from './catalog.js';
import { wants } from './chosen.js';
import { openClient } from './connection.js';
import { type Described, describeStreams } from './discover.js';
import { asFault, type Fault } from './errors.js';
import { readText } from './file.js';
import type { Io } from './io.js';
import type { Client } from './klaviyo/client.js';
import { noMends } from './klaviyo/json.js';
import type { Log } from './log.js';
import type { Config, Resource, Slice } from './resource.js';
import { RESOURCES, reachable } from './resources/index.js';
import { FOREVER, ORIGIN } from './time.js';

export interface CheckResult {
  readonly ok: boolean;
  /** One line a scope that is missing, with the streams that need it; or the one reason nothing could be asked. */
  readonly problems: readonly string[];
  readonly granted: readonly string[];
  /** The worst of what was met; absent when all is well. */
  readonly fault?: Fault;
}

/** The cheapest request that shows a scope: a listing that needs no other. */
function probeOf(scope: string): Slice | undefined {
  const resource = reachable(RESOURCES).find(
    ({ path, scopes }) => scopes.length === 1 && scopes[0] === scope && !path.includes('{'),
  );
  return resource === undefined ? undefined : probe(resource);
}

function probe(resource: Resource): Slice {
  const [partition] = resource.partitions ?? [];
  const {
    filter: _filter,
    cursor: _cursor,
    children: _children,
    batch: _batch,
    query: _query,
    ...bare
  } = resource;
  return {
    resource: bare,
    from: ORIGIN,
    to: FOREVER,
    watermark: ORIGIN,
    ...(partition === undefined ? {} : { partition }),
  };
}

export async function check(
  streams: readonly Described[],
  client: Pick<Client, 'page'>,
): Promise<CheckResult> {
  const scopes = [...new Set(streams.flatMap((stream) => stream.scopes))].sort();
  const answers = await Promise.all(
    scopes.map(async (scope): Promise<{ scope: string; fault?: Fault }> => {
      const slice = probeOf(scope);
      if (slice === undefined) return { scope };
      try {
        await client.page(slice, slice.resource.pageSize === undefined ? {} : { pageSize: 1 });
        return { scope };
      } catch (error) {
        return { scope, fault: asFault(error) };
      }
    }),
  );
  const granted = answers.filter(({ fault }) => fault === undefined).map(({ scope }) => scope);
  const faults = answers.flatMap(({ fault }) => (fault === undefined ? [] : [fault]));
  // A key that is refused everywhere is one problem, not one a scope.
  const general = faults.find(({ code }) => code !== 'KLV_SCOPE' && code !== 'KLV_PLAN');
  if (general !== undefined) return { ok: false, problems: [general.message], granted, fault: general };
  const problems = answers.flatMap(({ scope, fault }) => {
    if (fault === undefined) return [];
    const needing = streams.filter((stream) => stream.scopes.includes(scope)).map(({ name }) => name);
    return fault.code === 'KLV_SCOPE'
      ? [`KLV_SCOPE the key lacks ${scope}, needed by ${needing.join(', ')}`]
      : [`${fault.message} (needed by ${needing.join(', ')})`];
  });
  const [fault] = faults;
  return { ok: problems.length === 0, problems, granted, ...(fault === undefined ? {} : { fault }) };
}

/** A person waits for a check: an outage is told after seconds, not after half an hour. */
const GIVE_UP_MS = 8_000;

/** What a catalog chose; without one, everything. Throws KLV_CATALOG_*. */
export const toCheck = (catalog: string | undefined): readonly ChosenStream[] =>
  (catalog === undefined
    ? everything(describeStreams())
    : parseCatalog(readText(catalog, 'KLV_CATALOG_FILE'), catalog, describeStreams())
  ).streams;

/** Checks with a client of its own. */
export async function checkKey(
  config: Config,
  chosen: readonly ChosenStream[],
  io: Io,
  log: Log,
): Promise<CheckResult> {
  const names = new Set(chosen.map(({ name }) => name));
  const streams = describeStreams().filter(({ name }) => names.has(name));
  const wanted = wants(config, chosen);
  const { client, close } = openClient({
    config,
    wanted,
    io,
    log,
    mends: noMends(),
    giveUpAfter: GIVE_UP_MS,
  });
  try {
    return await check(streams, client);
  } finally {
    close();
  }
}
