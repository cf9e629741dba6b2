/** Each wrong form of a config gives its exact line; each odd one is put right, and said so. */
import { expect } from 'chai';
import fc from 'fast-check';
import { historyStart, parseConfig, type Settings } from '../../src/config.js';
import { Fault } from '../../src/errors.js';
import { ORIGIN } from '../../src/time.js';
import { refusal, well } from './lines.js';

const NOW = '2026-11-25T10:20:30.5Z';
const KEY = 'pk_0123456789abcdef0123456789abcdef01';

const parse = (text: string, env: { KLAVIYO_API_KEY?: string } = {}): Settings =>
  parseConfig(text, 'config.json', env, NOW);
const set = (fields: object, env?: { KLAVIYO_API_KEY?: string }): Settings =>
  parse(JSON.stringify({ api_key: KEY, ...fields }), env);

const METRIC = 'give the metric’s id (metric_v2.id), not its name';
const SEE = 'see the fields that the spec command prints';
const UTF8 = 'the file must be JSON in UTF-8';
const DATE = 'use e.g. 2026-02-28 or 2026-02-28T00:00:00Z';
const HISTORY = 'use e.g. "3 months", "90 days" or "all"';
const DAYS = 'set events_lookback_days to a number from 0 to 30';
const BASE = 'use https, or http on loopback; leave it out for Klaviyo itself';
const PUBLIC = 'api_key looks like a public site id (6 characters) — create a private key, read-only';
const MISSING = 'KLV_KEY_MISSING api_key is required — a private key starts with pk_';
const CHARS = 'copy the key again, without line ends';
const PLACEHOLDER =
  'KLV_KEY_PLACEHOLDER api_key is a placeholder, not a key — put the private key there, it starts with pk_';

const utf16 = (text: string, mark: boolean): string =>
  Buffer.from((mark ? '\uFEFF' : '') + text, 'utf16le').toString('utf8');

