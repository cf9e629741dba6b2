/** What a user would lose if this failed: the values themselves, changed without a word. */
import { expect } from 'chai';
import fc from 'fast-check';
import { type Mends, noMends, parseJson } from '../../src/klaviyo/json.js';
import { numberText as held, heldNumber, parseKept, printJson } from '../../src/numbers.js';
import { numberText, numberWritten, tokens, written } from './tokens.js';

const through = (text: string, wide: 'keep' | 'string' = 'keep', mends: Mends = noMends()): string =>
  printJson(parseJson(text, mends, wide));

describe('JSON without a changed value', () => {
  for (const wide of ['keep', 'string'] as const)
    it(`I13 V1 any document comes out as it went in, but for the counted mends (wide_integers: ${wide})`, () => {
      fc.assert(
        fc.property(written(wide), ({ text, token, mends: expected }) => {
          const mends = noMends();
          expect(tokens(through(text, wide, mends))).to.deep.equal(token);
          expect(mends).to.deep.equal({ ...noMends(), ...expected });
        }),
        { numRuns: 2_000 },
      );
    });

  it('V1 no number slips by the quick test, wherever it stands', () => {
    const around = fc.constantFrom<readonly [string, string]>(
      ['', ''],
      ['[', ']'],
      ['[1,', ']'],
      ['[', ',1]'],
      ['[ ', ' ]'],
      ['[\n', '\n]'],
      ['[[', '],[]]'],
      ['[\t', '\r]'],
      ['{"a":', '}'],
      ['{"a": ', ',"b":1}'],
      ['{"a" :', '\n}'],
      ['["x",', ',"y"]'],
      ['["1",{"b":', '}]'],
    );
    for (const wide of ['keep', 'string'] as const)
      fc.assert(
        fc.property(numberText, around, (number, [before, after]) => {
          const shown = JSON.stringify(numberWritten(number, wide).token.kind === 'string' ? number : 0);
          const expected = `${before}${shown === '0' ? number : shown}${after}`;
          expect(through(`${before}${number}${after}`, wide)).to.equal(expected.replace(/\s/g, ''));
        }),
        { numRuns: 5_000 },
      );
  });

  for (const number of [
    '1.0',
    '-0',
    '1e2',
    '1E2',
    '12345678901234567890',
    '0.10',
    '0.0000001',
    '1.10e-5',
    '-0.0',
  ])
    it(`V1 ${number} stays ${number}`, () => {
      expect(through(`{"a":${number},"b":[${number}]}`)).to.equal(`{"a":${number},"b":[${number}]}`);
    });

  it('rule 5: a number outside a double becomes a string and is counted', () => {
    const mends = noMends();
    expect(through('[1E400,-1e400,1e308]', 'keep', mends)).to.equal('["1E400","-1e400",1e308]');
    expect(mends.huge).to.equal(2);
  });

  it('rule 5: integers beyond 64 bit become strings only where it is asked for', () => {
    const text =
      '[9223372036854775807,9223372036854775808,-9223372036854775808,-9223372036854775809,10000000000000000000]';
    const mends = noMends();
    expect(through(text, 'keep', mends)).to.equal(text);
    expect(mends.wide).to.equal(0);
    expect(through(text, 'string', mends)).to.equal(
      '[9223372036854775807,"9223372036854775808",-9223372036854775808,"-9223372036854775809","10000000000000000000"]',
    );
    expect(mends.wide).to.equal(3);
  });

  it('rules 1 and 2: NUL is taken out, lone surrogates become U+FFFD, in keys too', () => {
    const mends = noMends();
    expect(
      through(String.raw`{"a\u0000b":"\ud800x\uDFFF\u0000","\udc00":"\ud83d\ude00"}`, 'keep', mends),
    ).to.equal('{"ab":"\ufffdx\ufffd","\ufffd":"\u{1f600}"}');
    expect(mends).to.include({ nuls: 2, surrogates: 3 });
  });

  it('B8 members that JavaScript gives a meaning to are members like any other', () => {
    const text = '{"__proto__":{"x":1},"constructor":null,"toString":[]}';
    expect(through(text)).to.equal(text);
    expect(({} as { x?: unknown }).x).to.equal(undefined);
  });

  it('V9 no reader that splits at Unicode line ends sees two lines', () => {
    const printed = through('"\u2028\u2029\u0085\\n\\u2028\\u000b\\u001e"');
    expect(printed).to.equal('"\\u2028\\u2029\\u0085\\n\\u2028\\u000b\\u001e"');
  });

  it('a string that looks like a held number stays a string', () => {
    for (const text of [
      String.raw`"\\u00001"`,
      String.raw`"\"\\u00001\""`,
      String.raw`["1.0",1.0,"\u00001.0"]`,
    ])
      expect(tokens(through(text))).to.deep.equal(tokens(text.replace(/(?<!\\)\\u0000/, '')));
  });

  it('a number is held by its text, and read back by it', () => {
    fc.assert(
      fc.property(numberText, (text) => {
        expect(held(heldNumber(text))).to.equal(text);
        expect(printJson([heldNumber(text)])).to.equal(`[${text}]`);
      }),
    );
    for (const value of ['1', null, true, [], {}, undefined]) expect(held(value)).to.equal(undefined);
  });

  it('what is no JSON is refused, also where a number is mended on the way', () => {
    for (const text of [
      ...[
        '',
        ' ',
        'nul',
        '[1.0',
        '[01]',
        '[01.0]',
        '[-01.0]',
        '[00]',
        '{1.0:2}',
        '{1.0 :2}',
        '{"a":1.0 "b":2}',
      ],
      ...['[1.]', '[.0]', '[+1.0]', '[-]', '[1e]', '{"a":1.0,}', '[1.0]]', "['1.0']", '[0x10]', '[1.0 2.0]'],
      ...['["\\x1.0"]', '["\t",1.0]', '"\\u0000', '["\\u00"]', '[1.0"a"]', '<html>1.0</html>', '[1.0-2.0]'],
    ])
      expect(() => parseJson(text, noMends(), 'keep'), text).to.throw(SyntaxError);
  });

  it('I19 refuses what JSON.parse refuses and nothing else, one slip of the pen away from any document', () => {
    const slip = fc.constantFrom(...'0-.e1"\\,:[]{} u', '');
    fc.assert(
      fc.property(written('keep'), fc.nat(), slip, fc.boolean(), ({ text }, where, char, replaces) => {
        const at = where % (text.length + 1);
        const slipped = text.slice(0, at) + char + text.slice(at + (replaces ? 1 : 0));
        let valid = true;
        try {
          JSON.parse(slipped);
        } catch {
          valid = false;
        }
        const parse = (): unknown => parseJson(slipped, noMends(), 'keep');
        if (valid) expect(parse).not.to.throw();
        else expect(parse).to.throw(SyntaxError);
      }),
      { numRuns: 5_000 },
    );
  });

  it('S11 a document that is carried on comes out with the numbers and texts that it has, none of them mended', () => {
    fc.assert(
      fc.property(fc.json(), numberText, (json, number) => {
        const text = `{"n":[${number}],"kept":${printJson(JSON.parse(json))}}`;
        expect(printJson(parseKept(text))).to.equal(text);
      }),
      { numRuns: 2_000 },
    );
    for (const text of ['[1e999]', '["\\u0000"]', '["\\ud800"]', '{"1.0":"1.0"}'])
      expect(printJson(parseKept(text))).to.equal(text);
    for (const text of ['[01.0]', '{1.0:1}', '[1.0', '[1.0"]'])
      expect(() => parseKept(text)).to.throw(SyntaxError);
  });

  const MANY = 5_000_000;
  for (const [what, text] of [
    ['digits', `[${'1'.repeat(MANY)}]`],
    ['digits in a string', `[" ${'1'.repeat(MANY)}"]`],
    ['digits after a point', `[0.${'0'.repeat(MANY)}1]`],
    ['zeros that end no number', `[" 1.${'0'.repeat(MANY)}x"]`],
    ['points', `[" ${'1.'.repeat(MANY / 2)}"]`],
    ['separators', `["${' :,['.repeat(MANY / 4)}",1.0]`],
    ['numbers', `[${'1.0,'.repeat(MANY / 4)}1.0]`],
    ['space after a number', `[1.0${' '.repeat(MANY)}]`],
    ['backslashes', `["${'\\\\'.repeat(MANY / 2)}\\u0000"]`],
    ['quotes', `["${'\\"'.repeat(MANY / 2)}\\u0000"]`],
    ['surrogates', `["${'\\ud83d'.repeat(MANY / 6)}"]`],
    ['NULs', `["${'\\u0000'.repeat(MANY / 6)}"]`],
  ] as const)
    it(`Y6 5 MB of ${what} take no longer than 5 MB of anything`, () => {
      const started = performance.now();
      through(text);
      // Linear, it takes under half a second; quadratic, hours.
      expect(performance.now() - started).to.be.below(10_000);
    });
});
