/**
 * The image as clusters run it: built from the Dockerfile, a foreign user, nothing but reading, process 1. Then
 * Airbyte's own tests of images, and the commands of docs/airbyte.md as they stand there.
 */
import { execFile, spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { airbyteCatalog } from '../../src/discover.js';
import { STREAM_NAMES } from '../../src/generated/rows.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import {
  type AirbyteMessage,
  airbyteRecords,
  byKey,
  configFor,
  configured,
  Folder,
  messages,
  type RowsByKey,
  type SingerMessage,
} from '../promises/harness.js';
import { truthOf } from '../promises/truth.js';
import { type Engine, ROOT, startEngine } from './containers.js';
import { environment } from './environment.js';

const run = promisify(execFile);
const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const { name, version } = JSON.parse(text('package.json')) as { name: string; version: string };
const IMAGE = `${name}:${version}`;
const SUITE = 'image_suite.py';
const MB = 1_000_000;
/** The commands of the document: how to build the image, and how to try it. */
const COMMANDS = [...text('docs/airbyte.md').matchAll(/^```sh .*\n([\s\S]*?)^```/gm)].map(
  ([, block = '']) => block,
);

/** The project as a checkout under `umask 077` leaves it, with a key lying about. */
function strictCheckout(folder: string): string {
  const copy = join(folder, 'checkout');
  mkdirSync(copy);
  for (const path of ['.dockerignore', '.npmrc', 'Dockerfile', 'package.json', 'package-lock.json'])
    cpSync(join(ROOT, path), join(copy, path));
  for (const path of ['tsconfig.json', 'spec.json', 'schemas', 'src'])
    cpSync(join(ROOT, path), join(copy, path), { recursive: true });
  writeFileSync(join(copy, 'config.json'), '{"api_key":"pk_left_here"}');
  writeFileSync(join(copy, 'src', '.env'), 'KLAVIYO_API_KEY=pk_left_here');
  for (const path of readdirSync(copy, { recursive: true, encoding: 'utf8' }))
    chmodSync(join(copy, path), statSync(join(copy, path)).isDirectory() ? 0o700 : 0o600);
  return copy;
}

const keysOf = (rows: RowsByKey) =>
  Object.fromEntries(STREAM_NAMES.map((stream) => [stream, [...(rows.get(stream)?.keys() ?? [])].sort()]));

