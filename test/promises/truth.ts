/** The rows of all 18 streams as the account's truth has them: made straight from its objects, not by the connector. */
import type { StreamName } from '../../src/resource.js';
import { type Account, type AccountObject, ADDITIONAL } from '../../src/sandbox/index.js';

export type Row = Readonly<Record<string, unknown>>;
export type Truth = ReadonlyMap<StreamName, ReadonlyMap<string, Row>>;

export const KEYS: Readonly<Record<StreamName, readonly string[]>> = {
  profile_v2: ['id'],
  event_v2: ['id'],
  metric_v2: ['id'],
  list_v2: ['id'],
  segment_v2: ['id'],
  profile_list_v2: ['list_id', 'profile_id'],
  profile_segment_v2: ['segment_id', 'profile_id'],
  flow_v2: ['id'],
  flow_action_v2: ['id'],
  flow_messages_v2: ['id'],
  campaign_v2: ['id'],
  campaign_utm_param_v2: ['campaign_id', 'name'],
  audience_included_v2: ['campaign_id', 'audience_id'],
  audience_excluded_v2: ['campaign_id', 'audience_id'],
  campaign_messages_v2: ['id'],
  campaign_message_template_v2: ['campaign_message_id'],
  campaign_message_send_time_v2: ['campaign_message_id', 'datetime', 'is_local'],
  campaign_recipient_estimation_v2: ['campaign_id'],
};

export const keyOf = (stream: StreamName, row: Row): string =>
  JSON.stringify(KEYS[stream].map((column) => row[column]));

/** RFC 3339 in UTC, the fraction without the zeros at its end. The account's own dates are all in UTC. */
export const utc = (value: unknown): unknown =>
  typeof value === 'string'
    ? value
        .replace(' ', 'T')
        .replace(/(T\d\d:\d\d:\d\d(?:\.\d+)?)$/, '$1Z')
        .replace(/(\.\d*?)0*(?=Z|\+00:00)/, (_, kept: string) => (kept === '.' ? '' : kept))
        .replace('+00:00', 'Z')
    : value;

const ref = (object: AccountObject, name: string): string | null => {
  const data = object.relationships[name]?.data;
  return data === undefined || data === null || 'length' in data ? null : (data as { id: string }).id;
};

const refs = (object: AccountObject, name: string): string[] | null => {
  const data = object.relationships[name]?.data;
  return Array.isArray(data) ? data.map(({ id }) => id) : null;
};

/** Attributes of the answer: without those that are served only on request, but for the ones we ask for. */
function lifted(object: AccountObject, ...asked: string[]): Record<string, unknown> {
  const hidden = (ADDITIONAL[object.type] ?? []).filter((name) => !asked.includes(name));
  return {
    id: object.id,
    ...Object.fromEntries(Object.entries(object.attributes).filter(([name]) => !hidden.includes(name))),
  };
}

