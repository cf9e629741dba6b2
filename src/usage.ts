/** A command line that is not understood, and the word that was meant. */
import { COMMANDS, UNNAMED } from './commands.js';
import { closest, Fault } from './errors.js';

const FLAGS = [...Object.keys(UNNAMED.options), 'help'];
const WORDS: ReadonlyMap<string, string> = new Map([
  ...Object.keys(COMMANDS).map((command) => [command, command] as const),
  ...FLAGS.map((flag) => [flag, `--${flag}`] as const),
  // Other users of the machine see its command lines.
  ...['api_key', 'key', 'token'].map((flag) => [flag, 'KLAVIYO_API_KEY, or api_key in the config'] as const),
]);

/** `what` may repeat what was typed, a key too; `usage` is told on stderr above the line. */
export function misunderstood(what: string, usage: string, argv: readonly string[]): Fault {
  const [, word = ''] = /^Unknown arguments?: ([^,]*)/.exec(what) ?? [];
  const meant = WORDS.get(closest(word, WORDS.keys()) ?? '');
  const remedy = Object.hasOwn(COMMANDS, word)
    ? { remedy: 'give one command' }
    : FLAGS.includes(word) && argv.some((one) => one.split('=')[0] === `--${word}`)
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
