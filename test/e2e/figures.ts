/** The answers to the questions of examples/sql, straight from the account: its objects, not the rows of any table. */
import type { Account, AccountObject, Membership } from '../../src/sandbox/index.js';
import { utc } from '../promises/truth.js';
import type { Answers, Value } from './loading.js';

type Cells = Readonly<Record<string, Value>>;

interface Happened {
  readonly id: string;
  readonly metric: string;
  readonly profile: string | undefined;
  readonly day: string;
  readonly month: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

const idOf = (object: AccountObject | undefined, name: string): string | undefined =>
  (object?.relationships[name]?.data as { readonly id?: string } | null | undefined)?.id;
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
/** An instant as a column without a zone holds it. */
const instant = (value: unknown): string | null =>
  text(utc(value))?.replace('T', ' ').replace('Z', '') ?? null;
const dayOf = (value: unknown): string => String(value).slice(0, 10);
const monthOf = (value: unknown): string => `${String(value).slice(0, 7)}-01`;
const money = (orders: readonly Happened[]): number =>
  orders.reduce((sum, { properties }) => sum + Math.round(Number(properties.$value) * 100), 0) / 100;
const people = (events: readonly Happened[]): number =>
  new Set(events.flatMap(({ profile }) => profile ?? [])).size;
const percent = (part: number, whole: number): number | null =>
  whole === 0 ? null : Math.round((1000 * part) / whole) / 10;

/** One row a group: the cells that name it, and those that are counted over it. */
function by<Of>(
  all: Iterable<Of>,
  key: (one: Of) => Cells,
  counted: (group: readonly Of[]) => Cells,
): Cells[] {
  const groups = new Map<string, Of[]>();
  for (const one of all) {
    const name = JSON.stringify(key(one));
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return [...groups].map(([name, group]) => ({ ...(JSON.parse(name) as Cells), ...counted(group) }));
}

function happenings(account: Account): Happened[] {
  const metrics = new Map(account.metrics.map(({ id, attributes }) => [id, String(attributes.name)]));
  return account.events.map((event) => ({
    id: event.id,
    metric: metrics.get(idOf(event, 'metric') ?? '') ?? '',
    profile: idOf(event, 'profile'),
    day: dayOf(event.attributes.datetime),
    month: monthOf(event.attributes.datetime),
    properties: event.attributes.event_properties as Happened['properties'],
  }));
}

/** `left`: whom the test took out of a list or segment after the first read. */
export function figures(account: Account, left: ReadonlyMap<string, readonly Membership[]>): Answers {
  const events = happenings(account);
  return {
    ...revenue(account, events),
    ...groups(account, left),
    ...unsubscribes(account, events),
    campaign_funnel: funnel(account, events),
    active_profiles_by_month: by(
      events.filter(({ metric }) => !/^(Received|Bounced) /.test(metric)),
      ({ month }) => ({ month }),
      (all) => ({
        active_profiles: people(all),
        buyers: people(all.filter(({ metric }) => metric === 'Placed Order')),
      }),
    ),
    consent_by_channel: consent(account),
  };
}

/** What an order is credited to, as its attribution says. */
function revenue(account: Account, events: readonly Happened[]): Answers {
  const orders = events.filter(({ metric }) => metric === 'Placed Order');
  const attributions = new Map(account.attributions.map((one) => [idOf(one, 'event'), one]));
  const byId = new Map(events.map((event) => [event.id, event]));
  const campaigns = new Map(account.campaigns.map((campaign) => [campaign.id, campaign]));
  const flows = new Map(account.flows.map((flow) => [flow.id, flow]));
  const currency = ({ properties }: Happened) => ({ currency: text(properties.$value_currency) });
  const flowOf = ({ id }: Happened) => idOf(attributions.get(id), 'flow');
  const worth = (all: readonly Happened[]) => ({
    orders: all.length,
    buyers: people(all),
    revenue: money(all),
  });
  const credited = orders.filter(({ id }) => attributions.has(id));
  return {
    revenue_by_campaign: by(
      credited.filter((order) => flowOf(order) === undefined),
      (order) => {
        const attribution = attributions.get(order.id);
        const campaign = campaigns.get(idOf(attribution, 'campaign') ?? '');
        const touch = byId.get(idOf(attribution, 'attributed-event') ?? '');
        return {
          campaign_id: idOf(attribution, 'campaign') ?? null,
          campaign: text(campaign?.attributes.name ?? touch?.properties['Campaign Name']),
          channel: campaign?.channel ?? null,
          sent_at: instant(campaign?.attributes.send_time),
          ...currency(order),
        };
      },
      worth,
    ),
    revenue_by_flow: by(
      credited.filter((order) => flowOf(order) !== undefined),
      (order) => {
        const flow = flows.get(flowOf(order) ?? '');
        const { name, status } = flow?.attributes ?? {};
        return { flow_id: flowOf(order) ?? null, flow: text(name), status: text(status), ...currency(order) };
      },
      worth,
    ),
    revenue_by_month: by(
      orders,
      (order) => ({ month: order.month, ...currency(order) }),
      (all) => ({
        orders: all.length,
        revenue: money(all),
        campaign_revenue: money(
          all.filter((order) => attributions.has(order.id) && flowOf(order) === undefined),
        ),
        flow_revenue: money(all.filter((order) => flowOf(order) !== undefined)),
        uncredited_revenue: money(all.filter(({ id }) => !attributions.has(id))),
      }),
    ),
  };
}

function funnel(account: Account, events: readonly Happened[]): Cells[] {
  const sent = account.campaigns.filter(({ attributes }) => attributes.status === 'Sent');
  return sent.map((campaign) => {
    const of = events.filter(({ properties }) => properties.$message === campaign.id);
    const [delivered, opened, clicked] = [/^Received /, /^Opened /, /^Clicked /].map((metric) =>
      people(of.filter((event) => metric.test(event.metric))),
    ) as [number, number, number];
    return {
      campaign_id: campaign.id,
      campaign: text(campaign.attributes.name),
      channel: campaign.channel,
      sent_at: instant(campaign.attributes.send_time),
      delivered,
      opened,
      clicked,
      open_rate: percent(opened, delivered),
      click_rate: percent(clicked, delivered),
    };
  });
}

function groups(account: Account, left: ReadonlyMap<string, readonly Membership[]>): Answers {
  const members = (kind: string, all: readonly AccountObject[]): Cells[] =>
    all.map(({ id, attributes }) => {
      const joined = (account.memberships.get(id) ?? []).map(
        ({ joinedGroupAt }) => instant(joinedGroupAt) ?? '',
      );
      return {
        [`${kind}_id`]: id,
        [kind]: text(attributes.name),
        members: joined.length,
        last_joined: joined.sort().at(-1) ?? null,
      };
    });
  const growth = (unit: string, start: (instant: string) => string): Cells[] =>
    account.lists.flatMap(({ id, attributes }) => {
      const there = (account.memberships.get(id) ?? []).map((one) => ({ ...one, still: true }));
      const gone = (left.get(id) ?? []).map((one) => ({ ...one, still: false }));
      const rows = by(
        [...there, ...gone].sort((a, b) => (start(a.joinedGroupAt) < start(b.joinedGroupAt) ? -1 : 1)),
        ({ joinedGroupAt }) => ({ list_id: id, list: text(attributes.name), [unit]: start(joinedGroupAt) }),
        (all) => ({ joined: all.length, still_members: all.filter(({ still }) => still).length }),
      );
      let total = 0;
      return rows.map((row) => {
        total += Number(row.still_members);
        return { ...row, members: total };
      });
    });
  return {
    list_members: members('list', account.lists),
    segment_members: members('segment', account.segments),
    list_growth_by_day: growth('day', dayOf),
    list_growth_by_month: growth('month', monthOf),
  };
}

function unsubscribes(account: Account, events: readonly Happened[]): Answers {
  const nameOf = (objects: readonly AccountObject[], id: unknown) =>
    text(objects.find((one) => one.id === id)?.attributes.name);
  const counted = (all: readonly Happened[]) => ({ unsubscribes: all.length });
  return {
    unsubscribes_by_list: by(
      events.filter(({ metric }) => metric === 'Unsubscribed from List'),
      ({ month, properties: { List: id } }) => {
        const called = nameOf(account.lists, id);
        return { month, list_id: called === null ? null : text(id), list: called ?? text(id) };
      },
      counted,
    ),
    unsubscribes_by_campaign: by(
      events.filter(({ metric }) => metric === 'Unsubscribed from Email Marketing'),
      ({ month, metric, properties: { $flow, $message, 'Campaign Name': called } }) => ({
        month,
        metric,
        campaign_id: $flow === undefined ? text($message) : null,
        campaign: nameOf(account.campaigns, $message) ?? text(called),
        flow_id: text($flow),
        flow: nameOf(account.flows, $flow),
      }),
      counted,
    ),
  };
}

function consent(account: Account): Cells[] {
  type Marketing = Readonly<Record<string, unknown>>;
  const told = account.profiles.flatMap(({ attributes: { subscriptions } }) =>
    Object.entries(subscriptions as Readonly<Record<string, { readonly marketing: Marketing }>>).map(
      ([channel, { marketing }]) => ({ channel, marketing }),
    ),
  );
  return by(
    told,
    ({ channel, marketing }) => ({ channel, consent: text(marketing.consent) }),
    (all) => ({
      profiles: all.length,
      reachable: all.filter(({ marketing }) =>
        Object.entries(marketing).some(([name, yes]) => name.startsWith('can_receive') && yes === true),
      ).length,
    }),
  );
}
