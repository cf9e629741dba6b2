/** Awkward values, each for itself. */
import { type Attributes, type Raw, RawNumber } from '../types.js';

export const NUMBERS: Attributes = {
  beyond_double: new RawNumber('9007199254740993'),
  beyond_64_bit: new RawNumber('18446744073709551617'),
  thirty: new RawNumber('123456789012345678901234567890'),
  long_fraction: new RawNumber('0.1000000000000000055511151231257827'),
  exact_one: new RawNumber('1.0'),
  money: new RawNumber('49.90'),
  minus_zero: new RawNumber('-0'),
  infinite: new RawNumber('1e400'),
  tiny: new RawNumber('1E-400'),
  exponent: new RawNumber('1E2'),
  max_int64: new RawNumber('9223372036854775807'),
};

/** Lone surrogates and NUL leave as `\u` escapes, the rest as UTF-8. */
export const STRINGS: Attributes = {
  nul: 'a\0b',
  high_surrogate: 'half \ud83d',
  low_surrogate: '\ude00 half',
  swapped_surrogates: '\ude00\ud83d',
  line_separator: 'one\u2028two\u2029three',
  next_line: 'one\u0085two',
  emoji: '👩‍👩‍👧‍👦 🎁',
  control: 'tab\tcr\r\nbell\u0007',
  quotes: 'a "quoted" \\ backslash',
  space_date: '2026-06-23 00:15:23',
  null_word: 'null',
  bom: '\ufeffafter',
};

export const KEYS: readonly string[] = [
  'Name',
  'name',
  'NAME',
  'a.b',
  '$email',
  '',
  ' ',
  'x y',
  '1st',
  'p%q',
  'a(b)',
  'emoji 🎁',
  'nul\0key',
  'half \ud83d key',
  'line\u2028key',
  '__proto__',
  'constructor',
  'toString',
  'k'.repeat(10_240),
];

/** `__proto__` becomes a key of its own, as JSON.parse makes it, and not the prototype. */
export function wild(target: Attributes, keys: readonly string[]): Attributes {
  keys.forEach((key, index) => {
    Object.defineProperty(target, key, {
      value: index,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  });
  return target;
}

export function deep(levels: number): Raw {
  let value: Raw = 'bottom';
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? { level: value } : [value];
  return value;
}

export function many300(): Attributes {
  return Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`property ${index}`, index]));
}
