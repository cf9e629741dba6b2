/** What a flow does, step by step: an action's definition, and the message in it if it bears one. */
import type { Random } from '../random.js';
import type { Attributes, Raw } from '../types.js';
import { SUBJECTS } from './words.js';

export interface Step {
  readonly definition: Attributes;
  /** The messages of the action: one, or one a variation of a test. */
  readonly messages: readonly { readonly channel: string; readonly definition: Attributes }[];
}

export interface StepContext {
  readonly chance: Random;
  readonly id: string;
  readonly next: string | null;
  readonly messageId: () => string;
  readonly templateId: () => string;
  readonly listId: string | null;
  readonly metricId: string;
}

const single = (context: StepContext, type: string, data: Attributes | null): Attributes => ({
  id: context.id,
  type,
  links: { next: context.next },
  ...(data === null ? {} : { data }),
});

const branch = (context: StepContext, type: string, data: Attributes): Attributes => ({
  id: context.id,
  type,
  links: { next_if_true: context.next, next_if_false: null },
  data,
});

const status = (chance: Random) => chance.pick(['live', 'live', 'live', 'manual', 'draft', 'disabled']);

function email({ chance, messageId, templateId }: StepContext): Attributes {
  return {
    from_email: 'hello@shop.example',
    from_label: 'Oak & Fog',
    reply_to_email: null,
    cc_email: null,
    bcc_email: null,
    subject_line: chance.pick(SUBJECTS),
    preview_text: chance.chance(0.7) ? 'Have a look inside' : null,
    template_id: chance.chance(0.95) ? templateId() : null,
    smart_sending_enabled: true,
    transactional: false,
    add_tracking_params: chance.chance(0.3),
    custom_tracking_params: chance.chance(0.2) ? [{ param: 'utm_source', value: 'Klaviyo' }] : null,
    additional_filters: null,
    name: `Email ${chance.int(1, 9)}`,
    id: messageId(),
  };
}

const sms = ({ chance, messageId }: StepContext): Attributes => ({
  body: 'Hi {{ first_name }}, your cart misses you: {{ event.url }}',
  image_id: null,
  dynamic_image: null,
  shorten_links: true,
  include_contact_card: false,
  add_org_prefix: true,
  add_info_link: true,
  add_opt_out_language: false,
  smart_sending_enabled: true,
  sms_quiet_hours_enabled: true,
  transactional: false,
  add_tracking_params: false,
  custom_tracking_params: null,
  additional_filters: null,
  name: `SMS ${chance.int(1, 9)}`,
  id: messageId(),
});

const push = ({ messageId }: StepContext): Attributes => ({
  title: 'Still there?',
  body: 'Your favourites are back',
  sound: false,
  badge: true,
  badge_options: { badge_config: 'increment_one' },
  on_open: 'home',
  push_type: 'standard',
  kv_pairs: { screen: 'cart' },
  smart_sending_enabled: true,
  name: 'Push 1',
  id: messageId(),
});

function bearing(context: StepContext, type: string, channel: string, message: Attributes): Step {
  return {
    definition: single(context, type, { message, status: status(context.chance) }),
    messages: [{ channel, definition: message }],
  };
}

function abTest(context: StepContext): Step {
  const variations = [email(context), email(context)];
  const action = (message: Attributes): Raw => ({
    id: String(message.id),
    type: 'send-email',
    links: { next: null },
    data: { message, status: 'live' },
  });
  return {
    definition: single(context, 'ab-test', {
      status: 'live',
      experiment_status: 'live',
      main_action: action(variations[0] ?? {}),
      current_experiment: {
        id: `exp-${context.id}`,
        name: 'Subject line test',
        variations: variations.map(action),
        allocations: { a: 50, b: 50 },
        winner_metric: 'unique-opens',
      },
    }),
    messages: variations.map((definition) => ({ channel: 'email', definition })),
  };
}

const silent = (definition: Attributes): Step => ({ definition, messages: [] });

export const STEPS: readonly ((context: StepContext) => Step)[] = [
  (context) => bearing(context, 'send-email', 'email', email(context)),
  (context) =>
    silent(
      single(context, 'time-delay', {
        unit: 'days',
        value: context.chance.int(1, 5),
        secondary_value: null,
        timezone: 'profile',
        delay_until_time: null,
        delay_until_weekdays: null,
      }),
    ),
  (context) => bearing(context, 'send-sms', 'sms', sms(context)),
  (context) =>
    silent(
      branch(context, 'conditional-split', {
        profile_filter: {
          condition_groups: [
            {
              conditions: [
                {
                  type: 'profile-property',
                  property: "properties['loyalty']",
                  filter: { type: 'existence', operator: 'is-set' },
                },
              ],
            },
          ],
        },
      }),
    ),
  abTest,
  (context) =>
    bearing(context, 'send-webhook', 'webhook', {
      url: 'https://hooks.shop.example/klaviyo',
      headers: { 'X-Shop': '1' },
      body: '{"email":"{{ email }}"}',
      name: 'Webhook',
      id: context.messageId(),
    }),
  (context) =>
    silent(
      single(context, 'update-profile', {
        profile_operations: [
          {
            operator: 'update',
            property_type: 'numeric',
            property_key: 'flow_step',
            property_value: context.chance.int(1, 9),
          },
        ],
        status: 'live',
      }),
    ),
  (context) => bearing(context, 'send-mobile-push', 'mobile_push', push(context)),
  (context) =>
    silent(
      branch(context, 'trigger-split', {
        trigger_filter: null,
        trigger_id: context.metricId,
        trigger_type: 'metric',
        trigger_subtype: null,
      }),
    ),
  (context) =>
    bearing(context, 'send-internal-alert', 'internal_alert', {
      from_email: 'hello@shop.example',
      from_label: 'Oak & Fog',
      to_emails: ['team@shop.example'],
      subject_line: 'VIP order',
      template_id: null,
      name: 'Alert',
      id: context.messageId(),
    }),
  (context) =>
    silent(
      single(context, 'list-update', {
        name: 'Add to list',
        on_execution: true,
        list_id: context.listId,
        status: 'live',
      }),
    ),
  (context) => silent(single(context, 'back-in-stock-delay', null)),
];
