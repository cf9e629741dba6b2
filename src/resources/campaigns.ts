import type {
  AudienceExcludedV2,
  AudienceIncludedV2,
  CampaignMessageSendTimeV2,
  CampaignMessagesV2,
  CampaignRecipientEstimationV2,
  CampaignUtmParamV2,
  CampaignV2,
} from '../generated/rows.js';
import { member, related, relatedIds, text } from '../klaviyo/json-api.js';
import type {
  Body,
  Draft,
  JsonApiObject,
  Reference,
  Resource,
  RowContext,
  Stream,
  Value,
} from '../resource.js';
import { normalise } from '../time.js';
import { including, plain, sparse } from './fields.js';
import { includedOf } from './included.js';
import { lists } from './lists.js';
import { segments } from './segments.js';
import { templates } from './templates.js';

const MEDIUM = () => ({ burst: 10, steady: 150 });
const MESSAGES = { relation: 'campaign-messages', type: 'campaign-message', back: 'campaign' };

/** The channels that the filter takes; a campaign of another channel cannot be asked for at this revision. */
const CHANNELS = ['email', 'sms', 'mobile_push'];

const arrayOf = (value: Value | undefined): readonly Value[] => (Array.isArray(value) ? value : []);

const campaignV2 = {
  description: 'Campaigns by e-mail, SMS and mobile push, archived ones too.',
  lacks:
    'A campaign that was deleted is not told of: its row stays. Campaigns of other channels than e-mail, SMS and mobile push cannot be asked for at this revision.',
  primaryKey: ['id'],
  cursor: 'updated_at',
  position: {
    moves: false,
    why: 'the tables that hang on it are read whole at every run',
    instead: 'take its entry out of the state to have all campaigns again',
  },
  rows: (campaign, { slice }) => [
    {
      ...campaign.attributes,
      id: campaign.id,
      // The channel is in the question, not in the answer.
      channel: CHANNELS.find((channel) => slice.partition?.includes(`'${channel}'`)) ?? null,
      campaign_message_ids: relatedIds(campaign, 'campaign-messages'),
      tag_ids: relatedIds(campaign, 'tags'),
    },
  ],
} satisfies Stream<CampaignV2>;

const campaignUtmParamV2 = {
  description: 'The tracking parameters of campaigns that set their own. None: the account’s defaults apply.',
  lacks:
    'A parameter that was removed is not told of: of a campaign, the rows with the highest `campaign_updated_at` are the present ones. A name that stands twice comes once: the key holds it once.',
  primaryKey: ['campaign_id', 'name'],
  *rows(campaign) {
    const parameters = arrayOf(member(campaign.attributes.tracking_options, 'custom_tracking_params'));
    const names = new Set<string>();
    for (const [position, parameter] of parameters.entries()) {
      const name = text(member(parameter, 'name'));
      // The key cannot hold a name twice; the first one is what Klaviyo appends first.
      if (name === null || names.has(name)) continue;
      names.add(name);
      yield {
        campaign_id: campaign.id,
        name,
        position,
        type: text(member(parameter, 'type')),
        value: text(member(parameter, 'value')),
        campaign_updated_at: campaign.attributes.updated_at,
      };
    }
  },
} satisfies Stream<CampaignUtmParamV2>;

const AUDIENCE_LACKS =
  'An audience that was removed is not told of: of a campaign, the rows with the highest `campaign_updated_at` are the present ones. `audience_type` is null where neither the lists nor the segments that this run listed have the id.';

function* audience(
  side: 'included' | 'excluded',
  campaign: JsonApiObject,
  { lookup }: RowContext,
): Iterable<Draft<AudienceIncludedV2>> {
  const ids = arrayOf(member(campaign.attributes.audiences, side)).filter((id) => typeof id === 'string');
  for (const id of new Set(ids))
    yield {
      campaign_id: campaign.id,
      audience_id: id,
      audience_type: lookup('list', id) ? 'list' : lookup('segment', id) ? 'segment' : null,
      campaign_updated_at: campaign.attributes.updated_at,
    };
}

const audienceIncludedV2 = {
  description: 'The lists and segments that a campaign goes to.',
  lacks: AUDIENCE_LACKS,
  primaryKey: ['campaign_id', 'audience_id'],
  rows: (campaign, context) => audience('included', campaign, context),
} satisfies Stream<AudienceIncludedV2>;

const audienceExcludedV2 = {
  description: 'The lists and segments that a campaign leaves out.',
  lacks: AUDIENCE_LACKS,
  primaryKey: ['campaign_id', 'audience_id'],
  rows: (campaign, context) => audience('excluded', campaign, context),
} satisfies Stream<AudienceExcludedV2>;

const campaignMessagesV2 = {
  description: 'The messages of campaigns: one, or one a variation.',
  lacks:
    'A message that was removed is not told of: its row stays, and `campaign_v2.campaign_message_ids` no longer names it.',
  primaryKey: ['id'],
  *rows(campaign, { body }) {
    for (const message of includedOf(campaign, body, MESSAGES)) {
      const { definition } = message.attributes;
      yield {
        ...message.attributes,
        id: message.id,
        campaign_id: campaign.id,
        template_id: related(message, 'template'),
        image_id: related(message, 'image'),
        channel: text(member(definition, 'channel')),
        label: text(member(definition, 'label')),
      };
    }
  },
} satisfies Stream<CampaignMessagesV2>;

