/** What a user would lose if this failed: rows to an answer in another form, or wrong rows guessed from a broken one. */
import { expect } from 'chai';
import { decodeText, noMends } from '../../src/klaviyo/json.js';
import type { StreamName } from '../../src/resource.js';
import { makeAccount } from '../../src/sandbox/index.js';
import { tokens } from '../klaviyo/tokens.js';
import { Folder } from '../promises/harness.js';
import { at, DATE, event, NOW, page, profile, read, WAYS } from './answering.js';

describe('bodies as whole runs meet them', () => {
  const folder = new Folder();
  after(() => folder.remove());

  for (const { way, stream, path, column, body } of WAYS) {
    it(`B6 line ends between the tokens of an answer are in no line that goes out, ${way}`, async () => {
      const plain = body('{"a":[1.0,{"b":"\\n"}],"c":{}}');
      // Between tokens, not inside strings: those of the answer hold no such pairs.
      const pretty = plain.replace(/([[{,])(?=["{[\d])/g, '$1\r\n\t ').replace(/([\]}])(?=[\]},])/g, '$1\n');
      expect(JSON.parse(pretty)).to.deep.equal(JSON.parse(plain));
      const [one, other] = [
        await read(folder, [stream], at(path, plain)),
        await read(folder, [stream], at(path, pretty)),
      ];
      expect(other.lines(stream).map(tokens)).to.deep.equal(one.lines(stream).map(tokens));
      expect(other.rows(stream)[0]?.[column]).to.deep.equal({ a: [1, { b: '\n' }], c: {} });
      expect(other.stdout).to.not.match(/[\r\t]|\n(?!\{"type":|$)/);
    });

    it(`B7 a byte order mark is dropped, ${way}`, async () => {
      const left = await read(folder, [stream], at(path, `\ufeff${body('{"a":"\ufeffb"}')}`));
      expect(left.code, left.stderr).to.equal(0);
      // Only at the beginning: elsewhere it is a character like others.
      expect(left.rows(stream)[0]?.[column]).to.deep.equal({ a: '\ufeffb' });
      expect(left.warned(/UTF-8/)).to.deep.equal([]);
    });

    it(`B7 bytes that are no UTF-8 become U+FFFD, are counted, and told once, ${way}`, async () => {
      const [start = '', end = ''] = body('{"a":"HERE","b":"\ufffd é"}').split('HERE');
      const broken = Buffer.concat([
        Buffer.from(start),
        Buffer.from([0xff, 0x41, 0xc3, 0x42, 0xe2, 0x82, 0x43, 0xed, 0xa0, 0x80]),
        Buffer.from(end),
      ]);
      const left = await read(folder, [stream], at(path, broken));
      expect(left.code, left.stderr).to.equal(0);
      const value = { a: '\ufffdA\ufffdB\ufffdC\ufffd\ufffd\ufffd', b: '\ufffd é' };
      expect(left.rows(stream)[0]?.[column]).to.deep.equal(value);
      expect(left.warned(/UTF-8/)).to.deep.equal([
        `WARNING ${stream === 'event_v2' ? 'events' : 'profiles'}: bytes that are no UTF-8 became U+FFFD`,
        'WARNING values changed: 6 bytes that are no UTF-8 replaced',
      ]);
    });

    it(`B7 V9 a lone surrogate becomes U+FFFD, ${way}`, async () => {
      const left = await read(
        folder,
        [stream],
        at(path, body('{"\\udc00":"a\\ud800b","c":"\\ud83c\\udf89"}')),
      );
      expect(left.rows(stream)[0]?.[column]).to.deep.equal({ '\ufffd': 'a\ufffdb', c: '🎉' });
      expect(left.warned(/surrogates/)).to.deep.equal(['WARNING values changed: 2 lone surrogates replaced']);
    });

    it(`B8 Y5 names that JavaScript gives a meaning to are names like any other, ${way}`, async () => {
      const names = [
        '__proto__',
        'constructor',
        'prototype',
        'toString',
        'hasOwnProperty',
        'valueOf',
        'length',
      ];
      const inner = `{${names.map((name) => `"${name}":{"polluted":1.0}`).join(',')}}`;
      const left = await read(
        folder,
        [stream],
        at(path, body(`{"__proto__":${inner},"constructor":${inner}}`)),
      );
      expect(left.code, left.stderr).to.equal(0);
      expect(left.lines(stream)[0]).to.contain(`"${column}":{"__proto__":${inner},"constructor":${inner}}`);
      expect(({} as Record<string, unknown>).polluted).to.equal(undefined);
      expect(Object.keys(Object.prototype)).to.deep.equal([]);
    });

    it(`B8 one name twice: the last value is the one that readers of JSON see, ${way}`, async () => {
      const left = await read(folder, [stream], at(path, body('{"a":1,"b":[{"c":1,"c":2}],"a":3}')));
      expect(left.code).to.equal(0);
      expect(left.rows(stream)[0]?.[column]).to.deep.equal({ a: 3, b: [{ c: 2 }] });
    });

    for (const [what, data] of [
      ['missing', undefined],
      ['null', 'null'],
      ['an object', '{}'],
      ['an object', '{"type":"event","id":"e1"}'],
      ['a string', '"[]"'],
    ] as const)
      it(`B10 data is ${what} (${data}), where ${way}: KLV_CONTRACT with the path, no row guessed`, async () => {
        const answer = data === undefined ? '{"links":{}}' : `{"data":${data},"links":{}}`;
        const left = await read(folder, [stream, 'metric_v2'], at(path, answer));
        expect(left.code).to.equal(1);
        expect(left.stderr).to.contain(
          `CRITICAL KLV_CONTRACT GET ${path}: data is ${what}, expected an array — `,
        );
        expect(left.rows(stream)).to.deep.equal([]);
        expect(left.gaps(stream)).to.not.be.empty;
        expect(left.gaps('metric_v2')).to.deep.equal([]);
      });
  }

  it('B10 an object of the page that is none: no row of the page goes out', async () => {
    for (const [path, stream, good] of [
      ['/api/events', 'event_v2', event('{}')],
      ['/api/profiles', 'profile_v2', profile('{}')],
    ] as const)
      for (const bad of ['null', '7', '[]', '{"type":"x","id":7}', '{"type":"x"}', '{"id":""}']) {
        const left = await read(folder, [stream], at(path, page([good, bad])));
        expect(left.code, bad).to.equal(1);
        expect(left.stderr).to.match(/CRITICAL KLV_CONTRACT GET \/api\/\w+: data\[1?\](\.id)? is /);
        expect(left.rows(stream)).to.deep.equal([]);
      }
  });

  it('V5 a row without its key is not written: 200 rows around it neither', async () => {
    const many = Array.from({ length: 200 }, (_, n) => profile('{}', `p${n}`));
    const left = await read(
      folder,
      ['profile_v2'],
      at('/api/profiles', page([...many, '{"type":"profile","id":null}'])),
    );
    expect(left.stderr).to.contain('KLV_CONTRACT GET /api/profiles: data[200].id is null, expected a string');
    expect(left.rows('profile_v2')).to.deep.equal([]);
  });

  it('B10 text that is no JSON is asked for again, then told', async () => {
    const left = await read(folder, ['metric_v2'], at('/api/metrics', '{"data":[}'));
    expect(left.code).to.equal(1);
    expect(left.stderr).to.contain('CRITICAL KLV_CONTRACT GET /api/metrics answered no JSON: {"data":[}');
    expect(left.requests.filter((one) => one.startsWith('/api/metrics'))).to.have.length(4);
  });

  it('B11 what is named and not included: its id is kept, its fields are null, and the stream goes on', async () => {
    const campaign = (id: string, message: string): string =>
      `{"type":"campaign","id":"${id}","attributes":{"name":"n","updated_at":"${DATE}"},"relationships":{"campaign-messages":{"data":[{"type":"campaign-message","id":"${message}"}]},"tags":{"data":[{"type":"tag","id":"t"}]}}}`;
    const message = `{"type":"campaign-message","id":"m2","attributes":{"updated_at":"${DATE}"}}`;
    const streams: StreamName[] = ['campaign_v2', 'campaign_messages_v2'];
    const left = await read(folder, streams, (url) =>
      url.pathname === '/api/campaigns' && url.search.includes('email') && url.search.includes('false')
        ? page([campaign('c1', 'm1'), campaign('c2', 'm2')], `,"included":[${message}]`)
        : undefined,
    );
    expect(left.code, left.stderr).to.equal(0);
    const rows = left
      .rows('campaign_v2')
      .map(({ id, campaign_message_ids, tag_ids }) => [id, campaign_message_ids, tag_ids]);
    expect(rows).to.deep.equal([
      ['c1', ['m1'], ['t']],
      ['c2', ['m2'], ['t']],
    ]);
    expect(left.rows('campaign_messages_v2').map(({ id, campaign_id }) => [id, campaign_id])).to.deep.equal([
      ['m2', 'c2'],
    ]);
    // An event names metric and profile, which nobody includes; nothing of theirs is a column.
    const events = await read(
      folder,
      ['event_v2'],
      at('/api/events', page([event('{}').replace('"id":"m"', '"id":"gone"')])),
    );
    expect(events.rows('event_v2')[0]).to.include({ metric_id: 'gone', profile_id: 'p', flow_id: null });
  });

  it('B11 a whole account without anything included: every stream ends well, ids are kept', async () => {
    const account = makeAccount({
      profiles: 5,
      events: 5,
      lists: 2,
      segments: 1,
      flows: 2,
      campaigns: 4,
      now: () => NOW,
    });
    const streams: StreamName[] = [
      'flow_v2',
      'flow_action_v2',
      'campaign_v2',
      'campaign_messages_v2',
      'list_v2',
    ];
    const left = await read(folder, streams, undefined, { account });
    const bare = await read(folder, streams, undefined, { account, bare: true });
    expect(bare.code, bare.stderr).to.equal(0);
    for (const stream of ['flow_v2', 'campaign_v2', 'list_v2'] as const)
      expect(bare.rows(stream), stream).to.have.deep.members([...left.rows(stream)]);
    // Actions that are not included are asked for.
    const ids = (rows: readonly { readonly id?: unknown }[]) => rows.map(({ id }) => id).sort();
    expect(ids(bare.rows('flow_action_v2'))).to.deep.equal(ids(left.rows('flow_action_v2'))).and.not.be.empty;
    expect(bare.rows('campaign_messages_v2')).to.deep.equal([]);
  });

  it('B7 U+FFFD that came as such is not counted', () => {
    const mends = noMends();
    const bytes = Buffer.concat([Buffer.from('\ufffd\ufffd'), Buffer.from([0x80]), Buffer.from('\ufffd')]);
    expect(decodeText(bytes, mends)).to.equal('\ufffd\ufffd\ufffd\ufffd');
    expect(mends.bytes).to.equal(1);
    decodeText(Buffer.from('\ufffd'), mends);
    expect(mends.bytes).to.equal(1);
  });
});
