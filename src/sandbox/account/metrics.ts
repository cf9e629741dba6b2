/** The metrics of the shop, and how often each of them happens. */
import { shortId } from '../random.js';
import { type AccountObject, type Attributes, many } from '../types.js';
import { lifetime, type Making } from './making.js';

/** Klaviyo gives the category as text for some integrations and as an object for others. */
const KLAVIYO: Attributes = {
  object: 'integration',
  id: '0rG4eQ',
  key: 'klaviyo',
  name: 'Klaviyo',
  category: { object: 'category', id: 'internal', key: 'internal', name: 'Internal' },
  image_url: null,
};
const SHOPIFY: Attributes = {
  object: 'integration',
  id: '0eMvjm',
  key: 'shopify',
  name: 'Shopify',
  category: 'eCommerce',
};
const API: Attributes = { object: 'integration', id: '7FtS4J', name: 'API', category: 'API' };

export const METRICS: readonly { name: string; share: number; integration: Attributes | null }[] = [
  { name: 'Active on Site', share: 20, integration: API },
  { name: 'Viewed Product', share: 24, integration: API },
  { name: 'Received Email', share: 24, integration: KLAVIYO },
  { name: 'Opened Email', share: 12, integration: KLAVIYO },
  { name: 'Clicked Email', share: 4, integration: KLAVIYO },
  { name: 'Started Checkout', share: 3, integration: SHOPIFY },
  { name: 'Placed Order', share: 4, integration: SHOPIFY },
  { name: 'Ordered Product', share: 5, integration: SHOPIFY },
  { name: 'Received SMS', share: 2, integration: KLAVIYO },
  { name: 'Subscribed to List', share: 1, integration: KLAVIYO },
  { name: 'Unsubscribed from Email Marketing', share: 0.8, integration: KLAVIYO },
  { name: 'Loyalty Points Earned', share: 0.7, integration: null },
  { name: 'Clicked SMS', share: 0.6, integration: KLAVIYO },
  { name: 'Bounced Email', share: 0.4, integration: KLAVIYO },
  { name: 'Unsubscribed from List', share: 0.5, integration: KLAVIYO },
];

export function makeMetrics(making: Making): AccountObject[] {
  const chance = making.chance('metrics');
  return METRICS.map(({ name, integration }) => ({
    type: 'metric',
    id: shortId(chance),
    attributes: { name, ...lifetime(chance, making.now, 700), integration },
    relationships: { 'flow-triggers': many('flow', []) },
  }));
}