/** Row of the matrix, what is wrong, the text or the fields beside a good key, the line. */
const REFUSED: readonly (readonly [row: string, what: string, config: string | object, line: string])[] = [
  [
    'C2',
    'a comma too many in an object',
    `{\n  "api_key": "${KEY}",\n}`,
    `KLV_CONFIG_JSON config.json line 3, column 1: expected '"' — ${UTF8}`,
  ],
  [
    'C2',
    'a comma too many in an array',
    `{"metric_ids": ["a",]}`,
    `KLV_CONFIG_JSON config.json line 1, column 21: expected a value — ${UTF8}`,
  ],
  [
    'C2',
    'a comma that is missing',
    `{\r\n\t"api_key": "${KEY}"\r\n\t"start_date": "2026-01-01"}`,
    `KLV_CONFIG_JSON config.json line 3, column 2: expected ',' or '}' — ${UTF8}`,
  ],
  [
    'C2',
    'single quotes',
    `{'api_key': '${KEY}'}`,
    `KLV_CONFIG_JSON config.json line 1, column 2: expected '"' — ${UTF8}`,
  ],
  ['C2', 'YAML', `api_key: ${KEY}\n`, `KLV_CONFIG_JSON config.json line 1, column 1: expected '{' — ${UTF8}`],
  [
    'C2',
    'a colon that is missing',
    `{"api_key" "${KEY}"}`,
    `KLV_CONFIG_JSON config.json line 1, column 12: expected ':' — ${UTF8}`,
  ],
  [
    'C2',
    'a line feed in a text',
    `{"api_key": "pk_\n1"}`,
    `KLV_CONFIG_JSON config.json line 1, column 17: expected '"' before the line ends — ${UTF8}`,
  ],
  [
    'C2',
    'a backslash alone',
    `{"é😀": "C:\\x"}`,
    `KLV_CONFIG_JSON config.json line 1, column 11: expected an escape of JSON — ${UTF8}`,
  ],
  [
    'C2',
    'cut short',
    `{"api_key": "${KEY}"`,
    `KLV_CONFIG_JSON config.json line 1, column 52: expected ',' or '}', got the end of the file — ${UTF8}`,
  ],
  [
    'C2',
    'two documents',
    '{}\n{}',
    `KLV_CONFIG_JSON config.json line 2, column 1: expected the end of the file — ${UTF8}`,
  ],
  [
    'C2',
    'an empty file',
    ' \n',
    `KLV_CONFIG_JSON config.json line 1, column 1: the file is empty — ${UTF8}`.replace(
      'line 1, column 1',
      'line 2, column 1',
    ),
  ],
  [
    'C2',
    'UTF-16',
    utf16(`{"api_key": "${KEY}"}`, true),
    `KLV_CONFIG_JSON config.json line 1, column 1: the text is UTF-16 — ${UTF8}`,
  ],
  [
    'C2',
    'UTF-16 without a mark',
    utf16(`{"api_key": "${KEY}"}`, false),
    `KLV_CONFIG_JSON config.json line 1, column 1: the text is UTF-16 — ${UTF8}`,
  ],
  ['C3', 'an array', '[]', `KLV_CONFIG_TYPE config must be an object, got array — ${SEE}`],
  ['C3', 'a text', `"${KEY}"`, `KLV_CONFIG_TYPE config must be an object, got string — ${SEE}`],
  ['C3', 'null', 'null', `KLV_CONFIG_TYPE config must be an object, got null — ${SEE}`],
  ['C4', 'no key', '{}', MISSING],
  ['C4', 'an empty key', { api_key: '' }, MISSING],
  ['C4', 'a key of spaces', { api_key: ' \n' }, MISSING],
  ['C4', 'null', { api_key: null }, MISSING],
  ['C4', 'a number', { api_key: 123456 }, MISSING],
  ['C4', 'an object', { api_key: { secret: KEY } }, MISSING],
  [
    'C4',
    'a misspelt field',
    `{"apikey": "${KEY}"}`,
    'KLV_KEY_MISSING api_key is required — rename the field apikey to api_key',
  ],
  ['C5', 'the public key', { api_key: 'Xy12zA' }, `KLV_KEY_PUBLIC ${PUBLIC}`],
  ['C5', 'the public key and a line feed', { api_key: 'Xy12zA\n' }, `KLV_KEY_PUBLIC ${PUBLIC}`],
  [
    'C6',
    'a line feed inside',
    { api_key: 'pk_01\r\nX-Evil: 1' },
    `KLV_KEY_CHARS api_key has a space or control character at position 6 — ${CHARS}`,
  ],
  [
    'C6',
    'a space inside',
    { api_key: ' pk_0123 4567' },
    `KLV_KEY_CHARS api_key has a space or control character at position 8 — ${CHARS}`,
  ],
  [
    'C6',
    'a space of no width',
    { api_key: 'pk_0123\u200b4567' },
    `KLV_KEY_CHARS api_key has a character beyond ASCII at position 8 — ${CHARS}`,
  ],
  ...[
    `\${KLAVIYO_KEY}`,
    '$KLAVIYO_KEY',
    '{{ secrets.klaviyo }}',
    '<key>',
    '%KLAVIYO%',
    '********',
    'pk_xxxxxxxxxx',
    'pk_...',
    'YOUR_API_KEY',
    'pk_your_private_key',
  ].map((api_key) => ['C8', api_key, { api_key }, PLACEHOLDER] as const),
  ...['sk_', 'shpat_', 'shpss_', 'xoxb-', 'Bearer ', 'SG.', 'eyJ', 'pk_live_', 'pk_test_'].map(
    (start) =>
      [
        'C9',
        `a key that starts with ${start}`,
        { api_key: `${start}${'0a1B'.repeat(8)}` },
        `KLV_KEY_FORM api_key starts with "${start}" — Klaviyo private keys start with pk_`,
      ] as const,
  ),
  [
    'C10, T8',
    'a day that is not',
    { start_date: '2026-02-30' },
    'KLV_START_DATE "2026-02-30" is no date — use 2026-02-28 or 2026-02-28T00:00:00Z',
  ],
  [
    'C10, T8',
    'a leap day that is not',
    { start_date: '2025-02-29T10:00:00Z' },
    'KLV_START_DATE "2025-02-29T10:00:00Z" is no date — use 2025-02-28 or 2025-02-28T00:00:00Z',
  ],
  [
    'C10, T8',
    'month 13',
    { start_date: '2026-13-01' },
    'KLV_START_DATE "2026-13-01" is no date: there is no month 13 — use 2026-12-01 or 2026-12-01T00:00:00Z',
  ],
  [
    'C10, T8',
    'one digit',
    { start_date: '2026-1-5' },
    'KLV_START_DATE "2026-1-5" is no date — use 2026-01-05 or 2026-01-05T00:00:00Z',
  ],
  [
    'C10, T8',
    'hour 25',
    { start_date: '2026-01-05T25:00:00Z' },
    'KLV_START_DATE "2026-01-05T25:00:00Z" is no date: its time is none — use 2026-01-05 or 2026-01-05T00:00:00Z',
  ],
  [
    'C10, T8',
    'no zone',
    { start_date: '2026-01-05T10:00:00' },
    'KLV_START_DATE "2026-01-05T10:00:00" has no time zone — use e.g. 2026-01-05 or 2026-01-05T10:00:00Z',
  ],
  ['C10', 'another order', { start_date: '28/02/2026' }, `KLV_START_DATE "28/02/2026" is no date — ${DATE}`],
  ['C10', 'a word', { start_date: 'yesterday' }, `KLV_START_DATE "yesterday" is no date — ${DATE}`],
  ['C10', 'a number', { start_date: 20260228 }, `KLV_START_DATE 20260228 is no date — ${DATE}`],
  ['C10', 'year 0', { start_date: '0000-01-01' }, `KLV_START_DATE "0000-01-01" is no date — ${DATE}`],
  [
    'C11, T8',
    'the future',
    { start_date: '2027-01-01' },
    'KLV_START_DATE 2027-01-01 lies in the future — use a date up to today, 2026-11-25',
  ],
  [
    'C11',
    'a second from now',
    { start_date: '2026-11-25T12:20:31+02:00' },
    'KLV_START_DATE 2026-11-25T12:20:31+02:00 lies in the future — use a date up to today, 2026-11-25',
  ],
  ['C12', 'another unit', { historical_sync_duration: '3 moons' }, `KLV_HISTORY "3 moons" — ${HISTORY}`],
  ['C12', '0', { historical_sync_duration: '0' }, `KLV_HISTORY "0" — ${HISTORY}`],
  ['C12', '0 days', { historical_sync_duration: '0 days' }, `KLV_HISTORY "0 days" — ${HISTORY}`],
  ['C12', '-1', { historical_sync_duration: '-1' }, `KLV_HISTORY "-1" — ${HISTORY}`],
  ['C12', 'a number', { historical_sync_duration: 3 }, `KLV_HISTORY 3 — ${HISTORY}`],
  ['C12', 'an array', { historical_sync_duration: ['3 months'] }, `KLV_HISTORY array — ${HISTORY}`],
  [
    'C13',
    '400',
    { events_lookback_days: 400 },
    `KLV_LOOKBACK must be a whole number of days, 0–30, got 400 — ${DAYS}`,
  ],
  [
    'C13',
    '1.5',
    { events_lookback_days: 1.5 },
    `KLV_LOOKBACK must be a whole number of days, 0–30, got 1.5 — ${DAYS}`,
  ],
  [
    'C13',
    '-1',
    { events_lookback_days: '-1' },
    `KLV_LOOKBACK must be a whole number of days, 0–30, got -1 — ${DAYS}`,
  ],
  [
    'C13',
    'a word',
    { events_lookback_days: 'seven' },
    `KLV_LOOKBACK must be a whole number of days, 0–30, got "seven" — ${DAYS}`,
  ],
  [
    'C15',
    'plain http',
    { base_url: 'http://a.klaviyo.com' },
    `KLV_BASE_URL base_url "a.klaviyo.com" is asked over plain http — ${BASE}`,
  ],
  [
    'C15',
    'a user part',
    { base_url: `https://me:${KEY}@a.klaviyo.com` },
    `KLV_BASE_URL base_url has a user part — ${BASE}`,
  ],
  [
    'C15',
    'no URL',
    { base_url: 'a.klaviyo.com' },
    `KLV_BASE_URL base_url "a.klaviyo.com" is no URL of https — ${BASE}`,
  ],
  [
    'C15',
    'another scheme',
    { base_url: 'file:///etc/passwd' },
    `KLV_BASE_URL base_url "file:///etc/passwd" is no URL of https — ${BASE}`,
  ],
  ['C15', 'a number', { base_url: 8787 }, `KLV_BASE_URL base_url 8787 is no URL of https — ${BASE}`],
  [
    'C15',
    'a path',
    { base_url: 'https://a.klaviyo.com/api' },
    'KLV_BASE_URL base_url "a.klaviyo.com" is followed by a path or a query — leave out what follows the host',
  ],
  [
    'C15',
    'a query',
    { base_url: 'https://a.klaviyo.com/?x=1' },
    'KLV_BASE_URL base_url "a.klaviyo.com" is followed by a path or a query — leave out what follows the host',
  ],
  ...[
    ['10.1.2.3'],
    ['172.16.0.1'],
    ['172.31.255.255'],
    ['192.168.1.1'],
    ['169.254.169.254'],
    ['0.0.0.0'],
    ['100.64.0.1'],
    ['0xa9fea9fe', '169.254.169.254'],
    ['[fd00::1]', 'fd00::1'],
    ['[fe80::1]', 'fe80::1'],
    ['[::]', '::'],
    ['[::ffff:10.0.0.1]', '::ffff:a00:1'],
    ['metadata.google.internal'],
    ['intranet'],
  ].map(
    ([host, shown]) =>
      [
        'C15',
        `private: ${host}`,
        { base_url: `https://${host}` },
        `KLV_BASE_URL base_url "${shown ?? host}" is a private address — ${BASE}`,
      ] as const,
  ),
  [
    'C15',
    'http, private',
    { base_url: 'http://192.168.1.1:8787' },
    `KLV_BASE_URL base_url "192.168.1.1" is asked over plain http — ${BASE}`,
  ],
  [
    'types',
    'a word for a number',
    { rate_limit_share: 'fast' },
    `KLV_CONFIG_TYPE rate_limit_share must be a number above 0 and at most 1, got "fast" — ${SEE}`,
  ],
  [
    'types',
    'a share of nothing',
    { rate_limit_share: 0 },
    `KLV_CONFIG_TYPE rate_limit_share must be a number above 0 and at most 1, got 0 — ${SEE}`,
  ],
  [
    'types',
    'a share of more',
    { rate_limit_share: '1.5' },
    `KLV_CONFIG_TYPE rate_limit_share must be a number above 0 and at most 1, got 1.5 — ${SEE}`,
  ],
  [
    'types',
    'negative days',
    { membership_refresh_days: -1 },
    `KLV_CONFIG_TYPE membership_refresh_days must be a whole number from 0 to 365, got -1 — ${SEE}`,
  ],
  [
    'types',
    'a word for yes',
    { predictive_analytics: 'yes' },
    `KLV_CONFIG_TYPE predictive_analytics must be true or false, got "yes" — ${SEE}`,
  ],
  [
    'types',
    'a choice that is none',
    { wide_integers: 'drop' },
    `KLV_CONFIG_TYPE wide_integers must be "keep" or "string", got "drop" — ${SEE}`,
  ],
  [
    'types',
    'one text for many',
    { metric_ids: 'XyZ123' },
    `KLV_CONFIG_TYPE metric_ids must be an array of strings, got "XyZ123" — ${SEE}`,
  ],
  [
    'types',
    'a number among ids',
    { excluded_metric_ids: ['XyZ123', 5] },
    `KLV_CONFIG_TYPE excluded_metric_ids[1] must be text of letters and digits, got 5 — ${SEE}`,
  ],
  [
    'types',
    'a filter in an id',
    { metric_ids: ['a"),equals(b,"c'] },
    `KLV_CONFIG_TYPE metric_ids[0] must be text of letters and digits, got "a\\"),equals(b,\\"c" — ${METRIC}`,
  ],
  [
    'types',
    'the name of a metric',
    { excluded_metric_ids: ['Placed Order'] },
    `KLV_CONFIG_TYPE excluded_metric_ids[0] must be text of letters and digits, got "Placed Order" — ${METRIC}`,
  ],
];

