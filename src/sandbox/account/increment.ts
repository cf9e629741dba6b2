/** What happens in a shop while time goes on, and between two clocks. In empty and bulk accounts nothing does. */
import { isoMicros, SECOND } from '../clock.js';
import { hash, type Random } from '../random.js';
import type { Account, AccountObject, Attributes } from '../types.js';
import { addCampaign } from './campaigns.js';
import { makeEvents, rate } from './events.js';
import { join, makeList } from './groups.js';
import { between, making } from './making.js';
import { makeProfile } from './profiles.js';

const MARGIN = 30 * SECOND;

/** Both clocks in milliseconds. Deterministic by the account's seed and the clocks. */
export function advanceAccount(account: Account, before: number, after: number): void {
  const from = (Math.floor(before / 1000) + 1) * SECOND;
  const at = making(account.seed, after, `increment ${Math.floor(before / 1000)}`);
  const to = at.now - MARGIN - SECOND;
  account.now = at.now / 1000;
  if (account.kind === 'empty' || account.kind === 'bulk' || to <= from) return;
  const days = (to - from) / (86_400 * SECOND);

  const people = at.chance('profiles');
  for (let count = Math.max(1, Math.round((account.profiles.length * days) / 900)); count > 0; count--) {
    const created = between(people, from, to);
    account.profiles.push(
      makeProfile(people, account.profiles.length, created, between(people, created, to)),
    );
  }
  const touches = at.chance('updates');
  for (let count = Math.ceil(account.profiles.length * 0.01); count > 0; count--)
    touch(touches, account.profiles, (attributes) => ({
      updated: isoMicros(between(touches, from, to)),
      title: `Customer since ${String(attributes.created).slice(0, 4)}`,
    }));

  const groups = at.chance('groups');
  joins(account, groups, from, to);
  const created = between(groups, from, to);
  const times = { created: isoMicros(created), updated: isoMicros(between(groups, created, to)) };
  const list = makeList(groups, `List of ${times.created.slice(0, 10)}`, times, account.tags);
  account.lists.push(list);
  account.memberships.set(
    list.id,
    account.profiles.slice(0, 5).map((profile) => join(groups, profile, to, from)),
  );

  sendings(account, at.chance('campaigns'), at, from, to);
  edits(account, at.chance('flows'), from, to);

  const yearly = account.events.filter(
    ({ attributes }) => Number(attributes.timestamp) * SECOND <= from,
  ).length;
  const events = makeEvents(at.chance('events'), Math.max(1, rate(yearly, to - from)), from, to, account);
  for (const event of events.events) account.events.push(event);
  for (const attribution of events.attributions) account.attributions.push(attribution);
}

/** Replaces an object, so that texts made of the old one are never served again. */
function touch(
  chance: Random,
  objects: AccountObject[],
  change: (attributes: Attributes, object: AccountObject) => Attributes,
  index = chance.int(0, objects.length - 1),
): void {
  const object = objects[index];
  if (object === undefined) return;
  objects[index] = { ...object, attributes: { ...object.attributes, ...change(object.attributes, object) } };
}

function joins(account: Account, chance: Random, from: number, to: number): void {
  for (const group of [...account.lists.slice(0, 3), ...account.segments.slice(0, 2)]) {
    const members = account.memberships.get(group.id) ?? [];
    const known = new Set(members.map(({ profileId }) => profileId));
    const newcomers = account.profiles.filter(({ id }) => !known.has(id)).slice(-3);
    for (const profile of newcomers) members.push(join(chance, profile, to, from));
    account.memberships.set(group.id, members);
  }
}

function sendings(
  account: Account,
  chance: Random,
  at: ReturnType<typeof making>,
  from: number,
  to: number,
): void {
  const open = account.campaigns.findIndex(({ attributes }) => attributes.status !== 'Sent');
  const sent = account.campaigns[open];
  if (sent !== undefined) {
    const updated = isoMicros(between(chance, from, to));
    account.campaigns[open] = {
      ...sent,
      attributes: { ...sent.attributes, status: 'Sent', updated_at: updated, send_time: updated },
    };
    account.estimations.set(sent.id, hash(sent.id) % 1000);
  }
  const created = between(chance, from, to);
  const templates = { ...account, add: () => account.templates[0] as AccountObject };
  const around = {
    groups: [...account.lists, ...account.segments],
    tags: account.tags,
    templates,
    profiles: account.profiles.length,
  };
  if (account.templates.length > 0)
    addCampaign(account, at, chance, around, account.campaigns.length, created, between(chance, created, to));
}

/** A flow, one of its actions and the message in it; none of them moves another's `updated`. */
function edits(account: Account, chance: Random, from: number, to: number): void {
  const message = account.flowMessages[0];
  const action = message?.relationships['flow-action']?.data;
  const stamp = () => isoMicros(between(chance, from, to));
  if (message === undefined || !action || !('id' in action)) return;
  const name = 'Edited message';
  touch(
    chance,
    account.flowMessages,
    ({ definition }) => ({ definition: { ...(definition as Attributes), name }, updated: stamp() }),
    0,
  );
  const index = account.flowActions.findIndex(({ id }) => id === action.id);
  touch(chance, account.flowActions, () => ({ updated: stamp() }), index);
  const flow = account.flowActions[index]?.relationships.flow?.data;
  if (!flow || !('id' in flow)) return;
  touch(
    chance,
    account.flows,
    ({ name }) => ({ name: `${name} (edited)`, updated: stamp() }),
    account.flows.findIndex(({ id }) => id === flow.id),
  );
}
