/** What a contributor would lose if this failed: a picture of the source that is true, and can be read. */
import { expect } from 'chai';
import fc from 'fast-check';
import { type Arrow, layered } from '../../scripts/generate/layers.js';
import { arrowsOf, picture, turned } from '../../scripts/generate/picture.js';
import { importsOf, sourcesOf } from '../../scripts/imports.js';
import { ROOT } from './pages.js';

/** Arrows from boxes to later ones, so that none run in a circle. */
const drawings = fc.integer({ min: 1, max: 12 }).chain((count) =>
  fc.record({
    names: fc.constant(Array.from({ length: count }, (_, n) => `box ${n}`)),
    arrows: fc
      .uniqueArray(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), {
        maxLength: 30,
        selector: ([a, b]) => `${a} ${b}`,
      })
      .map((pairs) =>
        pairs.filter(([a, b]) => a < b).map(([a, b]): Arrow => ({ from: `box ${a}`, to: `box ${b}` })),
      ),
  }),
);

describe('the layers of a picture', () => {
  it('let every arrow point down, through a place in each layer between, and no box lie on another', () => {
    fc.assert(
      fc.property(drawings, ({ names, arrows }) => {
        const { boxes, ways, width } = layered(names, arrows, () => 100);
        for (const [{ from, to }, way] of ways) {
          expect([way[0], way.at(-1)]).to.deep.equal([boxes.get(from), boxes.get(to)]);
          way.forEach((place, index) => {
            expect(place.layer).to.equal((way[0]?.layer ?? 0) + index);
          });
          expect(way.length).to.be.above(1);
        }
        const placed = [...boxes.values()];
        for (const [index, one] of placed.entries()) {
          expect(one.x).to.be.within(49, width - 49);
          for (const other of placed.slice(index + 1))
            if (one.layer === other.layer) expect(Math.abs(one.x - other.x)).to.be.at.least(99);
        }
      }),
    );
  });

  it('are not made of arrows that run in a circle, or lead to no box', () => {
    const arrows = [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'a' },
    ];
    expect(() => layered(['a', 'b'], arrows, () => 1)).to.throw('circle');
    expect(() => layered(['a'], [{ from: 'a', to: 'c' }], () => 1)).to.throw('c, which is no box');
  });
});

describe('the picture of the source', () => {
  const source = (file: string, code: string) => ({ file, code, imports: importsOf(file, code) });

  it('has an arrow for each room that imports code of another, and none for types or for what all stand on', () => {
    const sources = [
      source(
        'src/sync/read.ts',
        "import { a } from '../state.js';\nimport { b } from '../state.js';\nimport { c } from '../errors.js';",
      ),
      source(
        'src/sync/page.ts',
        "import type { d } from '../klaviyo/client.js';\nimport { e } from './read.js';",
      ),
      source('src/nobody-named.ts', "const f = await import('./sync/read.js');"),
    ];
    expect(arrowsOf(sources)).to.deep.equal([
      { from: 'run', to: 'sync/', imports: 1 },
      { from: 'sync/', to: 'state', imports: 2 },
    ]);
  });

  it('shows which import goes against the order: of a circle the one with the fewest', () => {
    const [heavy, light] = [
      { from: 'a', to: 'b', imports: 5 },
      { from: 'b', to: 'a', imports: 1 },
    ];
    expect(turned([heavy, light])).to.deep.equal([heavy, { from: 'a', to: 'b', imports: 1, back: true }]);
    const three = [
      { from: 'a', to: 'b', imports: 2 },
      { from: 'b', to: 'c', imports: 1 },
      { from: 'c', to: 'a', imports: 3 },
    ];
    expect(turned(three)[1]).to.deep.equal({ from: 'c', to: 'b', imports: 1, back: true });
  });

  it('is drawn, with every folder and an arrow for each import between rooms', () => {
    const sources = sourcesOf(ROOT);
    const drawn = picture(sources);
    for (const folder of ['klaviyo/', 'protocol/', 'resources/', 'sandbox/', 'sync/', 'generated/'])
      expect(drawn).to.include(`>${folder}</text>`);
    expect(drawn.match(/<path class="arrow[^"]*" d="M[^"]*C/g)).to.have.length(arrowsOf(sources).length);
  });
});
