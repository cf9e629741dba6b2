/** What a user would lose if this failed: a command line that means the same however it is understood. */
import { expect } from 'chai';
import fc from 'fast-check';
import { parseCommand } from '../../src/cli.js';
import { COMMANDS, type Definition, type Option, UNNAMED } from '../../src/commands.js';
import { plainCommand } from '../../src/plain.js';

const NAMES = ['source-klaviyo-v2', 'tap-klaviyo-v2'] as const;

/** As Airbyte, Meltano and Singer's runners write them, and people who look at what they have. */
const PLAIN = [
  'spec',
  'check --config c.json',
  'check --config c.json --catalog catalog.json --debug',
  'discover',
  'discover --config c.json',
  'discover --protocol singer',
  'read --config c.json --catalog catalog.json',
  'read --config c.json --catalog catalog.json --state state.json',
  'read --config -',
  'demo',
  '--version',
  '--about',
  '--about --format json',
  '--discover',
  '--config c.json --discover',
  '--config c.json --test',
  '--config c.json --catalog catalog.json --state state.json',
  '--config c.json --properties catalog.json',
];

/** What the words of a shell may be: a few of each kind that means something to some reader of flags. */
const VALUES = [
  ...[
    'c.json',
    '/a b/c.json',
    'a=b',
    'é',
    'pk_1',
    '1',
    '0x10',
    '1e3',
    'true',
    'false',
    'null',
    '-',
    '--',
    '',
  ],
  ...['-5', '-x', '---', '--=', '-=', '"c"', "'c'", '"c', 'c"', 'a.b', 'a,b', '\n', '\nc', 'c\n', '\u2028'],
  ...['json', 'singer', 'airbyte', 'shop', 'on', 'spec', 'read', '$0', '__proto__', 'constructor', '_', '*'],
];
const FLAGS = [
  ...new Set([...Object.values(COMMANDS), UNNAMED].flatMap(({ options }) => Object.keys(options))),
  ...['help', 'h', 'latencyMs', 'no-debug', 'config.a', '_', '__proto__', 'constructor', 'Config', 'conf'],
];

const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...VALUES) },
  { weight: 1, arbitrary: fc.string({ maxLength: 4 }) },
);
const word = fc.oneof(
  value,
  fc.constantFrom(...Object.keys(COMMANDS)),
  fc.constantFrom(...FLAGS).map((flag) => `--${flag}`),
  fc.tuple(fc.constantFrom('--', '-'), fc.constantFrom(...FLAGS), value).map(([dash, flag, text]) => {
    return `${dash}${flag}=${text}`;
  }),
);

const given = ([flag, option]: readonly [string, Option]): fc.Arbitrary<readonly string[]> =>
  option.type === 'switch'
    ? fc.constant([`--${flag}`])
    : (option.type === 'choice'
        ? fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...option.choices) }, value)
        : value
      ).map((text) => [`--${flag}`, text]);

const lineOf = (word: readonly string[], { options }: Definition): fc.Arbitrary<readonly string[]> => {
  const all = Object.entries(options);
  const chosen = all.length === 0 ? fc.constant([]) : fc.array(fc.constantFrom(...all), { maxLength: 4 });
  return chosen.chain((flags) => fc.tuple(...flags.map(given))).map((flags) => [...word, ...flags.flat()]);
};

/** Lines of flags that there are, and the same with a word put in, taken away, or in the place of another. */
const argv = fc
  .tuple(
    fc.oneof(
      lineOf([], UNNAMED),
      ...Object.entries(COMMANDS).map(([name, definition]) => lineOf([name], definition)),
    ),
    fc.array(fc.tuple(fc.nat(8), fc.nat(1), fc.option(word, { nil: undefined })), { maxLength: 2 }),
  )
  .map(([line, changes]) => {
    const words = [...line];
    for (const [at, gone, put] of changes) words.splice(at, gone, ...(put === undefined ? [] : [put]));
    return words;
  });

describe('command lines that are understood without yargs', () => {
  for (const name of NAMES)
    for (const line of PLAIN)
      it(`are what others write: ${name} ${line}`, async () => {
        const words = line.split(' ');
        expect(plainCommand(words, name)).to.deep.equal(await parseCommand(words, name));
      });

  it('mean what yargs makes of them, whatever they are', async () => {
    let plain = 0;
    let others = 0;
    await fc.assert(
      fc.asyncProperty(argv, fc.constantFrom(...NAMES), async (words, name) => {
        const command = plainCommand(words, name);
        if (command === undefined) {
          others += 1;
          return;
        }
        plain += 1;
        expect(await parseCommand(words, name)).to.deep.equal(command);
      }),
      { numRuns: 2000 },
    );
    // Or it would say little.
    expect(Math.min(plain, others)).to.be.greaterThan(150);
  });
});
