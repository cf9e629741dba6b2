/** What a user would lose if this failed: the end of what was read, or the truth about how it ended. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer as createHttpServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import {
  type AirbyteMessage,
  configFor,
  type Ended,
  execute,
  Folder,
  launch,
  MAIN,
  messages,
  type RunOptions,
  type SingerMessage,
} from './harness.js';

const SMALL = { profiles: 20, events: 100, campaigns: 4, flows: 2, limits: false } as const;

/** Code that a dependency would run at the first request of a stream. */
const atRequest = (code: string): string =>
  `import { subscribe } from 'node:diagnostics_channel';
let n = 0;
subscribe('http.client.request.start', ({ request }) => { if (/^\\/api\\/(?!accounts)/.test(request.path) && n++ === 0) setImmediate(() => { ${code} }); });`;

describe('how the process ends', () => {
  const folder = new Folder();
  let sandbox: Sandbox;
  /** Takes connections and never answers. */
  let mute: Server;
  let called = (): void => {};
  let config = '';
  let hanging = '';

  before(async () => {
    sandbox = await startSandbox(SMALL);
    config = folder.write('config.json', configFor(sandbox));
    mute = createServer((socket) => {
      socket.on('error', () => {});
      called();
    });
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const base_url = `http://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    hanging = folder.write('hanging.json', { api_key: sandbox.apiKey, base_url });
  });
  after(async () => {
    mute.close();
    await sandbox.close();
    folder.remove();
  });

  const catalogOf = (...names: readonly string[]): string =>
    folder.write(`${names.join('-')}.json`, {
      streams: names.map((name) => ({
        stream: { name, json_schema: {}, supported_sync_modes: ['full_refresh'] },
        sync_mode: 'full_refresh',
        destination_sync_mode: 'overwrite',
      })),
    });

  describe('X1 X2 signals', () => {
    const during = (signal: NodeJS.Signals, args: readonly string[], options: RunOptions = {}) => {
      const { child, ended } = launch(args, options);
      const kill = (): void => void child.kill(signal);
      if (options.stdin === null) child.stderr?.once('data', kill);
      else called = kill;
      return ended;
    };

    it('X1 SIGTERM while a request hangs: 143', async () => {
      const { code, stdout } = await during('SIGTERM', ['read', '--config', hanging]);
      expect(code).to.equal(143);
      expect((await messages<SingerMessage>(stdout)).every(({ type }) => type === 'SCHEMA')).to.equal(true);
    });

    it('X2 SIGINT during a check: 130, and no verdict on the key', async () => {
      const { code, stdout } = await during('SIGINT', ['check', '--config', hanging]);
      expect([code, stdout]).to.deep.equal([130, '']);
    });

    it('X1 SIGHUP while the config is waited for on standard input: 129', async () => {
      const ready =
        "process.on('newListener', (name) => { if (name === 'SIGHUP') console.error('ready'); });";
      const { code, stdout } = await during('SIGHUP', ['read', '--config', '-'], {
        stdin: null,
        env: folder.carrying(
          'ready.mjs',
          `${ready}\nprocess.stdin.on('newListener', (name) => { if (name === 'readable') setImmediate(() => console.error('reading')); });`,
        ),
      });
      expect([code, stdout]).to.deep.equal([129, '']);
    });
  });

  describe('X4 the reader goes away', () => {
    it('X4 nothing is asked any more, and nothing said', async () => {
      const before = sandbox.requests.length;
      const shell = spawn('sh', [
        '-c',
        '"$0" "$1" read --config "$2" | head -1; true',
        process.execPath,
        MAIN,
        config,
      ]);
      let said = '';
      shell.stdout.on('data', (text) => {
        said += text;
      });
      shell.stderr.on('data', (text) => {
        said += text;
      });
      await new Promise((resolve) => shell.on('close', resolve));
      expect(said).to.match(/^\{"type":"SCHEMA"[^\n]*\n$/);
      expect(sandbox.requests.length - before, 'requests').to.be.lessThan(120);
    });

    it('X4 a reader of stderr that goes away changes nothing', async () => {
      const { child, ended } = launch(['read', '--config', config, '--debug']);
      child.stderr?.destroy();
      const { code, stdout } = await ended;
      expect(code).to.equal(0);
      expect((await messages<SingerMessage>(stdout)).at(-1)?.type).to.equal('STATE');
    });
  });

  describe('X6 a full disk', () => {
    it('X6 from the first byte on: 1 KLV_OUTPUT', async () => {
      const full = openSync('/dev/full', 'w');
      try {
        const { code, stderr } = await execute(['read', '--config', config], { stdout: full });
        expect(code).to.equal(1);
        expect(stderr).to.match(/^CRITICAL KLV_OUTPUT stdout cannot be written: ENOSPC .*\n$/m);
        expect(stderr).to.not.match(/\n {4}at /);
      } finally {
        closeSync(full);
      }
    });

    it('X6 I5 half way, in the very last write: 1 KLV_OUTPUT, as the rest was not taken', async () => {
      const { stdout } = await execute(['discover']);
      const blocks = Math.floor(stdout.length / 512 / 2);
      const path = join(folder.path, 'half.json');
      const code = await new Promise((resolve) => {
        spawn('sh', [
          '-c',
          `ulimit -f ${blocks}; exec "$0" "$1" discover > "$2"`,
          process.execPath,
          MAIN,
          path,
        ]).on('close', resolve);
      });
      expect(code).to.equal(1);
      const written = readFileSync(path, 'utf8');
      expect(written.length).to.be.within(1, stdout.length - 1);
      expect(stdout.startsWith(written)).to.equal(true);
    });
  });

  describe('X8 what nobody waited for fails', () => {
    for (const [what, code] of [
      ['a throw in a callback', "throw new Error('out of the blue');"],
      ['a rejection', "Promise.reject(new Error('out of the blue'));"],
    ] as const)
      it(`X8 I6 ${what}: 1, KLV_BUG with its stack, whole lines, and a TRACE in Airbyte`, async () => {
        const env = folder.carrying('bug.mjs', atRequest(code));
        const args = ['read', '--config', config, '--catalog', catalogOf('metric_v2', 'list_v2')];
        const [airbyte, singer] = await Promise.all([
          execute(args, { env }),
          execute([...args, '--protocol', 'singer'], { env }),
        ]);
        for (const { code: exit, stderr, stdout } of [airbyte, singer]) {
          expect(exit).to.equal(1);
          expect(stderr).to.match(
            /Error: out of the blue\n {4}at [\s\S]*CRITICAL KLV_BUG out of the blue — /,
          );
          expect(stdout).to.match(/\}\n$/);
        }
        const all = await messages<AirbyteMessage>(airbyte.stdout);
        const errors = all.filter(({ trace }) => trace?.type === 'ERROR').map(({ trace }) => trace.error);
        expect(errors.map(({ failure_type: type }) => type)).to.deep.equal(['system_error']);
        expect(errors[0]?.message).to.match(/^KLV_BUG out of the blue/);
        for (const name of ['metric_v2', 'list_v2'])
          expect(
            all.flatMap(({ trace }) =>
              trace?.type === 'STREAM_STATUS' && trace.stream_status.stream_descriptor.name === name
                ? [trace.stream_status.status]
                : [],
            ),
          ).to.deep.equal(['STARTED', 'INCOMPLETE']);
      });

    it('X8 a run that waits for nothing that could come is a bug, too', async () => {
      const env = folder.carrying(
        'dead.mjs',
        "import { Readable } from 'node:stream'; Object.defineProperty(process, 'stdin', { value: new Readable({ read() {} }) });",
      );
      const { code, stderr } = await execute(['read', '--config', '-'], { env });
      expect(code).to.equal(1);
      expect(stderr).to.include('KLV_BUG nothing is under way any more');
    });
  });

  it('X10 what a dependency prints goes to stderr, and stdout stays the protocol’s', async () => {
    const env = folder.carrying(
      'stray.mjs',
      atRequest(
        "console.log('stray 1'); console.info('stray %d', 2); console.table(['stray 3']); process.stdout.write('stray 4\\n'); process.stdout.write(Buffer.from('stray 5\\n'), () => console.debug('stray 6'));",
      ),
    );
    const { code, stdout, stderr } = await execute(['read', '--config', config], { env });
    expect(code).to.equal(0);
    expect((await messages<SingerMessage>(stdout)).at(-1)?.type).to.equal('STATE');
    expect(stdout).to.not.include('stray');
    for (let n = 1; n <= 6; n += 1) expect(stderr).to.include(`stray ${n}`);
  });

  describe('X9 I17 T6 the same bytes', () => {
    /** Without the times at which it was said. */
    const timeless = (stdout: string): string =>
      stdout.replace(/"time_extracted":"[^"]+"|"emitted_at":\d+/g, '').replace(/"until":"[^"]+"/g, '');
    const args = (from = config) => [
      'read',
      '--config',
      from,
      '--catalog',
      catalogOf('metric_v2'),
      '--protocol',
      'singer',
    ];
    let piped = '';

    before(async () => {
      piped = timeless((await execute(args())).stdout);
      expect(piped).to.include('"type":"RECORD"');
    });

    it('X9 whether stdout is a file, a pipe, a socket or a terminal', async () => {
      const path = join(folder.path, 'out.jsonl');
      const file = openSync(path, 'w');
      await execute(args(), { stdout: file });
      closeSync(file);
      expect(timeless(readFileSync(path, 'utf8'))).to.equal(piped);

      const words = [process.execPath, MAIN, ...args()].map((word) => `'${word}'`).join(' ');
      const shell = (line: string): Promise<string> =>
        new Promise((resolve) => {
          let said = '';
          const child = spawn('sh', ['-c', line], { stdio: ['ignore', 'pipe', 'ignore'] });
          child.stdout.setEncoding('utf8').on('data', (text: string) => {
            said += text;
          });
          child.on('close', () => resolve(said));
        });
      expect(timeless(await shell(`${words} | cat`))).to.equal(piped);
      // A terminal writes a carriage return of its own before each line feed.
      const typed = await shell(`script -qec "${words} 2>/dev/null" /dev/null`);
      expect(timeless(typed.replaceAll('\r\n', '\n'))).to.equal(piped);
    });

    it('I17 in whatever pieces the network brings it', async () => {
      const proxy = createHttpServer((request, response) => {
        const { host: _, connection: __, ...headers } = request.headers;
        void get(new URL(request.url ?? '/', sandbox.url), { headers }, async (answer) => {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          for await (const chunk of answer)
            for (let at = 0; at < chunk.length; at += 13)
              await new Promise((done) => response.write(chunk.subarray(at, at + 13), done));
          response.end();
        });
      });
      await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
      const { port } = proxy.address() as AddressInfo;
      const base_url = `http://127.0.0.1:${port}`;
      const pieces = folder.write('pieces.json', configFor(sandbox, { base_url }));
      const { stdout } = await execute(args(pieces));
      expect(timeless(stdout)).to.equal(piped);
      proxy.close();
      proxy.closeAllConnections();
    });

    it('T6 I17 in whatever zone, language and folder', async () => {
      const places: readonly RunOptions[] = [
        { env: { TZ: 'America/New_York', LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8' }, cwd: '/' },
        { env: { TZ: 'Asia/Kathmandu', LANG: 'C', LC_ALL: 'C' }, cwd: folder.path },
      ];
      for (const { stdout } of await Promise.all(places.map((place) => execute(args(), place))))
        expect(timeless(stdout)).to.equal(piped);
    });
  });
});

