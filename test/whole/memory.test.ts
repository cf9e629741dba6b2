/** What a user with a small machine would lose if this failed: the run, again and again at the same place. */
import { expect } from 'chai';
import { connectTo } from '../../bench/connector.js';
import { tally, wantedEvents } from '../../bench/tally.js';
import { startSandbox } from '../../src/sandbox/index.js';

const EVENTS = 14_000;
/** Once so much was written, something in the process keeps more and more, until it may not. */
const LEAK = `
  const kept = [];
  let written = 0;
  const { write } = process.stdout;
  process.stdout.write = function (bytes, ...rest) {
    written += bytes.length;
    while (written > 5e6) kept.push(Array(2e5).fill(Math.random()));
    return write.call(process.stdout, bytes, ...rest);
  };`;

describe('memory', () => {
  it('X7 a process that runs out of memory is resumed without a loss, and one that does not needs 256 MB', async () => {
    const sandbox = await startSandbox({
      account: 'bulk',
      events: EVENTS,
      profiles: 1,
      lists: 0,
      segments: 0,
      flows: 0,
      campaigns: 0,
      limits: false,
      gzip: false,
    });
    const connector = await connectTo(sandbox, ['event_v2']);
    try {
      const counts = tally([wantedEvents(EVENTS)]);
      const died = await connector.run(counts, {
        node: ['--max-old-space-size=60', '--import', `data:text/javascript,${encodeURIComponent(LEAK)}`],
        timeoutMs: 60_000,
      });
      expect(died.code, 'ended by itself').to.not.equal(0);
      expect(counts.rows, 'in the middle').to.be.within(5_000, EVENTS - 1);
      expect(counts.state, 'after a state').to.be.a('string');
      const second = await connector.run(counts, { timeoutMs: 60_000, state: counts.state });
      expect(second.code, second.stderr).to.equal(0);
      expect(counts.missing() + counts.unknown).to.equal(0);
      expect(second.peak, 'megabytes').to.be.within(process.platform === 'linux' ? 1 : 0, 256);
    } finally {
      connector.close();
      await sandbox.close();
    }
  });
});
