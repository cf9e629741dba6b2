/** What a user would lose if this failed: rows that a state says are written, or the hours to read them again. */
import { expect } from 'chai';
import type { Config, Reference, Resource, Slice, StreamName } from '../../src/resource.js';
import type { Bookmark } from '../../src/state.js';
import { createLedger, type Ledger } from '../../src/sync/ledger.js';
import { type Mode, type Plan, plan } from '../../src/sync/plan.js';
import { addSeconds, FOREVER, type Instant, ORIGIN } from '../../src/time.js';
import { campaigns, groups, kinds, members, people, RESOURCES, STREAMS } from './world.js';

const START: Instant = '2026-03-01T00:00:00Z';
const at = (offset: number): Instant => addSeconds(START, offset);
const NOW = at(3_600);

interface Begun {
  readonly plan: Plan;
  readonly ledger: Ledger;
  /** The first slice of a resource. */
  readonly of: (resource: Resource) => Slice;
}

function begin(
  bookmarks: Readonly<Partial<Record<StreamName, Bookmark>>> = {},
  full: StreamName[] = [],
): Begun {
  const made = plan({
    resources: RESOURCES,
    streams: STREAMS,
    chosen: [...STREAMS].map(([name, { stream }]) => {
      const mode: Mode = stream.cursor === undefined || full.includes(name) ? 'full_refresh' : 'incremental';
      return { name, mode };
    }),
    bookmarks: new Map(Object.entries(bookmarks) as [StreamName, Bookmark][]),
    config: { api_key: 'pk_test' } as Config,
    since: ORIGIN,
    now: NOW,
  });
  const of = (resource: Resource): Slice => {
    const found = made.slices.find((slice) => slice.resource === resource);
    if (found === undefined) throw new Error(`no slice of ${resource.name}`);
    return found;
  };
  return { plan: made, ledger: createLedger(made), of };
}

const gapsOf = (ledger: Ledger, name: StreamName): Bookmark['gaps'] => ledger.bookmark(name).gaps;

describe('what a bookmark says while its stream is read in ranges', () => {
  it('I2 everything is open before the first page, nothing after the last', () => {
    const { ledger, of } = begin();
    expect(ledger.bookmark('profile_v2')).to.deep.equal({ version: 1, until: NOW, gaps: [[ORIGIN, NOW]] });
    ledger.close(of(people), []);
    expect(ledger.bookmark('profile_v2')).to.deep.equal({ version: 1, until: NOW, gaps: [] });
  });

  it('I2 a page moves the bookmark to where the next one begins, and no further', () => {
    const { ledger, of } = begin();
    const first = of(people);
    const next = { ...first, watermark: at(100), pageCursor: 'x' };
    ledger.close(first, [next]);
    expect(gapsOf(ledger, 'profile_v2')).to.deep.equal([[at(100), NOW]]);
    ledger.close(next, [{ ...next, watermark: at(200) }]);
    expect(gapsOf(ledger, 'profile_v2')).to.deep.equal([[at(200), NOW]]);
  });

  it('O3 parts that are read side by side leave gaps in order, whichever is done first', () => {
    const { ledger, of } = begin();
    const whole = of(people);
    const early = { ...whole, watermark: at(100), stop: at(1_000) };
    const late = { ...whole, from: at(2_000), watermark: at(2_500) };
    const middle = { ...whole, from: at(1_000), watermark: at(1_000), to: at(2_000) };
    ledger.close(whole, [late, early, middle]);
    expect(gapsOf(ledger, 'profile_v2')).to.deep.equal([
      [at(100), at(2_000)],
      [at(2_500), NOW],
    ]);
    ledger.close(middle, []);
    expect(gapsOf(ledger, 'profile_v2')).to.deep.equal([
      [at(100), at(1_000)],
      [at(2_500), NOW],
    ]);
    ledger.close(early, []);
    expect(gapsOf(ledger, 'profile_v2')).to.deep.equal([[at(2_500), NOW]]);
  });

  it('I3 a table that is replaced is read without an end, and its bookmark ends with the run', () => {
    const { ledger, of } = begin({}, ['profile_v2']);
    expect(of(people).to).to.equal(FOREVER);
    expect(gapsOf(ledger, 'profile_v2')).to.deep.equal([[ORIGIN, NOW]]);
    ledger.close(of(people), [{ ...of(people), watermark: at(5_000) }]);
    expect(gapsOf(ledger, 'profile_v2')).to.deep.equal([]);
  });

  it('I7 of a stream that shares its slice with another, only what was its own to read is left', () => {
    const state: Bookmark = { version: 1, until: at(3_000), gaps: [[at(100), at(200)]] };
    const { ledger, plan: made } = begin({ profile_v2: state });
    expect(gapsOf(ledger, 'profile_v2')).to.deep.equal([
      [at(100), at(200)],
      [at(3_000), NOW],
    ]);
    const [first] = made.slices.filter(({ resource }) => resource === people);
    if (first === undefined) throw new Error('no slice');
    ledger.close(first, [{ ...first, watermark: at(150), to: at(3_100) }]);
    expect(gapsOf(ledger, 'profile_v2')).to.deep.equal([
      [at(150), at(200)],
      [at(3_000), NOW],
    ]);
  });
});

