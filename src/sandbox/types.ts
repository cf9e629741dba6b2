/** The truth of a sandbox account: plain JSON:API-like objects, and the few facts that no object carries. */
import type { Bulk } from './bulk/bulk.js';

/** A number whose digits must reach the wire as they are: `1.0`, `-0`, `1e400`, thirty digits. */
export class RawNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** JSON text that no JavaScript value can stand for, such as an object with one key twice. */
export class RawJson {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Raw =
  | null
  | boolean
  | number
  | string
  | RawNumber
  | RawJson
  | readonly Raw[]
  | { [name: string]: Raw };
export type Attributes = { [name: string]: Raw };

export interface Ref {
  readonly type: string;
  readonly id: string;
}

/** `data` is absent where there is nothing: an event without a profile, a message without a template. */
export interface Relationship {
  readonly data?: Ref | readonly Ref[] | null;
}

export interface AccountObject {
  readonly type: string;
  readonly id: string;
  readonly attributes: Attributes;
  readonly relationships: { readonly [name: string]: Relationship };
}

export const CHANNELS = ['email', 'sms', 'mobile_push'] as const;
export type Channel = (typeof CHANNELS)[number];

/** The channel is asked for in the filter and told nowhere in the campaign, so it stands beside the attributes. */
export interface Campaign extends AccountObject {
  readonly channel: Channel;
}

export interface Membership {
  readonly profileId: string;
  readonly joinedGroupAt: string;
}

/** How a template can be read: listed, by its id alone (a copy made for a message), or through its message alone. */
export type Reach = 'listed' | 'by id' | 'by message';

export type AccountKind = 'shop' | 'nasty' | 'empty' | 'bulk';

export interface Account {
  readonly kind: AccountKind;
  readonly seed: number;
  /** The clock, in milliseconds, that the account was made at or last advanced to. */
  now: number;
  readonly info: AccountObject;
  readonly profiles: AccountObject[];
  readonly events: AccountObject[];
  readonly attributions: AccountObject[];
  readonly metrics: AccountObject[];
  readonly lists: AccountObject[];
  readonly segments: AccountObject[];
  /** By the id of a list or segment. */
  readonly memberships: Map<string, Membership[]>;
  readonly flows: AccountObject[];
  readonly flowActions: AccountObject[];
  readonly flowMessages: AccountObject[];
  readonly campaigns: Campaign[];
  readonly campaignMessages: AccountObject[];
  readonly templates: AccountObject[];
  /** By template id. */
  readonly reach: Map<string, Reach>;
  /** By campaign id; a campaign that was never estimated has none. */
  readonly estimations: Map<string, number>;
  readonly tags: AccountObject[];
  readonly images: AccountObject[];
  /** Events, profiles and members in the place of those above. */
  readonly bulk?: Bulk;
}

/** Attributes that are held in the truth and served only when `additional-fields` asks for them. */
export const ADDITIONAL: { readonly [type: string]: readonly string[] } = {
  profile: ['subscriptions', 'predictive_analytics'],
  list: ['profile_count'],
  segment: ['profile_count'],
  template: ['definition'],
  flow: ['definition'],
};

export interface AccountOptions {
  readonly account?: AccountKind;
  readonly seed?: number;
  readonly profiles?: number;
  readonly events?: number;
  readonly lists?: number;
  readonly segments?: number;
  readonly flows?: number;
  readonly campaigns?: number;
  /** Of all lists together, in a bulk account. */
  readonly members?: number;
  /** All events of a bulk account lie in one and the same second. */
  readonly crowded?: boolean;
  /** Each event of a bulk account also has what an order has: two items, with names, prices and addresses. */
  readonly items?: boolean;
  /** Milliseconds; the account is made as of this moment. */
  readonly now?: () => number;
}

/** How the account answers, whoever carries it. */
export interface AnswerOptions extends AccountOptions {
  readonly limits?: boolean;
  /** The share of each endpoint's allowance that another key of the account uses, spread over time. */
  readonly rival?: number;
  readonly scopes?: readonly string[];
  readonly apiKey?: string;
  /** No page is longer, whatever is asked for. */
  readonly longest?: number;
  /** Objects of a relation that a page includes; 50 unless told. */
  readonly included?: number;
}

export interface SandboxOptions extends AnswerOptions {
  readonly port?: number;
  readonly host?: string;
  readonly latencyMs?: number;
  /** False: answers are never zipped, whatever is asked for. */
  readonly gzip?: boolean;
}

export const one = (type: string, id: string): Relationship => ({ data: { type, id } });
export const many = (type: string, ids: readonly string[]): Relationship => ({
  data: ids.map((id) => ({ type, id })),
});
