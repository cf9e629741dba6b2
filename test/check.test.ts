/** What a user would lose if this failed: a check that tells all that a key lacks, and what the account holds. */
import { expect } from 'chai';
import type { HttpGet } from '../src/klaviyo/http.js';
import { makeAccount, SCOPES, startSandbox } from '../src/sandbox/index.js';
import { asked, inside, KEY } from './inside.js';
import { fakeClock } from './klaviyo/clock.js';
import { configFor, execute, Folder } from './promises/harness.js';
import { fakeTerminal } from './terminal/screen.js';

const NOW = Date.UTC(2026, 8, 1);
const SIZE = { profiles: 40, events: 90, lists: 3, segments: 2, flows: 2, campaigns: 5, now: () => NOW };
const OK = [
  'SCOPE           STATE  STREAMS',
  'campaigns:read  ok     campaign_v2, campaign_utm_param_v2, audience_included_v2,',
  '                       audience_excluded_v2, campaign_messages_v2, campaign_message_template_v2,',
  '                       campaign_message_send_time_v2, campaign_recipient_estimation_v2',
  'events:read     ok     event_v2',
  'flows:read      ok     flow_v2, flow_action_v2, flow_messages_v2',
  'lists:read      ok     list_v2, profile_list_v2',
  'metrics:read    ok     metric_v2',
  'profiles:read   ok     profile_v2, profile_list_v2, profile_segment_v2',
  'segments:read   ok     segment_v2, profile_segment_v2',
  'templates:read  ok     campaign_message_template_v2',
];

