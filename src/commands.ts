/** Every command: its flags, and what is carried out for them. The one place that describes a command line. */
import { Fault } from './errors.js';
import {
  type Args,
  type Flags,
  flagsOf,
  type PositionFlags,
  positionFlags,
  type SandboxFlags,
  sandboxFlags,
} from './flags.js';
import type { ProtocolName } from './protocol/protocol.js';

export type { Args, Flags, PositionFlags, SandboxFlags } from './flags.js';

export type Command =
  | {
      readonly command: 'spec' | 'check' | 'discover' | 'read' | 'test';
      readonly flags: Flags;
      readonly protocol: ProtocolName | undefined;
    }
  | { readonly command: 'about'; readonly format: 'json' | 'markdown' | 'text' }
  | { readonly command: 'position'; readonly flags: PositionFlags }
  | { readonly command: 'version' }
  | { readonly command: 'help'; readonly text: string }
  | { readonly command: 'demo'; readonly output: string; readonly sandbox: SandboxFlags }
  | { readonly command: 'sandbox'; readonly sandbox: SandboxFlags };

/** A flag; of all but a `switch` a value follows. */
export type Option = {
  readonly describe: string;
  /** Still understood, and not in the help. */
  readonly hidden?: true;
} & (
  | { readonly type: 'switch'; readonly default?: false }
  | { readonly type: 'text'; readonly default?: string }
  | { readonly type: 'number'; readonly default?: number }
  | { readonly type: 'choice'; readonly choices: readonly string[]; readonly default?: string }
);

export interface Definition {
  /** False: a command line that begins with a flag, as Singer's do. */
  readonly describe: string | false;
  readonly options: Readonly<Record<string, Option>>;
  /** Words that may follow the command, in this order. */
  readonly words?: Readonly<Record<string, string>>;
  /** Throws KLV_USAGE. `isTap`: called by the name of a tap, so that Singer is spoken. */
  readonly command: (args: Args, isTap: boolean) => Command;
}

const FILES = {
  config: { type: 'text', describe: 'config file; - for standard input' },
  catalog: { type: 'text', describe: 'file with the chosen streams, Airbyte’s or Singer’s form' },
  properties: { type: 'text', describe: 'an older catalog', hidden: true },
  state: { type: 'text', describe: 'file with the last state, Airbyte’s or Singer’s form' },
  protocol: {
    type: 'choice',
    choices: ['airbyte', 'singer'],
    describe: 'what is spoken on stdout, instead of what name and catalog say',
  },
  debug: { type: 'switch', default: false, describe: 'more lines on stderr' },
} as const satisfies Definition['options'];

const READ_FILES = {
  ...FILES,
  summary: { type: 'text', describe: 'file for what the run came to, as JSON' },
  report: { type: 'text', describe: 'file for what the run came to, as an HTML page' },
} as const satisfies Definition['options'];

const ACCOUNT = {
  account: {
    type: 'choice',
    choices: ['shop', 'nasty', 'empty', 'bulk'],
    default: 'shop',
    describe:
      'shop: believable; nasty: the same with every awkward value; empty: nothing; bulk: of any size, to measure with',
  },
  seed: { type: 'number', default: 1, describe: 'of the account' },
  profiles: { type: 'number', default: 2000, describe: 'how many' },
  events: { type: 'number', default: 30_000, describe: 'how many' },
  lists: { type: 'number', describe: 'how many' },
  segments: { type: 'number', describe: 'how many' },
  flows: { type: 'number', describe: 'how many' },
  campaigns: { type: 'number', describe: 'how many' },
  members: { type: 'number', describe: 'of lists, of a bulk account' },
  'latency-ms': { type: 'number', default: 0, describe: 'of each answer' },
  rival: { type: 'number', default: 0, describe: 'share of the limits that another key uses, 0 to 1' },
  gzip: { type: 'choice', choices: ['on', 'off'], default: 'on', describe: 'zipped answers' },
  limits: { type: 'choice', choices: ['on', 'off'], default: 'on', describe: 'rate limits' },
} as const satisfies Definition['options'];

const named =
  (command: 'spec' | 'check' | 'discover' | 'read'): Definition['command'] =>
  (args, isTap) => {
    const flags = flagsOf(args);
    const usual = isTap ? 'singer' : command === 'read' ? undefined : 'airbyte';
    return withConfig({ command, flags, protocol: flags.protocol ?? usual });
  };

export const COMMANDS: Readonly<Record<string, Definition>> = {
  // What a config may hold does not depend on one; who writes the same flags for every command may give it.
  spec: {
    describe: 'prints what the config may hold',
    options: { config: { ...FILES.config, hidden: true } },
    command: named('spec'),
  },
  check: {
    describe: 'tells what the key may read, and how long a first sync takes',
    options: FILES,
    command: named('check'),
  },
  discover: {
    describe: 'prints the catalog: streams and columns',
    options: FILES,
    command: named('discover'),
  },
  read: {
    describe: 'reads the streams and writes rows and states to stdout',
    options: READ_FILES,
    command: named('read'),
  },
  position: {
    describe: 'shows where the streams of a state stand, or moves one',
    words: {
      stream: 'show this stream only; with a date, move it',
      datetime: 'where it is to be moved: as start_date, or now',
    },
    options: {
      state: { type: 'text', describe: 'the state file, in any form that read takes' },
      config: { type: 'text', describe: 'to tell what the next read would take; - for standard input' },
      catalog: FILES.catalog,
      'dry-run': { type: 'switch', default: false, describe: 'changes nothing' },
      format: { type: 'choice', choices: ['text', 'json'], describe: 'json: one document on stdout' },
      debug: FILES.debug,
    },
    command: (args) => ({ command: 'position', flags: positionFlags(args) }),
  },
  demo: {
    describe: 'reads a made-up account, without key or network',
    options: {
      ...ACCOUNT,
      output: { type: 'text', default: 'demo-output', describe: 'folder for the files' },
    },
    command: (args) => ({ command: 'demo', output: String(args.output), sandbox: sandboxFlags(args) }),
  },
  sandbox: {
    describe: 'serves a made-up account until stopped',
    options: { ...ACCOUNT, port: { type: 'number', default: 8787, describe: 'port on loopback' } },
    command: (args) => ({ command: 'sandbox', sandbox: sandboxFlags(args) }),
  },
};

/** Singer's: no word names the command. */
export const UNNAMED: Definition = {
  describe: false,
  options: {
    ...READ_FILES,
    discover: { type: 'switch', describe: 'prints the catalog: streams and columns' },
    about: { type: 'switch', describe: 'describes the tap' },
    format: { type: 'choice', choices: ['json', 'markdown', 'text'], describe: 'of --about' },
    test: { type: 'switch', describe: 'reads one row of each stream, and writes no state' },
    version: { type: 'switch', describe: 'prints the version' },
  },
  command: (args) => {
    const flags = flagsOf(args);
    const protocol = flags.protocol ?? 'singer';
    if (args.version === true) return { command: 'version' };
    if (args.about === true)
      return { command: 'about', format: (args.format ?? 'text') as 'json' | 'markdown' | 'text' };
    if (args.discover === true) return { command: 'discover', flags, protocol };
    if (args.test === true) return withConfig({ command: 'test', flags, protocol });
    if (flags.config === undefined) throw new Fault('KLV_USAGE', 'no command, and no --config');
    return { command: 'read', flags, protocol };
  },
};

function withConfig(command: Extract<Command, { readonly flags: Flags }>): Command {
  if (command.flags.config === undefined && ['check', 'read', 'test'].includes(command.command))
    throw new Fault('KLV_USAGE', '--config is missing');
  return command;
}
