/** The command line. Singer's flags map onto the same commands that Airbyte calls by name. */
import yargs from 'yargs';
import { Fault } from './errors.js';
import type { ProtocolName } from './protocol/protocol.js';
import { switches } from './switches.js';
import { misunderstood } from './usage.js';

export interface Flags {
  readonly config?: string;
  readonly catalog?: string;
  readonly state?: string;
  readonly protocol?: ProtocolName;
  readonly debug: boolean;
}

export interface SandboxFlags {
  readonly port: number;
  readonly account: 'shop' | 'nasty' | 'empty' | 'bulk';
  readonly seed: number;
  readonly profiles: number;
  readonly events: number;
  readonly lists?: number;
  readonly segments?: number;
  readonly flows?: number;
  readonly campaigns?: number;
  readonly members?: number;
  readonly latencyMs: number;
  /** The share of the account's limits that another key uses. */
  readonly rival: number;
  readonly gzip: boolean;
  readonly limits: boolean;
}

export type Command =
  | {
      readonly command: 'spec' | 'check' | 'discover' | 'read' | 'test';
      readonly flags: Flags;
      readonly protocol: ProtocolName | undefined;
    }
  | { readonly command: 'about'; readonly format: 'json' | 'markdown' | 'text' }
  | { readonly command: 'version' }
  | { readonly command: 'help'; readonly text: string }
  | { readonly command: 'demo'; readonly output: string; readonly sandbox: SandboxFlags }
  | { readonly command: 'sandbox'; readonly sandbox: SandboxFlags };

const NEED_CONFIG = ['check', 'read', 'test'];

