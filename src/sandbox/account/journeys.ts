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
  readonly source: Source;
}

export interface Step {
  readonly profile?: string;
  readonly source?: Source;
  readonly credit?: Touch;
}

const BOUGHT = ['Started Checkout', 'Placed Order', 'Ordered Product'];

/** How long a message that was opened or clicked is credited, by Klaviyo's own settings. */
const WINDOW = 5 * DAY;

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
  const last = new Map<string, Touch>();

  const recent = (touches: readonly Touch[], at: number, among: number): Touch | undefined => {
    const touch = touches.at(-chance.int(1, Math.max(1, Math.min(among, touches.length))));
    return touch !== undefined && touch.at < at ? touch : undefined;
  };
  const someone = (): string | undefined =>
    around.profiles.length > 0 && !chance.chance(0.004) ? chance.pick(around.profiles).id : undefined;
  const arrive = (channel: 'email' | 'sms', at: number, event: string): Step => {
    const profile = someone();
    const source = choose(channel, at);
    if (profile !== undefined && source !== undefined)
      received[channel]?.push({ event, profile, at, source });
    return step(profile, source);
  };
  const touch = (from: readonly Touch[], among: number, at: number, event: string): Step => {
    const before = recent(from, at, among);
    // Of two touches in one second nobody could say which was the last.
    if (before === undefined || last.get(before.profile)?.at === at) return step(someone());
    const made = { ...before, event, at };
    last.set(before.profile, made);
    opened.push(made);
    return step(before.profile, before.source);
  };
  const order = (at: number): Step => {
    const profile = chance.chance(0.65) ? recent(opened, at, 12)?.profile : undefined;
    const credit = last.get(profile ?? '');
    if (profile === undefined || credit === undefined || credit.at >= at) return step(someone());
    // Where the shop's own link told which message it was, credit lasts longer, and the order names the message.
    const named = chance.chance(0.15);
    if (!named && at - credit.at > WINDOW) return step(profile);
    return { profile, credit, ...(named ? { source: credit.source } : {}) };
  };

  return (name, at, id) => {
    if (name === 'Received Email') return arrive('email', at, id);
    if (name === 'Received SMS') return arrive('sms', at, id);
    if (name === 'Opened Email') return touch(received.email ?? [], 40, at, id);
    if (name === 'Clicked Email') return touch(opened, 20, at, id);
    if (name === 'Clicked SMS') return touch(received.sms ?? [], 10, at, id);
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
function sources(chance: Random, { campaigns, flowActions, flowMessages }: Around) {
  const sent = campaigns
    .filter(({ attributes }) => attributes.status === 'Sent')
    .map((campaign) => ({ campaign, at: parseInstant(String(campaign.attributes.send_time)) ?? Infinity }))
    .sort((a, b) => a.at - b.at);
  const flowOf = new Map(flowActions.map(({ id, relationships }) => [id, relationships.flow]));
  const byChannel = new Map<string, AccountObject[]>();
  for (const message of flowMessages) {
    const channel = String(message.attributes.channel);
    byChannel.set(channel, [...(byChannel.get(channel) ?? []), message]);
  }
  const until = new Map<Channel, Campaign[]>();
  let next = 0;

  return (channel: Channel, at: number): Source | undefined => {
    for (let one = sent[next]; one !== undefined && one.at <= at; one = sent[++next])
      until.set(one.campaign.channel, [...(until.get(one.campaign.channel) ?? []).slice(-2), one.campaign]);
    const candidates = until.get(channel) ?? [];
    const messages = byChannel.get(channel) ?? [];
    if (candidates.length > 0 && (messages.length === 0 || chance.chance(0.6)))
      return chance.chance(0.03) ? chance.pick(DELETED) : ofCampaign(chance.pick(candidates));
    return messages.length === 0 ? undefined : ofFlow(chance.pick(messages), flowOf);
  };
}

const ofCampaign = ({ id, attributes }: Campaign): Source => ({
  properties: { 'Campaign Name': attributes.name ?? null, $message: id },
  relationships: { campaign: one('campaign', id) },
});

function ofFlow(message: AccountObject, flowOf: ReadonlyMap<string, Relationship | undefined>): Source {
  const action = message.relationships['flow-action']?.data as { readonly id: string } | undefined;
  const flow = flowOf.get(action?.id ?? '')?.data as { readonly id: string } | undefined;
  return {
    properties: { ...(flow === undefined ? {} : { $flow: flow.id }), $message: message.id },
    relationships: {
      ...(flow === undefined ? {} : { flow: one('flow', flow.id) }),
      'flow-message': one('flow-message', message.id),
    },
  };
}
