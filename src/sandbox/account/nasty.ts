/** The same shop with every awkward value that is known to break a reader of it. */
import { DAY, isoMicros, isoSeconds, parseInstant, SECOND } from '../clock.js';
import type { Account, AccountObject, Attributes } from '../types.js';
import type { Making } from './making.js';
import { QUIRKS, type Quirk } from './nasty-quirks.js';

const HOUR = 3_600 * SECOND;

const WHOLE = [
  { where: 'profiles.title, events.uuid', what: 'missing from every 50th object' },
  { where: 'events.datetime', what: '2,500 events (or half of them) in one second, across page edges' },
  { where: 'events.datetime', what: 'five in the future, up to a year' },
  { where: 'profiles.updated', what: 'forty share one microsecond' },
  { where: 'lists.created, lists.updated', what: 'the second half of the lists: one second' },
  { where: 'campaignMessages relationships', what: 'data is null, not absent, for every second one' },
  { where: '/api/lists', what: 'pages are pretty-printed' },
];

/** What is awkward, and where. */
export const NASTY: readonly { readonly where: string; readonly what: string }[] = [
  ...QUIRKS.map(({ of, where, what }) => ({ where: `${of}.${where}`, what })),
  ...WHOLE,
];

export function makeNasty(account: Account, making: Making): void {
  crowd(account, making);
  const next = new Map<Quirk['of'], number>();
  for (const { of, change } of QUIRKS) {
    const objects: AccountObject[] = account[of];
    const position = next.get(of) ?? 0;
    // Profiles and events are spread; of the rest there are few.
    const step = of === 'events' || of === 'profiles' ? Math.max(1, Math.floor(objects.length / 64)) : 1;
    const index = position * step;
    next.set(of, position + 1);
    const object = objects[index];
    if (object === undefined) continue;
    objects[index] = {
      ...object,
      attributes: { ...object.attributes, ...change(object.attributes, making) },
    };
  }
}

/** Many objects at one moment, and what only a number of objects can show. */
function crowd(account: Account, making: Making): void {
  const { events, profiles, lists } = account;
  const change = (objects: AccountObject[], index: number, add: Attributes, drop = '') => {
    const object = objects[index];
    if (object === undefined) return;
    const { [drop]: _, ...attributes } = object.attributes;
    objects[index] = { ...object, attributes: { ...attributes, ...add } };
  };
  const at = (micros: number) => ({ datetime: isoSeconds(micros), timestamp: Math.floor(micros / SECOND) });

  const crowded = Math.min(2500, Math.floor(events.length / 2));
  const start = Math.floor((events.length - crowded) / 2);
  const moment = parseInstant(String(events[start]?.attributes.datetime)) ?? making.now - 90 * DAY;
  for (let index = start; index < start + crowded; index++) change(events, index, at(moment));
  // Not to the second a day or a month ahead: a read that begins just then does not go as far yet.
  const future = [HOUR, DAY - HOUR, 30 * DAY - HOUR, 200 * DAY, 365 * DAY];
  future.forEach((ahead, index) => {
    if (events.length > 20) change(events, events.length - 1 - index, at(making.now + ahead));
  });
  for (let index = 7; index < events.length; index += 50) change(events, index, {}, 'uuid');

  const shared = isoMicros(making.now - 40 * DAY + 918_411);
  for (let index = 0; index < Math.min(40, profiles.length); index++)
    change(profiles, profiles.length - 1 - index, { updated: shared });
  for (let index = 7; index < profiles.length; index += 50) change(profiles, index, {}, 'title');

  account.campaignMessages.forEach((message, index) => {
    const template = message.relationships.template?.data ?? null;
    const relationships = { ...message.relationships, template: { data: template } };
    if (index % 2 === 1) account.campaignMessages[index] = { ...message, relationships };
  });

  const same = isoMicros(making.now - 100 * DAY);
  for (let index = Math.ceil(lists.length / 2); index < lists.length; index++)
    change(lists, index, { created: same, updated: same });
}