describe('what a bookmark says of a stream that is read whole', () => {
  it('I5 nothing is done before the last of its slices is', () => {
    const { ledger, plan: made } = begin();
    const slices = made.slices.filter(({ resource }) => resource === groups);
    expect(gapsOf(ledger, 'list_v2')).to.deep.equal([[ORIGIN, NOW]]);
    for (const slice of slices) ledger.close(slice, [{ ...slice, watermark: at(100), pageCursor: 'x' }]);
    expect(gapsOf(ledger, 'metric_v2')).to.deep.equal([[ORIGIN, NOW]]);
    for (const slice of ledger.open()) if (slice.resource === kinds) ledger.close(slice, []);
    expect(gapsOf(ledger, 'metric_v2')).to.deep.equal([]);
  });

  it('I5 each partition counts', () => {
    const { ledger, plan: made } = begin();
    const [one, other] = made.slices.filter(({ resource }) => resource === campaigns);
    if (one === undefined || other === undefined) throw new Error('no partitions');
    ledger.close(one, []);
    expect(gapsOf(ledger, 'campaign_v2')).to.deep.equal([[ORIGIN, NOW]]);
    expect(ledger.isIdle('campaign_v2')).to.equal(false);
    ledger.close(other, []);
    expect(gapsOf(ledger, 'campaign_v2')).to.deep.equal([]);
    expect(ledger.isIdle('campaign_v2')).to.equal(true);
  });
});

describe('what a bookmark says while lists are walked', () => {
  const member = (id: string, watermark: Instant, more: Partial<Slice> = {}): Slice => {
    const references: Reference[] = [{ id }];
    return { resource: members, references, from: ORIGIN, to: NOW, watermark, range: 0, ...more };
  };

  it('S12 how far the walk is, and of the lists under way, how far each', () => {
    const { ledger, of } = begin();
    const listing = of(groups);
    expect(gapsOf(ledger, 'profile_list_v2')).to.deep.equal([[ORIGIN, NOW, { after: ORIGIN, open: {} }]]);
    ledger.close(listing, [
      { ...listing, walked: at(10), pageCursor: 'x' },
      member('a', ORIGIN),
      member('b', at(50)),
    ]);
    expect(gapsOf(ledger, 'profile_list_v2')).to.deep.equal([
      [ORIGIN, NOW, { after: at(10), open: { a: ORIGIN, b: at(50) } }],
    ]);
  });

  it('S12 a list of which parts are left is told by these, cut at the end of the range', () => {
    const { ledger, of } = begin();
    ledger.close(of(groups), [
      member('a', at(10), { stop: at(20) }),
      member('a', at(30), { to: FOREVER }),
      member('b', at(40), { to: at(50) }),
      member('c', at(60), { to: at(80) }),
      member('c', at(70), { to: FOREVER }),
    ]);
    const [gap] = gapsOf(ledger, 'profile_list_v2');
    expect(gap?.slice(0, 2)).to.deep.equal([ORIGIN, NOW]);
    expect(gap?.[2]?.open).to.deep.equal({
      a: [
        [at(10), at(20)],
        [at(30), NOW],
      ],
      b: [[at(40), at(50)]],
      c: at(60),
    });
  });

  it('I2 the walk over, only the lists that are open are left; those over, nothing is', () => {
    const { ledger, of } = begin();
    const left = member('a', at(10));
    ledger.close(of(groups), [left]);
    expect(gapsOf(ledger, 'profile_list_v2')).to.deep.equal([
      [ORIGIN, NOW, { after: FOREVER, open: { a: at(10) } }],
    ]);
    expect(ledger.isIdle('profile_list_v2')).to.equal(false);
    expect(ledger.isIdle('list_v2')).to.equal(true);
    ledger.close(left, []);
    expect(gapsOf(ledger, 'profile_list_v2')).to.deep.equal([]);
  });

  it('O3 of two listings under way, the one that is behind tells how far the walk is', () => {
    const { ledger, of } = begin();
    const listing = of(groups);
    ledger.close(listing, [
      { ...listing, walked: at(90) },
      { ...listing, walked: at(20) },
    ]);
    expect(gapsOf(ledger, 'profile_list_v2')[0]?.[2]?.after).to.equal(at(20));
  });

  const RESUMED: Bookmark = {
    version: 1,
    until: at(3_000),
    gaps: [
      [ORIGIN, at(3_000), { after: at(500), open: { a: at(100), b: [[at(200), at(300)]], gone: at(400) } }],
    ],
    reread: at(3_000),
  };

  it('I1 what a killed run left of a list stays open until it is listed again, and then is its own slice’s', () => {
    const { ledger, of } = begin({ profile_list_v2: RESUMED });
    const listing = of(groups);
    const before = gapsOf(ledger, 'profile_list_v2');
    expect(before).to.deep.equal([
      [ORIGIN, at(3_000), RESUMED.gaps[0]?.[2]],
      [at(3_000), NOW, { after: ORIGIN, open: {} }],
    ]);
    ledger.close(listing, [
      { ...listing, walked: at(5), pageCursor: 'x' },
      member('a', at(150), { to: at(3_000) }),
      member('a', at(3_000), { range: 1 }),
    ]);
    expect(gapsOf(ledger, 'profile_list_v2')).to.deep.equal([
      [ORIGIN, at(3_000), { after: at(500), open: { a: at(150), b: [[at(200), at(300)]], gone: at(400) } }],
      [at(3_000), NOW, { after: at(5), open: { a: at(3_000) } }],
    ]);
  });

  it('H5 a list that was deleted since is not waited for once all have been listed', () => {
    const { ledger, of } = begin({ profile_list_v2: RESUMED });
    const again = member('a', at(150), { to: at(3_000) });
    ledger.close(of(groups), [again]);
    expect(gapsOf(ledger, 'profile_list_v2')).to.deep.equal([
      [ORIGIN, at(3_000), { after: FOREVER, open: { a: at(150) } }],
    ]);
    ledger.close(again, []);
    expect(gapsOf(ledger, 'profile_list_v2')).to.deep.equal([]);
  });

  it('I3 a walk that goes on from a bookmark is told by where it was until it is past that', () => {
    const { ledger, of } = begin({ profile_list_v2: RESUMED });
    const listing = of(groups);
    const reached = (walked: Instant): unknown => {
      const next = { ...listing, walked };
      ledger.close(ledger.open().find(({ resource }) => resource === groups) ?? listing, [next]);
      return gapsOf(ledger, 'profile_list_v2')[0]?.[2]?.after;
    };
    expect([reached(at(499)), reached(at(501))]).to.deep.equal([at(500), at(501)]);
  });

  it('a list that has been read is not asked again, though it was open before', () => {
    const { ledger, of } = begin({ profile_list_v2: RESUMED });
    const listing = of(groups);
    const again = member('a', at(100), { to: at(3_000) });
    ledger.close(listing, [{ ...listing, walked: at(5) }, again]);
    ledger.close(again, []);
    expect(Object.keys(gapsOf(ledger, 'profile_list_v2')[0]?.[2]?.open ?? {})).to.deep.equal(['b', 'gone']);
  });
});

