/** The command line as yargs understands it: every form of flag, what is wrong with one, and the help. */
import yargs, { type Argv, type Options } from 'yargs';
import { type Args, COMMANDS, type Command, type Definition, type Option, UNNAMED } from './commands.js';
import { Fault } from './errors.js';
import { switches } from './switches.js';
import { misunderstood } from './usage.js';

/** Throws KLV_USAGE. `name`: what the executable was called as; `tap-…` speaks Singer. */
export async function parseCommand(argv: readonly string[], name: string): Promise<Command> {
  const isTap = name.startsWith('tap-');
  let parsed: Command | undefined;
  let shown = '';
  const parser = yargs()
    .scriptName(name)
    // What is misspelt is read off its messages, and the rest of the help has one language anyway.
    .detectLocale(false)
    .usage(isTap ? '$0 --config FILE [--catalog FILE] [--state FILE]' : '$0 <command>')
    .exitProcess(false)
    .version(false)
    .help('help')
    .wrap(100)
    .strict()
    .parserConfiguration({ 'duplicate-arguments-array': true, 'boolean-negation': false })
    .fail((message, error) => {
      throw error ?? new Fault('KLV_USAGE', message ?? 'the command line is not understood');
    });
  const add = (name: string, { describe, options, words = {}, command }: Definition): void => {
    const word = [name, ...Object.keys(words).map((one) => `[${one}]`)].join(' ');
    const carry = (args: object): void => {
      parsed = command(args as Args, isTap);
    };
    const flags = Object.fromEntries(Object.entries(options).map(([flag, option]) => [flag, form(option)]));
    const build = (builder: Argv): Argv =>
      Object.entries(words).reduce(
        (built, [one, text]) => built.positional(one, { type: 'string', describe: text }),
        builder.options(flags),
      );
    // Its types know of no text that may be false.
    if (describe === false) parser.command(word, describe, build, carry);
    else parser.command(word, describe, build, carry);
  };
  for (const [name, definition] of Object.entries(COMMANDS)) add(name, definition);
  add('$0', UNNAMED);

  try {
    await parser.parse([...switches(argv)], {}, (_error, _args, output) => {
      shown = output;
    });
  } catch (error) {
    const [what = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    if (error instanceof Fault && error.code !== 'KLV_USAGE') throw error;
    throw misunderstood(error instanceof Fault ? error.what : what, await parser.getHelp(), argv);
  }
  if (shown !== '') return { command: 'help', text: shown };
  if (parsed === undefined) throw new Error('no command was carried out');
  return parsed;
}

/** In yargs' words. */
function form(option: Option): Options {
  const { describe, hidden = false, default: usual } = option;
  const common = { describe, hidden, ...(usual === undefined ? {} : { default: usual }) };
  switch (option.type) {
    case 'switch':
      return { ...common, type: 'boolean' };
    case 'text':
      return { ...common, type: 'string', requiresArg: true };
    case 'number':
      return { ...common, type: 'number', requiresArg: true };
    case 'choice':
      return { ...common, choices: option.choices, requiresArg: true };
  }
}
