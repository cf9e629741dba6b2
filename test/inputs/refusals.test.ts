/**
 * What is wrong with what a user gives, told by whole commands: the exact line, and that nothing was asked and nothing
 * said on stdout before it. The lines' many forms are in test/config; here it is the way through the program.
 */
import { join } from 'node:path';
import { expect } from 'chai';
import { shortName } from '../../src/file.js';
import { inside, KEY } from '../inside.js';
import { Folder } from '../promises/harness.js';

const CANARY = 'canary0123456789abcdef';
const UTF8 = 'the file must be JSON in UTF-8';
const DISCOVER = 'use the catalog that the discover command prints';
const STATE = 'give the last state as it was written, or none to start over';
const MODE = 'choose a sync mode that the stream supports';
const BASE = 'use https, or http on loopback; leave it out for Klaviyo itself';

const config = (fields: object): string => JSON.stringify({ api_key: `pk_${CANARY}`, ...fields });

/** Row, text of the config, the line behind the name of the file (where it names one). */
const CONFIGS: readonly (readonly [row: string, text: string | Buffer, line: string])[] = [
  [
    'C2 a comma too many',
    `{"api_key": "pk_${CANARY}",\n}`,
    `KLV_CONFIG_JSON FILE line 2, column 1: expected '"' — ${UTF8}`,
  ],
  ['C2 YAML', `api_key: pk_${CANARY}\n`, `KLV_CONFIG_JSON FILE line 1, column 1: expected '{' — ${UTF8}`],
  [
    'C2 UTF-16',
    Buffer.from(`\uFEFF${config({})}`, 'utf16le'),
    `KLV_CONFIG_JSON FILE line 1, column 1: the text is UTF-16 — ${UTF8}`,
  ],
  [
    'C2 UTF-16, the other way round',
    Buffer.from(`\uFEFF${config({})}`, 'utf16le').swap16(),
    `KLV_CONFIG_JSON FILE line 1, column 1: the text is UTF-16 — ${UTF8}`,
  ],
  ['C2 empty', '', `KLV_CONFIG_JSON FILE line 1, column 1: the file is empty — ${UTF8}`],
  [
    'C3 an array',
    `["pk_${CANARY}"]`,
    'KLV_CONFIG_TYPE config must be an object, got array — see the fields that the spec command prints',
  ],
  ['C4 no key', '{}', 'KLV_KEY_MISSING api_key is required — a private key starts with pk_'],
  [
    'C4 another name',
    `{"apiKey": "pk_${CANARY}"}`,
    'KLV_KEY_MISSING api_key is required — rename the field apiKey to api_key',
  ],
  [
    'C5 the public key',
    '{"api_key": "Xy12zA"}',
    'KLV_KEY_PUBLIC api_key looks like a public site id (6 characters) — create a private key, read-only',
  ],
  [
    'C6 Y8 a line feed in the key, and a header behind it',
    config({ api_key: `pk_${CANARY}\r\nX-Evil: 1` }),
    'KLV_KEY_CHARS api_key has a space or control character at position 26 — copy the key again, without line ends',
  ],
  [
    'C8 a variable that was not filled in',
    config({ api_key: `\${KLAVIYO_KEY}` }),
    'KLV_KEY_PLACEHOLDER api_key is a placeholder, not a key — put the private key there, it starts with pk_',
  ],
  [
    'C9 a key of another product',
    config({ api_key: `sk_${CANARY}` }),
    'KLV_KEY_FORM api_key starts with "sk_" — Klaviyo private keys start with pk_',
  ],
  [
    'C10 T8 a day that does not exist',
    config({ start_date: '2026-02-30' }),
    'KLV_START_DATE "2026-02-30" is no date — use 2026-02-28 or 2026-02-28T00:00:00Z',
  ],
  [
    'C10 T8 no zone',
    config({ start_date: '2026-01-05T10:00:00' }),
    'KLV_START_DATE "2026-01-05T10:00:00" has no time zone — use e.g. 2026-01-05 or 2026-01-05T10:00:00Z',
  ],
  [
    'C11 T8 the future',
    config({ start_date: '2027-01-01' }),
    'KLV_START_DATE 2027-01-01 lies in the future — use a date up to today, 2026-09-01',
  ],
  [
    'C12 no length of time',
    config({ historical_sync_duration: '3 moons' }),
    'KLV_HISTORY "3 moons" — use e.g. "3 months", "90 days" or "all"',
  ],
  [
    'C13 more days than there are',
    config({ events_lookback_days: 400 }),
    'KLV_LOOKBACK must be a whole number of days, 0–30, got 400 — set events_lookback_days to a number from 0 to 30',
  ],
  [
    'C15 Y3 plain http',
    config({ base_url: 'http://a.klaviyo.com' }),
    `KLV_BASE_URL base_url "a.klaviyo.com" is asked over plain http — ${BASE}`,
  ],
  [
    'C15 Y3 where clouds hand out credentials',
    config({ base_url: 'https://169.254.169.254' }),
    `KLV_BASE_URL base_url "169.254.169.254" is a private address — ${BASE}`,
  ],
  [
    'C15 Y3 a user and a password',
    config({ base_url: `https://user:${CANARY}@a.klaviyo.com` }),
    `KLV_BASE_URL base_url has a user part — ${BASE}`,
  ],
];