/** Row, what is odd, fields or text, what the config then holds, the lines. */
const ACCEPTED: readonly (readonly [
  row: string,
  what: string,
  config: string | object,
  holds: object,
  lines?: readonly string[],
])[] = [
  ['C2', 'a byte order mark', `\uFEFF{"api_key": "${KEY}"}`, { api_key: KEY }],
  [
    'C6',
    'spaces and line feeds around the key',
    { api_key: ` ${KEY}\r\n` },
    { api_key: KEY },
    ['KLV_KEY_TRIMMED api_key has spaces or line ends around it — they are left off'],
  ],
  [
    'C7',
    'the header pasted whole',
    { api_key: `Klaviyo-API-Key ${KEY}` },
    { api_key: KEY },
    ['KLV_KEY_PREFIX api_key begins with "Klaviyo-API-Key" — it is left off'],
  ],
  [
    'C7',
    'with its name',
    { api_key: `Authorization: Klaviyo-API-Key ${KEY}` },
    { api_key: KEY },
    ['KLV_KEY_PREFIX api_key begins with "Klaviyo-API-Key" — it is left off'],
  ],
  [
    'C9',
    'an unknown form',
    { api_key: 'abcdef0123456789' },
    { api_key: 'abcdef0123456789' },
    ['KLV_KEY_UNUSUAL api_key does not start with pk_ — it is tried as it is'],
  ],
  [
    'C9',
    'a key with the site id in it',
    { api_key: 'pk_MyKey1_0123456789abcdef' },
    { api_key: 'pk_MyKey1_0123456789abcdef' },
  ],
  ['C10', 'a date', { start_date: '2026-02-28' }, { start_date: '2026-02-28T00:00:00Z' }],
  [
    'C10',
    'an offset',
    { start_date: ' 2026-02-28 01:00:00.250+02:00' },
    { start_date: '2026-02-27T23:00:00.25Z' },
  ],
  [
    'T8',
    'before 2000',
    { start_date: '1999-12-31' },
    { start_date: '2000-01-01T00:00:00Z' },
    ['KLV_START_DATE_CLAMPED start_date 1999-12-31 is before 2000 — 2000-01-01T00:00:00Z is used'],
  ],
  ['C11', 'now', { start_date: '2026-11-25T10:20:30Z' }, { start_date: '2026-11-25T10:20:30Z' }],
  ...['3 month', '3 Months', 'P3M', 'p3m', '90 days', '12 weeks', '1 year', 'all', 'ALL'].map(
    (history) =>
      ['C12', history, { historical_sync_duration: history }, { historical_sync_duration: history }] as const,
  ),
  ['C13', '"7"', { events_lookback_days: '7' }, { events_lookback_days: 7 }],
  ['C13', '0', { events_lookback_days: 0 }, { events_lookback_days: 0 }],
  ['C14', 'a misspelt field', { apikey: 'x' }, {}, ['KLV_CONFIG_UNKNOWN apikey — did you mean api_key?']],
  ['C14', 'a field without a name', { '': 1 }, {}, ['KLV_CONFIG_UNKNOWN "" — it is ignored']],
  [
    'C14',
    'a field of an orchestrator',
    { __injected: {} },
    {},
    ['KLV_CONFIG_UNKNOWN __injected — it is ignored'],
  ],
  [
    'C14',
    '__proto__',
    `{"api_key": "${KEY}", "__proto__": {"base_url": "x"}}`,
    { base_url: 'https://a.klaviyo.com' },
    ['KLV_CONFIG_UNKNOWN __proto__ — it is ignored'],
  ],
  ...[
    ['https://a.klaviyo.com/', 'https://a.klaviyo.com'],
    ['HTTPS://Proxy.Example.com:8443', 'https://proxy.example.com:8443'],
    ['http://127.0.0.1:8787', 'http://127.0.0.1:8787'],
    ['http://127.9.9.9', 'http://127.9.9.9'],
    ['http://localhost:8787/', 'http://localhost:8787'],
    ['http://[::1]:8787', 'http://[::1]:8787'],
    ['https://172.32.0.1', 'https://172.32.0.1'],
    ['https://[2606:4700::1]', 'https://[2606:4700::1]'],
  ].map(([base_url, kept]) => ['C15', String(base_url), { base_url }, { base_url: kept }] as const),
  [
    'types',
    'text from an environment',
    { rate_limit_share: '0.5', predictive_analytics: 'True', membership_refresh_days: '0' },
    { rate_limit_share: 0.5, predictive_analytics: true, membership_refresh_days: 0 },
  ],
  [
    'types',
    'null and empty text are not set',
    { start_date: '', wide_integers: null, base_url: '' },
    { wide_integers: 'keep', base_url: 'https://a.klaviyo.com' },
  ],
];

