/** The report of real runs in a real browser: what is drawn, what is said, and that nothing is asked for. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'chai';
import type { RunSummary } from '../../src/run-summary.js';
import { SCOPES, startSandbox } from '../../src/sandbox/index.js';
import { configFor, execute, Folder } from '../promises/harness.js';
import { type Browser, startBrowser, type Tab } from './browser.js';

/** Pictures, to be looked at. */
const PICTURES = fileURLToPath(new URL('../../../.e2e/report/', import.meta.url));
const WIDTHS = [360, 1280] as const;
const SCHEMES = ['light', 'dark'] as const;

interface Page {
  readonly file: string;
  readonly url: string;
  readonly run: RunSummary;
}

describe('--report in Chromium', () => {
  const folder = new Folder();
  let browser: Browser;
  let complete: Page;
  let incomplete: Page;

  /** Reads an account with the executable, as users do. */
  async function read(
    name: string,
    code: number,
    options: Parameters<typeof startSandbox>[0],
  ): Promise<Page> {
    const sandbox = await startSandbox({ profiles: 400, events: 4_000, flows: 2, ...options });
    const config = folder.write(`${name}.config.json`, configFor(sandbox));
    const [file, summary] = [join(folder.path, `${name}.html`), join(folder.path, `${name}.json`)];
    const ended = await execute(['read', '--config', config, '--report', file, '--summary', summary]);
    await sandbox.close();
    expect(ended.code, ended.stderr).to.equal(code);
    expect(readFileSync(file, 'utf8')).to.not.include(sandbox.apiKey.slice(10));
    const run = JSON.parse(readFileSync(summary, 'utf8')) as RunSummary;
    return { file, url: pathToFileURL(file).href, run };
  }

  async function view(page: Page, width: number, scheme: (typeof SCHEMES)[number] = 'light'): Promise<Tab> {
    const tab = await browser.tab();
    await tab.send('Emulation.setDeviceMetricsOverride', {
      ...{ width, height: 900, deviceScaleFactor: 1, mobile: false },
    });
    await tab.send('Emulation.setScrollbarsHidden', { hidden: true });
    await tab.send('Emulation.setEmulatedMedia', {
      features: [{ name: 'prefers-color-scheme', value: scheme }],
    });
    await tab.open(page.url);
    return tab;
  }

  async function picture(tab: Tab, name: string): Promise<Buffer> {
    const { data } = await tab.send<{ data: string }>('Page.captureScreenshot', {
      captureBeyondViewport: true,
    });
    mkdirSync(PICTURES, { recursive: true });
    const png = Buffer.from(data, 'base64');
    writeFileSync(join(PICTURES, `${name}.png`), png);
    return png;
  }

  /** Addresses that were asked for, and whatever the browser had to say of the page. */
  const asked = ({ heard }: Tab): unknown[] =>
    heard
      .filter(({ method }) => method === 'Network.requestWillBeSent')
      .map(({ params }) => (params.request as { readonly url: string }).url);
  const complaints = ({ heard }: Tab): unknown[] =>
    heard
      .filter(({ method }) => /^(Log\.entryAdded|Runtime\.(consoleAPICalled|exceptionThrown))$/.test(method))
      .map(({ params }) => params);

  before(async () => {
    [complete, incomplete, browser] = await Promise.all([
      read('complete', 0, {}),
      read('incomplete', 2, { scopes: SCOPES.filter((scope) => scope !== 'flows:read'), rival: 0.5 }),
      startBrowser(),
    ]);
  });
  after(async () => {
    await browser?.close();
    folder.remove();
  });

  it('asks for nothing but itself, and the browser has nothing to complain of', async () => {
    for (const page of [complete, incomplete]) {
      const tab = await view(page, 1280);
      expect(asked(tab)).to.deep.equal([page.url]);
      expect(complaints(tab)).to.deep.equal([]);
    }
  });

  it('would ask for nothing even if markup of others had come in: its policy is kept', async () => {
    const reached: string[] = [];
    const server: Server = createServer((request, response) => {
      reached.push(request.url ?? '');
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const tab = await view(complete, 1280);
      const ran = await tab.ask<boolean>(`(async () => {
        const address = 'http://127.0.0.1:${port}/';
        await Promise.all(['img', 'script', 'video'].map((tag) => new Promise((refused) => {
          const one = Object.assign(document.createElement(tag), { src: address + tag });
          one.onload = one.onerror = refused;
          document.body.append(one);
        })));
        await fetch(address + 'fetch').catch(() => {});
        const script = document.createElement('script');
        script.textContent = 'window.ran = true';
        document.body.append(script);
        return window.ran === true;
      })()`);
      expect(ran).to.equal(false);
      expect(reached).to.deep.equal([]);
      expect(JSON.stringify(complaints(tab))).to.include('Content Security Policy');
    } finally {
      server.close();
    }
  });

  it('says what the summary says', async () => {
    for (const page of [complete, incomplete]) {
      const { run } = page;
      const tab = await view(page, 1280);
      const said = (await tab.ask<string>('document.body.innerText')).replaceAll('\u00a0', ' ');
      for (const number of [run.rows, run.requests, run.pages])
        expect(said).to.include(number.toLocaleString('en'));
      expect(said).to.include(run.account).and.to.include(run.started.slice(0, 19).replace('T', ' '));
      const rows = await tab.ask<string[][]>(
        `[...document.querySelectorAll('[aria-labelledby=streams] tbody tr:not(.note)')].map((row) => [...row.cells].slice(0, 4).map((cell) => cell.innerText))`,
      );
      expect(rows).to.deep.equal(
        run.streams.map(({ name, state, rows, pages }) => [
          name,
          state === 'complete' ? '✓ complete' : '✗ incomplete',
          ...[rows, pages].map((one) => one.toLocaleString('en')),
        ]),
      );
      const next = await tab.ask<string>(`document.querySelector('pre').textContent`);
      expect(JSON.parse(next)).to.deep.equal({ bookmarks: run.state });
    }
  });

  it('names what failed, with what to do, in its first sentence and at each stream', async () => {
    const tab = await view(incomplete, 1280);
    const failed = incomplete.run.streams.filter(({ state }) => state === 'incomplete');
    expect(failed.map(({ name }) => name)).to.have.members(['flow_v2', 'flow_action_v2', 'flow_messages_v2']);
    expect(await tab.ask<string>(`document.querySelector('h1').innerText`)).to.match(
      /^! Incomplete: 3 of 18/,
    );
    const notes = await tab.ask<string[]>(
      `[...document.querySelectorAll('.note')].map((row) => row.innerText)`,
    );
    expect(notes).to.have.length(3);
    for (const note of notes) expect(note).to.match(/KLV_SCOPE .*flows:read[\s\S]*What to do: /);
  });

  it('draws each endpoint that was asked: as far as its requests went, to the height of the fullest step', async () => {
    for (const page of [complete, incomplete]) {
      const tab = await view(page, 1280);
      const drawn = await tab.ask<
        { path: string; left: number; right: number; high: number; width: number }[]
      >(
        `[...document.querySelectorAll('figure')].map((figure) => {
          const chart = figure.querySelector('.chart').getBoundingClientRect();
          const sent = figure.querySelector('.sent').getBoundingClientRect();
          return { path: figure.querySelector('h3').innerText, left: sent.left - chart.left, right: sent.right - chart.left,
            high: sent.height, width: figure.querySelector('.base').getBoundingClientRect().width };
        })`,
      );
      expect(drawn.map(({ path }) => path)).to.have.members(page.run.endpoints.map(({ path }) => path));
      const ms = Math.max(
        page.run.seconds * 1_000,
        ...page.run.endpoints.map(({ timeline }) => timeline.stepMs * timeline.sent.length),
      );
      for (const { path, timeline } of page.run.endpoints) {
        const one = drawn.find((other) => other.path === path);
        const perMs = (one?.width ?? 0) / ms;
        expect(one?.width, path).to.be.above(900);
        const first = timeline.sent.findIndex((requests) => requests > 0);
        expect(one?.left, path).to.be.closeTo(first * timeline.stepMs * perMs, 4);
        expect(one?.right, path).to.be.closeTo(timeline.sent.length * timeline.stepMs * perMs, 4);
        expect(one?.high, path).to.be.within(2, 68);
      }
      const dots = await tab.ask<number>(`document.querySelectorAll('figure .dot').length`);
      expect(dots).to.equal(page.run.endpoints.filter(({ limited }) => limited > 0).length);
    }
  });

  for (const width of WIDTHS)
    for (const scheme of SCHEMES)
      it(`fits ${width} pixels, ${scheme}: nothing reaches beyond the page`, async () => {
        for (const [name, page] of Object.entries({ complete, incomplete })) {
          const tab = await view(page, width, scheme);
          const png = await picture(tab, `${name}-${width}-${scheme}`);
          expect(png.subarray(1, 4).toString()).to.equal('PNG');
          expect(png.readUInt32BE(16)).to.equal(width);
          expect(png.readUInt32BE(20)).to.be.above(2_000);
          await tab.ask(`document.querySelector('details').open = true`);
          expect(await tab.ask<number>('document.documentElement.scrollWidth')).to.equal(width);
          const beyond = await tab.ask<string[]>(
            `[...document.querySelectorAll('body *:not(pre *)')].filter((one) => one.getClientRects().length > 0 && one.getBoundingClientRect().right > ${width}).map((one) => one.outerHTML.slice(0, 120))`,
          );
          expect(beyond).to.deep.equal([]);
          const ground = await tab.ask<string>('getComputedStyle(document.body).backgroundColor');
          const light = Math.max(...(ground.match(/\d+/g) ?? []).map(Number)) > 127;
          expect(light, ground).to.equal(scheme === 'light');
        }
      });

  it('is read aloud as tables and named pictures on a narrow page, too', async () => {
    const tab = await view(incomplete, 360);
    const { nodes } = await tab.send<{
      nodes: { ignored: boolean; role?: { value: string }; name?: { value: string } }[];
    }>('Accessibility.getFullAXTree');
    const named = (role: RegExp): string[] =>
      nodes
        .filter((node) => !node.ignored && role.test(node.role?.value ?? ''))
        .map(({ name }) => name?.value ?? '');
    const headers = named(/^rowheader$/);
    for (const { name } of incomplete.run.streams) expect(headers).to.include(name);
    expect(named(/^columnheader$/)).to.include.members(['Stream', 'State', 'Rows', 'Pages']);
    expect(named(/^(img|image|graphics-document)$/)).to.include.members(
      incomplete.run.endpoints.map(({ path }) => `Requests to ${path} over time`),
    );
  });

  it('prints on white paper, also where the screen is dark', async () => {
    const tab = await view(incomplete, 1280, 'dark');
    await tab.send('Emulation.setEmulatedMedia', {
      media: 'print',
      features: [{ name: 'prefers-color-scheme', value: 'dark' }],
    });
    expect(await tab.ask<string>('getComputedStyle(document.body).backgroundColor')).to.equal(
      'rgb(255, 255, 255)',
    );
    const { data } = await tab.send<{ data: string }>('Page.printToPDF', { printBackground: true });
    mkdirSync(PICTURES, { recursive: true });
    const pdf = Buffer.from(data, 'base64');
    writeFileSync(join(PICTURES, 'incomplete.pdf'), pdf);
    expect(pdf.subarray(0, 5).toString()).to.equal('%PDF-');
  });
});
