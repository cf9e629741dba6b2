/** The endpoints, as the OpenAPI file of revision 2026-07-15 has them. One generic server reads this table. */
import type { Endpoint } from './endpoint.js';
import { PEOPLE } from './endpoints-people.js';
import { SENDING } from './endpoints-sending.js';

export const REVISION = '2026-07-15';

export const ENDPOINTS: readonly Endpoint[] = [...PEOPLE, ...SENDING];

export const SCOPES: readonly string[] = [...new Set(ENDPOINTS.flatMap(({ scopes }) => scopes))].sort();

const ROUTES = ENDPOINTS.map((endpoint) => ({
  endpoint,
  pattern: new RegExp(`^${endpoint.path.replace('{id}', '([^/]+)')}/?$`),
}));

export function route(path: string): { endpoint: Endpoint; id: string } | undefined {
  for (const { endpoint, pattern } of ROUTES) {
    const match = pattern.exec(path);
    if (match !== null) return { endpoint, id: decoded(match[1] ?? '') };
  }
  return undefined;
}

function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