const airbyte = (name: string, sync_mode: string) => ({
  stream: { name, json_schema: {}, supported_sync_modes: ['full_refresh', 'incremental'] },
  sync_mode,
  destination_sync_mode: 'append',
});
const singer = (name: string, more: object = {}) => ({
  tap_stream_id: name,
  stream: name,
  schema: {},
  metadata: [{ breadcrumb: [], metadata: { selected: true, ...more } }],
});

const CATALOGS: readonly (readonly [row: string, catalog: unknown, line: string])[] = [
  [
    'K1 an unknown stream',
    { streams: [singer('evnts')] },
    'KLV_CATALOG_STREAM "evnts" — did you mean event_v2?',
  ],
  [
    'K1 an unknown stream, Airbyte',
    { streams: [airbyte('evnts', 'incremental')] },
    'KLV_CATALOG_STREAM "evnts" — did you mean event_v2?',
  ],
  [
    'K6 incremental of a stream that is read whole',
    { streams: [singer('metric_v2', { 'replication-method': 'INCREMENTAL' })] },
    `KLV_CATALOG_MODE metric_v2 supports full_refresh only — ${MODE}`,
  ],
  [
    'K6 an unknown mode',
    { streams: [airbyte('event_v2', 'sideways')] },
    `KLV_CATALOG_MODE event_v2 supports full_refresh and incremental, got "sideways" — ${MODE}`,
  ],
  [
    'K9 a stream twice',
    { streams: [singer('list_v2'), singer('list_v2')] },
    'KLV_CATALOG_STREAM list_v2 is in the catalog twice — keep one of the two',
  ],
  [
    'a catalog of neither form',
    { streams: [{ stream: 5 }] },
    `KLV_CATALOG_JSON FILE: streams[0].stream must be text, got 5 — ${DISCOVER}`,
  ],
];

const form = 'give the last state as it was written, or take the stream out of it';
const STATES: readonly (readonly [row: string, text: string, line: string])[] = [
  [
    'S1 cut off',
    '{"bookmarks": {',
    `KLV_STATE_UNREADABLE FILE, byte 15: expected '"', got the end of the file — ${STATE}`,
  ],
  ['S1 empty', '', `KLV_STATE_UNREADABLE FILE, byte 0: the file is empty — ${STATE}`],
  [
    'S4 a cursor that is a number',
    '{"bookmarks": {"event_v2": {"datetime": 17}}}',
    `KLV_STATE_FORM state of event_v2: datetime is 17, not a date-time with a zone — ${form}`,
  ],
  [
    'S4 a long value, of the stream with the longest name',
    `{"campaign_recipient_estimation_v2": {"version": 1, "until": "${'x'.repeat(500)}", "gaps": []}}`,
    `KLV_STATE_FORM state of campaign_recipient_estimation_v2: until is "${'x'.repeat(29)}, not a date-time with a zone — ${form}`,
  ],
  [
    'S6 of a newer version',
    '{"event_v2": {"version": 3}}',
    'KLV_STATE_NEWER state of event_v2: v3 > v1 — upgrade the connector',
  ],
];

