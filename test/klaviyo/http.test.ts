/** What a user would lose if this failed: half a page taken for a whole one, the machine's memory, or the key. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { createGzip, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { Fault } from '../../src/errors.js';
import { createHttp, type HttpAnswer, MAX_BODY } from '../../src/klaviyo/http.js';

const BODY = JSON.stringify({ data: [{ type: 'thing', id: 'a', attributes: { text: 'x'.repeat(20_000) } }] });
const never = new AbortController().signal;

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

describe('one GET against a real server', () => {
  const sockets = new Set<Socket>();
  let server: Server;
  let url: URL;
  let answer: Answer;
  let requests: IncomingMessage[];
  let http: ReturnType<typeof createHttp>;

  beforeEach((done) => {
    requests = [];
    server = createServer((request, response) => {
      requests.push(request);
      answer(request, response);
    });
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    server.listen(0, '127.0.0.1', () => {
      url = new URL(
        `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/things?filter=equals(email,"jane")`,
      );
      http = createHttp();
      done();
    });
  });

  afterEach((done) => {
    http.close();
    for (const socket of sockets) socket.destroy();
    server.close(() => done());
  });

  const get = (signal = never): Promise<HttpAnswer> =>
    http.get(url, { authorization: 'Klaviyo-API-Key pk_x' }, signal);
  const failure = (signal = never): Promise<Error> =>
    get(signal).then(
      ({ status, body }) => {
        throw new Error(`answered ${status} with ${body.length} bytes`);
      },
      (error: unknown) => {
        if (error instanceof Error && !error.message.startsWith('answered ')) return error;
        throw error;
      },
    );

  it('brings status, headers and the body, unpacked', async () => {
    const packed = gzipSync(BODY);
    answer = (_, response) => response.writeHead(200, { 'content-encoding': 'gzip', 'x-y': 'z' }).end(packed);
    const { status, headers, body, received } = await get();
    expect([status, headers.get('X-Y'), body.toString()]).to.deep.equal([200, 'z', BODY]);
    expect(received).to.equal(packed.length);
    expect(requests[0]?.headers).to.include({
      authorization: 'Klaviyo-API-Key pk_x',
      'accept-encoding': 'gzip',
    });
    expect(requests[0]?.method).to.equal('GET');
  });

  it('I17 does not mind how the network cuts the answer', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      const gzip = createGzip();
      gzip.on('data', (chunk: Buffer) => {
        for (const byte of chunk) response.write(Buffer.of(byte));
      });
      gzip.on('end', () => response.end());
      gzip.end(BODY);
    };
    expect((await get()).body.toString()).to.equal(BODY);
  });

  it('brings plain bodies and empty ones', async () => {
    answer = (_, response) => response.end(BODY);
    expect((await get()).body.toString()).to.equal(BODY);
    answer = (_, response) => response.writeHead(204).end();
    expect(await get()).to.deep.include({ status: 204, body: Buffer.alloc(0) });
    answer = (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end();
    expect((await get()).body).to.have.length(0);
  });

  it('B1 gzip that was cut short fails, wherever it was cut', async () => {
    const packed = gzipSync(BODY);
    for (const length of [1, 10, 18, Math.floor(packed.length / 2), packed.length - 8, packed.length - 1]) {
      answer = (_, response) =>
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed.subarray(0, length));
      const error = await failure();
      expect(error).not.to.be.instanceOf(Fault);
      expect(error.message, `${length} bytes`).to.match(/unexpected end of file/);
    }
  });

  it('B1 gzip with a wrong checksum fails', async () => {
    const packed = gzipSync(BODY);
    packed.writeUInt32LE(packed.readUInt32LE(packed.length - 8) ^ 1, packed.length - 8);
    answer = (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed);
    expect((await failure()).message).to.match(/incorrect data check/);
  });

  it('N4 B2 a connection that is cut in mid body fails, with a length and in chunks', async () => {
    for (const headers of [{ 'content-length': `${BODY.length}` }, { 'transfer-encoding': 'chunked' }]) {
      answer = (_, response) => {
        response.writeHead(200, headers);
        response.write(BODY.slice(0, 5_000), () => response.socket?.destroy());
      };
      expect(await failure()).not.to.be.instanceOf(Fault);
    }
  });

  it('N4 a connection that is cut before the answer fails, and the error names no filter value', async () => {
    answer = (_, response) => response.socket?.destroy();
    const { message } = await failure();
    expect(message).to.equal('socket hang up');
  });

  it('N1 a refused connection fails, in few words', async () => {
    await new Promise((resolve) => server.close(resolve));
    const error = await failure();
    expect(error).not.to.be.instanceOf(Fault);
    expect(error.message).to.match(/^connect ECONNREFUSED 127\.0\.0\.1:\d+$/);
  });

  it('N9 only an answer of 407 is the proxy’s: a number in an address or a filter is none', async () => {
    answer = (_, response) => response.socket?.destroy();
    url.search = '?page[cursor]=407407';
    expect(await failure()).not.to.be.instanceOf(Fault);
  });

  for (const status of [301, 302, 303, 307, 308])
    it(`H12 Y2 ${status} is not followed`, async () => {
      answer = (_, response) => response.writeHead(status, { location: '/elsewhere' }).end();
      const found = await get();
      expect(found.status).to.equal(status);
      expect(found.headers.get('location')).to.match(/\/elsewhere$/);
      expect(requests).to.have.length(1);
    });

  it('keeps the connection for the next request', async () => {
    answer = (_, response) => response.end(BODY);
    await get();
    await get();
    expect(requests[1]?.socket).to.equal(requests[0]?.socket);
  });

  it('B3 a body of more than 64 MB is not unpacked', async () => {
    const bomb = await new Promise<Buffer>((resolve) => {
      const chunks: Buffer[] = [];
      const gzip = createGzip();
      gzip.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)));
      const spaces = Buffer.alloc(1 << 20, ' ');
      for (let written = 0; written <= MAX_BODY; written += spaces.length) gzip.write(spaces);
      gzip.end();
    });
    expect(bomb.length).to.be.below(200_000);
    answer = (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    const error = await failure();
    expect(error).to.be.instanceOf(Fault).and.to.have.property('code', 'KLV_BODY_TOO_LARGE');
    expect(error.message).to.contain('/api/things answered more than 64 MB').and.not.to.contain('jane');
  });

  it('B3 nor is one received that was not packed', async () => {
    let sent = 0;
    answer = (_, response) => {
      const chunk = Buffer.alloc(1 << 20, ' ');
      const more = (): void => {
        if (response.destroyed) return;
        sent += chunk.length;
        response.write(chunk, more);
      };
      more();
    };
    expect(await failure()).to.have.property('code', 'KLV_BODY_TOO_LARGE');
    expect(sent).to.be.below(MAX_BODY + (16 << 20));
  });

  for (const encoding of ['br', 'deflate', 'gzip, gzip', Array(1_000).fill('gzip').join(', ')])
    it(`B4 an answer encoded as ${encoding.slice(0, 20)} is refused, not unpacked`, async () => {
      answer = (_, response) =>
        response.writeHead(200, { 'content-encoding': encoding }).end(gzipSync(gzipSync(BODY)));
      const { message } = await failure();
      expect(message)
        .to.match(/^the answer is encoded as /)
        .and.to.have.length.below(70);
    });

  it('Y9 headers of more than 16 KB fail', async () => {
    answer = (_, response) => response.writeHead(200, { x: 'y'.repeat(20_000) }).end(BODY);
    expect(await failure()).not.to.be.instanceOf(Fault);
  });

  it('X1 an abort rejects at once with its reason: before, during the wait and in mid body', async () => {
    const reason = new Error('SIGTERM');
    expect(await failure(AbortSignal.abort(reason))).to.equal(reason);
    expect(requests).to.have.length(0);

    const waiting = new AbortController();
    answer = () => waiting.abort(reason);
    expect(await failure(waiting.signal)).to.equal(reason);

    const reading = new AbortController();
    answer = (_, response) => {
      response.writeHead(200);
      response.write(BODY, () => reading.abort(reason));
    };
    expect(await failure(reading.signal)).to.equal(reason);
  });

  describe('with a clock of the test’s own', () => {
    const real = { setTimeout, clearTimeout, now: performance.now };
    const timers = new Map<object, { at: number; run: () => void }>();
    let passed = 0;
    beforeEach(() => {
      passed = 0;
      timers.clear();
      const set = (run: () => void, ms = 0): object => {
        const timer = {};
        timers.set(timer, { at: passed + ms, run });
        return timer;
      };
      Object.assign(globalThis, { setTimeout: set, clearTimeout: (timer: object) => timers.delete(timer) });
      performance.now = () => passed;
    });
    afterEach(() => {
      Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout });
      performance.now = real.now;
    });
    const tick = (ms: number): void => {
      passed += ms;
      for (const [timer, { at, run }] of [...timers])
        if (at <= passed) {
          timers.delete(timer);
          run();
        }
    };
    const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

    it('N5 an answer that hangs is given up after a minute, and can be asked for again', async () => {
      let hangs: () => void = () => {};
      const hung = new Promise<void>((resolve) => {
        hangs = resolve;
      });
      answer = (_, response) => {
        response.writeHead(200);
        response.write('{', hangs);
      };
      const failed = failure();
      await hung;
      tick(59_000);
      await soon();
      expect(await Promise.race([failed, soon().then(() => 'waits')])).to.equal('waits');
      tick(60_000);
      const error = await failed;
      expect(error).not.to.be.instanceOf(Fault);
      expect(error.message).to.equal('no answer in time');
    });

    it('N6 an answer that drips is given up after three minutes', async () => {
      answer = (_, response) => {
        response.writeHead(200);
        const drip = (): void => {
          if (response.destroyed) return;
          response.write(' ', () => setImmediate(drip));
        };
        drip();
      };
      const failed = failure().then((error) => error.message);
      let said: string | undefined;
      void failed.then((message) => {
        said = message;
      });
      while (said === undefined && passed < 600_000) {
        for (let n = 0; n < 20; n += 1) await soon();
        tick(10_000);
      }
      expect(await failed).to.equal('no answer in time');
      expect(passed).to.be.within(170_000, 200_000);
    });
  });

  it('B2 an answer without a length that ends early comes as it is: only its reader can tell', async () => {
    const raw = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () =>
        socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${BODY.slice(0, 100)}`),
      );
    });
    await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve));
    url.port = `${(raw.address() as AddressInfo).port}`;
    expect((await get()).body.toString()).to.equal(BODY.slice(0, 100));
    await new Promise((resolve) => raw.close(resolve));
  });
});
