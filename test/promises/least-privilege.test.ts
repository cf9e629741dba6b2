/** What a user would lose if this failed: a key that can only read is enough, and only for what was chosen. */
import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { run } from '../../src/app.js';
import { STREAM_NAMES } from '../../src/generated/rows.js';
import { createHttp } from '../../src/klaviyo/http.js';
import { createMask } from '../../src/log.js';
import { createOutput } from '../../src/output.js';
import { type Sandbox, SCOPES, startSandbox } from '../../src/sandbox/index.js';
import { type AirbyteMessage, configFor, configured, Folder, messages } from './harness.js';

const SMALL = { profiles: 8, events: 20, flows: 1, campaigns: 6, limits: false } as const;

/** The table of SECURITY.md: which scopes each stream needs. */
const NEEDED: ReadonlyMap<string, readonly string[]> = (() => {
  const text = readFileSync(new URL('../../../SECURITY.md', import.meta.url), 'utf8');
  const needed = new Map<string, string[]>();
  for (const [, scope = '', streams = ''] of text.matchAll(/^\| `(\w+:\w+)` \| (.+) \|$/gm))
    for (const [, stream = ''] of streams.matchAll(/`(\w+)`/g))
      needed.set(stream, [...(needed.get(stream) ?? []), scope]);
  return needed;
})();

async function carryOut(...argv: readonly string[]): Promise<{ code: number; told: AirbyteMessage[] }> {
  const stdout = new PassThrough();
  let text = '';
  stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  const code = await run(argv, 'source-klaviyo-v2', {
    out: createOutput(stdout),
    err: () => {},
    env: {},
    stdin: () => Promise.resolve(''),
    clock: {
      now: () => performance.now(),
      wall: () => Date.now(),
      sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {}),
    },
    random: () => 0.5,
    http: createHttp,
    mask: createMask(),
    signal: new AbortController().signal,
  });
  return { code, told: await messages<AirbyteMessage>(text) };
}

describe('Y12 least privilege', () => {
  const folder = new Folder();
  after(() => folder.remove());
  let streams: AirbyteMessage['catalog']['streams'] = [];
  before(async () => {
    const { told } = await carryOut('discover');
    streams = told[0]?.catalog.streams ?? [];
  });

  const read = (sandbox: Sandbox, only: (stream: string) => boolean = () => true) => {
    const config = folder.write('config.json', configFor(sandbox));
    const chosen = configured(streams.filter(({ name }) => only(name)));
    return carryOut('read', '--config', config, '--catalog', folder.write('catalog.json', chosen));
  };

  it('check and a read of all streams send GET requests and nothing else', async () => {
    const sandbox = await startSandbox(SMALL);
    try {
      const config = folder.write('config.json', configFor(sandbox));
      expect((await carryOut('check', '--config', config)).told.at(-1)?.connectionStatus.status).to.equal(
        'SUCCEEDED',
      );
      expect((await read(sandbox)).code).to.equal(0);
      expect(sandbox.requests.length).to.be.greaterThan(20);
      expect(sandbox.requests.filter(({ method }) => method !== 'GET')).to.deep.equal([]);
    } finally {
      await sandbox.close();
    }
  });

  it('no scope that writes is asked for, and the table of scopes knows each stream', () => {
    expect([...NEEDED.keys()]).to.have.members([...STREAM_NAMES]);
    expect([...NEEDED.values()].flat().filter((scope) => !scope.endsWith(':read'))).to.deep.equal([]);
  });

  for (const [stream, scopes] of NEEDED)
    it(`${stream} is read with ${scopes.join(' and ')}, and not without one of them`, async () => {
      const outcome = async (granted: readonly string[]) => {
        const sandbox = await startSandbox({ ...SMALL, scopes: granted });
        try {
          const { code, told } = await read(sandbox, (name) => name === stream);
          const rows = told.filter(({ type }) => type === 'RECORD').length;
          return code === 0 ? (rows > 0 ? 'rows' : 'no rows') : 'fails';
        } finally {
          await sandbox.close();
        }
      };
      expect(await outcome(scopes)).to.equal('rows');
      for (const missing of scopes)
        expect(await outcome(SCOPES.filter((scope) => scope !== missing)), missing).to.equal('fails');
    });
});
