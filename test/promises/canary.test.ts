/**
 * What a user would lose if this failed: the key. `execute` looks for it in every output of every test; here is shown
 * that the search finds it, and that what tempts a program to say its key does not make this one say it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { API_KEY } from '../../src/sandbox/index.js';
import { canary, FORMS } from './canary.js';
import { execute, Folder, launch } from './harness.js';

describe('Y1 I11 the search for the key', () => {
  const leak = canary(API_KEY);

  for (const [form, encode] of Object.entries(FORMS)) {
    it(`finds it ${form}`, () => {
      expect(leak(`before ${encode(API_KEY)} after`)).to.include(`leaks, ${form}`);
    });

    it(`finds any eight characters of it ${form}`, () => {
      for (let at = 0; at + 8 <= API_KEY.length; at += 1)
        expect(leak(`before ${encode(API_KEY.slice(at, at + 8))} after`), `from ${at}`).to.include('leaks');
    });
  }

  it('finds it as encoders write it', () => {
    for (const text of [
      Buffer.from(`Klaviyo-API-Key ${API_KEY}`).toString('base64'),
      Buffer.from(`:${API_KEY}:`).toString('base64url'),
      JSON.stringify({ authorization: `Klaviyo-API-Key ${API_KEY}` }),
      encodeURIComponent(`key=${API_KEY}`),
      Buffer.from(API_KEY).toString('hex'),
    ])
      expect(leak(text), text).to.be.a('string');
  });

  it('finds nothing else', () => {
    expect(leak('pk_ is how keys begin, and this one goes on with sandbox')).to.equal(undefined);
    expect(leak(API_KEY.slice(3, 10))).to.equal(undefined);
  });
});

/** A server that says the key back in every way it can. */
function parrot(): Server {
  let count = 0;
  return createServer((request, response) => {
    count += 1;
    const key = request.headers.authorization ?? API_KEY;
    const detail = `you said ${key}, ${encodeURIComponent(key)}, ${Buffer.from(key).toString('base64')}, a@b.example`;
    if (request.url === '/') return void response.end();
    if (count % 2 === 0) {
      response.writeHead(302, { location: `https://${key.slice(-20)}.example/` });
      return void response.end();
    }
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ errors: [{ code: key, detail, source: { pointer: `/data/${key}` } }] }));
  });
}

describe('Y1 Y4 what leaves the process', () => {
  const folder = new Folder();
  const server = parrot();
  let url = '';
  let config = '';

  before((done) => {
    server.listen(0, '127.0.0.1', () => {
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      config = folder.write('config.json', { api_key: API_KEY, base_url: url });
      done();
    });
  });
  after(() => {
    server.close();
    server.closeAllConnections();
    folder.remove();
  });

  for (const protocol of ['airbyte', 'singer'])
    it(`has no key, where the API says it back: read and check in ${protocol}`, async () => {
      const flags = ['--config', config, '--protocol', protocol, '--debug'];
      const [read, check] = await Promise.all([execute(['read', ...flags]), execute(['check', ...flags])]);
      expect([read.code, check.code]).to.deep.equal([1, protocol === 'airbyte' ? 0 : 1]);
      for (const text of [read.stdout + read.stderr, check.stdout + check.stderr]) {
        expect(text).to.include('***');
        expect(text).to.not.include('a@b.example');
      }
    });

  it('has no key, where a dependency prints it, warns of it, or throws it', async () => {
    const trigger = "import { subscribe } from 'node:diagnostics_channel';\nlet n = 0;\n";
    const on = (code: string) =>
      `${trigger}subscribe('http.client.request.start', ({ request }) => { if (n++ === 1) setImmediate(() => { const key = request.getHeader('authorization'); ${code} }); });`;
    const runs = await Promise.all(
      [
        'console.log(key); console.error({ key }); process.stdout.write(Buffer.from(key));',
        'process.emitWarning(key); process.stderr.write(key);',
        'throw new Error(key);',
        'Promise.reject(new Error(key));',
        'throw key;',
      ].map((code, index) =>
        execute(['read', '--config', config, '--protocol', 'airbyte'], {
          env: folder.carrying(`say-${index}.mjs`, on(code)),
        }),
      ),
    );
    for (const { code, stderr } of runs) {
      expect(code).to.equal(1);
      expect(stderr).to.include('***');
    }
  });

  it('has no key, where the config is odd', async () => {
    const runs = await Promise.all(
      [
        `{"api_key": "${API_KEY}", "base_url": "https://user:${API_KEY}@a.example"}`,
        `{"api_key": "${API_KEY}" "start_date": 1}`,
        `{"api_key": " ${API_KEY.slice(0, 20)} ${API_KEY.slice(20)}", "${API_KEY}": 1}`,
        `{"apikey": "${API_KEY}"}`,
        `{"api_key": "${API_KEY}", "start_date": "${API_KEY}"}`,
        `{"api_key": "${API_KEY}", "base_url": "https://${API_KEY.slice(3)}"}`,
        `{"api_key": "${API_KEY}", "metric_ids": ["${API_KEY} !"]}`,
      ].map((text, index) => execute(['read', '--config', folder.write(`odd-${index}.json`, text)])),
    );
    for (const { code, stdout } of runs) expect([code, stdout]).to.deep.equal([2, '']);
  });

  it("has no proxy's password", async () => {
    const password = `${API_KEY.slice(11)}`;
    const path = folder.write('proxied.json', { api_key: API_KEY, base_url: 'https://a.example' });
    const { child, ended } = launch(['check', '--config', path, '--debug'], {
      env: {
        ...folder.carrying(
          'proxy.mjs',
          "import { subscribe } from 'node:diagnostics_channel'; subscribe('net.client.socket', () => console.log(process.env.HTTPS_PROXY));",
        ),
        HTTPS_PROXY: `http://user:${password}@127.0.0.1:1`,
      },
    });
    child.stderr?.once('data', () => child.kill('SIGTERM'));
    const { stderr } = await ended;
    expect(stderr).to.include('http://user:***@127.0.0.1:1');
  });

  it('C18 the process list does not show it, nor the environment, where the config gives it', async () => {
    if (!existsSync('/proc/self/cmdline')) return;
    const { child, ended } = launch(['read', '--config', '-'], { stdin: null });
    const proc = (name: string): string => readFileSync(`/proc/${child.pid}/${name}`, 'latin1');
    expect(proc('cmdline')).to.include('--config');
    child.stdin?.write(`{"api_key": "${API_KEY}"`);
    expect(canary(API_KEY)(proc('cmdline') + proc('environ'))).to.equal(undefined);
    child.kill('SIGTERM');
    await ended;
  });
});
