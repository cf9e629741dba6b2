/** The connector described from its own files: the spec command, and Singer's --about. */
import { describeStreams } from './discover.js';
import { packaged } from './schemas.js';

interface Property {
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

interface Package {
  readonly name: string;
  readonly version: string;
  readonly description: string;
}

export const packageInfo = (): Package => packaged('package.json') as Package;
export const spec = (): Spec => packaged('spec.json') as Spec;

const CAPABILITIES = ['about', 'catalog', 'discover', 'properties', 'state', 'test'];

export function aboutJson(): object {
  const { version, description } = packageInfo();
  return {
    name: 'tap-klaviyo-v2',
    description,
    version,
    capabilities: CAPABILITIES,
    settings: settings(),
    streams: describeStreams().map(({ primaryKey, cursor, ...stream }) => ({
      ...stream,
      key_properties: primaryKey,
      ...(cursor === undefined ? {} : { replication_key: cursor }),
    })),
  };
}

/** Airbyte's mark of a secret, and those that readers of a tap's settings look for. */
function settings(): object {
  const { properties, ...rest } = spec().connectionSpecification;
  const marked = Object.entries(properties).map(([name, property]) => [
    name,
    property.airbyte_secret === true ? { ...property, secret: true, writeOnly: true } : property,
  ]);
  return { ...rest, properties: Object.fromEntries(marked) };
}

const cell = (text: unknown): string =>
  String(text ?? '')
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ');

/** The config as a table; also the one in the README, so that it cannot differ. */
export function configTable(): string {
  const { properties, required = [] } = spec().connectionSpecification;
  const rows = Object.entries(properties).map(
    ([name, { type, default: usual, description }]) =>
      `| \`${name}\`${required.includes(name) ? ' (required)' : ''} | ${cell([type].flat().join(', '))} | ${
        usual === undefined ? '' : `\`${cell(JSON.stringify(usual))}\``
      } | ${cell(description)} |`,
  );
  return ['| field | type | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** The streams as a table; in the README too. */
export function streamTable(): string {
  const rows = describeStreams().map(
    ({ name, primaryKey, cursor, description }) =>
      `| \`${name}\` | ${primaryKey.map((column) => `\`${column}\``).join(', ')} | ${
        cursor === undefined ? 'read whole' : `\`${cursor}\``
      } | ${cell(description)} |`,
  );
  return ['| stream | primary key | incremental by | rows |', '| --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
}

export function aboutMarkdown(): string {
  const { version, description } = packageInfo();
  return [
    '# tap-klaviyo-v2',
    `Version ${version}. ${description}`,
    `## Capabilities\n${CAPABILITIES.map((name) => `- ${name}`).join('\n')}`,
    `## Settings\n${configTable()}`,
    `## Streams\n${streamTable()}`,
  ].join('\n\n');
}