const NO_KEY = 'did you mean KLAVIYO_API_KEY, or api_key in the config?';
const FLAGS: readonly (readonly [row: string, argv: readonly string[], line: string])[] = [
  ['C17 an unknown flag', ['read', '--bogus', '1'], 'KLV_USAGE Unknown argument: bogus — see --help'],
  [
    'C17 a misspelt flag',
    ['read', '--confg', 'x'],
    'KLV_USAGE Unknown argument: confg — did you mean --config?',
  ],
  [
    'C17 a flag of another command that is like one of its own',
    ['read', '--port', '3'],
    'KLV_USAGE Unknown argument: port — this command takes no --port',
  ],
  [
    'C17 a flag that only another command has, misspelt',
    ['demo', '--reprot', 'x'],
    'KLV_USAGE Unknown argument: reprot — see --help',
  ],
  [
    'C17 a misspelt flag that Singer has none of',
    ['sandbox', '--profils', '3'],
    'KLV_USAGE Unknown argument: profils — did you mean --profiles?',
  ],
  [
    'C17 a port that is none',
    ['sandbox', '--port', '99800'],
    'KLV_USAGE --port must be a whole number from 0 to 65535 — see --help',
  ],
  [
    'C17 a misspelt command',
    ['raed', '--config', 'x'],
    'KLV_USAGE Unknown argument: raed — did you mean read?',
  ],
  [
    'C17 two commands',
    ['read', 'check', '--config', 'x'],
    'KLV_USAGE Unknown argument: check — give one command',
  ],
  [
    'C17 a flag twice',
    ['read', '--config', 'x', '--config', 'y'],
    'KLV_USAGE --config is given twice — see --help',
  ],
  ['C17 no value', ['read', '--config'], 'KLV_USAGE Not enough arguments following: config — see --help'],
  [
    'C17 a choice that is none',
    ['read', '--config', 'x', '--protocol', 'soap'],
    'KLV_USAGE Invalid values: Argument: protocol, Given: "soap", Choices: "airbyte", "singer" — see --help',
  ],
  ['C17 nothing', [], 'KLV_USAGE no command, and no --config — see --help'],
  ['C17 no config', ['read'], 'KLV_USAGE --config is missing — see --help'],
  [
    'C18 the key in a flag',
    ['read', '--api_key', `pk_${CANARY}`],
    `KLV_USAGE Unknown argument: api_key — ${NO_KEY}`,
  ],
  [
    'C18 the key in a flag, joined',
    ['--key=pk_canary0123456789'],
    `KLV_USAGE Unknown argument: key — ${NO_KEY}`,
  ],
  ['C18 the key by itself', ['read', `pk_${CANARY}`], 'KLV_USAGE Unknown argument: pk_*** — see --help'],
];

describe('what is refused: one line, exit code 2, no request, nothing on stdout', () => {
  const folder = new Folder();
  after(() => folder.remove());
  const file = (content: string | Buffer): string => folder.write('given', content);

  async function refused(argv: readonly string[], line: string): Promise<string> {
    const { code, stdout, stderr, requests } = await inside(argv);
    expect(requests).to.deep.equal([]);
    expect([code, stdout]).to.deep.equal([2, '']);
    const lines = stderr.trimEnd().split('\n');
    expect(lines.at(-1)).to.equal(`CRITICAL ${line}`);
    expect(lines.filter((one) => one.startsWith('CRITICAL'))).to.have.length(1);
    expect(line.length).to.be.at.most(200);
    expect(stderr)
      .to.not.contain('canary')
      .and.to.not.match(/^\s+at /m);
    return stderr;
  }

  for (const [row, text, line] of CONFIGS)
    it(row, async () => {
      const path = file(text);
      const whole = line.replace('FILE', shortName(path));
      await refused(['read', '--config', path], whole);
      await refused(['check', '--config', path, '--protocol', 'singer'], whole);
      // What can be read is the same for every key, so none is needed to see it.
      if (whole.startsWith('KLV_KEY_MISSING'))
        expect((await inside(['discover', '--config', path])).code).to.equal(0);
      else await refused(['discover', '--config', path], whole);
      const check = await inside(['check', '--config', path]);
      expect([check.code, check.requests]).to.deep.equal([0, []]);
      expect(JSON.parse(check.stdout).connectionStatus).to.deep.equal({ status: 'FAILED', message: whole });
      // Airbyte's users see what the trace says, and no more.
      const catalog = folder.write('catalog.json', { streams: [airbyte('event_v2', 'incremental')] });
      const read = await inside(['read', '--config', path, '--catalog', catalog]);
      expect([read.code, read.requests]).to.deep.equal([2, []]);
      const { type, trace } = JSON.parse(read.stdout);
      expect([type, trace.error.message, trace.error.failure_type]).to.deep.equal([
        'TRACE',
        whole,
        'config_error',
      ]);
    });

  it('C1 no such file, and a folder', async () => {
    const path = join(folder.path, 'none.json');
    const line = (what: string, of: string) =>
      `KLV_CONFIG_FILE cannot read ${shortName(of)}: ${what} — check the path after --config`;
    await refused(['read', '--config', path], line('no such file', path));
    await refused(['read', '--config', folder.path], line('it is a folder', folder.path));
  });

  for (const [row, catalog, line] of CATALOGS)
    it(row, async () => {
      const path = folder.write('catalog.json', catalog);
      const whole = line.replace('FILE', shortName(path));
      const argv = ['read', '--config', folder.write('config.json', { api_key: KEY }), '--catalog', path];
      const { code, stdout, stderr, requests } = await inside(argv);
      expect([code, requests]).to.deep.equal([2, []]);
      expect(stderr).to.equal(`CRITICAL ${whole}\n`);
      const traces = stdout
        .trimEnd()
        .split('\n')
        .filter((one) => one !== '');
      expect(traces.map((one) => JSON.parse(one).trace.error.message)).to.deep.equal(
        line.startsWith('KLV_CATALOG_JSON') || stdout === '' ? [] : [whole],
      );
      // Who speaks Airbyte hears of it in a trace.
      expect(stdout === '').to.equal(!JSON.stringify(catalog).includes('destination_sync_mode'));
    });

  it('S1 K1 no such state, no such catalog', async () => {
    const config = folder.write('config.json', { api_key: KEY });
    const path = join(folder.path, 'none.json');
    const line = (code: string, remedy: string) =>
      `${code} cannot read ${shortName(path)}: no such file — ${remedy}`;
    await refused(['read', '--config', config, '--state', path], line('KLV_STATE_UNREADABLE', STATE));
    const remedy = 'check the path after --catalog';
    await refused(['read', '--config', config, '--catalog', path], line('KLV_CATALOG_FILE', remedy));
  });

  for (const [row, text, line] of STATES)
    it(row, async () => {
      const path = folder.write('state.json', text);
      await refused(
        ['read', '--config', folder.write('config.json', { api_key: KEY }), '--state', path],
        line.replace('FILE', shortName(path)),
      );
    });

  for (const [row, argv, line] of FLAGS)
    it(row, async () => {
      const stderr = await refused(argv, line);
      expect(stderr, 'usage').to.match(/^source-klaviyo-v2 .*\n[\s\S]*--help/);
    });
});

