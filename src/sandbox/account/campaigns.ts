/** Campaigns of three channels: sent, scheduled, drafts, archived ones, tests with two messages. */
import { DAY, isoMicros, isoSeconds } from '../clock.js';
import { type Random, ulid } from '../random.js';
import {
  type AccountObject,
  type Attributes,
  type Campaign,
  type Channel,
  many,
  one,
  type Raw,
  type Relationship,
} from '../types.js';
import { definition } from './campaign-content.js';
import { ago, between, type Making, SETTLED } from './making.js';
import type { Templates } from './templates.js';

export interface Campaigns {
  readonly campaigns: Campaign[];
  readonly campaignMessages: AccountObject[];
  readonly images: AccountObject[];
  readonly estimations: Map<string, number>;
}

export interface Around {
  readonly groups: readonly AccountObject[];
  readonly tags: readonly AccountObject[];
  readonly templates: Templates;
  readonly profiles: number;
}

const ROTATION: readonly Channel[] = ['email', 'email', 'sms', 'email', 'mobile_push', 'email', 'sms'];

/** Every strategy that the API knows. */
const STRATEGIES: readonly ((at: number) => Attributes)[] = [
  (at) => ({ method: 'static', datetime: isoSeconds(at), options: { is_local: false } }),
  (at) => ({
    method: 'static',
    datetime: isoSeconds(at),
    options: { is_local: true, send_past_recipients_immediately: true },
  }),
  (at) => ({ method: 'throttled', datetime: isoSeconds(at), throttle_percentage: 20 }),
  (at) => ({ method: 'smart_send_time', date: isoSeconds(at).slice(0, 10) }),
  () => ({ method: 'immediate' }),
  () => ({ method: 'ab_test_campaign' }),
  () => ({ method: 'unsupported' }),
];

export function makeCampaigns(making: Making, count: number, around: Around): Campaigns {
  const chance = making.chance('campaigns');
  const made: Campaigns = { campaigns: [], campaignMessages: [], images: [], estimations: new Map() };
  for (let index = 0; index < count; index++) {
    const created = ago(chance, making.now, 365);
    addCampaign(made, making, chance, around, index, created, between(chance, created, making.now - SETTLED));
  }
  // A resend keeps the template of what it repeats.
  const [first, second] = made.campaignMessages.filter(({ relationships }) => relationships.template?.data);
  if (first?.relationships.template && second)
    Object.assign(second.relationships, { template: first.relationships.template });
  return made;
}

export function addCampaign(
  made: Campaigns,
  making: Making,
  chance: Random,
  around: Around,
  index: number,
  created: number,
  updated: number,
): void {
  const id = ulid(chance, created / 1000);
  const channel = ROTATION[index % ROTATION.length] ?? 'email';
  const strategy = STRATEGIES[index % STRATEGIES.length] ?? STRATEGIES[0];
  const scheduled = strategy !== STRATEGIES[6] && chance.chance(0.85);
  const sendAt = scheduled ? updated + (chance.chance(0.1) ? 3 * DAY : 0) : updated;
  const sent = scheduled && sendAt <= making.now;
  const tested = index % STRATEGIES.length === 5;
  const messages = Array.from({ length: tested ? 2 : 1 }, () => ulid(chance, created / 1000));
  messages.forEach((message, variation) => {
    const image =
      channel === 'mobile_push' && chance.chance(0.5) ? makeImage(chance, made.images.length, created) : null;
    if (image !== null) made.images.push(image);
    const template = channel === 'email' && chance.chance(0.95) ? copy(around.templates, index) : null;
    made.campaignMessages.push({
      type: 'campaign-message',
      id: message,
      attributes: {
        definition: definition(chance, channel, `Variation ${'AB'[variation]}`, index),
        send_times: scheduled ? sendTimes(chance, sendAt, index) : chance.chance(0.5) ? [] : null,
        created_at: isoMicros(created),
        updated_at: isoMicros(between(chance, created, updated)),
      },
      relationships: {
        campaign: one('campaign', id),
        template: template === null ? {} : one('template', template.id),
        image: image === null ? {} : one('image', image.id),
      },
    });
  });
  made.campaigns.push({
    type: 'campaign',
    id,
    channel,
    attributes: {
      name: `${channel === 'email' ? 'Newsletter' : channel === 'sms' ? 'Text' : 'Push'} ${index + 1}`,
      status: sent ? 'Sent' : scheduled ? 'Scheduled' : chance.pick(['Draft', 'Cancelled', 'Draft']),
      archived: index % 9 >= 6,
      audiences: audiences(chance, around.groups),
      send_options: { use_smart_sending: chance.chance(0.8) },
      tracking_options: tracking(chance, channel, index),
      send_strategy: strategy?.(sendAt) ?? { method: 'immediate' },
      created_at: isoMicros(created),
      scheduled_at: scheduled ? isoMicros(between(chance, created, updated)) : null,
      updated_at: isoMicros(updated),
      send_time: scheduled ? isoSeconds(sendAt) : null,
    },
    relationships: {
      'campaign-messages': many('campaign-message', messages),
      tags: someTag(chance, around.tags),
    },
  });
  if (chance.chance(0.85)) made.estimations.set(id, chance.int(0, around.profiles));
}

/** The first message's copy is out of reach but through the message; some are copies, some the listed ones. */
function copy(templates: Templates, index: number): AccountObject {
  if (index === 1) return templates.add(`Copy for campaign ${index + 1}`, 'by message');
  const listed = templates.templates[index % Math.max(1, templates.templates.length)];
  if (index % 3 === 0 && listed !== undefined && templates.reach.get(listed.id) === 'listed') return listed;
  return templates.add(`Copy for campaign ${index + 1}`, 'by id');
}

function makeImage(chance: Random, index: number, created: number): AccountObject {
  return {
    type: 'image',
    id: String(210_000_000 + index),
    attributes: {
      name: `push-${index}.png`,
      image_url: `https://shop.example/push-${index}.png`,
      format: 'png',
      size: chance.int(10_000, 900_000),
      hidden: false,
      updated_at: isoMicros(created),
    },
    relationships: {},
  };
}

function audiences(chance: Random, groups: readonly AccountObject[]): Attributes {
  const draw = (count: number) =>
    groups.length === 0 ? [] : [...new Set(Array.from({ length: count }, () => chance.pick(groups).id))];
  return { included: draw(chance.int(1, 3)), excluded: chance.chance(0.25) ? null : draw(chance.int(0, 2)) };
}

function tracking(chance: Random, channel: Channel, index: number): Raw {
  if (channel === 'mobile_push') return null;
  const custom: Raw =
    index % 4 === 0
      ? [
          { type: 'static', value: 'klaviyo', name: 'utm_source' },
          { type: 'dynamic', value: 'campaign_name', name: 'utm_campaign' },
          { type: 'dynamic', value: 'message_type', name: 'utm_medium' },
        ]
      : index % 4 === 1
        ? []
        : null;
  const params = { add_tracking_params: custom !== null, custom_tracking_params: custom };
  return channel === 'sms'
    ? params
    : { ...params, is_tracking_clicks: true, is_tracking_opens: chance.chance(0.9) };
}

function sendTimes(chance: Random, at: number, index: number): Raw {
  const time = { datetime: isoSeconds(at), is_local: chance.chance(0.3) };
  return index % 6 === 5 ? [time, { ...time, is_local: !time.is_local }] : [time];
}

const someTag = (chance: Random, tags: readonly AccountObject[]): Relationship =>
  many(
    'tag',
    tags.filter(() => chance.chance(0.2)).map(({ id }) => id),
  );
