/** The connector described from its own files: Singer's --about, and the tables of the README. */
import { describeStreams, type Facts } from './discover.js';
import { FACTS } from './generated/streams.js';
import { packageInfo, spec } from './packaged.js';

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
export function streamTable(streams: readonly Facts[]): string {
  const rows = streams.map(
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
    `## Streams\n${streamTable(FACTS)}`,
  ].join('\n\n');
}
