/** Flows with their actions and the messages of these. */
import { isoMicros, parseInstant } from '../clock.js';
import { shortId } from '../random.js';
import { type AccountObject, many, one, type Relationship } from '../types.js';
import { STEPS } from './flow-actions.js';
import { between, lifetime, type Making, SETTLED } from './making.js';
import type { Templates } from './templates.js';
import { FLOWS } from './words.js';

/** More actions than a page of flows includes. */
const LONG = 55;

export interface Flows {
  readonly flows: AccountObject[];
  readonly flowActions: AccountObject[];
  readonly flowMessages: AccountObject[];
}

interface Around {
  readonly lists: readonly AccountObject[];
  readonly metrics: readonly AccountObject[];
  readonly tags: readonly AccountObject[];
  readonly templates: Templates;
}

const TRIGGERS = [
  'Added to List',
  'Metric',
  'Metric',
  'Date Based',
  'Price Drop',
  'Low Inventory',
  'Unconfigured',
];

export function makeFlows(making: Making, count: number, around: Around): Flows {
  const chance = making.chance('flows');
  const made: Flows = { flows: [], flowActions: [], flowMessages: [] };
  let numbers = chance.int(40_000_000, 60_000_000);
  // Actions have numbers in the same range as each other; Klaviyo's messages have short ids.
  const actionId = () => String(++numbers);
  for (let index = 0; index < count; index++) {
    const id = shortId(chance);
    const times = lifetime(chance, making.now, 600);
    const born = parseInstant(times.created) ?? making.now;
    const length = index === Math.min(2, count - 1) ? LONG : chance.int(3, 12);
    const ids = Array.from({ length }, actionId);
    ids.forEach((action, step) => {
      const make = STEPS[(step + index) % STEPS.length] ?? STEPS[0];
      if (make === undefined) return;
      const { definition, messages } = make({
        chance,
        id: action,
        next: ids[step + 1] ?? null,
        messageId: () => shortId(chance),
        templateId: () => around.templates.add(`Flow copy ${action}`, 'by id').id,
        listId: around.lists.length > 0 ? chance.pick(around.lists).id : null,
        metricId: chance.pick(around.metrics).id,
      });
      const created = between(chance, born, making.now - SETTLED);
      const stamp = () => ({
        created: isoMicros(created),
        updated: isoMicros(between(chance, created, making.now - SETTLED)),
      });
      const flowMessages = messages.map((message): AccountObject => {
        const template = message.definition.template_id;
        return {
          type: 'flow-message',
          id: String(message.definition.id),
          attributes: { channel: message.channel, ...stamp(), definition: message.definition },
          relationships: {
            'flow-action': one('flow-action', action),
            template: typeof template === 'string' ? one('template', template) : {},
          },
        };
      });
      made.flowMessages.push(...flowMessages);
      made.flowActions.push({
        type: 'flow-action',
        id: action,
        attributes: { ...stamp(), definition },
        relationships: {
          flow: one('flow', id),
          'flow-messages': many(
            'flow-message',
            flowMessages.map((message) => message.id),
          ),
        },
      });
    });
    made.flows.push({
      type: 'flow',
      id,
      attributes: {
        name: `${FLOWS[index % FLOWS.length]}${index < FLOWS.length ? '' : ` ${index}`}`,
        status: chance.pick(['live', 'live', 'draft', 'manual']),
        archived: index % 5 === 4,
        ...times,
        trigger_type: TRIGGERS[index % TRIGGERS.length] ?? null,
      },
      relationships: { 'flow-actions': many('flow-action', ids), tags: someTag(around.tags, index) },
    });
  }
  return made;
}

const someTag = (tags: readonly AccountObject[], index: number): Relationship =>
  many(
    'tag',
    tags.filter((_, position) => (index + position) % 4 === 0).map(({ id }) => id),
  );
