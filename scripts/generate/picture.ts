/** `docs/architecture.svg`: the rooms of `src/` and who imports whom, drawn from the import statements. */
import type { Source } from '../imports.js';
import { type Arrow, layered, type Placed } from './layers.js';

interface Room {
  readonly says: string;
  /** Files of `src/` itself; beside them, the folder of its name. */
  readonly files?: string;
}

const ROOMS: Readonly<Record<string, Room>> = {
  main: { says: 'the process', files: 'main' },
  commands: { says: 'carries out each', files: 'app about demo' },
  'position/': { says: 'of a state, to move' },
  check: { says: 'what the key may see', files: 'check check-report' },
  'survey/': { says: 'what a read will find' },
  estimate: { says: 'how long it takes', files: 'estimate' },
  'command line': { says: 'flags, help', files: 'commands flags plain cli switches usage' },
  output: { says: 'stdout, files, the end', files: 'output ending replace-file' },
  run: { says: 'one read' },
  watch: { says: 'what a run comes to', files: 'watch watch-run watch-endpoint watch-warnings run-summary' },
  'terminal/': { says: 'the table' },
  'report/': { says: 'a run as a page' },
  words: { says: 'texts for people', files: 'words table' },
  input: {
    says: 'what the user gives',
    files:
      'base-url catalog catalog-forms chosen config config-file discover file json-syntax secrets settings start-date state-check',
  },
  'resources/': { says: 'what is crawled' },
  'klaviyo/': { says: 'how it is asked', files: 'connection' },
  'sync/': { says: 'when, and what is left' },
  'protocol/': { says: 'Airbyte, Singer' },
  'sandbox/': { says: 'a Klaviyo to try' },
  rows: { says: 'fit their columns', files: 'lines row row-limits scanned-row scanned-value shape' },
  state: { says: 'bookmarks', files: 'state state-forms' },
  columns: { says: 'schemas, read', files: 'packaged schemas' },
  'generated/': { says: 'written by a script' },
};
/** What everybody imports: a floor, without arrows. */
const FLOOR = 'errors io log message numbers resource revision time time-bytes'.split(' ');
/** A file of `src/` that no room names is a part of this one. */
const REST = 'run';

const [WIDTH, HEIGHT, GAP, LAYER, MARGIN] = [164, 48, 20, 112, 24];
/** Imports, and how wide an arrow is that stands for so many or more. */
const WIDTHS: readonly (readonly [number, number])[] = [
  [12, 6],
  [6, 4],
  [3, 2.5],
  [1, 1.2],
];

/** The room of a file such as `src/sync/read`; undefined: the floor. */
function roomOf(path: string): string | undefined {
  const [, folder = '', inside] = path.split('/');
  if (inside !== undefined) return `${folder}/`;
  if (FLOOR.includes(folder)) return undefined;
  const named = Object.entries(ROOMS).find(([, { files }]) => files?.split(' ').includes(folder));
  return named?.[0] ?? REST;
}

export interface Drawn extends Arrow {
  readonly imports: number;
  /** It points up: with the others it would make a circle. */
  readonly back?: true;
}

/** Code that one room imports of another; types alone make no arrow, as they are not there when it runs. */
export function arrowsOf(sources: readonly Source[]): readonly Drawn[] {
  const counted = new Map<string, number>();
  for (const { file, imports } of sources)
    for (const { target, typeOnly } of imports) {
      const [from, to] = [roomOf(file.replace(/\.ts$/, '')), roomOf(target)];
      if (typeOnly || from === undefined || to === undefined || from === to) continue;
      const key = `${from}\n${to}`;
      counted.set(key, (counted.get(key) ?? 0) + 1);
    }
  return [...counted].sort().map(([key, imports]) => {
    const [from = '', to = ''] = key.split('\n');
    return { from, to, imports };
  });
}

