/** What most commands begin with: the config. */
import { parseConfig } from './config.js';
import { type Machine, machine, openToOthers } from './config-file.js';
import { readText } from './file.js';
import type { Io } from './io.js';
import type { Config } from './resource.js';
import { secretsOfConfig } from './secrets.js';
import { fromMillis } from './time.js';

export interface Needs {
  /** For what asks nobody the key is empty where there is none. */
  readonly key?: 'needed' | 'may lack';
  readonly on?: Machine;
}

/** Reads the config that `--config` names (`-`: standard input), and reports what is odd about it. */
export async function loadConfig(
  path: string,
  io: Pick<Io, 'stdin' | 'env' | 'clock' | 'mask'>,
  { key: need = 'needed', on = machine(io.env) }: Needs = {},
): Promise<{ config: Config; warnings: readonly string[] }> {
  const text = path === '-' ? await io.stdin() : readText(path, 'KLV_CONFIG_FILE');
  io.mask.hide(...secretsOfConfig(text));
  const key = io.env.KLAVIYO_API_KEY;
  const settings = parseConfig(
    text,
    path === '-' ? 'standard input' : path,
    key === undefined ? {} : { KLAVIYO_API_KEY: key },
    fromMillis(io.clock.wall()),
    need,
  );
  const { api_key: found } = settings.config;
  io.mask.hide(found);
  const open = path !== '-' && found !== '' && text.includes(found) ? openToOthers(path, on) : undefined;
  return { ...settings, warnings: open === undefined ? settings.warnings : [...settings.warnings, open] };
}

/** The key as it is configured by now. Standard input was read once, so only the environment can tell there. */
export async function freshKey(path: string, io: Io): Promise<string | undefined> {
  if (path !== '-') return (await loadConfig(path, io)).config.api_key;
  const key = io.env.KLAVIYO_API_KEY?.trim() || undefined;
  if (key !== undefined) io.mask.hide(key);
  return key;
}