describe('check', () => {
  const folder = new Folder();
  after(() => folder.remove());
  const account = makeAccount(SIZE);
  const events = account.events.map(({ attributes }) => String(attributes.datetime)).sort();
  const without = (...scopes: string[]) => SCOPES.filter((scope) => !scopes.includes(scope));

  async function check(
    { scopes = SCOPES, columns, get }: { scopes?: readonly string[]; columns?: number; get?: HttpGet } = {},
    ...argv: string[]
  ) {
    const clock = fakeClock(NOW);
    const config = folder.write('config.json', { api_key: KEY, start_date: '2000-01-01' });
    const left = await inside(['check', '--config', config, ...argv], {
      clock,
      get: get ?? asked(account, clock, { scopes }),
      ...(columns === undefined ? {} : { terminal: fakeTerminal(columns, 40) }),
    });
    return { ...left, seconds: clock.now() / 1000, lines: left.stderr.trimEnd().split('\n') };
  }
  const singer = ['--protocol', 'singer'];

  it('is a table in Singer: scopes, account, events, and the length of a first sync', async () => {
    const { code, stdout, lines, requests } = await check({}, ...singer);
    expect([code, stdout]).to.deep.equal([0, '']);
    expect(lines.slice(0, OK.length + 1)).to.deep.equal([...OK, '']);
    expect(lines.slice(OK.length + 1, OK.length + 5)).to.deep.equal([
      `Account        Oak & Fog (${account.info.id}), US/Eastern`,
      `Events         the first ${events[0]?.replace(' ', 'T').replace(/\+00:00$/, 'Z')}, the last ${events
        .at(-1)
        ?.replace(' ', 'T')
        .replace(/\+00:00$/, 'Z')}`,
      'It would read  15 metrics, 3 lists, 2 segments, 2 or more flows, 3 or more campaigns, 40 profiles,',
      '               90 events',
    ]);
    expect(
      lines
        .slice(OK.length + 5)
        .join(' ')
        .replace(/\s+/g, ' '),
    ).to.equal(
      'First sync seconds or more, 21 or more requests; on top, of unknown size, list members (750 requests a' +
        ' minute), segment members (750 requests a minute), flow messages (60 requests a minute), templates (750' +
        ' requests a minute)',
    );
    expect(requests.length).to.be.at.most(12);
    for (const one of requests.filter((path) => !path.startsWith('/api/accounts')))
      expect(one)
        .to.match(/[?&]fields\[[a-z-]+\]=\w+(?:&|$)/)
        .and.to.not.match(/include=|additional-fields/);
  });

  it('C16 names each scope that is missing, in the table and in the last lines; code 2', async () => {
    const { code, lines } = await check({ scopes: without('flows:read', 'events:read') }, ...singer);
    expect(code).to.equal(2);
    expect(lines.slice(0, 6)).to.deep.equal([
      'SCOPE           STATE    STREAMS',
      'campaigns:read  ok       campaign_v2, campaign_utm_param_v2, audience_included_v2,',
      '                         audience_excluded_v2, campaign_messages_v2, campaign_message_template_v2,',
      '                         campaign_message_send_time_v2, campaign_recipient_estimation_v2',
      'events:read     missing  event_v2',
      'flows:read      missing  flow_v2, flow_action_v2, flow_messages_v2',
    ]);
    expect(lines.slice(-2)).to.deep.equal([
      'CRITICAL KLV_SCOPE the key lacks events:read, needed by event_v2',
      'CRITICAL KLV_SCOPE the key lacks flows:read, needed by flow_v2, flow_action_v2, flow_messages_v2',
    ]);
    expect(lines.join('\n')).to.not.match(/^(Events|First sync) /m);
  });

  it('takes a missing accounts:read for a note, and no failure', async () => {
    const { code, lines } = await check({ scopes: without('accounts:read') }, ...singer);
    expect(code).to.equal(0);
    expect(lines).to.include('Account        not known: the key lacks accounts:read, which no stream needs');
  });

  it('has colours on a terminal and nowhere else, and no other difference', async () => {
    const plain = await check({ scopes: without('flows:read') }, ...singer);
    const painted = await check({ scopes: without('flows:read'), columns: 100 }, ...singer);
    expect(plain.stderr).to.not.include('\u001b');
    expect(painted.lines[4]).to.equal('events:read     \u001b[32mok\u001b[0m       event_v2');
    expect(painted.lines[5]).to.include('flows:read      \u001b[31mmissing\u001b[0m  flow_v2, ');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the colours
    expect(painted.stderr.replace(/\u001b\[\d+m/g, '')).to.equal(plain.stderr);
  });

  it('is the same facts in Airbyte’s message, and the table where a person watches', async () => {
    const { stdout, lines } = await check();
    const { status, message } = JSON.parse(stdout).connectionStatus;
    expect(status).to.equal('SUCCEEDED');
    const said = message.split('\n') as string[];
    expect(said.map((line) => line.split(':')[0])).to.deep.equal([
      'The key has every scope that is needed',
      'Account',
      'Events',
      'It would read',
      'First sync',
    ]);
    expect(message.length).to.be.lessThan(1_000);
    expect(lines).to.deep.equal(said.map((line) => `INFO ${line}`));
    const watched = await check({ columns: 100 });
    expect(JSON.parse(watched.stdout).connectionStatus.message).to.equal(message);
    expect(watched.lines[0]).to.equal(OK[0]);
    const failed = await check({ scopes: without('flows:read') });
    const { connectionStatus } = JSON.parse(failed.stdout);
    expect([failed.code, connectionStatus.status]).to.deep.equal([0, 'FAILED']);
    expect(connectionStatus.message.split('\n').slice(0, 2)).to.deep.equal([
      'KLV_SCOPE the key lacks flows:read, needed by flow_v2, flow_action_v2, flow_messages_v2',
      `Account: Oak & Fog (${account.info.id}), US/Eastern`,
    ]);
  });

  it('asks only for what a catalog chose', async () => {
    const catalog = folder.write('catalog.json', {
      streams: [
        {
          stream: { name: 'metric_v2', json_schema: {} },
          sync_mode: 'full_refresh',
          destination_sync_mode: 'append',
        },
      ],
    });
    const { code, requests, lines } = await check(
      { scopes: ['metrics:read'] },
      ...singer,
      '--catalog',
      catalog,
    );
    expect(code).to.equal(0);
    expect(requests.map((one) => one.split('?')[0]).sort()).to.deep.equal(['/api/accounts', '/api/metrics']);
    expect(lines.slice(0, 3)).to.deep.equal([
      'SCOPE         STATE  STREAMS',
      'metrics:read  ok     metric_v2',
      '',
    ]);
    expect(lines.at(-1)).to.equal('First sync     less than a minute, 1 request');
  });

  describe('of no stream', () => {
    const none = folder.write('none.json', { streams: [] });
    const catalog = ['--catalog', none];

    it('says so, and whose account it is', async () => {
      const { code, lines } = await check({}, ...singer, ...catalog);
      expect(code).to.equal(0);
      expect(lines.filter((line) => !line.startsWith('WARNING'))).to.deep.equal([
        'No stream is chosen, so no scope is needed',
        '',
        `Account  Oak & Fog (${account.info.id}), US/Eastern`,
      ]);
      const { stdout } = await check({ scopes: without('accounts:read') }, ...catalog);
      expect(JSON.parse(stdout).connectionStatus).to.deep.equal({
        status: 'SUCCEEDED',
        message:
          'No stream is chosen, so no scope is needed\nAccount: not known: the key lacks accounts:read, which no stream needs',
      });
    });

    it('H1 fails where the key is refused', async () => {
      const good = asked(account, fakeClock(NOW));
      const get: HttpGet = (url, headers, ...rest) =>
        good(url, { ...headers, authorization: 'Klaviyo-API-Key pk_of_another' }, ...rest);
      const { code, stderr } = await check({ get }, ...singer, ...catalog);
      expect(code).to.equal(2);
      expect(stderr).to.match(/^CRITICAL KLV_KEY_INVALID [^\n]+\n$/m);
      const { stdout } = await check({ get }, ...catalog);
      expect(JSON.parse(stdout).connectionStatus.status).to.equal('FAILED');
    });
  });

  it('Y7 writes no name of the account onto the terminal as it is', async () => {
    const odd = (): HttpGet => {
      const well = asked(account, fakeClock(NOW));
      return async (url, ...rest) => {
        const answer = await well(url, ...rest);
        if (url.pathname !== '/api/accounts') return answer;
        const body = Buffer.from(
          answer.body.toString('utf8').replace('Oak & Fog', 'a\\u001b[2Jb\\nc d@example.com'),
        );
        return { ...answer, body };
      };
    };
    const { stderr } = await check({ get: odd() }, ...singer);
    expect(stderr).to.include('Account        a\\x1b[2Jb\\nc ***@*** (');
    expect(stderr).to.not.include('\u001b');
    // Nor is one a line of its own in a platform's message and log.
    const airbyte = await check({ get: odd() });
    const { message } = JSON.parse(airbyte.stdout).connectionStatus;
    expect(message.split('\n')[1]).to.match(/^Account: a\\x1b\[2Jb\\nc \*{3}@\*{3} \(/);
    expect(airbyte.lines.map((line) => line.split(':')[0])).to.deep.equal([
      'INFO The key has every scope that is needed',
      'INFO Account',
      'INFO Events',
      'INFO It would read',
      'INFO First sync',
    ]);
  });

  it('H9 N12 answers within seconds where what it asks beside the scopes does not come', async () => {
    const clock = fakeClock(NOW);
    const well = asked(account, clock);
    const get: HttpGet = (url, ...rest) => {
      const isExtra = url.pathname === '/api/accounts' || /sort=-/.test(decodeURIComponent(url.search));
      if (!isExtra) return well(url, ...rest);
      const body = Buffer.from('{"errors":[{"code":"x","detail":"of the test"}]}');
      return Promise.resolve({ status: 503, headers: new Headers(), body, received: body.length });
    };
    const { code, lines, seconds } = await check({ get }, ...singer);
    expect(lines).to.include('Account        not known: no answer came');
    expect([code, seconds < 20]).to.deep.equal([0, true]);
  });

  it('H1 is one line for a key that is refused, and no table', async () => {
    const clock = fakeClock(NOW);
    const good = asked(account, clock);
    const get: HttpGet = (url, headers, ...rest) =>
      good(url, { ...headers, authorization: 'Klaviyo-API-Key pk_of_another' }, ...rest);
    const { code, stderr } = await check({ get }, ...singer);
    expect(code).to.equal(2);
    expect(stderr).to.match(/^CRITICAL KLV_KEY_INVALID [^\n]+\n$/);
  });

  it('G7 tells of an empty account', async () => {
    const clock = fakeClock(NOW);
    const { code, lines } = await check(
      { get: asked(makeAccount({ account: 'empty', now: () => NOW }), clock) },
      ...singer,
    );
    expect(code).to.equal(0);
    expect(lines.join(' ').replace(/ +/g, ' ')).to.match(/It would read .* 0 profiles, 0 events First sync /);
  });

  it('Y12 is the same through the executable, with keys that lack a scope each', async () => {
    for (const scope of SCOPES.filter((one) => one !== 'accounts:read')) {
      const sandbox = await startSandbox({
        profiles: 8,
        events: 20,
        flows: 1,
        campaigns: 6,
        limits: false,
        scopes: without(scope),
      });
      try {
        const config = folder.write('own.json', configFor(sandbox));
        const { code, stdout, stderr } = await execute(['check', '--config', config, ...singer]);
        expect([code, stdout]).to.deep.equal([2, '']);
        expect(stderr).to.match(new RegExp(`^${scope} +missing  \\w+_v2`, 'm'));
        expect(stderr.match(/ missing /g)).to.have.length(1);
        expect(stderr.trimEnd().split('\n').at(-1)).to.match(
          new RegExp(`^CRITICAL KLV_SCOPE the key lacks ${scope}, needed by `),
        );
        expect(sandbox.requests.length).to.be.at.most(12);
        expect(sandbox.requests.filter(({ method }) => method !== 'GET')).to.deep.equal([]);
      } finally {
        await sandbox.close();
      }
    }
  });
});
