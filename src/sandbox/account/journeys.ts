/** What follows from what: nobody opens what he was not sent, and an order is credited to what was opened last. */
import { DAY, parseInstant } from '../clock.js';
import type { Random } from '../random.js';
import {
  type AccountObject,
  type Attributes,
  type Campaign,
  type Channel,
  one,
  type Relationship,
} from '../types.js';

/** What events refer to. */
export interface Around {
  readonly profiles: readonly AccountObject[];
  readonly metrics: readonly AccountObject[];
  readonly campaigns: readonly Campaign[];
  readonly flows: readonly AccountObject[];
  readonly flowActions: readonly AccountObject[];
  readonly flowMessages: readonly AccountObject[];
  readonly lists: readonly AccountObject[];
}

/** A message, as its events name it and as an attribution does. */
export interface Source {
  readonly properties: Attributes;
  readonly relationships: { readonly [name: string]: Relationship };
}

export interface Touch {
  readonly event: string;
  readonly profile: string;
  readonly at: number;
  readonly until: number;
  readonly source: Source;
}

export interface Step {
  readonly profile?: string;
  readonly source?: Source;
  readonly credit?: Touch;
}

const BOUGHT = ['Started Checkout', 'Placed Order', 'Ordered Product'];

/** How long a touch is credited, as Klaviyo's settings are unless changed. */
const CREDITED = { long: 5 * DAY, delivery: DAY / 2 } as const;

/** A campaign that was deleted since leaves its name alone. */
const DELETED: readonly Source[] = ['Spring clearance', 'Friends & family'].map((name) => ({
  properties: { 'Campaign Name': name },
  relationships: {},
}));

/** The moments must come in order. */
export function journeys(chance: Random, around: Around): (name: string, at: number, id: string) => Step {
  const choose = sources(chance, around);
  const left = around.profiles.filter(({ attributes }) => unsubscribed(attributes));
  const received: { readonly [channel: string]: Touch[] } = { email: [], sms: [] };
  const opened: Touch[] = [];
  /** What each person was touched by; one touch a second, as of two nobody could say which was the last. */
  const touches = new Map<string, Touch[]>();

  const recent = (touches: readonly Touch[], at: number, among: number): Touch | undefined => {
    const touch = touches.at(-chance.int(1, Math.max(1, Math.min(among, touches.length))));
    return touch !== undefined && touch.at < at ? touch : undefined;
  };
  const someone = (): string | undefined =>
    around.profiles.length > 0 && !chance.chance(0.004) ? chance.pick(around.profiles).id : undefined;
  const touch = (made: Touch): boolean => {
    const before = touches.get(made.profile) ?? [];
    if (before.at(-1)?.at === made.at) return false;
    touches.set(made.profile, [...before.slice(-9), made]);
    return true;
  };
  const arrive = (channel: 'email' | 'sms', at: number, event: string): Step => {
    // Texts go to those who read what they get.
    const reader = channel === 'sms' && chance.chance(0.6) ? recent(opened, at, 12)?.profile : undefined;
    const profile = reader ?? someone();
    const source = choose(channel, at);
    if (profile === undefined || source === undefined) return step(profile, source);
    const arrived = { event, profile, at, until: at + CREDITED.delivery, source };
    if (channel === 'sms' && !touch(arrived)) return step();
    received[channel]?.push(arrived);
    return step(profile, source);
  };
  const follow = (from: readonly Touch[], among: number, at: number, event: string): Step => {
    const before = recent(from, at, among);
    if (before === undefined) return step(someone());
    const made = { ...before, event, at, until: at + CREDITED.long };
    if (!touch(made)) return step(someone());
    opened.push(made);
    return step(before.profile, before.source);
  };
  const order = (at: number): Step => {
    const profile = chance.chance(0.65) ? recent(opened, at, 12)?.profile : undefined;
    const before = touches.get(profile ?? '')?.filter((one) => one.at < at) ?? [];
    // Where the shop's own link told which message it was, the order names it, and credit lasts longer.
    const named = chance.chance(0.15);
    const credit = before.findLast(({ until }) => at <= until) ?? (named ? before.at(-1) : undefined);
    if (profile === undefined || credit === undefined) return step(profile ?? someone());
    return { profile, credit, ...(named ? { source: credit.source } : {}) };
  };

  return (name, at, id) => {
    if (name === 'Received Email') return arrive('email', at, id);
    if (name === 'Received SMS') return arrive('sms', at, id);
    if (name === 'Opened Email') return follow(received.email ?? [], 40, at, id);
    if (name === 'Clicked Email') return follow(opened, 20, at, id);
    if (name === 'Clicked SMS') return follow(received.sms ?? [], 10, at, id);
    if (name === 'Bounced Email') return step(someone(), choose('email', at));
    if (BOUGHT.includes(name)) return order(at);
    if (name === 'Unsubscribed from Email Marketing')
      return step(
        left.length > 0 ? chance.pick(left).id : someone(),
        chance.chance(0.85) ? recent(received.email ?? [], at, 40)?.source : undefined,
      );
    return step(someone());
  };
}

