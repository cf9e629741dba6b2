/**
 * Loaded before the executable: from time to time it says on stderr what the process holds, after a collection of
 * garbage, so that what grows is what is kept.
 */
const EVERY_MS = 5_000;

const collect = (globalThis as { gc?: () => void }).gc ?? (() => {});

setInterval(() => {
  collect();
  const { rss, heapUsed, external } = process.memoryUsage();
  const held = process.getActiveResourcesInfo();
  const count = (pattern: RegExp): number => held.filter((name) => pattern.test(name)).length;
  const sample = {
    at: performance.now(),
    rss,
    held: heapUsed + external,
    sockets: count(/TCPSocket/),
    timers: count(/Timeout/),
  };
  process.stderr.write(`probe ${JSON.stringify(sample)}\n`);
}, EVERY_MS).unref();
