/** What the rows of each stream are made of, for the comparison: where no attribute has a column's name, its origin. */
import type { StreamName } from '../../src/resource.js';

/** A path in the JSON:API object, or the reason why the column has none. */
export type Origin = 'id' | `relationships/${string}` | `attributes/${string}` | { readonly because: string };

export interface Source {
  /** The type of the JSON:API object, found in `data` or in `included`. */
  readonly type: string;
  /** Members of what become columns: of `attributes`, of something below, or of nothing. */
  readonly lift?: readonly string[] | 'nothing';
  readonly columns: Readonly<Record<string, Origin>>;
  /** What differs from the document on purpose, by column or dotted path, with the reason. */
  readonly exceptions?: Readonly<Record<string, string>>;
}

const SPILL = { additional_attributes: { because: 'members that are not declared' } } as const;
const PARENT = { because: 'the object that was asked about' };
const PLACE = { because: 'the place in the list' };

export const SOURCES: Readonly<Record<StreamName, Source>> = {
  profile_v2: { type: 'profile', columns: { id: 'id', ...SPILL } },
  event_v2: {
    type: 'event',
    columns: {
      id: 'id',
      profile_id: 'relationships/profile',
      metric_id: 'relationships/metric',
      attribution_ids: 'relationships/attributions',
      attributions: { because: 'what the included attributions name' },
      flow_id: 'attributes/event_properties/$flow',
      message_id: 'attributes/event_properties/$message',
      event_key: 'attributes/event_properties/$event_id',
      value: 'attributes/event_properties/$value',
      campaign_name: 'attributes/event_properties/Campaign Name',
      ...SPILL,
    },
  },
  metric_v2: {
    type: 'metric',
    columns: { id: 'id', flow_trigger_ids: 'relationships/flow-triggers', ...SPILL },
    exceptions: {
      created: 'documented as plain text, with an ISO 8601 form in its description',
      updated: 'documented as plain text, with an ISO 8601 form in its description',
    },
  },
  list_v2: {
    type: 'list',
    columns: {
      id: 'id',
      tag_ids: 'relationships/tags',
      flow_trigger_ids: 'relationships/flow-triggers',
      ...SPILL,
    },
  },
  segment_v2: {
    type: 'segment',
    columns: {
      id: 'id',
      tag_ids: 'relationships/tags',
      flow_trigger_ids: 'relationships/flow-triggers',
      ...SPILL,
    },
  },
  profile_list_v2: {
    type: 'profile',
    lift: 'nothing',
    columns: {
      list_id: PARENT,
      profile_id: 'id',
      joined_group_at: 'attributes/joined_group_at',
      read_at: { because: 'when the whole read was begun' },
    },
  },
  profile_segment_v2: {
    type: 'profile',
    lift: 'nothing',
    columns: {
      segment_id: PARENT,
      profile_id: 'id',
      joined_group_at: 'attributes/joined_group_at',
      read_at: { because: 'when the whole read was begun' },
    },
  },
  flow_v2: {
    type: 'flow',
    columns: {
      id: 'id',
      flow_action_ids: 'relationships/flow-actions',
      tag_ids: 'relationships/tags',
      ...SPILL,
    },
  },
  flow_action_v2: {
    type: 'flow-action',
    columns: {
      id: 'id',
      flow_id: 'relationships/flow',
      action_type: 'attributes/definition/type',
      status: 'attributes/definition/data/status',
      next_action_id: 'attributes/definition/links/next',
      next_if_true_action_id: 'attributes/definition/links/next_if_true',
      next_if_false_action_id: 'attributes/definition/links/next_if_false',
      flow_message_ids: 'relationships/flow-messages',
      ...SPILL,
    },
  },
  flow_messages_v2: {
    type: 'flow-message',
    columns: {
      id: 'id',
      flow_id: { because: 'the flow of the action that was asked about' },
      flow_action_id: 'relationships/flow-action',
      template_id: 'relationships/template',
      name: 'attributes/definition/name',
      from_email: 'attributes/definition/from_email',
      from_label: 'attributes/definition/from_label',
      subject_line: 'attributes/definition/subject_line',
      preview_text: 'attributes/definition/preview_text',
      ...SPILL,
    },
  },
  campaign_v2: {
    type: 'campaign',
    columns: {
      id: 'id',
      channel: { because: 'it is in the filter and not in the answer' },
      campaign_message_ids: 'relationships/campaign-messages',
      tag_ids: 'relationships/tags',
      ...SPILL,
    },
  },
  campaign_utm_param_v2: {
    type: 'campaign',
    lift: ['tracking_options', 'custom_tracking_params', '[]'],
    columns: { campaign_id: 'id', position: PLACE, campaign_updated_at: 'attributes/updated_at' },
  },
  audience_included_v2: {
    type: 'campaign',
    lift: 'nothing',
    columns: {
      campaign_id: 'id',
      audience_id: 'attributes/audiences/included/[]',
      audience_type: { because: 'looked up among lists and segments' },
      campaign_updated_at: 'attributes/updated_at',
    },
  },
  audience_excluded_v2: {
    type: 'campaign',
    lift: 'nothing',
    columns: {
      campaign_id: 'id',
      audience_id: 'attributes/audiences/excluded/[]',
      audience_type: { because: 'looked up among lists and segments' },
      campaign_updated_at: 'attributes/updated_at',
    },
  },
  campaign_messages_v2: {
    type: 'campaign-message',
    columns: {
      id: 'id',
      campaign_id: 'relationships/campaign',
      template_id: 'relationships/template',
      image_id: 'relationships/image',
      channel: 'attributes/definition/channel',
      label: 'attributes/definition/label',
      ...SPILL,
    },
  },
  campaign_message_template_v2: {
    type: 'template',
    columns: { campaign_message_id: PARENT, campaign_id: PARENT, template_id: 'id', ...SPILL },
    exceptions: { definition: 'an additional field that is not asked for' },
  },
  campaign_message_send_time_v2: {
    type: 'campaign-message',
    lift: ['send_times', '[]'],
    columns: {
      campaign_message_id: 'id',
      campaign_id: 'relationships/campaign',
      message_updated_at: 'attributes/updated_at',
    },
  },
  campaign_recipient_estimation_v2: {
    type: 'campaign-recipient-estimation',
    columns: { campaign_id: 'id' },
  },
};
