/** What the table of endpoints says of each, and the words it is written in. */
import type { Kind } from './filter.js';

export interface Limit {
  readonly burst: number;
  readonly steady: number;
}

/** Operators of a field; one that ends in `[]` takes a list. */
interface Field {
  readonly kind: Kind;
  readonly operators: readonly string[];
}

export interface Endpoint {
  readonly name: string;
  readonly path: string;
  /** The type of what it answers. */
  readonly type: string;
  /** A collection, or one object: by its own id, or found through the one in the path. */
  readonly answers: 'collection' | 'object';
  readonly scopes: readonly string[];
  readonly limit: Limit;
  /** The limit of a request that asks for this additional field. */
  readonly slower?: { readonly field: string; readonly limit: Limit };
  /** Absent: the whole collection in one answer. */
  readonly page?: { readonly default: number; readonly max: number; readonly fixed?: true };
  readonly sort?: readonly string[];
  readonly filter?: { readonly [field: string]: Field };
  readonly include?: readonly string[];
  /** Types that `fields[...]` takes. */
  readonly fields: readonly string[];
  readonly additional?: readonly string[];
  /** Objects without their attributes, as relationship endpoints answer. */
  readonly bare?: true;
  /** A lower and an upper bound within one second of each other are refused. */
  readonly apart?: true;
}

export const field = (kind: Kind) => (operators: string) => ({ kind, operators: operators.split(' ') });
export const string = field('string');
export const number = field('number');
export const boolean = field('boolean');
export const datetime = field('datetime');

export const RANGE = 'greater-or-equal greater-than less-or-equal less-than';
export const FULL = `equals ${RANGE}`;
export const NAMES = 'contains ends-with equals starts-with';

export const XL: Limit = { burst: 350, steady: 3500 };
export const L: Limit = { burst: 75, steady: 750 };
export const M: Limit = { burst: 10, steady: 150 };
export const S: Limit = { burst: 3, steady: 60 };
export const XS: Limit = { burst: 1, steady: 15 };

export const object = { answers: 'object' } as const;
export const collection = { answers: 'collection' } as const;
export const predictions = { field: 'predictive_analytics', limit: M };
export const profileCount = { additional: ['profile_count'], slower: { field: 'profile_count', limit: XS } };

export const LISTED = {
  name: string('any[] equals[]'),
  id: string('any[] equals[] equals'),
  created: datetime('greater-than'),
  updated: datetime('greater-than'),
};
export const MEMBERS = {
  email: string('any[] equals[]'),
  phone_number: string('any[] equals[]'),
  push_token: string('any[] equals[]'),
  _kx: string('equals'),
  joined_group_at: datetime(RANGE),
};
export const MEMBER = {
  ...collection,
  type: 'profile',
  limit: L,
  page: { default: 20, max: 100 },
  sort: ['joined_group_at'],
} as const;
export const MEMBER_FIELDS = {
  fields: ['profile'],
  additional: ['subscriptions', 'predictive_analytics'],
} as const;
export const GROUP = {
  ...collection,
  limit: L,
  page: { default: 10, max: 10 },
  sort: ['created', 'id', 'name', 'updated'],
  include: ['flow-triggers', 'tags'],
} as const;
export const FLOWS = { scopes: ['flows:read'], limit: S } as const;
export const CAMPAIGNS = { scopes: ['campaigns:read'], limit: M } as const;
export const SUPPRESSION = 'subscriptions.email.marketing.suppression';
export const LIST_SUPPRESSIONS = 'subscriptions.email.marketing.list_suppressions';
