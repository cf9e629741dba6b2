/**
 * A second opinion on JSON: a reader of its own, which keeps the text of each number and the code units of each
 * string, and generators that write JSON text together with what it means.
 */
import fc from 'fast-check';
import type { Mends } from '../../src/klaviyo/json.js';

export type Token =
  | { readonly kind: 'literal' | 'number' | 'string'; readonly text: string }
  | { readonly kind: 'array'; readonly items: readonly Token[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, Token])[] };

/** Reads valid JSON. Members are put into the order of their names: JSON gives them none. */
export function tokens(text: string): Token {
  let at = 0;
  const space = (): void => {
    while (' \t\r\n'.includes(text[at] ?? 'x')) at += 1;
  };
  const expect = (char: string): void => {
    space();
    if (text[at] !== char) throw new Error(`expected ${char} at ${at} of ${text.slice(0, 200)}`);
    at += 1;
  };
  const string = (): string => {
    expect('"');
    let value = '';
    while (text[at] !== '"') {
      if (at >= text.length) throw new Error('a string does not end');
      if (text[at] !== '\\') value += text[at++];
      else if (text[at + 1] === 'u') {
        value += String.fromCharCode(Number.parseInt(text.slice(at + 2, at + 6), 16));
        at += 6;
      } else {
        value += { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }[text[at + 1] ?? ''] ?? text[at + 1];
        at += 2;
      }
    }
    at += 1;
    return value;
  };
  const separated = (close: string, one: () => void): void => {
    at += 1;
    space();
    if (text[at] === close) {
      at += 1;
      return;
    }
    for (;;) {
      one();
      space();
      if (text[at] === close) break;
      expect(',');
    }
    at += 1;
  };
  const value = (): Token => {
    space();
    const char = text[at] ?? '';
    if (char === '"') return { kind: 'string', text: string() };
    if (char === '[') {
      const items: Token[] = [];
      separated(']', () => items.push(value()));
      return { kind: 'array', items };
    }
    if (char === '{') {
      const members: [string, Token][] = [];
      separated('}', () => {
        space();
        const name = string();
        expect(':');
        members.push([name, value()]);
      });
      return { kind: 'object', members: inOrder(members) };
    }
    let end = at;
    while (end < text.length && !' \t\r\n,]}'.includes(text[end] ?? '')) end += 1;
    const word = text.slice(at, end);
    at = end;
    return { kind: /^[tfn]/.test(word) ? 'literal' : 'number', text: word };
  };
  const read = value();
  space();
  if (at !== text.length) throw new Error(`more text at ${at}`);
  return read;
}

/** One name twice in an object is two members to a copy and one to a parser: the last one holds for whoever reads. */
export function lastHolds(token: Token): Token {
  if (token.kind === 'array') return { kind: 'array', items: token.items.map(lastHolds) };
  if (token.kind !== 'object') return token;
  const members = new Map(token.members.map(([name, value]) => [name, lastHolds(value)]));
  return { kind: 'object', members: [...members] };
}

const inOrder = (members: readonly (readonly [string, Token])[]): (readonly [string, Token])[] =>
  [...members].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));

/** JSON text, what should come out for it, and the mends that this takes. */
export interface Written {
  readonly text: string;
  readonly token: Token;
  readonly mends: Pick<Mends, 'surrogates' | 'nuls' | 'huge' | 'wide'>;
}

const NONE = { surrogates: 0, nuls: 0, huge: 0, wide: 0 };
const sum = (all: readonly Written['mends'][]): Written['mends'] =>
  all.reduce(
    (a, b) => ({
      surrogates: a.surrogates + b.surrogates,
      nuls: a.nuls + b.nuls,
      huge: a.huge + b.huge,
      wide: a.wide + b.wide,
    }),
    NONE,
  );

const digits = (most: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0001234567899'), minLength: 1, maxLength: most });

/** Any number that JSON's grammar allows. */
export const numberText: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('', '', '-'),
      fc.oneof(fc.constant('0'), digits(5), digits(25)).map((text) => text.replace(/^0+(?=\d)/, '')),
      fc.oneof(
        fc.constant(''),
        digits(4).map((text) => `.${text}`),
        digits(22).map((text) => `.${text}`),
      ),
      fc.oneof(
        { weight: 3, arbitrary: fc.constant('') },
        {
          weight: 1,
          arbitrary: fc
            .tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), digits(3))
            .map((parts) => parts.join('')),
        },
      ),
    )
    .map((parts) => parts.join('')),
  fc.constantFrom(
    ...[
      '0',
      '-0',
      '0.0',
      '-0.0',
      '1.0',
      '0.10',
      '1e2',
      '1E400',
      '-1e400',
      '0.0000001',
      '-0.000000',
      '0.000001',
    ],
    ...[
      '9007199254740993',
      '9223372036854775807',
      '9223372036854775808',
      '-9223372036854775809',
      '1e-7',
      '5e-324',
    ],
    ...[
      '10000000000000000000',
      '18446744073709552000',
      '12345678901234567890',
      '100000000000000000000000',
      '0.1',
    ],
    ...[
      '123456789012.345',
      '1234567890.12345',
      '12345678901.23456',
      '0.30000000000000004',
      '123456789012345',
    ],
  ),
);

