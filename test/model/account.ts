/** The account of a schedule: a few of everything, and what its owner does to it. */
import { makeProfile } from '../../src/sandbox/account/profiles.js';
import { isoSeconds } from '../../src/sandbox/clock.js';
import type { Account, AccountObject, OpenSandbox } from '../../src/sandbox/index.js';
import { many } from '../../src/sandbox/types.js';
import { growth } from './growth.js';
import { hands } from './hands.js';
import type { Command } from './schedule.js';

export interface Living {
  readonly account: Account;
  readonly act: (command: Command) => void;
  /** When an object, by its id, or a membership, by `group/profile`, was last changed: milliseconds. */
  readonly touched: ReadonlyMap<string, number>;
  /** Messages that were changed without their actions: found by the weekly whole read alone. */
  readonly silent: ReadonlySet<string>;
  /** Milliseconds from which on a run has to bring an event; a late one beyond the lookback has none. */
  readonly due: ReadonlyMap<string, number>;
  readonly acts: ReadonlyMap<string, number>;
}

const DAY_MS = 86_400_000;

/**
 * Flows keep a few of their actions: each of them costs a request at the slowest pace. Of the templates that are found
 * by their id alone, every other one is found through its message alone.
 */
export function shorten(account: Account): void {
  [...account.reach].forEach(([id, reach], index) => {
    if (reach === 'by id' && index % 2 === 0) account.reach.set(id, 'by message');
  });
  const kept = new Set<string>();
  account.flows.forEach((flow, index) => {
    const data = flow.relationships['flow-actions']?.data;
    const ids = (Array.isArray(data) ? data : []).map(({ id }) => String(id)).slice(0, 4 - index);
    for (const id of ids) kept.add(id);
    account.flows[index] = {
      ...flow,
      relationships: { ...flow.relationships, 'flow-actions': many('flow-action', ids) },
    };
  });
  const of = (message: AccountObject): string => {
    const data = message.relationships['flow-action']?.data;
    return data !== undefined && data !== null && 'id' in data ? data.id : '';
  };
  account.flowActions.splice(0, Infinity, ...account.flowActions.filter(({ id }) => kept.has(id)));
  account.flowMessages.splice(0, Infinity, ...account.flowMessages.filter((one) => kept.has(of(one))));
}