const textOf = (config: string | object): string =>
  typeof config === 'string' ? config : JSON.stringify({ api_key: KEY, ...config });

describe('config', () => {
  for (const [row, what, config, line] of REFUSED)
    it(`${row}: ${what} is refused`, () => {
      expect(refusal(() => parse(textOf(config)))).to.equal(line);
    });

  for (const [row, what, config, holds, lines = []] of ACCEPTED)
    it(`${row}: ${what} is accepted`, () => {
      const { config: read, warnings } = parse(textOf(config));
      expect(read).to.include(holds);
      expect(warnings.map(well)).to.deep.equal(lines);
    });

  it('fills in every default', () => {
    expect(set({})).to.deep.equal({
      config: {
        api_key: KEY,
        historical_sync_duration: '3 months',
        events_lookback_days: 7,
        membership_refresh_days: 7,
        predictive_analytics: false,
        rate_limit_share: 1,
        wide_integers: 'keep',
        oversize: 'fail',
        base_url: 'https://a.klaviyo.com',
      },
      warnings: [],
    });
  });

  it('C4, C18: KLAVIYO_API_KEY stands for a key that is missing or empty, and is cleaned alike', () => {
    const env = { KLAVIYO_API_KEY: `${KEY}\n` };
    for (const text of ['{}', '{"api_key": ""}', '{"api_key": null}'])
      expect(parse(text, env)).to.deep.include({
        warnings: ['KLV_KEY_TRIMMED KLAVIYO_API_KEY has spaces or line ends around it — they are left off'],
      });
    expect(set({}, { KLAVIYO_API_KEY: 'pk_other' }).config.api_key).to.equal(KEY);
    expect(refusal(() => parse('{}', { KLAVIYO_API_KEY: `\${KEY}` }))).to.match(
      /^KLV_KEY_PLACEHOLDER KLAVIYO_API_KEY is a placeholder/,
    );
  });

  it('keeps a line within 200 characters, whatever the name of the file and the values', () => {
    const name = `/a/${'very long/'.repeat(40)}config.json`;
    const line = well(refusal(() => parseConfig('{', name, {}, NOW)));
    expect(line).to.contain('very long/config.json line 1, column 2');
    for (const field of [
      'start_date',
      'historical_sync_duration',
      'events_lookback_days',
      'base_url',
      'rate_limit_share',
    ])
      refusal(() => set({ [field]: 'x\n\u001b[31m'.repeat(500) }));
    for (const warning of set({ ['long\nname'.repeat(100)]: 1 }).warnings) well(warning);
  });

  it('never shows the key, wherever it was put', () => {
    const place = fc.constantFrom(
      (key: string) => ({ api_key: `${key} x` }),
      (key: string) => ({ start_date: key }),
      (key: string) => ({ historical_sync_duration: `x ${key}` }),
      (key: string) => ({ events_lookback_days: key }),
      (key: string) => ({ base_url: key }),
      (key: string) => ({ base_url: `https://${key}.com/x` }),
      (key: string) => ({ base_url: `https://x:${key}@a.klaviyo.com` }),
      (key: string) => ({ wide_integers: key }),
      (key: string) => ({ metric_ids: [`${key}!`] }),
      (key: string) => ({ rate_limit_share: `${'x'.repeat(45)}${key}` }),
      (key: string) => ({ [key]: 1 }),
      (key: string) => ({ [`${key}s`]: 1, rate_limit_share: 9 }),
    );
    const key = fc.stringMatching(/^[A-Za-z0-9]{24}$/);
    const prefix = fc.constantFrom('pk_', '', 'Klaviyo-API-Key pk_', 'sk_', ' ');
    fc.assert(
      fc.property(place, key, prefix, fc.boolean(), (putInto, body, start, broken) => {
        const text = JSON.stringify({ api_key: start + body, ...putInto(body), ...putInto(`pk_${body}`) });
        const lines: string[] = [];
        try {
          lines.push(...parse(broken ? text.slice(0, -1) : text, { KLAVIYO_API_KEY: start + body }).warnings);
        } catch (error) {
          if (!(error instanceof Fault)) throw error;
          expect(error.cause).to.equal(undefined);
          lines.push(error.message);
        }
        for (const line of lines)
          for (let at = 0; at + 8 <= body.length; at += 1)
            expect(well(line).toLowerCase()).not.to.contain(body.slice(at, at + 8).toLowerCase());
      }),
      { numRuns: 500 },
    );
  });

  it('answers any document with settings or a line', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), fc.json({ maxDepth: 2 }), (any, value) => {
        const fields = [
          'start_date',
          'metric_ids',
          'base_url',
          'rate_limit_share',
          'api_key',
          'predictive_analytics',
        ];
        for (const text of [any, ...fields.map((field) => `{"api_key": "${KEY}", "${field}": ${value}}`)])
          try {
            for (const line of parse(text).warnings) well(line);
          } catch (error) {
            if (!(error instanceof Fault)) throw error;
            well(error.message);
          }
      }),
    );
  });
});

