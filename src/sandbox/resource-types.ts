/** What there is to say about each JSON:API type: its relationships and the names a sparse fieldset may use. */

interface Relation {
  /** The type of the related objects; absent: served as links alone. */
  readonly type?: string;
  /** `data` is there without being included. */
  readonly always?: true;
}

interface ResourceType {
  /** Its collection, for links. */
  readonly path: string;
  readonly relations: { readonly [name: string]: Relation };
  /** A name that ends in `.*` stands for itself and everything below it. */
  readonly fields: readonly string[];
}

const words = (text: string): string[] => text.split(' ');

const PROFILE = words(
  'created email external_id first_name id image last_event_date last_name locale location.address1 location.address2 location.city location.country location.ip location.latitude location.longitude location.region location.timezone location.zip location organization phone_number properties title updated predictive_analytics.* subscriptions.* joined_group_at',
);

export const TYPES: { readonly [type: string]: ResourceType } = {
  account: {
    path: '/api/accounts',
    relations: {},
    fields: words(
      'contact_information.* id industry locale preferred_currency public_api_key test_account timezone',
    ),
  },
  profile: {
    path: '/api/profiles',
    relations: { lists: {}, segments: {}, 'push-tokens': {}, conversations: {} },
    fields: PROFILE,
  },
  event: {
    path: '/api/events',
    relations: {
      profile: { type: 'profile', always: true },
      metric: { type: 'metric', always: true },
      attributions: { type: 'attribution' },
    },
    fields: words('datetime event_properties id timestamp uuid'),
  },
  attribution: {
    path: '/api/attributions',
    relations: {
      event: { type: 'event', always: true },
      'attributed-event': { type: 'event', always: true },
      campaign: { type: 'campaign', always: true },
      'campaign-message': { type: 'campaign-message', always: true },
      flow: { type: 'flow', always: true },
      'flow-message': { type: 'flow-message', always: true },
    },
    fields: ['id'],
  },
  metric: {
    path: '/api/metrics',
    relations: { 'flow-triggers': { type: 'flow' } },
    fields: words('created id integration name updated'),
  },
  list: {
    path: '/api/lists',
    relations: { profiles: {}, tags: { type: 'tag' }, 'flow-triggers': { type: 'flow' } },
    fields: words('created id name opt_in_process profile_count updated'),
  },
  segment: {
    path: '/api/segments',
    relations: { profiles: {}, tags: { type: 'tag' }, 'flow-triggers': { type: 'flow' } },
    fields: words(
      'created definition definition.condition_groups id is_active is_processing is_starred name profile_count updated',
    ),
  },
  flow: {
    path: '/api/flows',
    relations: { 'flow-actions': { type: 'flow-action' }, tags: { type: 'tag' } },
    fields: words('archived created definition.* id name status trigger_type updated'),
  },
  'flow-action': {
    path: '/api/flow-actions',
    relations: { flow: { type: 'flow', always: true }, 'flow-messages': { type: 'flow-message' } },
    fields: words('created definition.* id updated'),
  },
  'flow-message': {
    path: '/api/flow-messages',
    relations: {
      'flow-action': { type: 'flow-action', always: true },
      template: { type: 'template', always: true },
    },
    fields: words('channel created definition.* id updated'),
  },
  campaign: {
    path: '/api/campaigns',
    relations: { 'campaign-messages': { type: 'campaign-message' }, tags: { type: 'tag' } },
    fields: words(
      'archived audiences audiences.excluded audiences.included created_at id name scheduled_at send_options.* send_strategy.* send_time status tracking_options.* updated_at',
    ),
  },
  'campaign-message': {
    path: '/api/campaign-messages',
    relations: {
      campaign: { type: 'campaign', always: true },
      template: { type: 'template', always: true },
      image: { type: 'image', always: true },
    },
    fields: words('created_at definition.* id send_times updated_at'),
  },
  'campaign-recipient-estimation': {
    path: '/api/campaign-recipient-estimations',
    relations: {},
    fields: words('estimated_recipient_count id'),
  },
  template: {
    path: '/api/templates',
    relations: {},
    fields: words('amp created definition.* editor_type html id name text updated'),
  },
  tag: {
    path: '/api/tags',
    relations: { 'tag-group': {}, lists: {}, segments: {}, campaigns: {}, flows: {} },
    fields: words('id name'),
  },
  image: {
    path: '/api/images',
    relations: {},
    fields: words('format hidden id image_url name size updated_at'),
  },
  'push-token': {
    path: '/api/push-tokens',
    relations: {},
    fields: words('background created enablement_status id metadata.* platform recorded_date token vendor'),
  },
  conversation: { path: '/api/conversations', relations: {}, fields: words('channel id') },
};

export function fieldAllowed(type: string, field: string): boolean {
  return (TYPES[type]?.fields ?? []).some(
    (name) =>
      name === field ||
      (name.endsWith('.*') && (field === name.slice(0, -2) || field.startsWith(name.slice(0, -1)))),
  );
}