const campaignMessageSendTimeV2 = {
  description: 'When a campaign message is sent, in UTC or in each recipient’s own time.',
  lacks:
    'A time that was removed is not told of: of a message, the rows with the highest `message_updated_at` are the present ones. A time that is no date has no row, as it is part of the key.',
  primaryKey: ['campaign_message_id', 'datetime', 'is_local'],
  *rows(campaign, { body }) {
    for (const message of includedOf(campaign, body, MESSAGES)) {
      const seen = new Set<string>();
      for (const time of arrayOf(message.attributes.send_times)) {
        // The date is part of the key: one that is none has no row, and one said twice has one.
        const datetime = normalise(text(member(time, 'datetime')) ?? '');
        const key = `${datetime} ${member(time, 'is_local') === true}`;
        if (datetime === undefined || seen.has(key)) continue;
        seen.add(key);
        yield {
          campaign_message_id: message.id,
          datetime,
          is_local: member(time, 'is_local') === true,
          campaign_id: campaign.id,
          message_updated_at: message.attributes.updated_at,
        };
      }
    }
  },
} satisfies Stream<CampaignMessageSendTimeV2>;

const campaignRecipientEstimationV2 = {
  description: 'How many recipients Klaviyo estimated for a campaign. No row: none was ever estimated.',
  lacks: 'An estimate is read as Klaviyo last made it. To have it made anew takes a key that may write.',
  primaryKey: ['campaign_id'],
  rows: (estimation) => [{ ...estimation.attributes, campaign_id: estimation.id }],
} satisfies Stream<CampaignRecipientEstimationV2>;

/** Estimates are read, never refreshed: that would be a POST, which a read-only key may not send. */
export const recipientEstimations = {
  name: 'recipient estimations',
  path: '/api/campaign-recipient-estimations/{id}',
  each: 'campaigns',
  scopes: ['campaigns:read'],
  limit: MEDIUM,
  single: true,
  mayLack: true,
  streams: { campaign_recipient_estimation_v2: campaignRecipientEstimationV2 },
} as const satisfies Resource;

function* templateReferences(body: Body): Iterable<Reference> {
  for (const campaign of body.data)
    for (const message of includedOf(campaign, body, MESSAGES)) {
      const id = related(message, 'template');
      if (id !== null) yield { id, with: { campaign_message_id: message.id, campaign_id: campaign.id } };
    }
}

export const campaigns = {
  name: 'campaigns',
  path: '/api/campaigns',
  scopes: ['campaigns:read'],
  limit: MEDIUM,
  pageSize: { default: 100, max: 100 },
  // Without a channel the request is refused; without `archived` only campaigns that are not archived come.
  partitions: CHANNELS.flatMap((channel) =>
    ['false', 'true'].map((archived) => `equals(messages.channel,'${channel}'),equals(archived,${archived})`),
  ),
  query: (wanted) => {
    const messages = (...columns: string[]) => wanted.column('campaign_messages_v2', ...columns);
    const withMessages =
      wanted.stream('campaign_messages_v2') ||
      wanted.stream('campaign_message_send_time_v2') ||
      wanted.stream('campaign_message_template_v2') ||
      wanted.column('campaign_v2', 'campaign_message_ids');
    return {
      ...including({ 'campaign-messages': withMessages, tags: wanted.column('campaign_v2', 'tag_ids') }),
      ...sparse(wanted, 'campaign', {
        ...plain('campaign_v2', 'name', 'status', 'archived', 'send_options', 'send_strategy', 'created_at'),
        ...plain('campaign_v2', 'scheduled_at', 'send_time'),
        audiences: [['campaign_v2', 'audiences'], ['audience_included_v2'], ['audience_excluded_v2']],
        tracking_options: [['campaign_v2', 'tracking_options'], ['campaign_utm_param_v2']],
        updated_at: [
          ['campaign_v2', 'updated_at'],
          ['campaign_utm_param_v2', 'campaign_updated_at'],
          ['audience_included_v2', 'campaign_updated_at'],
          ['audience_excluded_v2', 'campaign_updated_at'],
        ],
      }),
      ...(withMessages && !messages('additional_attributes')
        ? sparse(wanted, 'campaign-message', {
            ...plain('campaign_messages_v2', 'created_at'),
            definition: [['campaign_messages_v2', 'definition', 'channel', 'label']],
            send_times: [['campaign_messages_v2', 'send_times'], ['campaign_message_send_time_v2']],
            updated_at: [
              ['campaign_messages_v2', 'updated_at'],
              ['campaign_message_send_time_v2', 'message_updated_at'],
            ],
          })
        : {}),
    };
  },
  optional: { campaign: ['tracking_options', 'scheduled_at', 'send_time'] },
  // Archived e-mail campaigns come out of order.
  cursor: { field: 'updated_at', lower: 'greater-or-equal', upper: 'less-than', sorted: false },
  children: [
    { resource: templates, references: templateReferences },
    {
      resource: recipientEstimations,
      references: ({ data }: Body) => data.map(({ id }) => ({ id })),
    },
  ],
  after: [lists, segments],
  streams: {
    campaign_v2: campaignV2,
    campaign_utm_param_v2: campaignUtmParamV2,
    audience_included_v2: audienceIncludedV2,
    audience_excluded_v2: audienceExcludedV2,
    campaign_messages_v2: campaignMessagesV2,
    campaign_message_send_time_v2: campaignMessageSendTimeV2,
  },
} as const satisfies Resource;
