/**
 * Loads our modules anew for each mutant: the mutant's number is in the address of the test file and goes on to
 * whatever that imports, while packages are loaded once.
 */
import type { InitializeHook, LoadHook, ResolveHook } from 'node:module';
import type { Mutant } from './mutant.js';

interface Hooked {
  readonly root: string;
  readonly mutants: readonly Mutant[];
}

let root = '';
let byId = new Map<string, Mutant>();

const idOf = (url: string): string | undefined => /\?mutant=(\d+)$/.exec(url)?.[1];

export const initialize: InitializeHook<Hooked> = (given) => {
  root = given.root;
  byId = new Map(given.mutants.map((one) => [String(one.id), one]));
};

export const resolve: ResolveHook = async (specifier, context, next) => {
  const resolved = await next(specifier, context);
  const id = idOf(context.parentURL ?? '');
  return id !== undefined && resolved.url.startsWith(root) && idOf(resolved.url) === undefined
    ? { ...resolved, url: `${resolved.url}?mutant=${id}` }
    : resolved;
};

export const load: LoadHook = async (url, context, next) => {
  const loaded = await next(url, context);
  const mutant = byId.get(idOf(url) ?? '');
  if (mutant === undefined || !url.startsWith(`${mutant.url}?`)) return loaded;
  const code = String(loaded.source instanceof Uint8Array ? Buffer.from(loaded.source) : loaded.source);
  return { ...loaded, source: code.slice(0, mutant.start) + mutant.text + code.slice(mutant.end) };
};
