/** What a user would lose if this failed: a terminal that can be read while a run goes on, and that is whole afterwards. */
import { expect } from 'chai';
import fc from 'fast-check';
import { createLive } from '../../src/terminal/live.js';
import { fakeTerminal } from './screen.js';

describe('lines at the bottom of a terminal', () => {
  it('change in place, below what stood there', () => {
    const terminal = fakeTerminal(40, 10);
    terminal.say('$ read\n');
    const live = createLive(terminal, () => []);
    live.draw(['a 1', 'b 1']);
    expect(terminal.screen.lines()).to.deep.equal(['$ read', 'a 1', 'b 1']);
    live.draw(['a 2', 'b 1', 'c 1']);
    expect(terminal.screen.lines()).to.deep.equal(['$ read', 'a 2', 'b 1', 'c 1']);
    live.draw(['a 2']);
    expect(terminal.screen.lines()).to.deep.equal(['$ read', 'a 2']);
  });

  it('do not flicker: a change is one piece, holds no line that has not changed, and nothing is told of none', () => {
    const terminal = fakeTerminal(40, 10);
    const live = createLive(terminal, () => []);
    live.draw(['first', 'second 1', 'third']);
    const before = terminal.screen.written.length;
    live.draw(['first', 'second 2', 'third']);
    const [told = '', ...more] = terminal.screen.written.slice(before);
    expect(more).to.deep.equal([]);
    expect(told.startsWith('\u001b[?2026h') && told.endsWith('\u001b[?2026l')).to.equal(true);
    expect(told).to.include('second 2');
    expect(told).to.not.match(/first|third/);
    live.draw(['first', 'second 2', 'third']);
    expect(terminal.screen.written).to.have.length(before + 1);
  });

  it('make room for what is said meanwhile, above them', () => {
    const terminal = fakeTerminal(20, 6);
    const live = createLive(terminal, () => []);
    live.draw(['one', 'two']);
    terminal.say('WARNING a line that is longer than the terminal is wide\n');
    terminal.say('without an end');
    live.draw(['one', '2']);
    expect(terminal.screen.all()).to.deep.equal([
      'WARNING a line that',
      'is longer than the t',
      'erminal is wide',
      'without an end',
      'one',
      '2',
    ]);
  });

  it('leave nothing behind where a terminal becomes narrower and breaks them', () => {
    const terminal = fakeTerminal(40, 12);
    terminal.say('before\n');
    const lines = () => [1, 2, 3].map((nth) => `line ${nth} `.padEnd(Math.min(38, terminal.columns()), 'x'));
    const live = createLive(terminal, lines);
    live.draw(lines());
    terminal.resize(15, 12);
    expect(terminal.screen.lines()).to.deep.equal(['before', ...lines()]);
    terminal.resize(40, 12);
    expect(terminal.screen.lines()).to.deep.equal(['before', ...lines()]);
  });

  it('stay in order whatever comes in which order', () => {
    const act = fc.oneof(
      fc.record({ draw: fc.array(fc.stringMatching(/^[a-c]{1,9}$/), { maxLength: 5 }) }),
      fc.record({ say: fc.stringMatching(/^[x-z]{1,25}$/) }),
      fc.record({ width: fc.integer({ min: 10, max: 30 }) }),
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 20 }), (acts) => {
        const terminal = fakeTerminal(20, 8);
        let shown: readonly string[] = [];
        const said: string[] = [];
        const live = createLive(terminal, () => shown);
        for (const one of acts) {
          if ('draw' in one) {
            shown = one.draw;
            live.draw(shown);
          } else if ('say' in one) {
            said.push(one.say);
            terminal.say(`${one.say}\n`);
          } else terminal.resize(one.width, 8);
        }
        live.end(['the end']);
        expect(terminal.screen.all().join('')).to.equal([...said, 'the end'].join(''));
      }),
    );
  });

  it('end in lines that stay, with the cursor back, and others write on below', () => {
    const terminal = fakeTerminal(40, 4);
    const live = createLive(terminal, () => []);
    live.draw(['a', 'b', 'c']);
    expect(terminal.screen.cursor).to.equal(false);
    live.end(['1', '2', '3', '4', '5', '6']);
    expect(terminal.screen.cursor).to.equal(true);
    terminal.say('INFO done\n');
    expect(terminal.screen.all()).to.deep.equal(['1', '2', '3', '4', '5', '6', 'INFO done']);
  });
});
