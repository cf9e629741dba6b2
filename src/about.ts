/** The connector described from its own files: the spec command, and Singer's --about. */
import { describeStreams } from './discover.js';
import { packaged } from './schemas.js';

interface Property {
  readonly type: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
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

/** As the Singer SDK and Meltano name them. */
export const TAP_CAPABILITIES: readonly string[] = [
  'about',
  'activate-version',
  'catalog',
  'discover',
  'state',
  'test',
];

/** What older runners ask for in place of a catalog; Meltano would only warn of it. */
const CAPABILITIES: readonly string[] = [...TAP_CAPABILITIES, 'properties'];

export function aboutJson(): object {
  const { version, description } = packageInfo();
  return {
    name: 'tap-klaviyo-v2',
    description,
    version,
    capabilities: CAPABILITIES,
    settings: spec().connectionSpecification,
  };
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
