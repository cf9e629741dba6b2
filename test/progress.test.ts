/** What a user would lose if this failed: to see how a run fares, on a terminal and in a log. */
import { expect } from 'chai';
import { type Progress, showProgress } from '../src/progress.js';
import type { RunSummary } from '../src/run-summary.js';
import type { Terminal } from '../src/terminal/terminal.js';
import { endInWords } from '../src/words.js';
import { fakeClock } from './klaviyo/clock.js';
import { present, running, stream } from './terminal/sample.js';
import { fakeTerminal } from './terminal/screen.js';
import { openAccount, runWhole } from './whole/run.js';

async function world(terminal?: Terminal) {
  const clock = fakeClock();
  const said: string[] = [];
  const now: { summary: RunSummary } = { summary: running() };
  const progress: Progress = await showProgress({
    summary: () => now.summary,
    present: () => present(),
    clock,
    say: (text) => void said.push(text),
    terminal,
  });
  return { clock, said, now, progress };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('progress', () => {
  it('in a log is a line for each stream that is read, every 30 seconds', async () => {
    const { clock, said, progress } = await world();
    clock.to(29_999);
    await turn();
    expect(said).to.deep.equal([]);
    clock.to(30_000);
    await turn();
    expect(said).to.deep.equal([
      'profile_v2: 600,000 rows of 600 pages so far, from 2026-01-02T03:04:05.678Z to 2026-08-31T23:59:59Z, 25% of its limit in use, about 13 min left',
      'event_v2: 1,200,000 rows of 600 pages so far, from 2026-01-02T03:04:05.678Z to 2026-08-31T23:59:59Z, 97% of its limit in use, about 13 min left',
    ]);
    clock.to(60_000);
    await turn();
    expect(said).to.have.length(4);
    progress.stop();
    clock.to(120_000);
    await turn();
    expect([said.length, clock.sleeping()]).to.deep.equal([4, 0]);
  });

  it('says so where nothing has come yet', async () => {
    const { clock, said, now, progress } = await world();
    now.summary = running({ streams: [stream('event_v2')], rows: 0 });
    clock.to(30_000);
    await turn();
    expect(said.join()).to.match(/^1:02:03, 0 rows, 0 of 1 stream complete, /);
    progress.stop();
  });

  it('on a terminal is a table that is drawn at once and again four times a second, and stays as it ends', async () => {
    const terminal = fakeTerminal(120, 30);
    const { clock, said, now, progress } = await world(terminal);
    const { screen } = terminal;
    expect(screen.lines()).to.have.length(20);
    now.summary = running({ requests: 5_000 });
    clock.to(250);
    await turn();
    expect(screen.lines().at(-1)).to.include('5,000 requests');
    now.summary = running({ streams: [stream('list_v2', { state: 'complete', rows: 77 })] });
    progress.stop();
    expect(screen.all().map((line) => line.split(/\s{2,}/).slice(0, 3))).to.deep.equal([
      ['stream', 'state', 'rows'],
      ['list_v2', 'complete', '77'],
    ]);
    expect([screen.cursor, said, clock.sleeping()]).to.deep.equal([true, [], 0]);
  });

  it('follows the size of a terminal at once', async () => {
    const terminal = fakeTerminal(120, 30);
    const { progress } = await world(terminal);
    terminal.resize(60, 10);
    expect(terminal.screen.lines()).to.have.length(9);
    expect(terminal.screen.lines()[0]).to.match(/^stream +state +rows/);
    terminal.resize(120, 30);
    expect(terminal.screen.lines().slice(-20)[0]).to.match(/^stream .*left$/);
    progress.stop();
  });
});

describe('progress of a whole run', () => {
  it('tells the share of the limit that the last minute used, how far it has come, and that less and less is left', async () => {
    const none = { lists: 0, segments: 0, flows: 0, campaigns: 0, events: 0 };
    const { sandbox, clock } = openAccount({ ...none, profiles: 12_000 });
    const config = { predictive_analytics: true, rate_limit_share: 0.25 };
    const { code, stderr } = await runWhole({ sandbox, clock, streams: ['profile_v2'], config });
    expect(code, stderr).to.equal(0);
    const told = [
      ...stderr.matchAll(
        /^INFO profile_v2: [\d,]+ rows of (\d+) pages so far, from \S+Z to (\S+Z), (\d+)% of its limit in use, (?:about (\d+) min|less than a minute) left$/gm,
      ),
    ];
    expect(told, stderr).to.have.length.within(4, 8);
    // A quarter of 150 requests a minute, the first of which go out at once.
    const [[, pages, , share] = []] = told;
    expect(Number(share)).to.equal(Math.round((Number(pages) / 37) * 100));
    const newest = told.map(([, , at = '']) => at);
    expect(newest).to.deep.equal([...newest].sort());
    const minutes = told.map(([, , , , left = '0']) => Number(left));
    expect(minutes).to.deep.equal([...minutes].sort((a, b) => b - a));
    expect([minutes[0], minutes.at(-1)]).to.deep.equal([2, 0]);
  });
});

describe('the last line of a run', () => {
  it('has a word for one and a comma for thousands', () => {
    const one = { streams: [stream('event_v2')], rows: 1, requests: 1, splits: 0, limited: 0, retries: 0 };
    expect(endInWords(running({ ...one, bytes: 1_000, seconds: 0.2 }))).to.equal(
      '1 row of 1 stream, 1 request (no more than needed), 1.0 kB, 0.2 s',
    );
    expect(endInWords(running({ splits: 1_400 }))).to.equal(
      '1,234,567 rows of 18 streams, 4,321 requests (at most 1,400 of them to read side by side, 12 rate limited, 3 tried again), 2.3 GB, 3723.0 s',
    );
  });
});
