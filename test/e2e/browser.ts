/** Debian's Chromium without a window, driven through a pipe in the words of its own protocol. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { installed } from './debian.js';

const FLAGS: readonly string[] = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--remote-debugging-pipe',
];

type Params = Readonly<Record<string, unknown>>;

interface Reply {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: Params;
  readonly error?: { readonly message: string };
  readonly sessionId?: string;
}

export interface Tab {
  /** What the page did: each message of the domains that are listened to. */
  readonly heard: readonly { readonly method: string; readonly params: Params }[];
  readonly send: <Result>(method: string, params?: Params) => Promise<Result>;
  /** Opens an address, and resolves when all of it is there. */
  readonly open: (url: string) => Promise<void>;
  /** The value of an expression in the page, which must be JSON. */
  readonly ask: <Value>(expression: string) => Promise<Value>;
}

export interface Browser {
  readonly tab: () => Promise<Tab>;
  readonly close: () => Promise<void>;
}

export async function startBrowser(): Promise<Browser> {
  await installed(['chromium'], 'The tests of the report');
  const profile = mkdtempSync(join(tmpdir(), 'chromium-'));
  const child = spawn('chromium', [...FLAGS, `--user-data-dir=${profile}`], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  });
  const wire = connect(child);
  return {
    tab: async () => {
      const { targetId } = await wire.send<{ targetId: string }>('Target.createTarget', {
        url: 'about:blank',
      });
      const { sessionId } = await wire.send<{ sessionId: string }>('Target.attachToTarget', {
        ...{ targetId, flatten: true },
      });
      return openTab(wire, sessionId);
    },
    close: async () => {
      const closed = new Promise((resolve) => child.once('close', resolve));
      await wire.send('Browser.close');
      await closed;
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

interface Wire {
  readonly send: <Result>(method: string, params?: Params, sessionId?: string) => Promise<Result>;
  readonly listen: (to: (reply: Reply) => void) => void;
}

/** Messages are JSON, each ended by a NUL; file 3 of the browser is read by it, file 4 written. */
function connect(child: ChildProcess): Wire {
  const [, , , input, output] = child.stdio as unknown as [null, null, Readable, Writable, Readable];
  const waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  const listeners: ((reply: Reply) => void)[] = [];
  let last = 0;
  let rest = '';
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2_000);
  });
  const broken = (): void => {
    for (const { reject } of waiting.values()) reject(new Error(`Chromium has ended: ${said}`));
    waiting.clear();
  };
  child.on('error', broken);
  child.on('close', broken);
  input.on('error', () => {});
  output.setEncoding('utf8').on('data', (text: string) => {
    const messages = (rest + text).split('\0');
    rest = messages.pop() ?? '';
    for (const message of messages) {
      const reply = JSON.parse(message) as Reply;
      for (const listener of listeners) listener(reply);
      const asked = reply.id === undefined ? undefined : waiting.get(reply.id);
      if (reply.id === undefined || asked === undefined) continue;
      waiting.delete(reply.id);
      if (reply.error === undefined) asked.resolve(reply.result as never);
      else asked.reject(new Error(reply.error.message));
    }
  });
  return {
    send: (method, params = {}, sessionId) =>
      new Promise((resolve, reject) => {
        last += 1;
        waiting.set(last, { resolve, reject });
        input.write(
          `${JSON.stringify({ id: last, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`,
        );
      }),
    listen: (to) => void listeners.push(to),
  };
}

async function openTab(wire: Wire, sessionId: string): Promise<Tab> {
  const heard: { method: string; params: Params }[] = [];
  const once = new Map<string, () => void>();
  wire.listen(({ method, params = {}, sessionId: of }) => {
    if (method === undefined || of !== sessionId) return;
    heard.push({ method, params });
    once.get(method)?.();
  });
  const send: Tab['send'] = (method, params) => wire.send(method, params, sessionId);
  for (const domain of ['Page', 'Network', 'Log', 'Runtime', 'Accessibility']) await send(`${domain}.enable`);
  return {
    heard,
    send,
    async open(url) {
      const loaded = new Promise<void>((resolve) => once.set('Page.loadEventFired', resolve));
      const { errorText } = await send<{ errorText?: string }>('Page.navigate', { url });
      if (errorText !== undefined) throw new Error(`${url}: ${errorText}`);
      await loaded;
    },
    async ask(expression) {
      const { result, exceptionDetails } = await send<{
        result: { value: never };
        exceptionDetails?: { text: string };
      }>('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
      if (exceptionDetails !== undefined) throw new Error(`${expression}: ${exceptionDetails.text}`);
      return result.value;
    },
  };
}
