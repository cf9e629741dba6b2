/** A whole account out of a seed and a clock: pure, so that a test can compute what must arrive. */

import { makeBulk } from '../bulk/bulk.js';
import { DAY } from '../clock.js';
import { random, shortId } from '../random.js';
import { type Account, type AccountKind, type AccountObject, type AccountOptions, many } from '../types.js';
import { makeCampaigns } from './campaigns.js';
import { makeEvents } from './events.js';
import { makeFlows } from './flows.js';
import { makeLists, makeMemberships, makeSegments, makeTags } from './groups.js';
import { making, SETTLED } from './making.js';
import { makeMetrics } from './metrics.js';
import { makeNasty } from './nasty.js';
import { makeProfiles } from './profiles.js';
import { makeTemplates } from './templates.js';

export function makeAccount(options: AccountOptions = {}): Account {
  const { account: kind = 'shop', seed = 1, now: clock = Date.now } = options;
  const at = making(seed, clock());
  const size = (asked: number | undefined, usual: number) => (kind === 'empty' ? 0 : (asked ?? usual));
  const { profiles: people = 2000, events: happened = 30_000, members = people } = options;
  const few = (count: number) => (kind === 'bulk' ? 0 : size(count, 0));

  const tags = kind === 'empty' ? [] : makeTags(at);
  const metrics = kind === 'empty' ? [] : makeMetrics(at);
  const profiles = makeProfiles(at, few(people));
  const lists = makeLists(at, size(options.lists, 12), tags);
  const segments = makeSegments(at, size(options.segments, 8), metrics, tags);
  const templates = makeTemplates(at, size(undefined, 14));
  const flows = makeFlows(at, size(options.flows, 10), { lists, metrics, tags, templates });
  const groups = [...lists, ...segments];
  const campaigns = makeCampaigns(at, size(options.campaigns, 60), {
    groups,
    tags,
    templates,
    profiles: profiles.length,
  });
  const around = { profiles, metrics, lists, ...flows, ...campaigns };
  const chance = at.chance('events');
  const events = makeEvents(chance, few(happened), at.now - 365 * DAY, at.now - SETTLED, around);
  triggers(flows.flows, metrics, lists, segments);

  const account: Account = {
    kind,
    seed,
    now: at.now / 1000,
    info: makeInfo(kind, seed),
    profiles,
    metrics,
    lists,
    segments,
    memberships: makeMemberships(at, groups, profiles),
    tags,
    templates: templates.templates,
    reach: templates.reach,
    ...events,
    ...flows,
    ...campaigns,
  };
  if (kind === 'nasty') makeNasty(account, at);
  if (kind !== 'bulk') return account;
  const { crowded = false, items = false } = options;
  return {
    ...account,
    bulk: makeBulk(at, account, { profiles: people, events: happened, members, crowded, items }),
  };
}

/** Metrics, lists and segments know the flows that they set off. */
function triggers(flows: readonly AccountObject[], ...kinds: readonly AccountObject[][]): void {
  flows.forEach((flow, index) => {
    const sources = kinds[index % kinds.length] ?? [];
    const position = index % Math.max(1, sources.length);
    const source = sources[position];
    if (source === undefined) return;
    sources[position] = {
      ...source,
      relationships: { ...source.relationships, 'flow-triggers': many('flow', [flow.id]) },
    };
  });
}

function makeInfo(kind: AccountKind, seed: number): AccountObject {
  const id = shortId(random(seed, `info/${kind}`));
  return {
    type: 'account',
    id,
    attributes: {
      test_account: true,
      contact_information: {
        default_sender_name: 'Oak & Fog',
        default_sender_email: 'hello@shop.example',
        website_url: 'https://shop.example',
        organization_name: 'Oak & Fog',
        street_address: {
          address1: '125 Summer Street',
          address2: null,
          city: 'Boston',
          region: 'MA',
          country: 'US',
          zip: '02110',
        },
      },
      industry: 'Ecommerce, Apparel',
      timezone: 'US/Eastern',
      preferred_currency: 'USD',
      public_api_key: id,
      locale: 'en-US',
    },
    relationships: {},
  };
}