describe('what is odd, and put right: a warning, no request', () => {
  const folder = new Folder();
  after(() => folder.remove());

  for (const [row, text, lines] of [
    ['C2 a byte order mark', `\uFEFF{"api_key": "${KEY}"}`, []],
    [
      'C6 spaces around the key',
      `{"api_key": " ${KEY}\\n"}`,
      ['KLV_KEY_TRIMMED api_key has spaces or line ends around it — they are left off'],
    ],
    [
      'C7 the header, pasted whole',
      `{"api_key": "Klaviyo-API-Key ${KEY}"}`,
      ['KLV_KEY_PREFIX api_key begins with "Klaviyo-API-Key" — it is left off'],
    ],
    [
      'C9 an unknown form of key',
      '{"api_key": "0123456789abcdef0123456789"}',
      ['KLV_KEY_UNUSUAL api_key does not start with pk_ — it is tried as it is'],
    ],
    ['C12 other ways to say a length', `{"api_key": "${KEY}", "historical_sync_duration": "P3M"}`, []],
    ['C13 days as text', `{"api_key": "${KEY}", "events_lookback_days": "7"}`, []],
    [
      'C14 a misspelt field',
      `{"api_key": "${KEY}", "startdate": "x"}`,
      ['KLV_CONFIG_UNKNOWN startdate — did you mean start_date?'],
    ],
    [
      'T8 before 2000',
      `{"api_key": "${KEY}", "start_date": "1999-01-01"}`,
      ['KLV_START_DATE_CLAMPED start_date 1999-01-01 is before 2000 — 2000-01-01T00:00:00Z is used'],
    ],
  ] as const)
    it(row, async () => {
      const path = folder.write('config.json', text);
      const { code, stderr, requests } = await inside(['discover', '--config', path]);
      expect([code, requests]).to.deep.equal([0, []]);
      expect(stderr).to.equal(lines.map((line) => `WARNING ${line}\n`).join(''));
    });

  it('C18 the key may come from the environment, and the config from standard input', async () => {
    const argv = ['discover', '--config', '-'];
    expect((await inside(argv, { stdin: '{}', env: { KLAVIYO_API_KEY: KEY } })).code).to.equal(0);
    expect((await inside(argv, { stdin: '{', env: { KLAVIYO_API_KEY: KEY } })).stderr).to.match(
      /^CRITICAL KLV_CONFIG_JSON standard input line 1, column 2: expected '"'/,
    );
  });
});
