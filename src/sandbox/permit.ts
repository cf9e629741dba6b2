/** Who may ask, and for what. */
import type { Asked } from './answer.js';
import { REVISION, route } from './endpoints.js';
import { invalid, notFound, Refusal } from './refusal.js';

export interface Access {
  readonly apiKey: string;
  readonly scopes: readonly string[];
}

export function permit(
  { method, headers }: Pick<Asked, 'method' | 'headers'>,
  path: string,
  { apiKey, scopes }: Access,
) {
  const found = route(path);
  if (found === undefined) throw notFound(`The path '${path}' was not found.`);
  if (method !== 'GET')
    throw new Refusal(405, 'method_not_allowed', 'Method not allowed.', `Method "${method}" not allowed.`);
  const { authorization, revision } = headers;
  if (authorization === undefined)
    throw unauthorised('not_authenticated', 'Authentication credentials were not provided.');
  if (authorization !== `Klaviyo-API-Key ${apiKey}`)
    throw unauthorised('authentication_failed', 'Incorrect authentication credentials.');
  if (revision === undefined) throw invalid('revision', 'The revision header is required.');
  if (revision !== REVISION) throw invalid('revision', `Invalid revision '${revision}' provided.`);
  const missing = found.endpoint.scopes.filter((scope) => !scopes.includes(scope));
  if (missing.length > 0)
    throw new Refusal(
      403,
      'permission_denied',
      'You do not have permission to perform this action.',
      `The API key is missing the required scopes: ${missing.join(', ')}`,
    );
  return found;
}

const unauthorised = (code: string, detail: string) => new Refusal(401, code, detail, detail);
