/** Whose account it is, in words that its owner knows. */
import { member, text } from '../klaviyo/json-api.js';
import type { Body, Resource } from '../resource.js';

export interface AccountFacts {
  readonly id: string;
  readonly name: string | null;
  readonly timezone: string | null;
}

/** No address and no person: a check is shown to whoever sets up a connection. */
export const accounts: Resource = {
  name: 'accounts',
  path: '/api/accounts',
  scopes: ['accounts:read'],
  limit: () => ({ burst: 1, steady: 15 }),
  query: () => ({ 'fields[account]': 'contact_information.organization_name,timezone' }),
  streams: {},
};

export function factsOf({ data: [account] }: Body): AccountFacts | undefined {
  if (account === undefined) return undefined;
  const { contact_information: contact, timezone } = account.attributes;
  return {
    id: account.id,
    name: text(member(contact, 'organization_name')),
    timezone: text(timezone),
  };
}
