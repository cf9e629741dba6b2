import type { CampaignMessageTemplateV2 } from '../generated/rows.js';
import type { Resource, Stream, Wanted } from '../resource.js';
import { plain, sparse } from './fields.js';

const campaignMessageTemplateV2 = {
  description: 'The template of each campaign message that has one, with its text and HTML.',
  lacks:
    'Messages without a template, SMS and push among them, have no row. Templates of the library that no campaign message uses are not read.',
  primaryKey: ['campaign_message_id'],
  // Messages may share a template (a resend, a variation), so one template may make several rows.
  *rows(template, { slice: { references = [], resource } }) {
    for (const reference of references)
      if (reference.id === template.id || resource.single === true)
        yield {
          ...template.attributes,
          campaign_message_id: reference.with?.campaign_message_id,
          campaign_id: reference.with?.campaign_id,
          template_id: template.id,
        };
  },
} satisfies Stream<CampaignMessageTemplateV2>;

const query = (wanted: Wanted) =>
  sparse(wanted, 'template', {
    ...plain(
      'campaign_message_template_v2',
      'name',
      'editor_type',
      'html',
      'text',
      'amp',
      'created',
      'updated',
    ),
  });

const optional = { template: ['text', 'amp', 'created', 'updated'] };

/*
 * Three ways to a template, the cheapest first: ten a request; one by its id, since nothing says that the copy
 * Klaviyo makes for a message is listed; one by its message, at a fifth of the rate.
 */
export const messageTemplate = {
  name: 'template of a message',
  path: '/api/campaign-messages/{campaign_message_id}/template',
  each: 'messages whose template is not found by its id either',
  scopes: ['campaigns:read', 'templates:read'],
  limit: () => ({ burst: 10, steady: 150 }),
  single: true,
  query,
  optional,
  streams: { campaign_message_template_v2: campaignMessageTemplateV2 },
} as const satisfies Resource;

export const template = {
  name: 'template',
  path: '/api/templates/{id}',
  each: 'templates that are not found so',
  scopes: ['templates:read'],
  limit: () => ({ burst: 75, steady: 750 }),
  single: true,
  query,
  optional,
  missing: messageTemplate,
  streams: { campaign_message_template_v2: campaignMessageTemplateV2 },
} as const satisfies Resource;

export const templates = {
  name: 'templates',
  path: '/api/templates',
  each: 'campaign messages that have a template',
  scopes: ['templates:read'],
  limit: () => ({ burst: 75, steady: 750 }),
  pageSize: { default: 10, max: 10 },
  batch: 10,
  query,
  optional,
  missing: template,
  streams: { campaign_message_template_v2: campaignMessageTemplateV2 },
} as const satisfies Resource;
