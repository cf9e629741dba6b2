/** What a user would lose if this failed: rows, or the truth of their values. The scanner against JSON.parse. */
import { expect } from 'chai';
import fc from 'fast-check';
import { createScanner } from '../../src/klaviyo/scan.js';
import type { Body } from '../../src/resource.js';
import { events } from '../../src/resources/events.js';
import { KINDS, waysOf } from './both-ways.js';
import { brokenPageOf, pageOf } from './drawn.js';

const COLUMNS = {
  events: ['id', 'datetime', 'value', 'metric_id'],
  profiles: ['id', 'updated', 'subscriptions'],
  members: ['list_id', 'profile_id', 'joined_group_at'],
} as const;

describe('scan: rows are what JSON.parse would have made of them', () => {
  for (const kind of KINDS) {
    const ways = waysOf(kind);

    it(`I13 I19 ${kind}: whatever the scanner takes, it gives the same rows`, () => {
      let taken = 0;
      const distinct = new Set<string>();
      fc.assert(
        fc.property(pageOf(kind), fc.boolean(), (text, narrow) => {
          const columns = narrow ? new Set(COLUMNS[kind]) : undefined;
          const body = ways.scanned(Buffer.from(text));
          if (body === undefined) return;
          taken += 1;
          distinct.add(text);
          expect(ways.meaning(() => body, columns)).to.deep.equal(
            ways.meaning(() => ways.parsed(text), columns),
          );
        }),
        { numRuns: 300 },
      );
      expect(taken, 'pages that were taken').to.be.greaterThan(200);
      expect(distinct.size, 'different ones').to.be.greaterThan(taken * 0.9);
    });

    it(`I19 ${kind}: what JSON.parse refuses, the scanner refuses; what it takes, the scanner reads alike`, () => {
      const tally = { refused: 0, left: 0, same: 0 };
      fc.assert(
        fc.property(brokenPageOf(kind), (bytes) => {
          const body = ways.scanned(bytes);
          if (body === undefined) {
            tally.left += 1;
            return;
          }
          const meant = ways.meaning(() => ways.parsed(bytes.toString()));
          tally[meant === 'refused' ? 'refused' : 'same'] += 1;
          expect(
            ways.meaning(() => body),
            bytes.toString(),
          ).to.deep.equal(meant);
        }),
        { numRuns: 600 },
      );
      expect(tally.left, 'left to the parser').to.be.greaterThan(100);
      expect(tally.same, 'read alike').to.be.greaterThan(60);
    });
  }

  const { scanned: scannedBytes, rows } = waysOf('events');
  const scan = createScanner(events.scan, 'keep', {});
  const scanned = (text: string): Body | undefined => scannedBytes(Buffer.from(text));

  const inside = (value: string): string =>
    `{"data":[{"type":"event","id":"e","attributes":{"event_properties":{"a":${value}}},"relationships":{}}]}`;

  it('takes each kind of value as it stands', () => {
    for (const value of [
      '0',
      '-1',
      '1.50',
      '12345678901234567890123',
      '-0',
      'true',
      'false',
      'null',
      '""',
      '"\\u00e9\\/\\n"',
      '"\\ud83c\\udf89"',
      '"🎉"',
      '[]',
      '[ 1 , [ ] ]',
      '{}',
      '{"a":1,"a":2}',
      '{"__proto__":{"x":1}}',
    ]) {
      const body = scanned(inside(value));
      expect(body, value).to.not.equal(undefined);
      expect(rows(body as Body)[0], value).to.include(`"event_properties":{"a":${value}}`);
    }
  });

  it('I13 an attribute of the name of a column is none of its own, however it is written', () => {
    for (const name of ['profile_id', 'profile\\u005fid', 'i\\u0064']) {
      const text = `{"data":[{"type":"event","id":"e","attributes":{"${name}":"x","new\\u005fone":1}}]}`;
      const row = rows(scanned(text) as Body)[0] ?? '';
      expect(JSON.parse(row), name).to.deep.include({
        ...{ id: 'e', profile_id: null, additional_attributes: { new_one: 1 } },
      });
    }
  });

  it('T9: leaves rows outside the slice to whoever reads them', () => {
    const at = (datetime: string) =>
      `{"type":"event","id":"${datetime}","attributes":{"datetime":"${datetime}"}}`;
    const times = [
      '2026-01-01T00:00:04Z',
      '2026-01-01T00:00:05Z',
      '2026-01-01T00:00:05.5Z',
      '2026-01-01T00:00:06Z',
    ];
    const body = scanned(`{"data":[${times.map(at).join(',')}]}`) as Body;
    const narrow = {
      from: '2026-01-01T00:00:05Z',
      to: '2026-01-01T00:00:09Z',
      stop: '2026-01-01T00:00:06Z',
    };
    expect(rows(body, undefined, narrow).map((text) => JSON.parse(text).id)).to.deep.equal(times.slice(1, 3));
  });

  it('gives up what is wrong', () => {
    for (const value of [
      '01',
      '1.',
      '.5',
      '+1',
      '-',
      'nul',
      'NaN',
      "'a'",
      '"a',
      '"\\x"',
      '"\\u12"',
      '"\t"',
      '[1,]',
      '[,1]',
      '[1 2]',
      '{"a"}',
      '{"a":}',
      '{a:1}',
      '{"a":1,}',
      '1 /* x */',
      '[[[['.repeat(60) + ']]]]'.repeat(60),
    ])
      expect(scan(Buffer.from(inside(value))), value).to.equal(undefined);
    expect(scan(Buffer.concat([Buffer.from(inside('"')), Buffer.from([0xff])])), 'no UTF-8').to.equal(
      undefined,
    );
    expect(scan(Buffer.from(`\ufeff${inside('1')}`)), 'byte order mark').to.equal(undefined);
    expect(scan(Buffer.from(`${inside('1')}x`)), 'something after the end').to.equal(undefined);
    expect(scan(Buffer.from('{"data":[],"errors":[{"status":"500"}]}')), 'errors').to.equal(undefined);
    expect(scan(Buffer.from('{"data":{}}')), 'no array').to.equal(undefined);
    expect(scan(Buffer.from('{}')), 'no data').to.equal(undefined);
    expect(scan(Buffer.from(`${inside('1')}\n`)), 'a line end after the end').to.not.equal(undefined);
  });
});
