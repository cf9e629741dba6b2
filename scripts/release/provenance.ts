/** Where a release comes from: an in-toto statement with SLSA's predicate, not signed. */
import { createHash } from 'node:crypto';

export interface Built {
  readonly version: string;
  readonly repository: string;
  readonly commit: string;
  readonly node: string;
  readonly npm: string;
  readonly lockfile: Buffer;
  /** By name: what was made. */
  readonly files: Readonly<Record<string, Buffer>>;
  readonly started: Date;
  readonly finished: Date;
}

const digest = (bytes: Buffer, ...kinds: readonly ('sha256' | 'sha512')[]) =>
  Object.fromEntries(kinds.map((kind) => [kind, createHash(kind).update(bytes).digest('hex')]));

/** https://in-toto.io/Statement/v1, https://slsa.dev/provenance/v1 */
export const provenance = (built: Built): object => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: Object.entries(built.files).map(([name, bytes]) => ({
    name,
    digest: digest(bytes, 'sha256', 'sha512'),
  })),
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: {
    buildDefinition: {
      buildType: `${built.repository}/blob/main/CONTRIBUTING.md#a-release`,
      externalParameters: {
        version: built.version,
        ref: `refs/tags/v${built.version}`,
        commands: ['npm ci --ignore-scripts', 'npm pack'],
      },
      internalParameters: { node: built.node, npm: built.npm },
      resolvedDependencies: [
        {
          uri: `git+${built.repository}@refs/tags/v${built.version}`,
          digest: { gitCommit: built.commit },
        },
        { name: 'package-lock.json', digest: digest(built.lockfile, 'sha256') },
      ],
    },
    runDetails: {
      builder: { id: `${built.repository}/blob/main/scripts/release.ts` },
      metadata: { startedOn: built.started.toISOString(), finishedOn: built.finished.toISOString() },
    },
  },
});
