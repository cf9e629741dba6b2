/** Who else can read the file that the key is in. */
import { existsSync, statSync } from 'node:fs';
import { platform } from 'node:os';
import { warning } from './errors.js';
import { shortName } from './file.js';

/** What the question depends on beside the file; given by tests. */
export interface Machine {
  readonly platform: string;
  readonly exists: (path: string) => boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export const machine = (env: Machine['env']): Machine => ({ platform: platform(), exists: existsSync, env });

/** Others have no way into a container, and those who mount its files choose their modes. */
const isContainer = ({ exists, env }: Machine): boolean =>
  env.KUBERNETES_SERVICE_HOST !== undefined || exists('/.dockerenv') || exists('/run/.containerenv');

/** One line if the mode lets anybody but the owner in. Windows has no modes; a pipe has no readers to come. */
export function openToOthers(path: string, on: Machine): string | undefined {
  if (on.platform === 'win32' || isContainer(on)) return undefined;
  const { mode, isFile } = stats(path);
  if (!isFile || (mode & 0o077) === 0) return undefined;
  const name = shortName(path);
  return warning('KLV_CONFIG_OPEN', `${name} holds the key, and others may read it`, `chmod 600 ${name}`);
}

function stats(path: string): { readonly mode: number; readonly isFile: boolean } {
  const found = statSync(path, { throwIfNoEntry: false });
  return { mode: found?.mode ?? 0, isFile: found?.isFile() === true };
}
