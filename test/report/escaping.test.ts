/** What a reader would lose if this failed: a page that shows what an account or an answer says, and does not do it. */
import { expect } from 'chai';
import fc from 'fast-check';
import { reportPage } from '../../src/report/page.js';
import type { RunSummary } from '../../src/run-summary.js';
import { attribute, only, parsed, text } from './document.js';
import { failed } from './summaries.js';

const HOSTILE: readonly string[] = [
  '<script>alert(1)</script>',
  '</title><script src=//x></script>',
  '</style></pre></svg><img src=x onerror=alert(1)>',
  '" onmouseover="alert(1)" x="',
  "' style='background:url(//x)",
  '<!--',
  '--><base href=//x>',
  '<![CDATA[',
  '&lt;b&gt; &amp;amp; &#x3c; &notit;',
  '\u202egnp.exe\u2066',
  '\u0000\u0001\u001b[31m\u007f\u2028\ud800\ufffe\u{10ffff}',
  '<plaintext>',
  '<svg><style>*{display:none}</style><title>',
  '`$&$1',
  '__proto__',
  'KLV_BUG <b> — <i>\r\n\r',
];

/** What tells programs apart, and no data: these stay. */
const WORDS = new Set(['version', 'protocol', 'state of a stream']);

/** The same run with another text in place of every one, names of members of free-form objects too. */
function replaced(run: RunSummary, other: (text: string) => string): RunSummary {
  const walk = (value: unknown, at: string, free: boolean): unknown => {
    if (typeof value === 'string') return WORDS.has(at) ? value : other(value);
    if (Array.isArray(value)) return value.map((one) => walk(one, at, free));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [
        free ? other(name) : name,
        walk(
          one,
          name === 'state' && typeof one === 'string' ? 'state of a stream' : name,
          free || name === 'changed' || (name === 'state' && typeof one === 'object'),
        ),
      ]),
    );
  };
  return walk(run, '', false) as RunSummary;
}

/** Names of members must differ. */
function numbered(of: (before: string, n: number) => string): (before: string) => string {
  let n = 0;
  return (before) => {
    n += 1;
    return `${of(before, n)}${n}`;
  };
}

const harmless = (said: string): string => said.replace(/[&<>"']/g, 'x');

/** Every element with its attributes, and all text but the state's; harmless, so that two pages can be compared. */
function skeleton(page: string): readonly string[] {
  const { elements, errors, comments } = parsed(page);
  expect(errors).to.deep.equal([]);
  expect(comments).to.equal(0);
  return elements.map((one) => {
    const own = one.childNodes.map((child) => ('value' in child ? harmless(child.value) : '')).join('');
    const attributes = one.attrs.map(({ name, value }) => `${name}=${harmless(value)}`).join(' ');
    return `${one.tagName} ${attributes} ${one.tagName === 'pre' ? '' : own}`;
  });
}

function holds(run: RunSummary): void {
  const page = reportPage(run);
  expect(skeleton(page)).to.deep.equal(skeleton(reportPage(replaced(run, harmless))));
  const { elements } = parsed(page);
  expect(elements.filter((one) => attribute(one, 'style') !== undefined)).to.deep.equal([]);
  const state = JSON.parse(text(only(elements, 'pre')).replaceAll('\u00a0', ' ')) as unknown;
  expect(state).to.deep.equal(JSON.parse(JSON.stringify({ bookmarks: run.state }).replaceAll('\u00a0', ' ')));
  // Nothing unseen is left that a browser might obey, or drop.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
  expect(page).to.not.match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
  expect(Buffer.from(page).toString('utf8')).to.equal(page);
}

describe('whatever a summary says, the page', () => {
  for (const hostile of HOSTILE)
    it(`shows it as text: ${JSON.stringify(hostile)}`, () => {
      holds(
        replaced(
          failed(),
          numbered(() => hostile),
        ),
      );
      holds(replaced(failed(), (before) => `${before}${hostile}`));
    });

  it('shows the hostile text itself', () => {
    const run = replaced(failed(), (before) => `${before}<script>alert("&amp;")</script>`);
    const { elements } = parsed(reportPage(run));
    const said = text(only(elements, 'body'));
    for (const { name, error } of run.streams) {
      expect(said).to.include(name);
      for (const part of error?.replace(/^KLV_[A-Z]+ /, '').split(' — ') ?? []) expect(said).to.include(part);
    }
    for (const { path } of run.endpoints) expect(said).to.include(path);
    for (const one of run.warnings) expect(said).to.include(one.remedy ?? '');
  });

  it('is the page of any other text: same elements, same attributes', () => {
    const piece = fc.oneof(
      fc.constantFrom(...HOSTILE, '<', '>', '"', "'", '&', '/', ' — ', 'KLV_BUG '),
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.string({ unit: 'grapheme', maxLength: 12 }),
    );
    const said = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(fc.array(said, { minLength: 1, maxLength: 12 }), (texts) => {
        const other = numbered((before, n) => `${before.slice(0, n % 9)}${texts[n % texts.length]}`);
        holds(replaced(failed(), other));
      }),
      { numRuns: 40 },
    );
  });
});