/** Throws KLV_USAGE. `name`: what the executable was called as; `tap-…` speaks Singer. */
export async function parseCommand(argv: readonly string[], name: string): Promise<Command> {
  const isTap = name.startsWith('tap-');
  let parsed: Command | undefined;
  let shown = '';
  const set = (command: Command) => () => {
    parsed = command;
  };
  const named = (command: 'spec' | 'check' | 'discover' | 'read') => (args: object) => {
    const flags = flagsOf(args);
    parsed = {
      command,
      flags,
      protocol: flags.protocol ?? (isTap ? 'singer' : command === 'read' ? undefined : 'airbyte'),
    };
  };
  const withFiles = (y: ReturnType<typeof yargs>) =>
    y
      .option('config', { type: 'string', requiresArg: true, describe: 'config file; - for standard input' })
      .option('catalog', { type: 'string', requiresArg: true, describe: 'what to read, in either form' })
      .option('properties', { type: 'string', requiresArg: true, describe: 'an older catalog', hidden: true })
      .option('state', {
        type: 'string',
        requiresArg: true,
        describe: 'where the last run ended, in either form',
      })
      .option('protocol', {
        choices: ['airbyte', 'singer'] as const,
        requiresArg: true,
        describe: 'overrides the choice',
      })
      .option('debug', { type: 'boolean', default: false, describe: 'more lines on stderr' });

  const parser = yargs()
    .scriptName(name)
    .usage(isTap ? '$0 --config FILE [--catalog FILE] [--state FILE]' : '$0 <command>')
    .exitProcess(false)
    .version(false)
    .help('help')
    .wrap(100)
    .strict()
    .parserConfiguration({ 'duplicate-arguments-array': true, 'boolean-negation': false })
    .command('spec', 'prints what the config may hold', (y) => y, named('spec'))
    .command('check', 'asks whether the key may read', withFiles, named('check'))
    .command('discover', 'prints what can be read', withFiles, named('discover'))
    .command('read', 'reads', withFiles, named('read'))
    .command(
      'demo',
      'reads a made-up account, without key or network',
      (y) =>
        sandboxOptions(y).option('output', {
          type: 'string',
          requiresArg: true,
          default: 'demo-output',
          describe: 'folder for the files',
        }),
      (args) => set({ command: 'demo', output: String(args.output), sandbox: sandboxFlags(args) })(),
    )
    .command(
      'sandbox',
      'serves a made-up account until stopped',
      (y) =>
        sandboxOptions(y).option('port', {
          type: 'number',
          requiresArg: true,
          default: 8787,
          describe: 'port on loopback',
        }),
      (args) => set({ command: 'sandbox', sandbox: sandboxFlags(args) })(),
    )
    .command(
      '$0',
      false,
      (y) =>
        withFiles(y)
          .option('discover', { type: 'boolean', describe: 'prints what can be read' })
          .option('about', { type: 'boolean', describe: 'describes the tap' })
          .option('format', {
            choices: ['json', 'markdown', 'text'] as const,
            requiresArg: true,
            describe: 'of --about',
          })
          .option('test', { type: 'boolean', describe: 'reads one row a stream' })
          .option('version', { type: 'boolean', describe: 'prints the version' }),
      (args) => {
        const flags = flagsOf(args);
        const protocol = flags.protocol ?? 'singer';
        if (args.version === true) parsed = { command: 'version' };
        else if (args.about === true) parsed = { command: 'about', format: args.format ?? 'text' };
        else if (args.discover === true) parsed = { command: 'discover', flags, protocol };
        else if (args.test === true) parsed = { command: 'test', flags, protocol };
        else if (flags.config !== undefined) parsed = { command: 'read', flags, protocol };
      },
    )
    .fail((message, error) => {
      throw error ?? new Fault('KLV_USAGE', message ?? 'the command line is not understood');
    });

  try {
    await parser.parse([...switches(argv)], {}, (_error, _args, output) => {
      shown = output;
    });
  } catch (error) {
    const [what = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    if (error instanceof Fault && error.code !== 'KLV_USAGE') throw error;
    throw error instanceof Fault && error.cause !== undefined
      ? error
      : misunderstood(error instanceof Fault ? error.what : what, await parser.getHelp());
  }
  if (shown !== '') return { command: 'help', text: shown };
  if (parsed === undefined) throw misunderstood('no command, and no --config', await parser.getHelp());
  if ('flags' in parsed && NEED_CONFIG.includes(parsed.command) && parsed.flags.config === undefined)
    throw misunderstood('--config is missing', await parser.getHelp());
  return parsed;
}

function flagsOf(args: object): Flags {
  const values = args as Readonly<Record<string, unknown>>;
  const one = (flag: string): string | undefined => {
    const value = values[flag];
    if (Array.isArray(value)) throw new Fault('KLV_USAGE', `--${flag} is given twice`);
    return typeof value === 'string' ? value : undefined;
  };
  const config = one('config');
  const properties = one('properties');
  const catalog = one('catalog');
  if (catalog !== undefined && properties !== undefined)
    throw new Fault('KLV_USAGE', '--catalog and --properties say the same thing twice');
  const chosen = catalog ?? properties;
  const state = one('state');
  const protocol = one('protocol') as ProtocolName | undefined;
  return {
    debug: values.debug === true,
    ...(config === undefined ? {} : { config }),
    ...(chosen === undefined ? {} : { catalog: chosen }),
    ...(state === undefined ? {} : { state }),
    ...(protocol === undefined ? {} : { protocol }),
  };
}

function sandboxOptions(y: ReturnType<typeof yargs>) {
  const number = (describe: string, usual?: number) =>
    ({
      type: 'number',
      requiresArg: true,
      describe,
      ...(usual === undefined ? {} : { default: usual }),
    }) as const;
  return y
    .option('account', {
      choices: ['shop', 'nasty', 'empty', 'bulk'] as const,
      default: 'shop' as const,
      requiresArg: true,
      describe:
        'a believable shop; the same with every awkward value; nothing; one of any size, to measure with',
    })
    .option('seed', number('of the account', 1))
    .option('profiles', number('how many', 2000))
    .option('events', number('how many', 30_000))
    .option('lists', number('how many'))
    .option('segments', number('how many'))
    .option('flows', number('how many'))
    .option('campaigns', number('how many'))
    .option('members', number('of lists, of a bulk account'))
    .option('latency-ms', number('of each answer', 0))
    .option('rival', number('share of the limits that another key uses, 0 to 1', 0))
    .option('gzip', {
      choices: ['on', 'off'] as const,
      default: 'on' as const,
      requiresArg: true,
      describe: 'zipped answers',
    })
    .option('limits', {
      choices: ['on', 'off'] as const,
      default: 'on' as const,
      requiresArg: true,
      describe: 'rate limits',
    });
}

function sandboxFlags(args: object): SandboxFlags {
  const values = args as Readonly<Record<string, unknown>>;
  const number = (flag: string, least: number): number => {
    const value = values[flag];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least)
      throw new Fault('KLV_USAGE', `--${flag} must be a whole number from ${least}`);
    return value;
  };
  const sizes = ['lists', 'segments', 'flows', 'campaigns', 'members'].filter(
    (flag) => values[flag] !== undefined,
  );
  return {
    port: values.port === undefined ? 0 : number('port', 0),
    account: values.account as SandboxFlags['account'],
    seed: number('seed', 0),
    profiles: number('profiles', 0),
    events: number('events', 0),
    latencyMs: number('latency-ms', 0),
    rival: share(values.rival),
    gzip: values.gzip !== 'off',
    limits: values.limits !== 'off',
    ...Object.fromEntries(sizes.map((flag) => [flag, number(flag, 0)])),
  };
}

function share(value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1))
    throw new Fault('KLV_USAGE', '--rival must be a number from 0 to 1');
  return value;
}
