/** The JSON files that the package carries. */
import { readFileSync } from 'node:fs';

const ROOT = new URL('../../', import.meta.url);
const loaded = new Map<string, unknown>();

/** A JSON file of the package, parsed once. */
export function packaged(path: string): unknown {
  if (!loaded.has(path)) loaded.set(path, JSON.parse(readFileSync(new URL(path, ROOT), 'utf8')));
  return loaded.get(path);
}

interface Package {
  readonly name: string;
  readonly version: string;
  readonly description: string;
}

export interface Property {
  readonly type: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly airbyte_secret?: boolean;
}

export interface Spec {
  readonly connectionSpecification: {
    readonly required?: readonly string[];
    readonly properties: Readonly<Record<string, Property>>;
  };
}

export const packageInfo = (): Package => packaged('package.json') as Package;
export const spec = (): Spec => packaged('spec.json') as Spec;
