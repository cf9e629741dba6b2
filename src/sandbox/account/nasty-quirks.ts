/** Awkward values, each in the place where it hurts. */
import { isoMicros, parseInstant, SECOND } from '../clock.js';
import { type Attributes, type Raw, RawJson } from '../types.js';
import type { Making } from './making.js';
import { deep, KEYS, many300, NUMBERS, STRINGS, wild } from './nasty-values.js';

type Change = (attributes: Attributes, making: Making) => Attributes;

export interface Quirk {
  readonly where: string;
  readonly what: string;
  /** The collection whose next object is changed. */
  readonly of:
    | 'profiles'
    | 'events'
    | 'metrics'
    | 'lists'
    | 'segments'
    | 'flows'
    | 'flowActions'
    | 'flowMessages'
    | 'campaigns'
    | 'campaignMessages'
    | 'templates';
  readonly change: Change;
}

const set = (attributes: Attributes, name: string, change: (value: Attributes) => Raw): Attributes => ({
  [name]: change((attributes[name] ?? {}) as Attributes),
});
const properties =
  (add: Attributes): Change =>
  (attributes) =>
    set(attributes, 'properties', (old) => ({ ...old, ...add }));
const eventProperties =
  (add: Attributes): Change =>
  (attributes) =>
    set(attributes, 'event_properties', (old) => ({ ...old, ...add }));
const marketing =
  (add: Attributes): Change =>
  (attributes) =>
    set(attributes, 'subscriptions', ({ email, ...rest }) => {
      const { marketing: old, ...others } = (email ?? {}) as Attributes;
      return { ...rest, email: { ...others, marketing: { ...((old ?? {}) as Attributes), ...add } } };
    });

const quirk = (of: Quirk['of'], where: string, what: string, change: Change): Quirk => ({
  of,
  where,
  what,
  change,
});
const dated = (where: string, value: Raw): Quirk =>
  quirk('profiles', where, `is ${JSON.stringify(value)}`, (attributes) =>
    where === 'consent_timestamp'
      ? marketing({ consent_timestamp: value })(attributes, {} as Making)
      : { [where]: value },
  );

const SUPPRESSION: Raw = [null, { reason: 'UNSUBSCRIBE', timestamp: '2026-01-02 03:04:05+00:00' }];
const LINES: Raw = Array.from({ length: 4000 }, (_, index) => ({ SKU: `S-${index}`, Quantity: 1 }));

