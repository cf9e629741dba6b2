/** The one table of codes, and the guess at what was meant. */
import { expect } from 'chai';
import fc from 'fast-check';
import { asFault, closest, ERRORS, exitCode, Fault, WARNINGS, warning } from '../../src/errors.js';
import { well } from './lines.js';

describe('errors', () => {
  it('make one line of code, what and remedy', () => {
    for (const code of Object.keys(ERRORS) as (keyof typeof ERRORS)[]) {
      const fault = new Fault(code, 'what');
      expect(well(fault.message)).to.equal(`${code} what — ${ERRORS[code].remedy}`);
      expect(new Fault(code, 'what', { remedy: 'do' }).message).to.equal(`${code} what — do`);
    }
    for (const code of Object.keys(WARNINGS) as (keyof typeof WARNINGS)[]) well(warning(code, 'what'));
  });

  it('what was not foreseen is a bug of ours', () => {
    const fault = new Fault('KLV_SCOPE', 'x');
    expect(asFault(fault)).to.equal(fault);
    expect(asFault(new Error('a\nb'))).to.include({ code: 'KLV_BUG', class: 'system' });
    expect(well(asFault('text').message)).to.match(/^KLV_BUG text — /);
  });

  it('a bug outranks the user’s turn, which outranks time’s', () => {
    const [bug, config, time] = [
      new Fault('KLV_BUG', ''),
      new Fault('KLV_SCOPE', ''),
      new Fault('KLV_UNAVAILABLE', ''),
    ];
    expect([
      exitCode([]),
      exitCode([time]),
      exitCode([time, config]),
      exitCode([config, bug, time]),
    ]).to.deep.equal([0, 3, 2, 1]);
  });
});

describe('closest', () => {
  const known = ['api_key', 'start_date', 'base_url', 'metric_ids', 'id'];

  it('finds what was meant', () => {
    for (const [word, meant] of [
      ['apikey', 'api_key'],
      ['API-KEY', 'api_key'],
      ['startdate', 'start_date'],
      ['baseURL', 'base_url'],
      ['metrics_id', 'metric_ids'],
    ] as const)
      expect(closest(word, known), word).to.equal(meant);
  });

  it('does not guess at what is like none', () => {
    for (const word of ['', 'x', 'ab', 'credentials', 'user_agent', 'toString'])
      expect(closest(word, known), word).to.equal(undefined);
    expect(closest('x', [])).to.equal(undefined);
  });

  it('finds a word with one letter changed, and the word itself before others', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...known.slice(0, 4)),
        fc.nat(),
        fc.constantFrom('', 'q', 'qq'),
        (word, at, put) => {
          const cut = at % word.length;
          expect(closest(word.slice(0, cut) + put + word.slice(cut + 1), known)).to.equal(word);
          expect(closest(word, known)).to.equal(word);
        },
      ),
    );
  });
});