const step = (profile?: string, source?: Source): Step => ({
  ...(profile === undefined ? {} : { profile }),
  ...(source === undefined ? {} : { source }),
});

function unsubscribed({ subscriptions }: Attributes): boolean {
  const { email } = (subscriptions ?? {}) as { email?: { marketing?: { consent?: string } } };
  return email?.marketing?.consent === 'UNSUBSCRIBED';
}

/** The message that arrives at a moment: of one of the last campaigns that were sent until then, or of a flow. */
function sources(chance: Random, { campaigns, flows, flowActions, flowMessages }: Around) {
  const sent = campaigns
    .filter(({ attributes }) => attributes.status === 'Sent')
    .map((campaign) => ({ campaign, at: parseInstant(String(campaign.attributes.send_time)) ?? Infinity }))
    .sort((a, b) => a.at - b.at);
  const flowOf = new Map(flowActions.map(({ id, relationships }) => [id, relationships.flow]));
  const byChannel = new Map<string, Source[]>();
  const drafts = new Set(flows.filter(({ attributes }) => attributes.status === 'draft').map(({ id }) => id));
  for (const message of flowMessages) {
    const flow = idOf(flowOf.get(idOf(message.relationships['flow-action']) ?? ''));
    if (flow === undefined || drafts.has(flow)) continue;
    const channel = String(message.attributes.channel);
    const known = byChannel.get(channel) ?? [];
    known.push(ofFlow(message, flow));
    byChannel.set(channel, known);
  }
  const until = new Map<Channel, Campaign[]>();
  let next = 0;

  return (channel: Channel, at: number): Source | undefined => {
    for (let one = sent[next]; one !== undefined && one.at <= at; one = sent[++next])
      until.set(one.campaign.channel, [...(until.get(one.campaign.channel) ?? []).slice(-2), one.campaign]);
    const candidates = until.get(channel) ?? [];
    const messages = byChannel.get(channel) ?? [];
    if (candidates.length > 0 && (messages.length === 0 || chance.chance(0.6)))
      return chance.chance(0.08) ? chance.pick(DELETED) : ofCampaign(chance.pick(candidates));
    return messages.length === 0 ? undefined : chance.pick(messages);
  };
}

const idOf = (relationship: Relationship | undefined): string | undefined =>
  (relationship?.data as { readonly id: string } | null | undefined)?.id;

const ofCampaign = ({ id, attributes }: Campaign): Source => ({
  properties: { 'Campaign Name': attributes.name ?? null, $message: id },
  relationships: { campaign: one('campaign', id) },
});

const ofFlow = ({ id }: AccountObject, flow: string): Source => ({
  properties: { $flow: flow, $message: id },
  relationships: { flow: one('flow', flow), 'flow-message': one('flow-message', id) },
});
