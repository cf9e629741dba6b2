/** What the flags of a command line say, once they are told apart: by name and kind. */
import { Fault } from './errors.js';
import type { ProtocolName } from './protocol/protocol.js';

/** By flag: a flag that was given twice has an array. */
export type Args = Readonly<Record<string, unknown>>;

export interface Flags {
  readonly config?: string;
  readonly catalog?: string;
  readonly state?: string;
  readonly protocol?: ProtocolName;
  readonly summary?: string;
  readonly report?: string;
  readonly debug: boolean;
}

export interface PositionFlags {
  readonly state: string;
  readonly stream?: string;
  /** Where the stream is to be moved. */
  readonly datetime?: string;
  readonly config?: string;
  readonly catalog?: string;
  readonly dryRun: boolean;
  readonly format: 'text' | 'json';
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

/** Throws KLV_USAGE. */
export function flagsOf(args: Args): Flags {
  const one = (flag: string): string | undefined => {
    const value = args[flag];
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
  const summary = one('summary');
  const report = one('report');
  for (const [flag, file] of Object.entries({ summary, report }))
    if (file === '-') throw new Fault('KLV_USAGE', `--${flag} takes a file, as stdout is the protocol’s`);
    // A variable of a script that is not set.
    else if (file === '') throw new Fault('KLV_USAGE', `--${flag} takes a file, and its name is empty`);
  const protocol = one('protocol') as ProtocolName | undefined;
  return {
    debug: args.debug === true,
    ...(config === undefined ? {} : { config }),
    ...(chosen === undefined ? {} : { catalog: chosen }),
    ...(state === undefined ? {} : { state }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(summary === undefined ? {} : { summary }),
    ...(report === undefined ? {} : { report }),
  };
}

/** Throws KLV_USAGE. */
export function positionFlags(args: Args): PositionFlags {
  const { config, catalog, state, debug } = flagsOf(args);
  if (state === undefined) throw new Fault('KLV_USAGE', '--state is missing');
  const word = (name: string): string | undefined => {
    const value = args[name];
    return value === undefined ? undefined : String(value);
  };
  const [stream, datetime] = [word('stream'), word('datetime')];
  if (Array.isArray(args.format)) throw new Fault('KLV_USAGE', '--format is given twice');
  const dryRun = args['dry-run'] === true;
  if (dryRun && datetime === undefined) throw new Fault('KLV_USAGE', '--dry-run without a date to move to');
  return {
    state,
    dryRun,
    debug,
    format: args.format === 'json' ? 'json' : 'text',
    ...(stream === undefined ? {} : { stream }),
    ...(datetime === undefined ? {} : { datetime }),
    ...(config === undefined ? {} : { config }),
    ...(catalog === undefined ? {} : { catalog }),
  };
}

/** Throws KLV_USAGE. */
export function sandboxFlags(args: Args): SandboxFlags {
  const number = (flag: string, most = Number.POSITIVE_INFINITY): number => {
    const value = args[flag];
    const bound = Number.isFinite(most) ? ` to ${most}` : '';
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most)
      throw new Fault('KLV_USAGE', `--${flag} must be a whole number from 0${bound}`);
    return value;
  };
  const sizes = ['lists', 'segments', 'flows', 'campaigns', 'members'].filter(
    (flag) => args[flag] !== undefined,
  );
  return {
    port: args.port === undefined ? 0 : number('port', 65_535),
    account: args.account as SandboxFlags['account'],
    seed: number('seed'),
    profiles: number('profiles'),
    events: number('events'),
    latencyMs: number('latency-ms'),
    rival: share(args.rival),
    gzip: args.gzip !== 'off',
    limits: args.limits !== 'off',
    ...Object.fromEntries(sizes.map((flag) => [flag, number(flag)])),
  };
}

function share(value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1))
    throw new Fault('KLV_USAGE', '--rival must be a number from 0 to 1');
  return value;
}
