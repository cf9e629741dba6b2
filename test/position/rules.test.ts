/** What a user would lose if this failed: rules that can be looked up, and are kept. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { movable, ruleOf, streamNamed } from '../../src/position/places.js';
import { STREAMS } from '../../src/resources/index.js';

const DOCUMENT = readFileSync(new URL('../../../docs/state.md', import.meta.url), 'utf8');

describe('whether a stream can be moved', () => {
  it('is said by every stream that has a position', () => {
    for (const [name, { stream }] of STREAMS)
      expect(stream.position !== undefined, name).to.equal(stream.cursor !== undefined);
    const moves = [...STREAMS.keys()].filter((name) => ruleOf(name).moves);
    expect(moves).to.have.members(['event_v2', 'flow_v2', 'profile_v2', 'list_v2', 'segment_v2']);
  });

  it('is what the document says, and why, and what to do instead', () => {
    const said = new Map(
      [...DOCUMENT.matchAll(/^\| (`.+?`|the other streams) \| (yes|no: .+?) \| (.+) \|$/gm)].flatMap(
        ([, names = '', moves, text]) =>
          [...names.matchAll(/`(\w+)`|the (other)/g)].map(([, name, other]) => [
            name ?? other,
            [moves, text],
          ]),
      ),
    );
    for (const name of STREAMS.keys()) {
      const rule = ruleOf(name);
      expect(said.get(name) ?? said.get('other'), name).to.deep.equal(
        rule.moves ? ['yes', rule.passed] : [`no: ${rule.why}`, rule.instead],
      );
    }
  });

  it('is told in one line that says what to do instead', () => {
    for (const name of STREAMS.keys()) {
      const rule = ruleOf(name);
      if (rule.moves) expect(movable(name)).to.equal(rule);
      else
        expect(() => movable(name))
          .to.throw(`KLV_POSITION ${name} cannot be moved: ${rule.why} — ${rule.instead}`)
          .with.property('message')
          .with.length.at.most(200);
    }
  });

  it('K1 is asked of a stream by its name alone', () => {
    expect(streamNamed('event_v2')).to.equal('event_v2');
    expect(() => streamNamed('evnts_v2')).to.throw(
      /^KLV_POSITION "evnts_v2" is no stream — did you mean event_v2\?$/,
    );
    expect(() => streamNamed('__proto__')).to.throw(/^KLV_POSITION "__proto__" is no stream — name a stream/);
  });
});
