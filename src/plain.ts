/**
 * A command line that means one thing whoever reads it, as the programs that start the connector write it: known
 * words, each once, in full. Most of a short command's time would go into loading what understands the others.
 */
import { COMMANDS, type Command, UNNAMED } from './commands.js';

/** Anything else may be a flag, or no value at all. */
const VALUE = /^(?:-$|[^-])/;

/** Undefined: it takes yargs to understand it, or to say what is wrong with it. */
export function plainCommand(argv: readonly string[], name: string): Command | undefined {
  const [word = ''] = argv;
  const named = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
  const { options, command } = named ?? UNNAMED;
  const args = new Map<string, unknown>();
  for (let at = named === undefined ? 0 : 1; at < argv.length; at += 1) {
    const [, flag = ''] = /^--(.+)$/.exec(argv[at] ?? '') ?? [];
    const option = Object.hasOwn(options, flag) ? options[flag] : undefined;
    if (option === undefined || option.type === 'number' || args.has(flag)) return undefined;
    if (option.type === 'switch') {
      args.set(flag, true);
      continue;
    }
    at += 1;
    const value = argv[at] ?? '';
    if (!VALUE.test(value) || (option.type === 'choice' && !option.choices.includes(value))) return undefined;
    args.set(flag, value);
  }
  for (const [flag, option] of Object.entries(options)) if (!args.has(flag)) args.set(flag, option.default);
  try {
    return command(Object.fromEntries(args), name.startsWith('tap-'));
  } catch {
    // What is wrong is told with the usage, which yargs has.
    return undefined;
  }
}