describe('Y11 the image', () => {
  let engine: Engine;
  let sandbox: Sandbox;
  const folder = new Folder();
  const mounted = join(folder.path, 'data');
  const data = (file: string, content: unknown): void => {
    writeFileSync(join(mounted, file), typeof content === 'string' ? content : JSON.stringify(content));
  };

  /** `docker run` of the image with the folder of config, catalog and state, which it cannot write to. */
  const start = (user: string, args: readonly string[], more: readonly string[] = []) =>
    spawn('docker', ['run', '--rm', ...more, '-v', `${mounted}:/data:ro`, IMAGE, ...args], {
      env: { ...engine.env, IMAGE_USER: user },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const ended = (child: ReturnType<typeof start>, watch: (stdout: string) => void = () => {}) =>
    new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (more: string) => {
        stdout += more;
        watch(stdout);
      });
      child.stderr.setEncoding('utf8').on('data', (more: string) => {
        stderr += more;
      });
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, stdout, stderr }));
    });
  const shell = async (command: string): Promise<string> =>
    (await engine.docker('run', '--rm', '--entrypoint', '/bin/sh', IMAGE, '-c', command)).stdout;

  before(async () => {
    const begun = performance.now();
    engine = await startEngine();
    const ready = performance.now();
    const [build = ''] = COMMANDS;
    await run('sh', ['-euc', build], {
      env: engine.env,
      cwd: strictCheckout(folder.path),
      maxBuffer: 1 << 26,
    });
    const seconds = (from: number, to: number) => `${((to - from) / 1000).toFixed(0)} s`;
    process.stdout.write(
      `    tools and base image ${seconds(begun, ready)}, build ${seconds(ready, performance.now())}\n`,
    );
    sandbox = await startSandbox({ limits: false, profiles: 400, events: 6_000, flows: 4 });
    mkdirSync(mounted);
    chmodSync(folder.path, 0o755);
    data('config.json', configFor(sandbox));
    const { streams } = airbyteCatalog() as AirbyteMessage['catalog'];
    data('catalog.json', configured(streams));
  });
  after(async () => {
    await sandbox?.close();
    folder.remove();
  });

  it('is at most 30 MB larger than its base, and holds the package, its dependencies and nothing else', async () => {
    const size = async (image: string) =>
      Number((await engine.docker('image', 'inspect', '--format', '{{.Size}}', image)).stdout);
    const own = (await size(IMAGE)) - (await size(engine.base));
    process.stdout.write(`    ${(own / MB).toFixed(1)} MB over the base\n`);
    expect(own).to.be.within(MB, 30 * MB);

    const found = (
      await shell('cd /airbyte/integration_code && ls -A && find node_modules -name package.json')
    )
      .trim()
      .split('\n');
    expect(found.filter((path) => !path.startsWith('node_modules/'))).to.have.members([
      'dist',
      'node_modules',
      'package.json',
      'schemas',
      'spec.json',
    ]);
    const { packages } = JSON.parse(text('package-lock.json')) as {
      packages: Record<string, { dev?: true }>;
    };
    const wanted = Object.keys(packages).filter((path) => path !== '' && packages[path]?.dev !== true);
    const installed = found
      .map((path) => path.replace(/\/package\.json$/, ''))
      .filter((path) => /(^|\/)node_modules\/(@[^/]+\/)?[^/@]+$/.test(path));
    expect(installed).to.have.members(wanted);
    expect(await shell('grep -rl pk_left_here /airbyte || true')).to.equal('');
  });

  it('says who it is as metadata.yaml does, and is no root by itself', async () => {
    const { stdout } = await engine.docker('image', 'inspect', '--format', '{{json .Config}}', IMAGE);
    const { Labels: labels, User: user } = JSON.parse(stdout) as {
      Labels: Record<string, string>;
      User: string;
    };
    const metadata = text('metadata.yaml');
    const [, repository] = /^ {2}dockerRepository: (\S+)$/m.exec(metadata) ?? [];
    const [, tag] = /^ {2}dockerImageTag: (\S+)$/m.exec(metadata) ?? [];
    expect(labels).to.include({ 'io.airbyte.name': repository, 'io.airbyte.version': tag });
    expect(user).to.match(/^[1-9]\d*:[1-9]\d*$/);
  });

  it('starts by AIRBYTE_ENTRYPOINT in /bin/sh, as Kubernetes does it', async () => {
    const [spec] = await messages<AirbyteMessage>(await shell('eval "$AIRBYTE_ENTRYPOINT spec"'));
    expect(spec?.type).to.equal('SPEC');
  });

  for (const user of ['10001', '1000:1000'])
    it(`as user ${user} with a read-only file system, no capability and no new privilege: spec, check, discover, read`, async () => {
      const spec = await ended(start(user, ['spec']));
      expect([spec.code, (await messages<AirbyteMessage>(spec.stdout))[0]?.type]).to.deep.equal([0, 'SPEC']);

      const check = await ended(start(user, ['check', '--config', '/data/config.json']));
      const [status] = (await messages<AirbyteMessage>(check.stdout)).filter(
        ({ type }) => type === 'CONNECTION_STATUS',
      );
      expect([check.code, status?.connectionStatus.status]).to.deep.equal([0, 'SUCCEEDED']);

      const discover = await ended(start(user, ['discover', '--config', '/data/config.json']));
      const [found] = (await messages<AirbyteMessage>(discover.stdout)).filter(
        ({ type }) => type === 'CATALOG',
      );
      const streams = found?.catalog.streams ?? [];
      expect(streams.map((stream) => stream.name)).to.have.members([...STREAM_NAMES]);

      const read = await ended(
        start(user, ['read', '--config', '/data/config.json', '--catalog', '/data/catalog.json']),
      );
      expect(read.code, read.stderr).to.equal(0);
      const { rows } = byKey(airbyteRecords(await messages<AirbyteMessage>(read.stdout)));
      expect(keysOf(rows)).to.deep.equal(keysOf(truthOf(sandbox.account)));
    });

  it('the stand-in runs it as strictly as it says', async () => {
    expect(
      await shell('id -u; touch /tmp/x || touch /airbyte/x || grep -E "^(CapEff|NoNewPrivs)" /proc/1/status'),
    ).to.match(/^10001\nCapEff:\s+0{16}\nNoNewPrivs:\s+1\n$/);
  });

  for (const records of [1, 700, 3_000])
    it(`X1 SIGTERM to process 1 after ${records} records: exit 143 within 5 s, whole lines, and a state to go on from`, async () => {
      const slow = await startSandbox({
        limits: false,
        profiles: 400,
        events: 6_000,
        flows: 4,
        latencyMs: 60,
      });
      try {
        data('slow.json', configFor(slow));
        const container = `stopped-${process.pid}-${records}`;
        const args = ['read', '--config', '/data/slow.json', '--catalog', '/data/catalog.json'];
        const child = start('10001', args, ['--name', container]);
        let told = 0;
        const stopped = await ended(child, (stdout) => {
          if (told > 0 || stdout.split('"type":"RECORD"').length <= records) return;
          told = performance.now();
          void engine.docker('kill', '--signal', 'TERM', container);
        });
        expect(performance.now() - told, 'milliseconds to the end').to.be.lessThan(5_000);
        expect(stopped.code, stopped.stderr).to.equal(143);
        expect(stopped.stdout.endsWith('\n'), 'whole last line').to.equal(true);

        const first = await messages<AirbyteMessage>(stopped.stdout);
        const states = new Map(
          first.filter(({ type }) => type === 'STATE').map((m) => [m.state.stream.stream_descriptor.name, m]),
        );
        expect(states.size).to.be.greaterThan(0);
        data(
          'state.json',
          [...states.values()].map(({ state }) => state),
        );
        const second = await ended(start('10001', [...args, '--state', '/data/state.json']));
        expect(second.code, second.stderr).to.equal(0);
        const rest = await messages<AirbyteMessage>(second.stdout);
        const { rows } = byKey([...airbyteRecords(first), ...airbyteRecords(rest)]);
        expect(airbyteRecords(rest).length, 'rows left for the second run').to.be.greaterThan(0);
        expect(keysOf(rows)).to.deep.equal(keysOf(truthOf(slow.account)));
      } finally {
        await slow.close();
      }
    });

  it('serves its own sandbox, which a second one reads, with no network but their own loopback', async () => {
    const container = `sandbox-${process.pid}`;
    const serving = start(
      '10001',
      ['sandbox', '--profiles', '50', '--events', '300', '--limits', 'off'],
      ['--name', container, '--network', 'none'],
    );
    const over = ended(serving);
    const [, line = ''] = await new Promise<RegExpExecArray>((resolve) => {
      let said = '';
      serving.stderr.on('data', (more: string) => {
        said += more;
        const config = /^(\{.+\})$/m.exec(said);
        if (config !== null) resolve(config);
      });
    });
    data('inside.json', line);
    const args = ['read', '--protocol', 'singer', '--config', '/data/inside.json'];
    const read = await ended(start('10001', args, ['--network', `container:${container}`]));
    await engine.docker('kill', '--signal', 'TERM', container);
    expect([read.code, (await over).code], read.stderr).to.deep.equal([0, 0]);
    const told = await messages<SingerMessage>(read.stdout);
    const profiles = told.filter(({ type, stream }) => type === 'RECORD' && stream === 'profile_v2');
    expect(profiles).to.have.length(50);
  });

  it("passes the CDK's DockerConnectorTestSuite", async () => {
    const bin = await environment('airbyte-cdk');
    const suite = join(folder.path, name);
    mkdirSync(suite);
    cpSync(join(ROOT, 'metadata.yaml'), join(suite, 'metadata.yaml'));
    cpSync(join(ROOT, 'test', 'e2e', SUITE), join(suite, SUITE));
    writeFileSync(join(suite, 'config.json'), JSON.stringify(configFor(sandbox)));
    writeFileSync(
      join(suite, 'invalid.json'),
      JSON.stringify(configFor(sandbox, { api_key: 'pk_of_nobody' })),
    );
    const good = { config_path: 'config.json' };
    writeFileSync(
      join(suite, 'acceptance-test-config.yml'),
      JSON.stringify({
        acceptance_tests: {
          spec: { tests: [good] },
          connection: {
            tests: [
              { ...good, status: 'succeed' },
              { config_path: 'invalid.json', status: 'failed' },
            ],
          },
          discovery: { tests: [good] },
          basic_read: { tests: [good] },
        },
      }),
    );
    // Its comparison with the published version is left out: the connector is in no registry.
    const args = [
      '--connector-image',
      IMAGE,
      '--read-from-streams',
      'all',
      '-k',
      'not backward_compatibility',
    ];
    const { stdout, stderr } = await run(
      join(bin, 'python'),
      ['-m', 'pytest', '-q', '-rA', '-p', 'airbyte_cdk.test.standard_tests.pytest_hooks', ...args, SUITE],
      { env: engine.env, cwd: suite, maxBuffer: 1 << 28 },
    ).catch((error: { stdout: string; stderr: string }) => error);
    const outcomes = [
      ...stdout.matchAll(/^(PASSED|FAILED|ERROR) \S+::test_docker_image_(?:build_and_)?(.+)$/gm),
    ];
    expect(
      outcomes.map(([, outcome, test]) => `${outcome} ${test}`),
      stdout.slice(-8_000) + stderr,
    ).to.have.members([
      'PASSED spec',
      "PASSED config_matches_spec['config' Test Scenario]",
      "PASSED check['config' Test Scenario]",
      "PASSED check['invalid' Test Scenario]",
      "PASSED discover['config' Test Scenario]",
      "PASSED read['config' Test Scenario]",
    ]);
  });

  it('does what docs/airbyte.md shows', async () => {
    const [, try_ = ''] = COMMANDS;
    const { stdout } = await run('sh', ['-euxc', try_], {
      env: { ...engine.env, IMAGE_USER: '1000:1000' },
      cwd: mounted,
      maxBuffer: 1 << 28,
    });
    const kinds = new Set((await messages<AirbyteMessage>(stdout)).map(({ type }) => type));
    expect([...kinds]).to.include.members(['CONNECTION_STATUS', 'RECORD', 'STATE']);
  });
});
