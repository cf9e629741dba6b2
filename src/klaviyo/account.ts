/** Whose account a key opens: asked once a run, so that a state of another account is noticed. */
import { asFault } from '../errors.js';
import type { Resource } from '../resource.js';
import { FOREVER, ORIGIN } from '../time.js';
import type { Client } from './client.js';

/** Nothing of the account but its id, which is no secret: it is the site id of the public API. */
const accounts: Resource = {
  name: 'accounts',
  path: '/api/accounts',
  scopes: ['accounts:read'],
  limit: () => ({ burst: 1, steady: 15 }),
  query: () => ({ 'fields[account]': 'id' }),
  streams: {},
};

/** The streams are read whether this is known or not, so an outage is left to them. */
const GIVE_UP_MS = 8_000;

/** Undefined where the key may not ask, or no answer comes. Throws KLV_KEY_INVALID, or the signal's reason. */
export async function accountId(
  client: Pick<Client, 'page'>,
  signal: AbortSignal,
  log: (level: 'debug', text: string) => void,
): Promise<string | undefined> {
  try {
    const slice = { resource: accounts, from: ORIGIN, to: FOREVER, watermark: ORIGIN };
    const answer = await client.page(slice, { giveUpAfter: GIVE_UP_MS });
    if (answer.kind !== 'page') throw answer.fault;
    return answer.body.data[0]?.id;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const fault = asFault(error);
    // No stream could be read with it either.
    if (fault.code === 'KLV_KEY_INVALID') throw fault;
    log('debug', `whose account it is, is not known: ${fault.message}`);
    return undefined;
  }
}
