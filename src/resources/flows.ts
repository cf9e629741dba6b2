import type { FlowActionV2, FlowMessagesV2, FlowV2 } from '../generated/rows.js';
import { member, related, relatedIds, text } from '../klaviyo/json-api.js';
import type { Body, Draft, JsonApiObject, Reference, Resource, Stream } from '../resource.js';
import { including, plain, sparse } from './fields.js';
import { instant } from './groups.js';
import { includedOf } from './included.js';
import { BY_CHANGE } from './positions.js';

const SLOW = () => ({ burst: 3, steady: 60 });
const ACTIONS = { relation: 'flow-actions', type: 'flow-action', back: 'flow' };

/** Actions that hold no message. Any other type is asked for messages, so that a type made later loses none. */
const SILENT = new Set([
  'action-output-split',
  'back-in-stock-delay',
  'code',
  'conditional-split',
  'countdown-delay',
  'internal-service',
  'list-update',
  'multi-branch-split',
  'target-date',
  'time-delay',
  'trigger-split',
  'update-profile',
]);

const flowV2 = {
  description: 'Flows: automations, live, draft and archived.',
  lacks:
    'A flow that was deleted is not told of: its row stays. Triggers, filters and who may enter again are told flow by flow only, and are not read.',
  primaryKey: ['id'],
  cursor: 'updated',
  position: BY_CHANGE,
  rows: (flow) => [
    {
      ...flow.attributes,
      id: flow.id,
      flow_action_ids: relatedIds(flow, 'flow-actions'),
      tag_ids: relatedIds(flow, 'tags'),
    },
  ],
} satisfies Stream<FlowV2>;

function actionRow(action: JsonApiObject, flowId: string | null): Draft<FlowActionV2> {
  const { definition } = action.attributes;
  const links = member(definition, 'links');
  return {
    ...action.attributes,
    id: action.id,
    flow_id: flowId,
    // Older revisions had these two as attributes, and tables are built on them.
    action_type: text(member(definition, 'type')),
    status: text(member(member(definition, 'data'), 'status')),
    next_action_id: text(member(links, 'next')),
    next_if_true_action_id: text(member(links, 'next_if_true')),
    next_if_false_action_id: text(member(links, 'next_if_false')),
    flow_message_ids: relatedIds(action, 'flow-messages'),
  };
}

const flowActionV2 = {
  description: 'The steps of flows: messages, delays, splits.',
  lacks:
    'An action that was removed is not told of: its row stays, and `flow_v2.flow_action_ids` no longer names it.',
  primaryKey: ['id'],
  cursor: 'updated',
  included: true,
  position: {
    moves: false,
    why: 'its rows come with the pages of all flows',
    instead: 'take its entry out of the state to have all of them again',
  },
  *rows(object, { body }) {
    if (object.type === 'flow-action') yield actionRow(object, related(object, 'flow'));
    else for (const action of includedOf(object, body, ACTIONS)) yield actionRow(action, object.id);
  },
} satisfies Stream<FlowActionV2>;

const flowMessagesV2 = {
  description: 'The messages that flow actions send.',
  onlyWhole: 'a message that was edited while its action’s `updated` stood still',
  lacks: 'A message that was removed with its action is not told of: its row stays.',
  primaryKey: ['id'],
  cursor: 'updated',
  position: {
    moves: false,
    why: 'its rows are asked for action by action',
    instead: 'take "reread" out of its entry in the state to have it read whole by the next run',
  },
  rows: (message, { slice: { references } }) => {
    const { definition } = message.attributes;
    return [
      {
        ...message.attributes,
        id: message.id,
        flow_id: references?.[0]?.with?.flow_id ?? null,
        flow_action_id: references?.[0]?.id,
        template_id: related(message, 'template') ?? text(member(definition, 'template_id')),
        name: text(member(definition, 'name')),
        from_email: text(member(definition, 'from_email')),
        from_label: text(member(definition, 'from_label')),
        subject_line: text(member(definition, 'subject_line')),
        preview_text: text(member(definition, 'preview_text')),
      },
    ];
  },
} satisfies Stream<FlowMessagesV2>;

