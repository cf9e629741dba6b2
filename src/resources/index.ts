/** The table of what is crawled, in reading order: small and whole things first, so that rows come early. */
import type { Resource, Stream, StreamName } from '../resource.js';
import { campaigns } from './campaigns.js';
import { events } from './events.js';
import { flows } from './flows.js';
import { lists } from './lists.js';
import { metrics } from './metrics.js';
import { profiles } from './profiles.js';
import { segments } from './segments.js';

export const RESOURCES: readonly Resource[] = [metrics, lists, segments, flows, campaigns, profiles, events];

/** A resource and all that its pages can open, each once. */
export function reachable(resources: readonly Resource[]): readonly Resource[] {
  const found = new Set<Resource>();
  const visit = (resource: Resource): void => {
    if (found.has(resource)) return;
    found.add(resource);
    for (const child of resource.children ?? []) visit(child.resource);
    if (resource.missing !== undefined) visit(resource.missing);
  };
  resources.forEach(visit);
  return [...found];
}

/** Each stream with the resource that first feeds it. */
export const STREAMS: ReadonlyMap<StreamName, { readonly stream: Stream; readonly resource: Resource }> =
  new Map(
    reachable(RESOURCES)
      .flatMap((resource) =>
        Object.entries(resource.streams).map(
          ([name, stream]) => [name as StreamName, { stream: stream as Stream, resource }] as const,
        ),
      )
      .reverse(),
  );