export function living(
  sandbox: OpenSandbox,
  { seed, lookback }: { readonly seed: number; readonly lookback: number },
  now: () => number,
): Living {
  const { account } = sandbox;
  const own = hands(account, seed, now);
  const { chance, touched, touch, micros, stamp, groups, at, fresh, edit, drop, listOf, relation } = own;
  const { addEvents, leave, deleteProfile, createGroup, createFlow, deleteFlow, createCampaign } =
    growth(own);
  const silent = new Set<string>();
  const due = new Map<string, number>();
  const acts = new Map<string, number>();

  function happens(count: number, pick: number, offset: number): void {
    const ids = addEvents(count, pick, offset);
    const second = (Math.floor(now() / 1000) + offset) * 1000;
    // A second for the fraction, ten for the lag of a run's upper bound.
    for (const id of ids)
      if (offset >= 0) due.set(id, second + 11_000);
      else if (-offset <= lookback * 86_400) due.set(id, second + lookback * DAY_MS + 11_000);
  }

  function act(command: Command): void {
    const pick = 'pick' in command ? command.pick : 0;
    const profile = at(account.profiles, 'other' in command ? command.other : pick);
    const group = at(groups(), pick);
    const campaign = at(account.campaigns, pick);
    const flow = at(account.flows, pick);
    const action = at(account.flowActions, pick);
    const message = at(account.flowMessages, pick);
    switch (command.do) {
      case 'event':
        happens(command.count, pick, 0);
        break;
      case 'lateEvent':
        happens(command.count, pick, -command.by);
        break;
      case 'futureEvent':
        happens(1, pick, command.by);
        break;
      case 'addMetric': {
        const id = fresh('MT');
        const attributes = { ...account.metrics[0]?.attributes, name: id };
        account.metrics.push({ type: 'metric', id, attributes, relationships: {} });
        touch(id);
        break;
      }
      case 'addProfile': {
        const when = micros();
        const added = makeProfile(chance, 5_000 + account.profiles.length, when, when);
        account.profiles.push(added);
        touch(added.id);
        break;
      }
      case 'updateProfile':
        edit(account.profiles, profile?.id, { title: fresh('Title '), updated: stamp() });
        break;
      case 'deleteProfile':
        if (profile !== undefined) deleteProfile(profile.id);
        break;
      case 'merge': {
        const kept = at(account.profiles, pick);
        if (kept === undefined || profile === undefined || kept.id === profile.id) return;
        deleteProfile(profile.id);
        edit(account.profiles, kept.id, { title: fresh('Merged '), updated: stamp() });
        break;
      }
      case 'join':
      case 'leave': {
        if (group === undefined || profile === undefined) return;
        leave(group.id, profile.id);
        if (command.do === 'leave') return;
        account.memberships.get(group.id)?.push({
          profileId: profile.id,
          joinedGroupAt: chance.chance(0.5) ? stamp() : isoSeconds(micros()),
        });
        break;
      }
      case 'createList':
        createGroup('list', command.members, pick);
        break;
      case 'createSegment':
        createGroup('segment', command.members, pick);
        break;
      case 'updateGroup':
        if (group === undefined) return;
        edit(listOf(group.id), group.id, { name: fresh('Name '), updated: stamp() });
        break;
      case 'deleteGroup':
        if (group === undefined) return;
        account.memberships.delete(group.id);
        drop(listOf(group.id), group.id);
        break;
      case 'createCampaign':
        createCampaign(pick);
        break;
      case 'updateCampaign':
        edit(account.campaigns, campaign?.id, { name: fresh('Campaign '), updated_at: stamp() });
        break;
      case 'archiveCampaign': {
        const archived = campaign?.attributes.archived !== true;
        edit(account.campaigns, campaign?.id, { archived, updated_at: stamp() });
        break;
      }
      case 'deleteCampaign':
        if (campaign === undefined) return;
        for (const id of relation(campaign, 'campaign-messages')) drop(account.campaignMessages, id);
        account.estimations.delete(campaign.id);
        drop(account.campaigns as AccountObject[], campaign.id);
        break;
      case 'estimateCampaign':
        if (campaign === undefined) return;
        account.estimations.set(campaign.id, 10_000 + pick);
        touch(campaign.id);
        break;
      case 'editTemplate': {
        const template = at(account.templates, pick);
        edit(account.templates, template?.id, { text: fresh('Text '), updated: stamp() });
        break;
      }
      case 'createFlow':
        createFlow(pick);
        break;
      case 'updateFlow':
        edit(account.flows, flow?.id, { name: fresh('Flow '), updated: stamp() });
        break;
      case 'archiveFlow': {
        const archived = flow?.attributes.archived !== true;
        edit(account.flows, flow?.id, { archived, updated: stamp() });
        break;
      }
      case 'deleteFlow':
        if (flow !== undefined) deleteFlow(flow);
        break;
      case 'editAction':
        edit(account.flowActions, action?.id, { updated: stamp() });
        break;
      case 'editMessage':
      case 'editMessageAlone': {
        if (message === undefined) return;
        const definition = { ...(message.attributes.definition as object), name: fresh('Message ') };
        edit(account.flowMessages, message.id, { definition, updated: stamp() });
        if (command.do === 'editMessageAlone') silent.add(message.id);
        else {
          silent.delete(message.id);
          edit(account.flowActions, relation(message, 'flow-action')[0], { updated: stamp() });
        }
      }
    }
  }

  return {
    account,
    touched,
    silent,
    due,
    acts,
    act(command) {
      acts.set(command.do, (acts.get(command.do) ?? 0) + 1);
      act(command);
      account.now = now();
      sandbox.changed();
    },
  };
}