/** One circle of arrows, if there is any. */
function circle(arrows: readonly Drawn[], way: readonly Drawn[]): readonly Drawn[] | undefined {
  const last = way.at(-1);
  const begun = way.findIndex(({ from }) => from === last?.to);
  if (begun !== -1) return way.slice(begun);
  for (const next of arrows.filter(({ from }) => last === undefined || from === last.to)) {
    const found = circle(arrows, [...way, next]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Of each circle the arrow with the fewest imports is turned round, and drawn as what it is: against the order. */
export function turned(arrows: readonly Drawn[]): readonly Drawn[] {
  const found = circle(arrows, []);
  if (found === undefined) return arrows;
  const lightest = found.filter(({ back }) => back === undefined).sort((a, b) => a.imports - b.imports)[0];
  if (lightest === undefined)
    throw new Error(`arrows run in a circle: ${found.map(({ from }) => from).join(', ')}`);
  const { from, to, imports } = lightest;
  return turned(
    arrows.map((arrow) => (arrow === lightest ? { from: to, to: from, imports, back: true } : arrow)),
  );
}

export function picture(sources: readonly Source[]): string {
  const arrows = turned(arrowsOf(sources));
  const folders = sources.map(({ file }) => roomOf(file.replace(/\.ts$/, '')));
  const rooms = [...new Set([...Object.keys(ROOMS), ...folders])].filter((room) => room !== undefined);
  const empty = rooms.filter((room) => !folders.includes(room));
  if (empty.length > 0) throw new Error(`no file is in the room ${empty.join(', ')}`);
  const { boxes, ways, width, layers } = layered(rooms, arrows, () => WIDTH + GAP);
  const floor = layers * LAYER - 16;
  const [wide, high] = [width + 2 * MARGIN, floor + HEIGHT + 56 + 2 * MARGIN];
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide} ${high}" width="${wide}" height="${high}" role="img" aria-labelledby="title">`,
    '<!-- Generated by `npm run generate`. Do not edit. -->',
    '<title id="title">The rooms of src/ and who imports whom</title>',
    STYLE,
    ...marks(),
    `<g transform="translate(${MARGIN} ${MARGIN})">`,
    ...lines(ways),
    ...[...boxes].map(([name, place]) => box(name, place)),
    ...bar(width, floor),
    ...legend(
      floor + HEIGHT + 40,
      arrows.some(({ back }) => back),
    ),
    '</g>',
    '</svg>',
  ].join('\n')}\n`;
}

const STYLE = `<style>
  text { font: 13px system-ui, sans-serif; fill: #57606a; text-anchor: middle }
  text.name { font-weight: 600; font-size: 15px; fill: #1f2328 }
  text.left { text-anchor: start }
  rect { fill: #f6f8fa; stroke: #8c959f }
  rect.floor { fill: none; stroke-dasharray: 4 4 }
  path.arrow { fill: none; stroke: #57606a; stroke-opacity: .55 }
  path.back { stroke: #cf222e; stroke-dasharray: 5 4 }
  marker path { fill: #57606a }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1 }
    text.name { fill: #f0f6fc }
    rect { fill: #151b23; stroke: #656c76 }
    path.arrow { stroke: #9198a1 }
    path.back { stroke: #f85149 }
    marker path { fill: #9198a1 }
  }
</style>`;

const widthOf = (imports: number): number => WIDTHS.find(([least]) => imports >= least)?.[1] ?? 1;

/** Heads of one size, however wide the arrow. */
const marks = (): readonly string[] => [
  '<defs>',
  '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" orient="auto-start-reverse" markerUnits="userSpaceOnUse">',
  '<path d="M0 0 8 4 0 8z"/>',
  '</marker>',
  '</defs>',
];

const top = ({ layer }: Placed): number => layer * LAYER;

type Ways = ReadonlyMap<Drawn, readonly Placed[]>;

/** Where each arrow leaves or enters its box: side by side, in the order of where they go to or come from. */
function ports(ways: Ways, end: 'from' | 'to'): ReadonlyMap<Drawn, number> {
  const from = (way: readonly Placed[], n: number): number => way.at(end === 'from' ? n : -1 - n)?.x ?? 0;
  const found = new Map<Drawn, number>();
  for (const name of new Set([...ways.keys()].map((arrow) => arrow[end]))) {
    const here = [...ways].filter(([arrow]) => arrow[end] === name);
    const step = Math.min(16, (WIDTH - 24) / here.length);
    for (const [index, [arrow, way]] of here.toSorted(([, a], [, b]) => from(a, 1) - from(b, 1)).entries())
      found.set(arrow, Math.round(from(way, 0) + (index - (here.length - 1) / 2) * step));
  }
  return found;
}

function lines(ways: Ways): readonly string[] {
  const [leave, enter] = [ports(ways, 'from'), ports(ways, 'to')];
  return [...ways].map(([arrow, way]) => line(arrow, way, leave.get(arrow) ?? 0, enter.get(arrow) ?? 0));
}

/** It bends between the layers, and goes straight down where boxes may be. */
function line({ imports, back }: Drawn, way: readonly Placed[], from: number, to: number): string {
  const [start, end] = [way[0], way.at(-1)];
  if (start === undefined || end === undefined) return '';
  let [x, y] = [from, top(start) + HEIGHT];
  const bend = (nextX: number, nextY: number): string => {
    const half = Math.round((nextY - y) / 2);
    const curve = `C${x} ${y + half} ${nextX} ${nextY - half} ${nextX} ${nextY}`;
    [x, y] = [nextX, nextY];
    return curve;
  };
  const through = way.slice(1, -1).map((place) => {
    const curve = bend(place.x, top(place));
    y += HEIGHT;
    return `${curve}V${y}`;
  });
  const path = `M${from} ${top(start) + HEIGHT}${through.join('')}${bend(to, top(end) - 2)}`;
  const [kind, head] = back === true ? ['arrow back', 'start'] : ['arrow', 'end'];
  return `<path class="${kind}" d="${path}" stroke-width="${widthOf(imports)}" marker-${head}="url(#head)"/>`;
}

const box = (name: string, place: Placed): string =>
  [
    `<rect x="${place.x - WIDTH / 2}" y="${top(place)}" width="${WIDTH}" height="${HEIGHT}" rx="6"/>`,
    `<text class="name" x="${place.x}" y="${top(place) + 20}">${name}</text>`,
    `<text x="${place.x}" y="${top(place) + 38}">${ROOMS[name]?.says ?? ''}</text>`,
  ].join('');

const bar = (width: number, y: number): readonly string[] => [
  `<rect class="floor" x="0" y="${y}" width="${width}" height="${HEIGHT}" rx="6"/>`,
  `<text class="name" x="${width / 2}" y="${y + 20}">${FLOOR.join(' · ')}</text>`,
  `<text x="${width / 2}" y="${y + 38}">types of the domain, errors, time: all rooms stand on these</text>`,
];

function legend(y: number, back: boolean): readonly string[] {
  const drawn = WIDTHS.toReversed().map(([least, width], index) => {
    const x = 190 + index * 110;
    const more = WIDTHS.toReversed()[index + 1]?.[0];
    const said =
      more === undefined ? `${least} and more` : more - 1 === least ? `${least}` : `${least} to ${more - 1}`;
    return `<path class="arrow" d="M${x} ${y}h28" stroke-width="${width}" marker-end="url(#head)"/><text class="left" x="${x + 36}" y="${y + 4}">${said}</text>`;
  });
  const against = `<path class="arrow back" d="M640 ${y}h28" marker-end="url(#head)"/><text class="left" x="676" y="${y + 4}">against the order</text>`;
  return [
    `<text class="left" x="0" y="${y + 4}">Imports of code:</text>`,
    ...drawn,
    ...(back ? [against] : []),
  ];
}