export function numberWritten(text: string, wide: 'keep' | 'string'): Written {
  if (!Number.isFinite(Number(text)))
    return { text, token: { kind: 'string', text }, mends: { ...NONE, huge: 1 } };
  const integer = /^-?\d+$/.test(text) ? BigInt(text) : 0n;
  if (wide === 'string' && BigInt.asIntN(64, integer) !== integer)
    return { text, token: { kind: 'string', text }, mends: { ...NONE, wide: 1 } };
  return { text, token: { kind: 'number', text }, mends: NONE };
}

/** One piece of a string: how it is written, and the code units that it stands for. */
const piece: fc.Arbitrary<readonly [string, string]> = fc.oneof(
  fc
    .string({ unit: 'binary', maxLength: 6 })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON does not allow these unescaped
    .map((text) => text.replace(/["\\\u0000-\u001f]/g, ''))
    .map((text) => [text, text] as const),
  fc.constantFrom<readonly [string, string]>(
    ['\\"', '"'],
    ['\\\\', '\\'],
    ['\\/', '/'],
    ['\\n', '\n'],
    ['\\t', '\t'],
    ['\\b', '\b'],
    ['\\f', '\f'],
    ['\\r', '\r'],
    ['\u2028', '\u2028'],
    ['\u0085', '\u0085'],
    ['\\u0085', '\u0085'],
    ['\u{1f600}', '\u{1f600}'],
    ['\\\\u0000', '\\u0000'],
    ['\\\\u00001', '\\u00001'],
    ['\\\\ud800', '\\ud800'],
    [' 1.0,', ' 1.0,'],
    ['\\"\\\\u00001\\"', '"\\u00001"'],
    [':-0]', ':-0]'],
    [' e', ' e'],
    ['1e400', '1e400'],
  ),
  fc
    .oneof(
      fc.constantFrom(0, 0, 0xd800, 0xd83d, 0xdbff, 0xdc00, 0xde00, 0xdfff, 0x2029),
      fc.integer({ min: 0, max: 0xffff }),
    )
    .chain((unit) => {
      const hex = unit.toString(16).padStart(4, '0');
      return fc.constantFrom<readonly [string, string]>(
        [`\\u${hex}`, String.fromCharCode(unit)],
        [`\\u${hex.toUpperCase()}`, String.fromCharCode(unit)],
      );
    }),
);

interface WrittenString {
  readonly text: string;
  readonly value: string;
  readonly mends: Written['mends'];
}

function mended(units: string): Omit<WrittenString, 'text'> {
  let value = '';
  let [surrogates, nuls] = [0, 0];
  for (let at = 0; at < units.length; at += 1) {
    const code = units.charCodeAt(at);
    const next = units.charCodeAt(at + 1);
    if (code === 0) nuls += 1;
    else if (code >= 0xd800 && code <= 0xdbff && next >= 0xdc00 && next <= 0xdfff) {
      value += units.slice(at, at + 2);
      at += 1;
    } else if (code >= 0xd800 && code <= 0xdfff) {
      value += '\ufffd';
      surrogates += 1;
    } else value += units[at];
  }
  return { value, mends: { ...NONE, surrogates, nuls } };
}

const stringWritten: fc.Arbitrary<WrittenString> = fc.array(piece, { maxLength: 6 }).map((pieces) => ({
  text: `"${pieces.map(([written]) => written).join('')}"`,
  ...mended(pieces.map(([, units]) => units).join('')),
}));

const nameWritten: fc.Arbitrary<WrittenString> = fc.oneof(
  stringWritten,
  fc
    .constantFrom(
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      '1',
      '0',
      '-1',
      '1.0',
      '',
      'a.b',
      '$value',
    )
    .map((name) => ({ text: `"${name}"`, value: name, mends: NONE })),
);

const space: fc.Arbitrary<string> = fc.constantFrom('', '', '', ' ', '\n', '\r\n', '\t', '  \n ');

export const written = (wide: 'keep' | 'string'): fc.Arbitrary<Written> =>
  fc.letrec<{ value: Written }>((tie) => ({
    value: fc
      .tuple(
        space,
        fc.oneof(
          { maxDepth: 5, depthSize: 'medium' },
          numberText.map((text) => numberWritten(text, wide)),
          stringWritten.map(
            ({ text, value, mends }): Written => ({ text, token: { kind: 'string', text: value }, mends }),
          ),
          fc
            .constantFrom('true', 'false', 'null')
            .map((text): Written => ({ text, token: { kind: 'literal', text }, mends: NONE })),
          fc.tuple(fc.array(tie('value'), { maxLength: 5 }), space).map(
            ([items, inner]): Written => ({
              text: `[${items.length === 0 ? inner : items.map(({ text }) => text).join(',')}]`,
              token: { kind: 'array', items: items.map(({ token }) => token) },
              mends: sum(items.map(({ mends }) => mends)),
            }),
          ),
          fc
            .uniqueArray(fc.tuple(space, nameWritten, space, tie('value')), {
              maxLength: 5,
              selector: ([, name]) => name.value,
            })
            .map(
              (members): Written => ({
                text: `{${members.map(([a, name, b, value]) => `${a}${name.text}${b}:${value.text}`).join(',')}}`,
                token: {
                  kind: 'object',
                  members: inOrder(members.map(([, name, , value]) => [name.value, value.token] as const)),
                },
                mends: sum(members.flatMap(([, name, , value]) => [name.mends, value.mends])),
              }),
            ),
        ),
        space,
      )
      .map(([before, value, after]) => ({ ...value, text: before + value.text + after })),
  })).value;