type Bag = { readonly [name: string]: unknown };
const bag = (value: unknown): Bag => (typeof value === 'object' && value !== null ? (value as Bag) : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

export function truthOf(account: Account): Truth {
  const truth = new Map<StreamName, Map<string, Row>>();
  const add = (stream: StreamName, row: Row): void => {
    const rows = truth.get(stream) ?? new Map<string, Row>();
    truth.set(stream, rows.set(keyOf(stream, row), row));
  };
  for (const stream of Object.keys(KEYS) as StreamName[]) truth.set(stream, new Map());

  // A filter on `updated` cannot reach a profile without one, and without a filter no slice is bounded.
  for (const profile of account.profiles)
    if (profile.attributes.updated !== null) add('profile_v2', lifted(profile, 'subscriptions'));
  const credited = new Map(
    account.attributions.map((attribution) => [
      attribution.id,
      {
        id: attribution.id,
        attributed_event_id: ref(attribution, 'attributed-event'),
        campaign_id: ref(attribution, 'campaign'),
        campaign_message_id: ref(attribution, 'campaign-message'),
        flow_id: ref(attribution, 'flow'),
        flow_message_id: ref(attribution, 'flow-message'),
        flow_message_variation_id: ref(attribution, 'flow-message-variation'),
      },
    ]),
  );
  for (const event of account.events) {
    const when = Date.parse(String(event.attributes.datetime));
    if (Number.isNaN(when) || when >= account.now) continue;
    const properties = bag(event.attributes.event_properties);
    add('event_v2', {
      ...lifted(event),
      profile_id: ref(event, 'profile'),
      metric_id: ref(event, 'metric'),
      attribution_ids: refs(event, 'attributions'),
      attributions: list(refs(event, 'attributions')).map((id) => credited.get(String(id))),
      flow_id: textOf(properties.$flow),
      message_id: textOf(properties.$message),
      event_key: textOf(properties.$event_id),
      value: typeof properties.$value === 'number' ? properties.$value : null,
      campaign_name: textOf(properties['Campaign Name']),
    });
  }
  for (const metric of account.metrics)
    add('metric_v2', { ...lifted(metric), flow_trigger_ids: refs(metric, 'flow-triggers') });
  for (const [stream, groups] of [
    ['list_v2', account.lists],
    ['segment_v2', account.segments],
  ] as const)
    for (const group of groups) {
      add(stream, {
        ...lifted(group),
        tag_ids: refs(group, 'tags'),
        flow_trigger_ids: refs(group, 'flow-triggers'),
      });
      for (const { profileId, joinedGroupAt } of account.memberships.get(group.id) ?? [])
        add(stream === 'list_v2' ? 'profile_list_v2' : 'profile_segment_v2', {
          [stream === 'list_v2' ? 'list_id' : 'segment_id']: group.id,
          profile_id: profileId,
          joined_group_at: utc(joinedGroupAt),
        });
    }
  addFlows(account, add);
  addCampaigns(account, add);
  return truth;
}

function addFlows(account: Account, add: (stream: StreamName, row: Row) => void): void {
  const flowOf = new Map<string, string>();
  for (const flow of account.flows) {
    const ids = refs(flow, 'flow-actions');
    add('flow_v2', { ...lifted(flow), flow_action_ids: ids, tag_ids: refs(flow, 'tags') });
    for (const id of ids ?? []) flowOf.set(id, flow.id);
  }
  for (const action of account.flowActions) {
    const definition = bag(action.attributes.definition);
    const links = bag(definition.links);
    add('flow_action_v2', {
      ...lifted(action),
      flow_id: flowOf.get(action.id) ?? null,
      action_type: textOf(definition.type),
      status: textOf(bag(definition.data).status),
      next_action_id: textOf(links.next),
      next_if_true_action_id: textOf(links.next_if_true),
      next_if_false_action_id: textOf(links.next_if_false),
    });
  }
  for (const message of account.flowMessages) {
    const definition = bag(message.attributes.definition);
    const action = ref(message, 'flow-action') ?? '';
    add('flow_messages_v2', {
      ...lifted(message),
      flow_action_id: action,
      flow_id: flowOf.get(action) ?? null,
      template_id: ref(message, 'template'),
      name: textOf(definition.name),
      from_email: textOf(definition.from_email),
      from_label: textOf(definition.from_label),
      subject_line: textOf(definition.subject_line),
      preview_text: textOf(definition.preview_text),
    });
  }
}

function addCampaigns(account: Account, add: (stream: StreamName, row: Row) => void): void {
  const templates = new Map(account.templates.map((template) => [template.id, template]));
  const lists = new Set(account.lists.map(({ id }) => id));
  const segments = new Set(account.segments.map(({ id }) => id));
  const updated = new Map<string, unknown>();
  for (const campaign of account.campaigns) {
    const { id, channel, attributes } = campaign;
    const at = utc(attributes.updated_at);
    updated.set(id, at);
    add('campaign_v2', {
      ...lifted(campaign),
      channel,
      campaign_message_ids: refs(campaign, 'campaign-messages'),
      tag_ids: refs(campaign, 'tags'),
    });
    const audiences = bag(attributes.audiences);
    for (const [stream, ids] of [
      ['audience_included_v2', list(audiences.included)],
      ['audience_excluded_v2', list(audiences.excluded)],
    ] as const)
      for (const audience of ids.filter((one) => typeof one === 'string'))
        add(stream, {
          campaign_id: id,
          audience_id: audience,
          audience_type: lists.has(audience) ? 'list' : segments.has(audience) ? 'segment' : null,
          campaign_updated_at: at,
        });
    for (const [position, parameter] of list(
      bag(attributes.tracking_options).custom_tracking_params,
    ).entries()) {
      const { name, type, value } = bag(parameter);
      // The name is part of the key.
      if (typeof name !== 'string') continue;
      add('campaign_utm_param_v2', { campaign_id: id, name, position, type, value, campaign_updated_at: at });
    }
    const estimation = account.estimations.get(id);
    if (estimation !== undefined)
      add('campaign_recipient_estimation_v2', { campaign_id: id, estimated_recipient_count: estimation });
  }
  for (const message of account.campaignMessages) {
    const definition = bag(message.attributes.definition);
    const campaign = ref(message, 'campaign');
    add('campaign_messages_v2', {
      ...lifted(message),
      campaign_id: campaign,
      template_id: ref(message, 'template'),
      image_id: ref(message, 'image'),
      channel: textOf(definition.channel),
      label: textOf(definition.label),
    });
    for (const time of list(message.attributes.send_times).map(bag))
      if (typeof time.datetime === 'string')
        add('campaign_message_send_time_v2', {
          campaign_message_id: message.id,
          datetime: utc(time.datetime),
          is_local: time.is_local,
          campaign_id: campaign,
          message_updated_at: utc(message.attributes.updated_at),
        });
    const template = templates.get(ref(message, 'template') ?? '');
    if (template !== undefined) {
      const { id, ...attributes } = lifted(template);
      add('campaign_message_template_v2', {
        ...attributes,
        campaign_message_id: message.id,
        campaign_id: campaign,
        template_id: id,
      });
    }
  }
}