describe('X5 X11 a reader that stalls', () => {
  const EVENTS = 80_000;
  const BULK = {
    account: 'bulk',
    profiles: 0,
    lists: 0,
    segments: 0,
    flows: 0,
    campaigns: 0,
    limits: false,
  } as const;
  const folder = new Folder();
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await startSandbox({ ...BULK, events: EVENTS });
  });
  after(async () => {
    await sandbox.close();
    folder.remove();
  });

  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  /** Until nothing more is asked: nothing tells that from outside but time. */
  const calm = async ({ requests } = sandbox): Promise<number> => {
    const first = requests.length;
    for (let before = -1; before !== requests.length || before === first; ) {
      before = requests.length;
      await pause(400);
    }
    return requests.length - first;
  };
  const memory = (pid: number | undefined): number =>
    Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

  const read = (config = folder.write('config.json', configFor(sandbox))): string[] => {
    const stream = { name: 'event_v2', json_schema: {}, supported_sync_modes: ['full_refresh'] };
    const catalog = folder.write('events.json', {
      streams: [{ stream, sync_mode: 'full_refresh', destination_sync_mode: 'overwrite' }],
    });
    return ['read', '--config', config, '--catalog', catalog];
  };

  it('X5 X11 I18 the requests pause, memory stays, and every byte arrives when it reads on', async () => {
    const { child, ended } = launch([...read(), '--protocol', 'singer']);
    child.stdout?.pause();
    const asked = await calm();
    expect(asked, 'requests while nobody reads').to.be.lessThan(EVENTS / 1_000);
    const before = memory(child.pid);
    expect(before, 'MB').to.be.lessThan(256);
    child.stdout?.resume();
    const { code, stdout }: Ended = await ended;
    expect(code).to.equal(0);
    const all = await messages<SingerMessage>(stdout);
    expect(new Set(all.filter(({ type }) => type === 'RECORD').map(({ record }) => record.id)).size).to.equal(
      EVENTS,
    );
    expect(all.at(-1)?.type).to.equal('STATE');
  });

  it('X1 a second signal does not wait for what a stalled reader has not taken', async () => {
    const { child, ended } = launch([...read(), '--protocol', 'singer']);
    child.stdout?.pause();
    await calm();
    const told = performance.now();
    child.kill('SIGTERM');
    setImmediate(() => child.kill('SIGINT'));
    await new Promise((resolve) => child.once('exit', resolve));
    const took = performance.now() - told;
    child.stdout?.resume();
    expect((await ended).code).to.be.oneOf([130, 143]);
    expect(took).to.be.lessThan(2_500);
  });

  it('X11 an end with more behind a reader than any pipe holds waits for the last byte', async () => {
    const small = await startSandbox({ ...BULK, events: 1_200 });
    try {
      const config = folder.write('small.json', configFor(small));
      const { child, ended } = launch([...read(config), '--protocol', 'airbyte']);
      child.stdout?.pause();
      let gone = false;
      child.once('exit', () => {
        gone = true;
      });
      await calm(small);
      const early = gone;
      child.stdout?.resume();
      const { code, stdout } = await ended;
      expect([code, early]).to.deep.equal([0, false]);
      expect(stdout.length).to.be.within(300_000, 1_000_000);
      const all = await messages<AirbyteMessage>(stdout);
      expect(all.filter(({ type }) => type === 'RECORD')).to.have.length(1_200);
      expect(all.findLast(({ type }) => type === 'TRACE')?.trace.stream_status.status).to.equal('COMPLETE');
    } finally {
      await small.close();
    }
  });
});
