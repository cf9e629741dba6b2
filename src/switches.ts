/** Flags that are given or not. */
import { Fault } from './errors.js';

/** How taps of the Singer SDK are asked for a row a stream. */
const SAME: ReadonlySet<string> = new Set(['--test=all', '--test=records']);

/** Of a value that is neither true nor false yargs makes false: `--test=…` would read everything. Throws KLV_USAGE. */
export const switches = (argv: readonly string[]): readonly string[] =>
  argv.map((argument) => {
    if (SAME.has(argument)) return '--test';
    const [, flag, value] = /^--(about|debug|discover|dry-run|test|version)=(.*)$/.exec(argument) ?? [];
    if (flag !== undefined && value !== 'true' && value !== 'false')
      throw new Fault('KLV_USAGE', `--${flag} takes no value`);
    return argument;
  });
