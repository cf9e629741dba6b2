/** What a new version changes in the files that are kept: text in, text out. */

export interface Release {
  readonly from: string;
  readonly to: string;
  /** As in `2026-11-26`. */
  readonly day: string;
}

type Edit = (text: string, release: Release) => string;

const VERSION = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?$/;

/** Why the version cannot follow the other; undefined: it can. */
export function unfit(to: string, from: string): string | undefined {
  const [next, last] = [VERSION.exec(to), VERSION.exec(from)];
  if (next === null) return `${to} is no version such as 1.2.3`;
  if (last === null) return `package.json has ${from}, which is no version`;
  for (const part of [1, 2, 3]) {
    const step = Number(next[part]) - Number(last[part]);
    if (step > 0) return undefined;
    if (step < 0) return `${to} is older than ${from}`;
  }
  // Of the same numbers, one with a suffix comes before the one without.
  return last[4] !== undefined && (next[4] === undefined || next[4] > last[4])
    ? undefined
    : `${to} does not come after ${from}`;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Throws if the text does not say the old version where it should. `before`: what comes before it, on its line. */
const after =
  (...before: readonly RegExp[]): Edit =>
  (text, { from, to }) =>
    before.reduce((edited, each) => {
      const place = new RegExp(`(${each.source})${escaped(from)}(?![\\w.-])`, 'gm');
      if (!place.test(edited)) throw new Error(`nothing like ${each.source}${from}`);
      return edited.replace(place, `$1${to}`);
    }, text);

const lockfile: Edit = (text, { from, to }) => {
  const lock = JSON.parse(text) as { version: string; packages: Record<string, { version?: string }> };
  const root = lock.packages[''];
  if (root === undefined || lock.version !== from || root.version !== from)
    throw new Error(`its version is not ${from}`);
  lock.version = to;
  root.version = to;
  return `${JSON.stringify(lock, null, 2)}\n`;
};

const UNRELEASED = /^## Unreleased\n([\s\S]*?)(?=^## |$(?![\s\S]))/m;

/** What came since the last version, as the changelog has it. */
export const unreleased = (changelog: string): string => UNRELEASED.exec(changelog)?.[1]?.trim() ?? '';

const changelog: Edit = (text, { to, day }) => {
  const news = unreleased(text);
  if (news === '') throw new Error('nothing stands under "## Unreleased"');
  return text.replace(UNRELEASED, () => `## Unreleased\n\n## ${to} (${day})\n\n${news}\n\n`);
};

/** By file. What `npm run generate` makes of them is not here. */
export const EDITS: Readonly<Record<string, Edit>> = {
  'package.json': after(/^ {2}"version": "/),
  'package-lock.json': lockfile,
  'metadata.yaml': after(/^ {2}dockerImageTag: /),
  Dockerfile: after(/io\.airbyte\.version="/),
  'CHANGELOG.md': changelog,
  'CONTRIBUTING.md': after(/source-klaviyo-v2:/),
  'docs/airbyte.md': after(/source-klaviyo-v2:/, /Docker image tag: `/),
  'docs/meltano.md': (text, { from, to }) => {
    const file = `source-klaviyo-v2-${from}.tgz`;
    if (!text.includes(file)) throw new Error(`it does not name ${file}`);
    return text.replaceAll(file, `source-klaviyo-v2-${to}.tgz`);
  },
};

/** The files that change, with their new text. Throws with the file that does not say what it should. */
export const edited = (read: (file: string) => string, release: Release): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(EDITS).map(([file, edit]) => {
      try {
        return [file, edit(read(file), release)];
      } catch (error) {
        throw new Error(`${file}: ${(error as Error).message}`);
      }
    }),
  );
