/** What a user would lose if this failed: an orchestrator that waits in vain, or the last line of a run. */
import { expect } from 'chai';
import { asFault } from '../../src/errors.js';
import { Interrupted } from '../../src/io.js';
import { type AirbyteMessage, Folder, messages } from './harness.js';
import { inside } from './inside.js';

const MINUTE = 60_000;

const metrics = (count: number, next?: string): string =>
  JSON.stringify({
    data: Array.from({ length: count }, (_, index) => ({
      type: 'metric',
      id: `M${index}`,
      attributes: { name: 'x'.repeat(500), created: '2026-01-01T00:00:00Z', updated: '2026-01-01T00:00:00Z' },
    })),
    links: { next: next === undefined ? null : `https://a.klaviyo.com/api/metrics?page%5Bcursor%5D=${next}` },
  });

const statusesOf = (all: readonly AirbyteMessage[]): string[] =>
  all.flatMap(({ trace }) => (trace?.type === 'STREAM_STATUS' ? [trace.stream_status.status] : []));

describe('how long a run takes to end', () => {
  const folder = new Folder();
  after(() => folder.remove());
  const config = folder.write('config.json', { api_key: 'pk_0123456789abcdef' });
  const catalog = folder.write('catalog.json', {
    streams: [
      {
        stream: { name: 'metric_v2', json_schema: {}, supported_sync_modes: ['full_refresh'] },
        sync_mode: 'full_refresh',
        destination_sync_mode: 'overwrite',
      },
    ],
  });
  const read = ['read', '--config', config, '--catalog', catalog];

  it('X12 in silence the state is said again every 5 minutes, and a line says what is waited for', async () => {
    const whole = inside({
      get: async (_, { clock }) => {
        await clock.sleep(16 * MINUTE);
        return metrics(1);
      },
    });
    expect(await whole.run(...read)).to.equal(0);
    const all = await messages<AirbyteMessage & { log?: { message: string } }>(whole.stdout());
    const beats = all.flatMap(({ type, log }) =>
      type === 'STATE' ? ['STATE'] : log?.message.includes('waiting for metrics') === true ? ['waits'] : [],
    );
    expect(beats).to.deep.equal(['waits', 'STATE', 'waits', 'STATE', 'waits', 'STATE', 'STATE']);
    const states = all.filter(({ type }) => type === 'STATE').map(({ state }) => state.stream);
    expect(states.slice(0, 3)).to.deep.equal([states[0], states[0], states[0]]);
  });

  it('X1 I6 a signal while a request hangs: the states, each status once, and 143 at once', async () => {
    const whole = inside({
      get: async (_, { clock, stop }, signal) => {
        stop.abort(new Interrupted('SIGTERM'));
        await clock.sleep(16 * MINUTE, signal);
        throw signal.reason;
      },
    });
    expect(await whole.run(...read)).to.equal(143);
    expect(whole.clock.now()).to.equal(0);
    const all = await messages<AirbyteMessage>(whole.stdout());
    expect(all.map(({ type }) => type).filter((type) => type !== 'LOG')).to.deep.equal([
      'TRACE',
      'STATE',
      'TRACE',
    ]);
    expect(statusesOf(all)).to.deep.equal(['STARTED', 'INCOMPLETE']);
  });

  it('X1 a reader that never takes another byte: the run is over after 3 s all the same', async () => {
    let ended = 0;
    const whole = inside({
      get: () => Promise.resolve(metrics(200, 'more')),
      reader: (_, clock) => {
        if (ended++ === 0) void clock.sleep(MINUTE).then(() => whole.stop.abort(new Interrupted('SIGTERM')));
        return new Promise(() => {});
      },
    });
    expect(await whole.run(...read)).to.equal(143);
    expect(whole.clock.now()).to.equal(MINUTE + 3_000);
  });

  it('X1 X5 a slow reader gets whole lines: what it has no time for is dropped from a line end on', async () => {
    let pages = 0;
    let told = 0;
    const whole = inside({
      get: (_, { clock, stop }) => {
        pages += 1;
        if (pages === 6)
          void clock.sleep(50_000).then(() => {
            told = clock.now();
            stop.abort(new Interrupted('SIGTERM'));
          });
        return Promise.resolve(metrics(200, `p${pages}`));
      },
      reader: (_, clock) => clock.sleep(900),
    });
    expect(await whole.run(...read)).to.equal(143);
    expect(whole.clock.now() - told).to.be.within(2_000, 3_000);
    expect(whole.stdout().endsWith('}\n')).to.equal(true);
    expect(whole.underWay()).to.equal(0);
    expect((await messages(whole.stdout())).length).to.be.greaterThan(200);
    expect(pages, 'pages, as the reader holds them up').to.be.lessThan(60);
  });

  it('X8 a run that is broken says that and nothing more: no row, no state', async () => {
    const whole = inside({
      get: (_, { stop }) => {
        stop.abort(asFault(new Error('out of the blue')));
        return Promise.resolve(metrics(1));
      },
    });
    expect(await whole.run(...read)).to.equal(1);
    // What is left of it goes on until the process ends.
    await whole.clock.run(new Promise((resolve) => setImmediate(() => setImmediate(resolve))));
    const all = await messages<AirbyteMessage>(whole.stdout());
    // A line for people may still come: it says nothing of what was read.
    expect(all.map(({ type }) => type).filter((type) => type !== 'LOG')).to.deep.equal(
      Array(3).fill('TRACE'),
    );
    expect(statusesOf(all)).to.deep.equal(['STARTED', 'INCOMPLETE']);
    expect(all[1]?.trace.error.message).to.match(/^KLV_BUG out of the blue/);
  });

  it('X4 X6 a reader that has gone ends it at once, with 141 and not a word', async () => {
    const whole = inside({
      get: async (_, { clock }, signal) => {
        await clock.sleep(16 * MINUTE, signal);
        return metrics(1);
      },
      reader: () => Promise.reject(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    });
    expect(await whole.run(...read)).to.equal(141);
    expect([whole.stderr(), whole.clock.now()]).to.deep.equal(['', 0]);
  });
});
