/** An account as the server looks it up: collections, objects by id, and each collection in each order asked for. */

import { sortKey } from './match.js';
import { hash } from './random.js';
import type { Shape } from './render.js';
import type { Account, AccountObject, Attributes, Raw, Ref } from './types.js';

/** An object where it is served: a member of a group carries when it joined. */
export interface Row {
  readonly object: AccountObject;
  readonly joined?: string | undefined;
  /** Its bytes as last served and for which shape, since most requests of a run ask for the same one. */
  memo?: { readonly shape: string; readonly bytes: Buffer };
  /** Quicker ways than through the object: to its bytes, and to what it refers to. */
  readonly print?: (shape: Shape, origin: string) => Buffer;
  readonly refs?: (relation: string) => readonly Ref[];
}

export type Key = number | string;

export interface Order {
  readonly length: number;
  readonly key: (index: number) => Key;
  readonly id: (index: number) => string;
  readonly row: (index: number) => Row;
  /** False: keys are not quite the values, so bounds must be tried row by row. */
  readonly exact: boolean;
}

export interface View {
  readonly account: Account;
  find(type: string, id: string): Row | undefined;
  /** Undefined where the object in the path does not exist. */
  ordered(endpoint: string, id: string, field: string): Order | undefined;
  /** The object that an endpoint of one object answers; null: there is one, and it is empty. */
  single(endpoint: string, type: string, id: string): Row | null | undefined;
}

const DAY_MICROS = 86_400_000_000;

/** E-mail campaigns in the archive come slightly out of order, as Klaviyo's do. */
function disorder(row: Row): number {
  const { object } = row;
  if (object.type !== 'campaign' || object.attributes.archived !== true) return 0;
  if (!('channel' in object) || object.channel !== 'email') return 0;
  return hash(object.id) % 3 === 0 ? (hash(object.id) % 40) * DAY_MICROS : 0;
}

export function view(account: Account): View {
  const rows = new Map<string, Row[]>();
  const orders = new Map<string, Order>();
  const ids = new Map<string, Map<string, Row>>();
  const objects: { readonly [type: string]: readonly AccountObject[] } = {
    account: [account.info],
    profile: account.profiles,
    event: account.events,
    attribution: account.attributions,
    metric: account.metrics,
    list: account.lists,
    segment: account.segments,
    flow: account.flows,
    'flow-action': account.flowActions,
    'flow-message': account.flowMessages,
    campaign: account.campaigns,
    'campaign-message': account.campaignMessages,
    template: account.templates,
    tag: account.tags,
    image: account.images,
  };

  const memoised = <V>(map: Map<string, V>, key: string, make: () => V): V => {
    const known = map.get(key);
    if (known !== undefined) return known;
    const made = make();
    map.set(key, made);
    return made;
  };
  const all = (type: string): Row[] =>
    memoised(rows, type, () => (objects[type] ?? []).map((object) => withComputed(account, object)));
  const find = (type: string, id: string) =>
    account.bulk?.find(type, id) ??
    memoised(ids, type, () => new Map(all(type).map((row) => [row.object.id, row]))).get(id);
  const related = (type: string, relation: string, id: string) =>
    all(type).filter(({ object }) => {
      const data = object.relationships[relation]?.data;
      return data !== undefined && data !== null && 'id' in data && data.id === id;
    });
  const members = (id: string): Row[] =>
    (account.memberships.get(id) ?? []).flatMap(({ profileId, joinedGroupAt }) => {
      const object = find('profile', profileId)?.object;
      return object === undefined ? [] : [{ object, joined: joinedGroupAt }];
    });

  const collect = (endpoint: string, id: string): Row[] | undefined => {
    const under = (type: string, list: () => Row[]) => (find(type, id) === undefined ? undefined : list());
    switch (endpoint) {
      case 'get_profiles_for_list':
      case 'get_profile_ids_for_list':
        return under('list', () => members(id));
      case 'get_profiles_for_segment':
      case 'get_profile_ids_for_segment':
        return under('segment', () => members(id));
      case 'get_actions_for_flow':
        return under('flow', () => related('flow-action', 'flow', id));
      case 'get_flow_action_messages':
        return under('flow-action', () => related('flow-message', 'flow-action', id));
      case 'get_messages_for_campaign':
        return under('campaign', () => related('campaign-message', 'campaign', id));
      case 'get_templates':
        return all('template').filter(({ object }) => account.reach.get(object.id) === 'listed');
      default:
        return all(endpoint.replace(/^get_(.*)s$/, '$1').replace('_', '-'));
    }
  };

  const ordered = (endpoint: string, id: string, field: string): Order | undefined => {
    const key = `${endpoint} ${id} ${field}`;
    const known = orders.get(key) ?? account.bulk?.ordered(endpoint, id, field);
    if (known !== undefined) return known;
    const unordered = collect(endpoint, id);
    if (unordered === undefined) return undefined;
    const exact = endpoint !== 'get_campaigns';
    const keyed = unordered.map((row): [Key, Row] => {
      const value = sortKey(row, field);
      return [typeof value === 'number' ? value + disorder(row) : value, row];
    });
    keyed.sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x.object.id < y.object.id ? -1 : 1));
    const at = (index: number) => keyed[index] as [Key, Row];
    const order: Order = {
      length: keyed.length,
      key: (index) => at(index)[0],
      id: (index) => at(index)[1].object.id,
      row: (index) => at(index)[1],
      exact,
    };
    orders.set(key, order);
    return order;
  };

  return {
    account,
    find,
    ordered,
    single(endpoint, type, id) {
      if (endpoint === 'get_template_for_campaign_message') {
        const message = find('campaign-message', id)?.object;
        const data = message?.relationships.template?.data;
        if (message === undefined) return undefined;
        return data && 'id' in data ? find('template', data.id) : null;
      }
      if (endpoint === 'get_template' && account.reach.get(id) === 'by message') return undefined;
      if (type !== 'campaign-recipient-estimation') return find(type, id);
      const count = account.estimations.get(id);
      if (count === undefined) return undefined;
      return { object: { type, id, attributes: { estimated_recipient_count: count }, relationships: {} } };
    },
  };
}

/** What Klaviyo computes when it is asked: the members of a group, the definition of a flow. */
function withComputed(account: Account, object: AccountObject): Row {
  const add = (attributes: Attributes): Row => ({
    object: { ...object, attributes: { ...object.attributes, ...attributes } },
  });
  if (object.type === 'list' || object.type === 'segment')
    return add({
      profile_count:
        account.bulk?.members.get(object.id)?.count ?? account.memberships.get(object.id)?.length ?? 0,
    });
  if (object.type !== 'flow') return { object };
  const definitions: Raw[] = account.flowActions
    .filter(({ relationships: { flow } }) => flow?.data && 'id' in flow.data && flow.data.id === object.id)
    .map(({ attributes }) => attributes.definition ?? null);
  return add({
    definition: {
      triggers: [],
      profile_filter: null,
      actions: definitions,
      entry_action_id: entry(definitions),
    },
  });
}

const entry = ([first]: readonly Raw[]): Raw =>
  typeof first === 'object' && first !== null && 'id' in first ? (first.id ?? null) : null;