export const QUIRKS: readonly Quirk[] = [
  quirk('profiles', 'properties', 'wide, exact and impossible numbers', properties(NUMBERS)),
  quirk('events', 'event_properties', 'wide, exact and impossible numbers', eventProperties(NUMBERS)),
  quirk(
    'events',
    'event_properties.$value',
    'is 1.0',
    eventProperties({ $value: NUMBERS.exact_one ?? null }),
  ),
  quirk(
    'profiles',
    'properties',
    'NUL, lone surrogates, U+2028, U+0085, emoji in strings',
    properties(STRINGS),
  ),
  quirk(
    'events',
    'event_properties',
    'NUL, lone surrogates, U+2028, U+0085, emoji in strings',
    eventProperties(STRINGS),
  ),
  quirk('profiles', 'first_name, last_name', 'NUL, a lone surrogate', () => ({
    first_name: 'Nu\0l',
    last_name: 'Half \ud83d',
  })),
  quirk(
    'profiles',
    'properties',
    'keys: case, dots, $, spaces, 10 kB, __proto__, NUL, surrogates',
    (attributes) => set(attributes, 'properties', (old) => wild({ ...old }, KEYS)),
  ),
  quirk(
    'events',
    'event_properties',
    'keys: case, dots, $, spaces, 10 kB, __proto__, NUL, surrogates',
    (attributes) => set(attributes, 'event_properties', (old) => wild({ ...old }, KEYS)),
  ),
  quirk('profiles', 'properties', 'one key twice', (_) => ({
    properties: new RawJson('{"twice":1,"other":[],"twice":"2"}'),
  })),
  quirk('events', 'event_properties', 'one key twice', (_) => ({
    event_properties: new RawJson('{"$value":1.50,"twice":{"a":1,"a":2},"$value":2.50}'),
  })),
  quirk('profiles', 'properties', '120 levels deep', properties({ deep: deep(120) })),
  quirk('events', 'event_properties', '120 levels deep', eventProperties({ deep: deep(120) })),
  quirk('profiles', 'properties', '300 properties', properties(many300())),
  quirk('events', 'event_properties.Items', '4,000 of them', eventProperties({ Items: LINES })),
  quirk('events', 'event_properties', '5 MB', eventProperties({ blob: 'x"\\é'.repeat(740_000) })),
  quirk('profiles', 'properties', 'is a string', () => ({ properties: 'none' })),
  quirk('profiles', 'properties', 'is null', () => ({ properties: null })),
  quirk('events', 'event_properties', 'is null', () => ({ event_properties: null })),
  quirk('events', 'event_properties', 'is a string', () => ({ event_properties: '{"not":"parsed"}' })),
  quirk('profiles', 'location.zip', 'is a number', (attributes) =>
    set(attributes, 'location', (old) => ({
      ...old,
      zip: 10017,
      latitude: NUMBERS.thirty ?? 0,
      longitude: '',
    })),
  ),
  quirk('profiles', 'location', 'is null', () => ({ location: null })),
  quirk('profiles', 'first_name', 'is a number', () => ({ first_name: 7, external_id: 12345678901 })),
  quirk('profiles', 'email', 'is redacted', () => ({
    email: '',
    first_name: null,
    last_name: null,
    phone_number: null,
    properties: {},
    location: {},
  })),
  dated('created', ''),
  dated('created', '0000-00-00'),
  dated('created', null),
  dated('last_event_date', ''),
  dated('last_event_date', '0000-00-00 00:00:00'),
  dated('last_event_date', '20260-01-01T00:00:00+00:00'),
  dated('last_event_date', '2026-06-23T00:15:23'),
  dated('last_event_date', '2026-06-23 02:15:23.918411+02:00'),
  dated('last_event_date', 0),
  dated('consent_timestamp', ''),
  dated('consent_timestamp', '2026-06-23 00:15:23.918411+00:00'),
  dated('consent_timestamp', '0000-00-00'),
  quirk('profiles', 'updated', 'is null', () => ({ updated: null })),
  quirk('profiles', 'updated', 'has a space and no offset', ({ updated }) => ({
    updated: String(updated).slice(0, 26).replace('T', ' '),
  })),
  quirk('profiles', 'updated', 'has another offset', ({ updated }) => ({
    updated: shifted(String(updated)),
  })),
  quirk('events', 'datetime', 'has a space', ({ datetime }) => ({
    datetime: String(datetime).replace('T', ' '),
  })),
  quirk(
    'profiles',
    'suppression',
    'null in an array of objects',
    marketing({ suppression: SUPPRESSION, list_suppressions: [null] }),
  ),
  quirk('profiles', 'attributes', 'new members, one of them differing in case', () => ({
    lifetime_score: 9.5,
    Email: 'other@example.com',
    'new-member': { a: [1] },
  })),
  quirk('events', 'attributes', 'a new member', () => ({ ingested_at: '2026-01-01T00:00:00+00:00' })),
  quirk('lists', 'attributes', 'a new member', () => ({ color: '#fff' })),
  quirk('campaigns', 'attributes', 'a new member', () => ({ priority: 1 })),
  quirk('flows', 'attributes', 'a new member', () => ({ folder: null })),
  quirk('metrics', 'integration', 'is a string', () => ({ integration: 'Shopify' })),
  quirk('metrics', 'integration.category', 'is an array', (attributes) =>
    set(attributes, 'integration', (old) => ({ ...old, category: ['eCommerce'] })),
  ),
  quirk('metrics', 'created', 'without zone', () => ({ created: '2024-02-29 12:00:00' })),
  quirk('lists', 'updated', 'is null', () => ({ updated: null })),
  quirk('lists', 'name', 'is null', () => ({ name: null })),
  quirk('segments', 'definition', 'is null', () => ({ definition: null })),
  quirk('segments', 'name', 'NUL, a lone surrogate, a line separator', () => ({
    name: 'A\0B\udc00C\u2028D',
  })),
  quirk('flows', 'trigger_type', 'is null', () => ({ trigger_type: null, status: null })),
  quirk('flowActions', 'definition', 'is null', () => ({ definition: null })),
  quirk('flowActions', 'updated', 'is null', () => ({ updated: null })),
  quirk('flowMessages', 'definition', 'is null', () => ({ definition: null })),
  quirk('flowMessages', 'definition', 'wide numbers', (attributes) =>
    set(attributes, 'definition', (old) => ({ ...old, kv_pairs: NUMBERS })),
  ),
  quirk('campaigns', 'audiences', 'null and a repeated id in a list', (attributes) =>
    set(attributes, 'audiences', ({ included }) => ({
      included: Array.isArray(included) ? [null, ...included, ...included] : [null],
      excluded: null,
    })),
  ),
  quirk('campaigns', 'tracking_options', 'null and a repeated name in the parameters', () => ({
    tracking_options: {
      add_tracking_params: true,
      custom_tracking_params: [
        null,
        { type: 'static', name: 'utm_source', value: 'a' },
        { type: 'static', name: 'utm_source', value: 'b' },
      ],
    },
  })),
  quirk('campaigns', 'send_strategy', 'a method of tomorrow', () => ({
    send_strategy: { method: 'telepathy', when: NUMBERS.exact_one ?? 1 },
  })),
  quirk('campaigns', 'send_time', 'is empty', () => ({ send_time: '', scheduled_at: '0000-00-00' })),
  quirk('campaignMessages', 'send_times', 'null and a repeat in the array', ({ send_times }) => ({
    send_times: [null, ...(Array.isArray(send_times) ? [...send_times, ...send_times] : [])],
  })),
  quirk('campaignMessages', 'send_times', 'is null', () => ({ send_times: null })),
  quirk('campaignMessages', 'send_times', 'has a space and no offset', () => ({
    send_times: [{ datetime: '2026-03-01 10:00:00', is_local: true }],
  })),
  quirk('campaignMessages', 'definition', 'is null', () => ({ definition: null })),
  quirk('templates', 'html', 'NUL, lone surrogates, U+2028, U+0085', () => ({
    html: Object.values(STRINGS).join('\n'),
  })),
  quirk('templates', 'text', 'is missing', ({ name, html, editor_type, created, updated }) => ({
    name: name ?? null,
    html: html ?? null,
    editor_type: editor_type ?? null,
    created: created ?? null,
    updated: updated ?? null,
    text: null,
  })),
];

function shifted(text: string): string {
  const instant = parseInstant(text);
  return instant === undefined ? text : isoMicros(instant + 7200 * SECOND).replace('+00:00', '+02:00');
}
