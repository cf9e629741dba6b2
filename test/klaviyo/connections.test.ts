/** What a user would lose if this failed: the key to whoever listens, or a run to a connection that could be had. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import {
  type AddressInfo,
  connect as connectTcp,
  getDefaultAutoSelectFamily,
  type LookupFunction,
  type Socket,
  setDefaultAutoSelectFamily,
} from 'node:net';
import { expect } from 'chai';
import { Fault } from '../../src/errors.js';
import { type Client, createClient } from '../../src/klaviyo/client.js';
import { type Connect, createHttp, type HttpAnswer } from '../../src/klaviyo/http.js';
import { noMends } from '../../src/klaviyo/json.js';
import { masker } from '../../src/log.js';
import { KEY, PAGE, slice } from './asking.js';
import { AUTHORITY, CERTIFICATE, EXPIRED, SELF_SIGNED, KEY as SERVER_KEY } from './certificates.js';

const never = new AbortController().signal;
const BODY = 'body' in PAGE ? String(PAGE.body) : '';
const PROXIES = ['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy', 'ALL_PROXY', 'all_proxy'];

describe('connections', () => {
  const opened: { readonly server: Server; readonly sockets: Set<Socket> }[] = [];
  const closing: (() => void)[] = [];
  let environment: NodeJS.ProcessEnv;

  beforeEach(() => {
    environment = { ...process.env };
    for (const name of PROXIES) delete process.env[name];
  });
  afterEach(async () => {
    for (const name of PROXIES)
      if (environment[name] === undefined) delete process.env[name];
      else process.env[name] = environment[name];
    for (const close of closing.splice(0)) close();
    for (const { server, sockets } of opened.splice(0)) {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  async function listen(server: Server): Promise<number> {
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    opened.push({ server, sockets });
    return (server.address() as AddressInfo).port;
  }
  const tls = (cert: string, asked: IncomingMessage[] = []): Promise<number> =>
    listen(
      createTlsServer({ key: SERVER_KEY, cert }, (request, response) => {
        asked.push(request);
        response.end(BODY);
      }),
    );
  const http = (connect?: Connect): ReturnType<typeof createHttp> => {
    const made = createHttp(connect);
    closing.push(made.close);
    return made;
  };
  const get = (url: string, connect?: Connect): Promise<HttpAnswer> =>
    http(connect).get(new URL(url), { authorization: KEY }, never);
  const failure = (answer: Promise<HttpAnswer>): Promise<Error & { code?: string }> =>
    answer.then(
      ({ status }) => {
        throw new Error(`answered ${status}`);
      },
      (error: Error) => error,
    );
  /** Every name is this machine. */
  const here =
    (...addresses: readonly { address: string; family: number }[]): LookupFunction =>
    (_name, _options, done) =>
      done(null, addresses.length === 0 ? [{ address: '127.0.0.1', family: 4 }] : [...addresses]);

  describe('N7 a certificate', () => {
    it('of a known authority, for this host and this time, is trusted', async () => {
      const port = await tls(CERTIFICATE);
      expect((await get(`https://localhost:${port}/`, { ca: AUTHORITY })).body.toString()).to.equal(BODY);
    });

    for (const [what, cert, host, connect, reason] of [
      ['of an unknown authority', CERTIFICATE, 'localhost', {}, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
      ['signed by itself', SELF_SIGNED, 'localhost', {}, 'SELF_SIGNED'],
      ['that has expired', EXPIRED, 'localhost', { ca: AUTHORITY }, 'CERT_HAS_EXPIRED'],
      [
        'of another host',
        CERTIFICATE,
        'other.test',
        { ca: AUTHORITY, lookup: here() },
        'ERR_TLS_CERT_ALTNAME_INVALID',
      ],
    ] as const)
      it(`${what} is not: KLV_TLS names the reason and what to do, and nothing was asked`, async () => {
        const asked: IncomingMessage[] = [];
        await expectUntrusted(await tls(cert, asked), host, connect, reason);
        expect(asked).to.have.length(0);
      });

    async function expectUntrusted(
      port: number,
      host: string,
      connect: Connect,
      reason: string,
    ): Promise<void> {
      const error = await failure(get(`https://${host}:${port}/api/things?filter=x`, connect));
      expect(error).to.be.instanceOf(Fault).and.to.include({ code: 'KLV_TLS', class: 'config' });
      expect(error.message).to.contain(reason).and.to.contain('NODE_EXTRA_CA_CERTS');
    }
  });

  describe('N8 a proxy of the environment', () => {
    const tunnels: string[] = [];
    beforeEach(() => tunnels.splice(0));
    /** Opens a tunnel to wherever it is asked, which is always this machine. */
    const proxy = (): Promise<number> => {
      const server = createServer();
      server.on('connect', (request, socket) => {
        tunnels.push(`${request.url} ${request.headers['proxy-authorization'] ?? 'nobody'}`);
        const { port } = new URL(`http://${request.url}`);
        const onward = connectTcp(Number(port), '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
          socket.pipe(onward).pipe(socket);
        });
        for (const end of [socket, onward]) end.on('error', () => {});
        socket.on('close', () => onward.destroy());
      });
      return listen(server);
    };

    it('is gone through, with its user, and the key goes to the host alone', async () => {
      const asked: IncomingMessage[] = [];
      const port = await tls(CERTIFICATE, asked);
      process.env.HTTPS_PROXY = `http://user:p%40ss@127.0.0.1:${await proxy()}`;
      const { get: ask } = http({ ca: AUTHORITY });
      for (let n = 0; n < 2; n += 1) {
        const { body } = await ask(
          new URL(`https://klaviyo.test:${port}/api`),
          { authorization: KEY },
          never,
        );
        expect(body.toString()).to.equal(BODY);
      }
      const login = Buffer.from('user:p@ss').toString('base64');
      expect(tunnels).to.deep.equal([`klaviyo.test:${port} Basic ${login}`]);
      expect(asked.map(({ headers }) => headers.authorization)).to.deep.equal([KEY, KEY]);
      expect(asked[0]?.headers).not.to.have.property('proxy-authorization');
    });

    it('N3 a fresh connection goes through it, too', async () => {
      const port = await tls(CERTIFICATE);
      process.env.HTTPS_PROXY = `http://127.0.0.1:${await proxy()}`;
      const { get: ask } = http({ ca: AUTHORITY });
      const url = new URL(`https://klaviyo.test:${port}/api`);
      await ask(url, {}, never);
      await ask(url, {}, never, { fresh: true });
      expect(tunnels).to.have.length(2);
    });

    it('is left aside for hosts of NO_PROXY', async () => {
      const port = await tls(CERTIFICATE);
      process.env.HTTPS_PROXY = `http://127.0.0.1:${await proxy()}`;
      process.env.NO_PROXY = 'klaviyo.test';
      const { body } = await get(`https://klaviyo.test:${port}/`, { ca: AUTHORITY, lookup: here() });
      expect(body.toString()).to.equal(BODY);
      expect(tunnels).to.deep.equal([]);
    });

    it('N7 does not make another certificate good', async () => {
      const port = await tls(CERTIFICATE);
      process.env.HTTPS_PROXY = `http://127.0.0.1:${await proxy()}`;
      expect(await failure(get(`https://other.test:${port}/`, { ca: AUTHORITY }))).to.have.property(
        'code',
        'KLV_TLS',
      );
    });
  });

  describe('N9 a proxy that refuses', () => {
    const LOGIN = 'user:word-of-the-proxy';
    async function through(answer: string): Promise<Error & { code?: string }> {
      const server = createServer();
      server.on('connect', (_, socket) => {
        socket.on('error', () => {});
        socket.end(answer);
      });
      process.env.HTTPS_PROXY = `http://${LOGIN}@127.0.0.1:${await listen(server)}`;
      return failure(get('https://klaviyo.invalid/api/things?filter=jane'));
    }
    const HTML = '<html><p>No entry</p></html>';

    for (const status of [407, 403, 400])
      it(`with ${status} and a page of its own: KLV_PROXY_AUTH, without its password`, async () => {
        const error = await through(
          `HTTP/1.1 ${status} No\r\ncontent-type: text/html\r\ncontent-length: ${HTML.length}\r\n\r\n${HTML}`,
        );
        expect(error).to.be.instanceOf(Fault).and.to.include({ code: 'KLV_PROXY_AUTH', class: 'config' });
        expect(error.message).to.contain(`(${status})`).and.to.contain('HTTPS_PROXY');
        expect(`${error.message} ${error.stack}`).not.to.contain('word-of').and.not.to.contain('jane');
      });

    for (const status of [502, 503, 504, 429])
      it(`with ${status}: the way behind it is down, which may heal, and is no answer of the API`, async () => {
        const error = await through(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
        expect(error).not.to.be.instanceOf(Fault);
        expect(error.message).to.equal(`the proxy answered ${status}`);
      });

    it('whose address is no URL is told of without showing it', async () => {
      process.env.HTTPS_PROXY = `http://${LOGIN}@not a host:1`;
      const error = await failure(get('https://klaviyo.invalid/'));
      expect(error).to.be.instanceOf(Fault).and.to.have.property('code', 'KLV_PROXY_AUTH');
      expect(`${error.message} ${error.stack}`).not.to.contain('word-of');
    });
  });

  describe('N10 a host of two addresses', () => {
    // Some processes are started without it, and a run must not hang on a dead address for that.
    const byDefault = getDefaultAutoSelectFamily();
    before(() => setDefaultAutoSelectFamily(false));
    after(() => setDefaultAutoSelectFamily(byDefault));
    const DEAD = { address: '::1', family: 6 };
    const ALIVE = { address: '127.0.0.1', family: 4 };
    const dual = (...addresses: readonly { address: string; family: number }[]): LookupFunction => {
      const both = here(...addresses);
      // What is asked for one address gets the first, as a name server's answer is.
      return (name, options, done) =>
        options.all
          ? both(name, options, done)
          : done(null, addresses[0]?.address ?? '', addresses[0]?.family);
    };

    it('of which the first is dead: the other is connected to within a second', async () => {
      const port = await listen(createServer((_, response) => response.end(BODY)));
      const began = performance.now();
      const { body } = await get(`http://klaviyo.test:${port}/`, { lookup: dual(DEAD, ALIVE) });
      expect(body.toString()).to.equal(BODY);
      expect(performance.now() - began).to.be.below(1_000);
    });

    it('also over TLS', async () => {
      const port = await tls(CERTIFICATE);
      const { status } = await get(`https://klaviyo.test:${port}/`, {
        ca: AUTHORITY,
        lookup: dual(DEAD, ALIVE),
      });
      expect(status).to.equal(200);
    });

    it('Y4 of which both are dead: an error that names neither the query nor nothing', async () => {
      const server = createServer();
      const port = await listen(server);
      await new Promise((resolve) => server.close(resolve));
      const lookup = dual({ address: '127.0.0.1', family: 4 }, { address: '127.0.0.2', family: 4 });
      const error = await failure(get(`http://klaviyo.test:${port}/?filter=jane`, { lookup }));
      expect(error.code).to.equal('ECONNREFUSED');
      expect(error.message).not.to.contain('jane').and.not.to.equal('');
    });
  });

  describe('N2 N3 what failed is told by a code', () => {
    it('a name without an address, a name server that is away', async () => {
      for (const code of ['ENOTFOUND', 'EAI_AGAIN']) {
        const lookup: LookupFunction = (name, _options, done) =>
          done(Object.assign(new Error(`getaddrinfo ${code} ${name}`), { code }), []);
        const error = await failure(get('https://klaviyo.test/?filter=jane', { lookup }));
        expect([error.code, error.message]).to.deep.equal([code, `getaddrinfo ${code} klaviyo.test`]);
      }
    });

    it('B4 Y9 an encoding that was not asked for, headers that are too large', async () => {
      const port = await listen(
        createServer((request, response) => {
          const headers = request.url === '/b4' ? { 'content-encoding': 'br' } : { x: 'y'.repeat(20_000) };
          response.writeHead(200, headers as Record<string, string>).end(BODY);
        }),
      );
      expect((await failure(get(`http://127.0.0.1:${port}/b4`))).code).to.equal('ERR_CONTENT_ENCODING');
      expect((await failure(get(`http://127.0.0.1:${port}/y9`))).code).to.equal('HPE_HEADER_OVERFLOW');
    });
  });

  /** A client of a server on this machine. */
  function clientOf(port: number, log: string[] = []): Client {
    return createClient({
      config: { api_key: KEY, base_url: `http://127.0.0.1:${port}` },
      wanted: { config: { api_key: KEY }, stream: () => true, column: () => true },
      get: http().get,
      clock: { now: () => performance.now(), wall: Date.now, sleep: () => Promise.resolve() },
      random: () => 0,
      signal: never,
      log: (level, text) => void log.push(`${level} ${text}`),
      mends: noMends(),
    });
  }

  it('N3 R6 a connection that died while it was idle costs a request and nothing else', async () => {
    const sockets: Socket[] = [];
    let asked = 0;
    const port = await listen(
      createServer((request, response) => {
        asked += 1;
        // The first connection takes a second request and dies of it, as one does that was cut on the way.
        if (sockets.includes(request.socket)) request.socket.destroy();
        else response.end(BODY);
        sockets.push(request.socket);
      }),
    );
    const log: string[] = [];
    const client = clientOf(port, log);
    for (let n = 0; n < 2; n += 1) expect((await client.page(slice)).kind).to.equal('page');
    expect(asked).to.equal(3);
    expect(log.filter((line) => !line.startsWith('debug'))).to.deep.equal([]);
  });

  describe('I12 Y2 P1 H12 the key goes to one origin', () => {
    for (const [what, answer] of [
      [
        'a redirect',
        (other: string, response: ServerResponse) =>
          response.writeHead(307, { location: `${other}/api/things` }).end(),
      ],
      [
        'a link to the next page',
        (other: string, response: ServerResponse) =>
          response.end(JSON.stringify({ data: [], links: { next: `${other}/api/things?page[cursor]=c` } })),
      ],
    ] as const)
      it(`whatever ${what} names: another listener hears nothing`, async () => {
        const heard: unknown[] = [];
        const other = await listen(
          createServer((request, response) => {
            heard.push(request.headers);
            response.end(BODY);
          }),
        );
        const port = await listen(
          createServer((_, response) => void answer(`http://127.0.0.1:${other}`, response)),
        );
        const error = await clientOf(port)
          .page(slice)
          .catch((fault: unknown) => fault);
        expect(error).to.be.instanceOf(Fault).and.to.have.property('class', 'system');
        expect(heard).to.deep.equal([]);
        expect(masker([KEY])((error as Fault).message)).to.equal((error as Fault).message);
      });
  });
});
