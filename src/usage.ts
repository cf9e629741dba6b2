/** A command line that is not understood, and the word that was meant. */
import { COMMANDS, type Definition, UNNAMED } from './commands.js';
import { closest, Fault } from './errors.js';

const flagsOf = ({ options }: Definition): readonly string[] => [...Object.keys(options), 'help'];
const ALL: ReadonlySet<string> = new Set([UNNAMED, ...Object.values(COMMANDS)].flatMap(flagsOf));

/** By the word that is near it: what is said in its place. `command`: the one that was named. */
const wordsFor = (command: string | undefined): ReadonlyMap<string, string> =>
  new Map([
    ...(command === undefined ? Object.keys(COMMANDS).map((name) => [name, name] as const) : []),
    ...flagsOf(COMMANDS[command ?? ''] ?? UNNAMED).map((flag) => [flag, `--${flag}`] as const),
    // Other users of the machine see its command lines.
    ...['api_key', 'key', 'token'].map(
      (flag) => [flag, 'KLAVIYO_API_KEY, or api_key in the config'] as const,
    ),
  ]);

/** What yargs did not know; empty where that is not what is wrong. */
export const unknownWord = (what: string): string => /^Unknown arguments?: ([^,]*)/.exec(what)?.[1] ?? '';

/** `what` may repeat what was typed, a key too; `usage` is told on stderr above the line. */
export function misunderstood(what: string, usage: string, argv: readonly string[]): Fault {
  const word = unknownWord(what);
  const words = wordsFor(argv.find((one) => Object.hasOwn(COMMANDS, one)));
  const meant = words.get(closest(word, words.keys()) ?? '');
  const isOfOthers =
    ALL.has(word) && !words.has(word) && argv.some((one) => one.split('=')[0] === `--${word}`);
  const remedy = Object.hasOwn(COMMANDS, word)
    ? { remedy: 'give one command' }
    : isOfOthers
      ? { remedy: `this command takes no --${word}` }
      : meant === undefined
        ? {}
        : { remedy: `did you mean ${meant}?` };
  const plain = what.replace(/pk_\w+/g, 'pk_***').replace(/\s*\n\s*/g, ' ');
  return new Fault('KLV_USAGE', plain.length <= 120 ? plain : `${plain.slice(0, 119)}…`, {
    cause: usage,
    ...remedy,
  });
}
