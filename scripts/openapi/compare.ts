/** All resources and schemas against an OpenAPI document. */
import type { Resource, StreamName } from '../../src/resource.js';
import { reachable } from '../../src/resources/index.js';
import type { StreamSchema } from '../../src/schemas.js';
import { checkColumns } from './columns.js';
import type { Document } from './document.js';
import { checkOptional } from './optional.js';
import { checkRequests } from './requests.js';
import type { Source } from './sources.js';

export interface Project {
  readonly resources: readonly Resource[];
  readonly schema: (stream: StreamName) => StreamSchema;
  readonly sources: Readonly<Partial<Record<StreamName, Source>>>;
}

export interface Result {
  readonly findings: readonly string[];
  readonly resources: number;
  readonly columns: number;
}

export function compare(document: Document, { resources, schema, sources }: Project): Result {
  const all = reachable(resources);
  const findings = all.flatMap((resource) => [
    ...checkRequests(document, resource),
    ...checkOptional(document, resource),
  ]);
  let columns = 0;
  for (const [stream, source] of Object.entries(sources) as [StreamName, Source][]) {
    const paths = all.filter(({ streams }) => Object.hasOwn(streams, stream)).map(({ path }) => path);
    if (paths.length === 0) findings.push(`${stream}: no resource feeds it`);
    const comparison = checkColumns(document, stream, schema(stream), source, paths);
    findings.push(...comparison.findings);
    columns += comparison.compared;
  }
  return { findings, resources: all.length, columns };
}