describe('what is left when something fails', () => {
  it('O4 what failed is asked no more in this run, and stays a gap for the next', () => {
    const { ledger, of, plan: made } = begin();
    expect(ledger.open()).to.have.members([...made.slices]);
    ledger.fail(of(people));
    expect(ledger.open()).to.have.members(made.slices.filter((slice) => slice !== of(people)));
    expect(ledger.isIdle('profile_v2')).to.equal(true);
    expect(gapsOf(ledger, 'profile_v2')).to.deep.equal([[ORIGIN, NOW]]);
  });

  it('O5 one stream that fails leaves the others as they are', () => {
    const { ledger, of } = begin();
    ledger.fail(of(people));
    expect(ledger.isIdle('event_v2')).to.equal(false);
    expect(ledger.open()).to.include(of(campaigns));
  });

  it('O4 a stream with one part that failed and one under way still has rows to come', () => {
    const { ledger, of } = begin();
    const whole = of(people);
    const rest = { ...whole, from: at(10), watermark: at(10) };
    const failing = { ...whole, to: at(10) };
    ledger.close(whole, [failing, rest]);
    ledger.fail(failing);
    expect(ledger.isIdle('profile_v2')).to.equal(false);
    ledger.close(rest, []);
    expect(ledger.isIdle('profile_v2')).to.equal(true);
    expect(gapsOf(ledger, 'profile_v2')).to.deep.equal([[ORIGIN, at(10)]]);
    expect(ledger.open()).not.to.include(rest);
  });

  it('I15 a stream that was not chosen has nothing to wait for, and no bookmark', () => {
    const { ledger } = begin();
    expect(ledger.isIdle('flow_v2')).to.equal(true);
    expect(() => ledger.bookmark('flow_v2')).to.throw('flow_v2 is not in the plan');
  });
});

describe('what a bookmark carries along', () => {
  it('I14 members that a later version wrote are kept, and the run’s own come over them', () => {
    const state: Bookmark = { version: 1, until: at(10), gaps: [[at(1), at(2)]], note: { by: 'x' } };
    const { ledger } = begin({ profile_v2: state });
    expect(ledger.bookmark('profile_v2')).to.deep.equal({
      version: 1,
      until: NOW,
      gaps: [
        [at(1), at(2)],
        [at(10), NOW],
      ],
      note: { by: 'x' },
    });
  });

  it('when a whole read began is told where there are whole reads, and there alone', () => {
    const { ledger } = begin();
    expect(ledger.bookmark('profile_list_v2').reread).to.equal(NOW);
    expect(ledger.bookmark('profile_v2')).not.to.have.property('reread');
    const reread = at(100);
    const state: Bookmark = { version: 1, until: at(200), gaps: [], reread };
    expect(begin({ profile_list_v2: state }).ledger.bookmark('profile_list_v2').reread).to.equal(reread);
  });
});
