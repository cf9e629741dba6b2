/**
 * Boxes in layers, so that arrows point down: each box lies below all that point to it; a layer is put in the order in
 * which the fewest arrows cross, as far as a few sweeps find it; an arrow over several layers has a place in each.
 */

export interface Arrow {
  readonly from: string;
  readonly to: string;
}

export interface Placed {
  readonly layer: number;
  /** The middle of the box. */
  readonly x: number;
}

export interface Layered<A extends Arrow> {
  readonly boxes: ReadonlyMap<string, Placed>;
  /** By arrow, the places that it goes through, its ends among them. */
  readonly ways: ReadonlyMap<A, readonly Placed[]>;
  readonly width: number;
  readonly layers: number;
}

interface Spot {
  readonly width: number;
  readonly above: Spot[];
  readonly below: Spot[];
  layer: number;
  x: number;
}

const SWEEPS = 24;
/** How wide an arrow's place is between boxes. */
const LANE = 26;

/** Arrows may not run in a circle. */
export function layered<A extends Arrow>(
  names: readonly string[],
  arrows: readonly A[],
  widthOf: (name: string) => number,
): Layered<A> {
  const spots = new Map(names.map((name) => [name, spot(widthOf(name), depth(name, arrows))]));
  const of = (name: string): Spot => {
    const found = spots.get(name);
    if (found === undefined) throw new Error(`an arrow leads to ${name}, which is no box`);
    return found;
  };
  const ways = new Map<A, Spot[]>();
  const all = [...spots.values()];
  for (const arrow of arrows) {
    const [from, to] = [of(arrow.from), of(arrow.to)];
    const way = [from];
    for (let layer = from.layer + 1; layer < to.layer; layer += 1) way.push(spot(LANE, layer));
    way.push(to);
    for (const [index, each] of way.entries()) {
      const next = way[index + 1];
      if (next === undefined) continue;
      each.below.push(next);
      next.above.push(each);
    }
    all.push(...way.slice(1, -1));
    ways.set(arrow, way);
  }
  const layers = rows(all);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const down = sweep % 2 === 0;
    for (const row of down ? layers : layers.toReversed()) settle(row, down ? 'above' : 'below');
  }
  const left = Math.min(...all.map(({ x, width }) => x - width / 2));
  const right = Math.max(...all.map(({ x, width }) => x + width / 2));
  const placed = ({ layer, x }: Spot): Placed => ({ layer, x: Math.round(x - left) });
  return {
    boxes: new Map([...spots].map(([name, each]) => [name, placed(each)])),
    ways: new Map([...ways].map(([arrow, way]) => [arrow, way.map(placed)])),
    width: Math.round(right - left),
    layers: layers.length,
  };
}

const spot = (width: number, layer: number): Spot => ({ width, layer, x: 0, above: [], below: [] });

/** How many arrows lead to the box one after the other, by the longest way. */
function depth(name: string, arrows: readonly Arrow[], below: readonly string[] = []): number {
  if (below.includes(name)) throw new Error(`arrows run in a circle: ${[name, ...below].join(' < ')}`);
  const before = arrows.filter(({ to }) => to === name).map(({ from }) => from);
  return Math.max(-1, ...before.map((from) => depth(from, arrows, [name, ...below]))) + 1;
}

function rows(all: readonly Spot[]): Spot[][] {
  const layers: Spot[][] = [];
  for (const each of all) {
    const row = layers[each.layer] ?? [];
    layers[each.layer] = row;
    row.push(each);
  }
  for (const row of layers) spread(row);
  return layers;
}

/** Each where it wants to be, in the order of that; then apart, with their middle where it was wanted. */
function settle(row: Spot[], side: 'above' | 'below'): void {
  const wanted = new Map(
    row.map((each) => [each, each[side].length === 0 ? each.x : mean(each[side].map(({ x }) => x))]),
  );
  const want = (each: Spot): number => wanted.get(each) ?? 0;
  row.sort((a, b) => want(a) - want(b));
  for (const each of row) each.x = want(each);
  spread(row);
  const shift = mean(row.map((each) => want(each) - each.x));
  for (const each of row) each.x += shift;
}

/** From left to right, none over another. */
function spread(row: readonly Spot[]): void {
  let end = Number.NEGATIVE_INFINITY;
  for (const each of row) {
    each.x = Math.max(each.x, end + each.width / 2);
    end = each.x + each.width / 2;
  }
}

const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