describe('start of the history', () => {
  it('start_date wins over historical_sync_duration', () => {
    expect(
      historyStart(set({ start_date: '2020-05-05', historical_sync_duration: '1 day' }).config, NOW),
    ).to.equal('2020-05-05T00:00:00Z');
  });
  it('C12, T7: a duration is counted back in the calendar', () => {
    expect(historyStart(set({}).config, '2026-05-31T12:00:00Z')).to.equal('2026-02-28T12:00:00Z');
    expect(historyStart(set({ historical_sync_duration: 'P1Y2M' }).config, NOW)).to.equal(
      '2025-09-25T10:20:30.5Z',
    );
    expect(historyStart({}, NOW)).to.equal('2026-08-25T10:20:30.5Z');
  });
  it('"all" has no beginning', () => {
    expect(historyStart(set({ historical_sync_duration: ' All ' }).config, NOW)).to.equal(ORIGIN);
  });
  it('C10, C12: what was not checked is refused here too', () => {
    expect(refusal(() => historyStart({ start_date: '2026-02-30' }, NOW))).to.equal(
      `KLV_START_DATE "2026-02-30" is no date — ${DATE}`,
    );
    expect(refusal(() => historyStart({ historical_sync_duration: '3 moons' }, NOW))).to.equal(
      `KLV_HISTORY "3 moons" — ${HISTORY}`,
    );
  });
});
