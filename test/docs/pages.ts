/** The documents, and what is written in them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Every page, by its path from the root. */
export const PAGES: readonly string[] = ['.', '.github', 'docs', 'examples'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: folder !== '.', encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))
    .sort(),
);

/** A fenced block. Its info string is the language, then words that say how it is checked. */
export interface Block {
  /** As in `README.md:25`. */
  readonly at: string;
  readonly language: string;
  readonly words: string;
  readonly code: string;
}

/** Fences may be indented, as they are in lists; their code is not, then. */
export function blocksOf(page: string, markdown: string): readonly Block[] {
  return [...markdown.matchAll(/^( *)```(.*)\n((?:.*\n)*?)\1```$/gm)].map(
    ({ index, 1: margin = '', 2: info = '', 3: code = '' }) => {
      const [, language = '', words = ''] = /^(\S*) *(.*)$/.exec(info) ?? [];
      return {
        at: `${page}:${markdown.slice(0, index).split('\n').length}`,
        language,
        words,
        code: code.replaceAll(new RegExp(`^${margin}`, 'gm'), ''),
      };
    },
  );
}

/** What is no code: links and headings are looked for there. */
export const prose = (markdown: string): string =>
  markdown.replace(/^( *)```(?:.*\n)*?\1```$/gm, (block) => block.replace(/[^\n]/g, ''));

/** Anchors as a forge makes them of headings: a second one of the same words gets a number. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of prose(markdown).matchAll(/^#+ (.+)$/gm)) {
    const plain = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');
    let anchor = plain;
    for (let n = 1; anchors.has(anchor); n += 1) anchor = `${plain}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Where links, images and definitions of links lead. */
export const linksOf = (markdown: string): readonly string[] =>
  [
    ...prose(markdown).matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)|^\[[^\]]+\]: (\S+)|(?:href|src)="([^"]+)"/gm),
  ].map(([, inline, defined, html]) => inline ?? defined ?? html ?? '');
