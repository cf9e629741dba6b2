/** What a reader of a report would lose if this failed: a page that can be believed, read anywhere, and trusted. */
import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { reportPage } from '../../src/report/page.js';
import type { RunSummary } from '../../src/run-summary.js';
import { parseState } from '../../src/state.js';
import { attribute, classed, only, type Parsed, parsed, rowsOf, text, within } from './document.js';
import { empty, failed, long, short, stopped } from './summaries.js';

const RUNS = { short, long, empty, failed, stopped } as const;
const pages = new Map<string, { readonly run: RunSummary; readonly page: string } & Parsed>();
const of = (name: keyof typeof RUNS) => {
  const known = pages.get(name);
  if (known !== undefined) return known;
  const run = RUNS[name]();
  const page = reportPage(run);
  const made = { run, page, ...parsed(page) };
  pages.set(name, made);
  return made;
};
const section = ({ elements }: Parsed, id: string) => {
  const found = elements.find((one) => one.tagName === 'section' && attribute(one, 'aria-labelledby') === id);
  if (found === undefined) throw new Error(`no section ${id}`);
  return found;
};

for (const name of Object.keys(RUNS) as (keyof typeof RUNS)[])
  describe(`the report of a run: ${name}`, () => {
    const { run, page, elements, errors, comments } = of(name);

    it('is one document without an error of form', () => {
      expect(errors).to.deep.equal([]);
      expect(comments).to.equal(0);
      expect(page).to.match(/^<!doctype html>\n<html lang="en">/);
    });

    it('asks for nothing and runs nothing: no script, no address, no style but its own', () => {
      const tags = new Set(elements.map(({ tagName }) => tagName));
      for (const tag of ['script', 'link', 'img', 'image', 'iframe', 'object', 'embed', 'base', 'form', 'a'])
        expect(tags.has(tag), tag).to.equal(false);
      const names = new Set(elements.flatMap(({ attrs }) => attrs.map((one) => one.name)));
      for (const one of names) expect(one).to.not.match(/^on|^(src|srcset|href|action|poster|ping|style)$/);
      const css = text(only(elements, 'style'));
      expect(css).to.not.match(/@import|@font-face|url\((?!#hatch\))/);
      const policy = elements.find((one) => attribute(one, 'http-equiv') === 'Content-Security-Policy');
      expect(policy && attribute(policy, 'content')).to.equal(
        `default-src 'none'; style-src 'sha256-${createHash('sha256').update(css).digest('base64')}'; base-uri 'none'; form-action 'none'`,
      );
    });

    it('is read aloud in order: headings without a gap, heads with a scope, drawings with a name', () => {
      const levels = elements.flatMap(({ tagName }) =>
        /^h[1-6]$/.test(tagName) ? [Number(tagName[1])] : [],
      );
      expect(levels.filter((level) => level === 1)).to.have.length(1);
      for (const [at, level] of levels.entries()) expect(level).to.be.at.most((levels[at - 1] ?? 0) + 1);
      for (const one of elements.filter(({ tagName }) => tagName === 'th'))
        expect(attribute(one, 'scope')).to.be.oneOf(['col', 'row']);
      for (const one of elements.filter(({ tagName }) => tagName === 'table'))
        expect(within(one, 'caption')).to.have.length(1);
      for (const one of elements.filter((svg) => attribute(svg, 'role') === 'img'))
        expect(text(within(one, 'title')[0] ?? one)).to.match(/\S/);
      const ids = elements.flatMap((one) => attribute(one, 'id') ?? []);
      expect(new Set(ids).size).to.equal(ids.length);
      for (const reference of ['aria-labelledby', 'aria-describedby'])
        for (const id of elements.flatMap((one) => attribute(one, reference) ?? []))
          expect(ids).to.include(id);
    });

    it('has a chart an endpoint, each with what it shows in words, and all on one axis of time', () => {
      const charts = elements.filter((one) => classed(one, 'chart'));
      expect(charts).to.have.length(run.endpoints.length);
      const marks = charts.map((chart) =>
        within(chart, 'text')
          .filter((one) => !classed(one, 'scale'))
          .map(text),
      );
      for (const one of marks) expect(one).to.deep.equal(marks[0]);
      for (const chart of charts) expect(text(within(chart, 'desc')[0] ?? chart)).to.match(/\.$/);
      for (const { path, requests } of run.endpoints) {
        const figure = within(section(of(name), 'requests'), 'figure').find(
          (one) => text(within(one, 'h3')[0] ?? one) === path,
        );
        expect(figure && text(figure), path).to.include(
          requests === 0 ? 'not asked' : `${requests.toLocaleString('en')} request`,
        );
      }
    });

    it('says of each stream how far it came', () => {
      const rows = within(section(of(name), 'streams'), 'table').flatMap(rowsOf);
      const word = {
        complete: '✓ complete',
        incomplete: '✗ incomplete',
        reading: '… not ended',
        waiting: '– not begun',
      };
      for (const one of run.streams) {
        const [, state, count, read, range] = rows.find(([first]) => first === one.name) ?? [];
        expect([state, count, read]).to.deep.equal([
          word[one.state],
          ...[one.rows, one.pages].map((number) => number.toLocaleString('en')),
        ]);
        for (const end of [one.oldest, one.newest])
          expect(range).to.include(end?.slice(0, 16).replace('T', ' ') ?? '');
      }
    });

    it('has the next state as JSON that `--state` takes', () => {
      const [pre] = within(section(of(name), 'state'), 'pre');
      const given: unknown = pre === undefined ? { bookmarks: {} } : JSON.parse(text(pre));
      expect(given).to.deep.equal({ bookmarks: run.state });
      const { bookmarks, warnings } = parseState(given, () => ({ cursor: 'updated' }));
      expect([...bookmarks.keys()]).to.have.members(Object.keys(run.state));
      expect(warnings).to.deep.equal([]);
    });
  });

describe('the report', () => {
  it('of ten hours and 15 endpoints stays below 150 kB, and of a short run below 80', () => {
    expect(Buffer.byteLength(of('long').page)).to.be.below(150_000);
    expect(Buffer.byteLength(of('short').page)).to.be.below(80_000);
  });

  it('tells what failed, with what to do, in the sentence at its head and at the stream', () => {
    const { elements } = of('failed');
    expect(text(only(elements, 'h1'))).to.equal(
      '! Incomplete: 3 of 18 streams did not come to their end (profile_v2, event_v2 and flow_v2).',
    );
    const notes = elements.filter((one) => classed(one, 'note')).map((one) => text(one).trim());
    expect(notes).to.have.members([
      'KLV_SCOPE the key lacks flows:readWhat to do: add the scope to the key in Klaviyo, or deselect the stream',
      'KLV_UNAVAILABLE GET /api/events was answered with 503 for 30 minutesWhat to do: run again later; nothing is lost',
    ]);
  });

  it('tells what ended a run as a whole at its head, and not again at each stream', () => {
    const head = (run: RunSummary): string => text(only(parsed(reportPage(run)).elements, 'header'));
    expect(head(stopped())).to.match(
      /Stopped by SIGTERM: 5 of 18 streams had come to their end\.\s+Run again with the last state/,
    );
    expect(of('stopped').page).to.not.include('stopped by SIGTERM');
    const fault = 'KLV_KEY_INVALID the key is refused — create a private key';
    const refused: RunSummary = { ...stopped(), exitCode: 2, error: fault, streams: [] };
    expect(head(refused)).to.include('KLV_KEY_INVALID the key is refusedWhat to do: create a private key');
  });

  it('takes the last part of a line as what to do', () => {
    const streams = short().streams.map((one) => ({ ...one, error: 'KLV_CONTRACT a — b — report this' }));
    const { elements } = parsed(reportPage({ ...short(), streams }));
    const [note] = elements.filter((one) => classed(one, 'note'));
    expect(note && text(note).trim()).to.equal('KLV_CONTRACT a — bWhat to do: report this');
  });

  it('says of a state that may be ahead of what was stored that it may', () => {
    const warning = 'go on from the state that the target or\nplatform has';
    expect(text(section(of('stopped'), 'state'))).to.include(warning);
    const plain = text(section(of('failed'), 'state'));
    expect(plain).to.include('the next run goes on');
    expect(plain).to.not.include(warning);
  });

  it('X4 says of the state of a run whose reader went away that it is the one that it was given', () => {
    const gone = { ...stopped(), exitCode: 141, stateIs: 'given' } as const satisfies RunSummary;
    expect(text(section(parsed(reportPage(gone)), 'state')))
      .to.include('the state that the run was given')
      .and.to.include('go on from the state that the target or\nplatform has')
      .and.to.not.include('on its way');
    expect(text(section(parsed(reportPage({ ...gone, state: {} })), 'state')))
      .to.include('was given no state')
      .and.to.not.include('No state was written');
  });

  it('counts warnings, and names what to do', () => {
    const found = within(section(of('failed'), 'warnings'), 'li').map(text);
    expect(found).to.deep.equal([
      'KLV_SHAPE /api/events no longer sends attribution, which no object of 1,000 hadWhat to do: its column is null; see whether a newer version of the connector reads it',
      'template of a message: some were gone between listing and reading, and are left out 12 times',
      'KLV_CONFIG_OPEN others may read /etc/klaviyo.jsonWhat to do: give it to its owner alone',
    ]);
    expect(text(section(of('short'), 'warnings'))).to.include('None.');
    // Without a code it is a text of its own, whatever is in it.
    const warnings = [{ text: 'metric_v2.created — no code', count: 1 }];
    const plain = parsed(reportPage({ ...short(), warnings }));
    expect(within(section(plain, 'warnings'), 'li').map(text)).to.deep.equal(['metric_v2.created — no code']);
  });

  it('tells of the values that were changed, and of no others', () => {
    const [table] = within(section(of('failed'), 'changed'), 'table');
    expect(table && rowsOf(table)).to.deep.equal([
      ['What was done', 'Values'],
      ['NUL characters removed', '3'],
      ['unparsable dates made null', '12,345'],
    ]);
    expect(text(section(of('short'), 'changed'))).to.include('every value is as the API sent it');
  });

  it('tells where the time went: each endpoint, the longest first, and the sum', () => {
    const { run } = of('short');
    const [table] = within(section(of('short'), 'time'), 'table');
    const rows = table === undefined ? [] : rowsOf(table).slice(1);
    const spent = (one: (typeof run.endpoints)[number]) => one.waitedMs + one.backedOffMs + one.answeredMs;
    expect(rows.map(([path]) => path)).to.deep.equal([
      ...[...run.endpoints].sort((a, b) => spent(b) - spent(a)).map(({ path }) => path),
      'All',
    ]);
    const [, requests, limited, retries] = rows.at(-1) ?? [];
    expect([requests, limited, retries]).to.deep.equal(
      [run.requests, run.limited, run.retries].map((number) => number.toLocaleString('en')),
    );
  });

  it('tells how many slices were read and split', () => {
    expect(text(section(of('short'), 'slices'))).to.match(
      /^Slices\s+[\d,]+ slices were read .*\s9 of them were split/s,
    );
    const one = { ...short(), pages: 1, splits: 0, requests: 1 };
    expect(text(section(parsed(reportPage(one)), 'slices'))).to.match(
      /1 slice was read .*\sNone had to be split/s,
    );
  });

  it('names the account, the protocol, when it was and what read', () => {
    const said = text(only(of('short').elements, 'header'));
    for (const one of [
      'XyZ123',
      '2026-11-25 00:48:31 UTC',
      'Singer',
      'source-klaviyo-v2 0.1.0',
      '2026-07-15',
      '27.9 s',
    ])
      expect(said).to.include(one);
    expect(text(only(of('failed').elements, 'header')))
      .to.include('Airbyte')
      .and.to.include('not known');
  });

  it('is the same text for the same run', () => {
    expect(reportPage(short())).to.equal(of('short').page);
  });
});