export const flowMessages = {
  name: 'flow messages',
  path: '/api/flow-actions/{id}/flow-messages',
  each: 'flow actions that can hold a message (between whole reads, that have changed)',
  scopes: ['flows:read'],
  limit: SLOW,
  pageSize: { default: 50, max: 50 },
  query: (wanted) =>
    sparse(wanted, 'flow-message', {
      ...plain('flow_messages_v2', 'channel', 'created', 'updated'),
      definition: [
        ['flow_messages_v2', 'definition', 'name', 'template_id', 'from_email', 'from_label', 'subject_line'],
        ['flow_messages_v2', 'preview_text'],
      ],
    }),
  // Nothing promises that editing a message moves its action's `updated`, by which actions are left out.
  cursor: {
    field: 'updated',
    lower: 'greater-or-equal',
    upper: 'less-than',
    sorted: true,
    rereadDays: () => 7,
  },
  streams: { flow_messages_v2: flowMessagesV2 },
} as const satisfies Resource;

function reference(action: JsonApiObject, flowId: string | null): Reference[] {
  if (SILENT.has(text(member(action.attributes.definition, 'type')) ?? '')) return [];
  return [
    {
      id: action.id,
      created: instant(action, 'created'),
      updated: instant(action, 'updated'),
      with: flowId === null ? {} : { flow_id: flowId },
    },
  ];
}

/** The actions of a flow that has more of them than a page of flows includes. */
export const flowActions = {
  name: 'flow actions',
  path: '/api/flows/{flow_id}/flow-actions',
  each: 'actions that a page of flows leaves out, of flows with very many',
  scopes: ['flows:read'],
  limit: SLOW,
  pageSize: { default: 50, max: 50 },
  batch: 50,
  children: [
    {
      resource: flowMessages,
      references: ({ data }: Body) => data.flatMap((action) => reference(action, related(action, 'flow'))),
    },
  ],
  streams: { flow_action_v2: flowActionV2 },
} as const satisfies Resource;

function* notIncluded(body: Body): Iterable<Reference> {
  for (const flow of body.data)
    for (const id of relatedIds(flow, 'flow-actions') ?? [])
      if (body.find('flow-action', id) === undefined) yield { id, with: { flow_id: flow.id } };
}

export const flows = {
  name: 'flows',
  path: '/api/flows',
  scopes: ['flows:read'],
  limit: SLOW,
  pageSize: { default: 50, max: 50 },
  partitions: ['equals(archived,false)', 'equals(archived,true)'],
  query: (wanted) => ({
    ...including({
      'flow-actions':
        wanted.stream('flow_action_v2') ||
        wanted.stream('flow_messages_v2') ||
        wanted.column('flow_v2', 'flow_action_ids'),
      tags: wanted.column('flow_v2', 'tag_ids'),
    }),
    ...sparse(
      wanted,
      'flow',
      plain('flow_v2', 'name', 'status', 'archived', 'created', 'updated', 'trigger_type'),
    ),
    ...(wanted.stream('flow_action_v2') || wanted.stream('flow_messages_v2')
      ? sparse(wanted, 'flow-action', {
          created: [['flow_action_v2', 'created'], ['flow_messages_v2']],
          updated: [['flow_action_v2', 'updated'], ['flow_messages_v2']],
          definition: [
            [
              'flow_action_v2',
              'definition',
              'action_type',
              'status',
              'next_action_id',
              'next_if_true_action_id',
            ],
            ['flow_action_v2', 'next_if_false_action_id'],
            ['flow_messages_v2'],
          ],
        })
      : {}),
  }),
  cursor: { field: 'updated', lower: 'greater-or-equal', upper: 'less-than', sorted: true },
  children: [
    {
      resource: flowMessages,
      references: (body: Body) =>
        body.data.flatMap((flow) =>
          [...includedOf(flow, body, ACTIONS)].flatMap((action) => reference(action, flow.id)),
        ),
    },
    { resource: flowActions, references: notIncluded },
  ],
  streams: { flow_v2: flowV2, flow_action_v2: flowActionV2 },
} as const satisfies Resource;
