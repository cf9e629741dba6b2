/** What a user would lose if this failed: the table, on a terminal that is not as wide or as high as it. */
import { expect } from 'chai';
import fc from 'fast-check';
import { lastTable, liveTable } from '../../src/terminal/table.js';
import { present, running, stream } from './sample.js';

// biome-ignore lint/suspicious/noControlCharactersInRegex: what colours a line
const plain = (line: string): string => line.replace(/\u001b\[\d+m/g, '');
const live = (columns: number, rows: number, summary = running(), now = present()): string[] =>
  liveTable(summary, now, { columns, rows }).map(plain);
const titles = (columns: number): string => (live(columns, 40)[0] ?? '').trim().replace(/\s{2,}/g, ' | ');

describe('the table of a run', () => {
  it('has a line a stream, with what is known of it, and one of all', () => {
    const lines = live(130, 40);
    expect(lines).to.have.length(20);
    expect(lines[0]).to.match(/^stream +state +rows +pages +limit +oldest, UTC +newest, UTC +left$/);
    expect(lines[1]).to.match(
      /^profile_v2 +reading +600,000 +600 +25% {2}2026-01-02 03:04 {2}2026-08-31 23:59 {2}13 min$/,
    );
    expect(lines[2]).to.match(/^event_v2 +reading +1,200,000 +600 +97% /);
    expect(lines[3]).to.match(/^metric_v2 +complete +2 +0$/);
    expect(lines.at(-1)).to.match(
      /^1:02:03, 1,234,567 rows, 10 of 18 streams complete, 4,321 requests, 12 rate limited, 3 tried again, 2\.3 GB/,
    );
  });

  it('says how long the rest takes, where that is known, and that a run is stopping', () => {
    const last = (minutes: number, stopping = false): string =>
      live(200, 40, running(), present({ minutesLeft: () => minutes, stopping })).at(-1) ?? '';
    expect(last(12.3)).to.match(/GB, about 13 min left$/);
    expect(last(0.2)).to.match(/GB, less than a minute left$/);
    expect(last(150)).to.match(/GB, about 2 h 30 min left$/);
    expect(last(0)).to.match(/GB$/);
    expect(last(12.3, true)).to.match(/^stopping, 1:02:03, .* GB$/);
  });

  it('leaves columns out where it is narrow, the least needed first', () => {
    expect(titles(130)).to.equal('stream | state | rows | pages | limit | oldest, UTC | newest, UTC | left');
    expect(titles(100)).to.equal('stream | state | rows | pages | limit | newest, UTC | left');
    expect(titles(90)).to.equal('stream | state | rows | limit | newest, UTC | left');
    expect(titles(80)).to.equal('stream | state | rows | newest, UTC | left');
    expect(titles(70)).to.equal('stream | state | rows | left');
    expect(titles(50)).to.equal('stream | rows');
  });

  it('fits every terminal', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 140 }), fc.integer({ min: 2, max: 30 }), (columns, rows) => {
        const lines = live(columns, rows);
        expect(lines.length).to.be.within(1, rows - 1);
        for (const line of lines) expect(line.length, line).to.be.at.most(columns);
        for (const line of lastTable(running(), { columns, rows }).map(plain))
          expect(line.length, line).to.be.at.most(columns);
      }),
      { numRuns: 300 },
    );
  });

  it('shows what is read where not all streams have room, in their order, and counts the others', () => {
    const lines = live(130, 9);
    expect(lines).to.have.length(8);
    expect(lines.slice(1, 6).map((line) => line.split(' ')[0])).to.deep.equal([
      'profile_v2',
      'event_v2',
      'audience_included_v2',
      'audience_excluded_v2',
      'campaign_messages_v2',
    ]);
    expect(lines[6]).to.equal('… and 13 other streams: 10 complete, 3 waiting');
    expect(lines[7]).to.match(/^1:02:03/);
  });

  it('ends in how far the state of each stream is', () => {
    const until = '2026-09-01T00:00:00Z';
    const summary = running({
      streams: [
        stream('profile_v2', { state: 'complete', rows: 5 }),
        stream('event_v2', { state: 'incomplete', rows: 7 }),
        stream('profile_list_v2', { state: 'incomplete' }),
        stream('metric_v2', { state: 'incomplete' }),
      ],
      state: {
        profile_v2: { version: 1, until, gaps: [] },
        event_v2: {
          version: 1,
          until,
          gaps: [
            ['2026-08-03T10:00:00Z', until],
            ['2026-07-01T02:03:04Z', '2026-07-02T00:00:00Z'],
          ],
        },
        profile_list_v2: {
          version: 1,
          until,
          gaps: [['1970-01-01T00:00:00Z', until, { after: until, open: {} }]],
        },
      },
    });
    const lines = lastTable(summary, { columns: 130, rows: 3 }).map((line) =>
      plain(line)
        .trim()
        .split(/\s{2,}/),
    );
    expect(lines).to.deep.equal([
      ['stream', 'state', 'rows', 'pages', 'oldest, UTC', 'newest, UTC', 'next state, UTC'],
      ['profile_v2', 'complete', '5', '0', '2026-09-01 00:00'],
      ['event_v2', 'incomplete', '7', '0', '2 gaps from 2026-07-01 02:03'],
      ['profile_list_v2', 'incomplete', '0', '0', '1 gap'],
      ['metric_v2', 'incomplete', '0', '0', 'none'],
    ]);
  });

  it('marks what waits for its limit, what failed and what is done', () => {
    const [, , event = '', metric = ''] = liveTable(running(), present(), { columns: 130, rows: 40 });
    expect(event).to.include('\u001b[33m  97%\u001b[0m');
    expect(metric).to.include('\u001b[32mcomplete\u001b[0m');
    const failed = running({ streams: [stream('list_v2', { state: 'incomplete' })] });
    expect(lastTable(failed, { columns: 99, rows: 9 })[1]).to.include('\u001b[31mincomplete\u001b[0m');
  });
});
