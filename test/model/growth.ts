/** What comes to an account, and what leaves it whole. */
import { addCampaign } from '../../src/sandbox/account/campaigns.js';
import { makeList } from '../../src/sandbox/account/groups.js';
import { making } from '../../src/sandbox/account/making.js';
import { isoMicros, isoSeconds } from '../../src/sandbox/clock.js';
import type { AccountObject } from '../../src/sandbox/index.js';
import { many, one } from '../../src/sandbox/types.js';
import type { Hands } from './hands.js';

const DAY_MICROS = 86_400_000_000;

export function growth(own: Hands) {
  const { account, chance, seed, now, touch, micros, stamp, groups, at, fresh, drop, relation } = own;

  /** `offset`: seconds between now and the time of the events. Returns their ids. */
  function addEvents(count: number, pick: number, offset: number): string[] {
    const ids: string[] = [];
    const seconds = Math.floor(now() / 1000) + offset;
    for (let n = 0; n < count; n += 1) {
      const id = fresh('EV');
      account.events.push({
        type: 'event',
        id,
        attributes: {
          timestamp: seconds,
          event_properties: { $value: n, $event_id: id, note: `the ${n + 1}. of ${count}` },
          datetime: isoSeconds(seconds * 1_000_000),
          uuid: `00000000-0000-4000-8000-${id.padStart(12, '0')}`,
        },
        relationships: {
          profile: account.profiles.length > 0 ? one('profile', at(account.profiles, pick)?.id ?? '') : {},
          metric: one('metric', at(account.metrics, pick)?.id ?? ''),
          attributions: many('attribution', []),
        },
      });
      ids.push(id);
    }
    return ids;
  }

  function leave(group: string, profile: string): void {
    const members = account.memberships.get(group) ?? [];
    account.memberships.set(
      group,
      members.filter(({ profileId }) => profileId !== profile),
    );
    touch(`${group}/${profile}`);
  }

  function deleteProfile(id: string): void {
    for (const group of account.memberships.keys()) leave(group, id);
    drop(account.profiles, id);
  }

  function createGroup(kind: 'list' | 'segment', members: number, pick: number): void {
    const times = { created: stamp(), updated: stamp() };
    const [early, late] = [times.created, times.updated].sort();
    const list = makeList(
      chance,
      fresh('Group '),
      { created: early ?? '', updated: late ?? '' },
      account.tags,
    );
    const { opt_in_process: _, ...attributes } = list.attributes;
    const segment = {
      ...attributes,
      definition: null,
      is_active: true,
      is_processing: false,
      is_starred: false,
    };
    const group: AccountObject = kind === 'list' ? list : { ...list, type: 'segment', attributes: segment };
    (kind === 'list' ? account.lists : account.segments).push(group);
    // Those who were imported with it joined before it was there.
    const joined = account.profiles.slice(pick % 5, (pick % 5) + members);
    account.memberships.set(
      group.id,
      joined.map(({ id }, n) => ({
        profileId: id,
        joinedGroupAt: isoMicros(micros() - (n % 2) * 40 * DAY_MICROS),
      })),
    );
    touch(group.id);
  }

  function createFlow(pick: number): void {
    const model = at(account.flows, pick);
    if (model === undefined || account.flows.length > 5) return;
    const [id, created] = [fresh('FL'), stamp()];
    const times = { created, updated: created };
    const actions = relation(model, 'flow-actions').map((old) => [old, fresh('9')] as const);
    for (const [old, action] of actions) {
      const from = account.flowActions.find((one) => one.id === old);
      if (from === undefined) continue;
      const messages = account.flowMessages.filter((one) => relation(one, 'flow-action').includes(old));
      const copies = messages.map((message) => ({
        ...message,
        id: fresh('FM'),
        attributes: { ...message.attributes, ...times },
        relationships: { ...message.relationships, 'flow-action': one('flow-action', action) },
      }));
      account.flowMessages.push(...copies);
      const flow = one('flow', id);
      const ids = copies.map((copy) => copy.id);
      account.flowActions.push({
        ...from,
        id: action,
        attributes: { ...from.attributes, ...times },
        relationships: { flow, 'flow-messages': many('flow-message', ids) },
      });
      touch(action, ...ids);
    }
    const own = actions.map(([, action]) => action);
    account.flows.push({
      ...model,
      id,
      attributes: { ...model.attributes, ...times, name: id },
      relationships: { ...model.relationships, 'flow-actions': many('flow-action', own) },
    });
    touch(id);
  }

  function deleteFlow(flow: AccountObject): void {
    for (const action of relation(flow, 'flow-actions')) {
      for (const message of account.flowMessages.filter((one) =>
        relation(one, 'flow-action').includes(action),
      ))
        drop(account.flowMessages, message.id);
      drop(account.flowActions, action);
    }
    drop(account.flows, flow.id);
  }

  function createCampaign(pick: number): void {
    const around = {
      groups: groups(),
      tags: account.tags,
      templates: { ...account, add: () => at(account.templates, pick) as AccountObject },
      profiles: account.profiles.length,
    };
    const before = account.campaignMessages.length;
    const when = micros();
    addCampaign(account, making(seed, now()), chance, around, pick, when, when);
    touch(account.campaigns.at(-1)?.id ?? '');
    touch(...account.campaignMessages.slice(before).map(({ id }) => id));
  }

  return { addEvents, leave, deleteProfile, createGroup, createFlow, deleteFlow, createCampaign };
}
