/** What a reader would lose if this failed: pictures whose lengths and places are those of the figures. */
import { expect } from 'chai';
import { reportPage } from '../../src/report/page.js';
import type { EndpointSummary, RunSummary, StreamSummary } from '../../src/run-summary.js';
import { attribute, classed, type Element, only, type Parsed, parsed, text, within } from './document.js';
import { empty } from './summaries.js';

const endpoint = (path: string, more: Partial<EndpointSummary>): EndpointSummary => ({
  ...{ path, streams: [], limit: { burst: 10, steady: 60 }, requests: 1, limited: 0, retries: 0 },
  ...{ waitedMs: 0, backedOffMs: 0, answeredMs: 1, firstMs: 0, lastMs: 0 },
  timeline: { stepMs: 1_000, sent: [1], limited: [0] },
  ...more,
});
const steps = (stepMs: number, sent: readonly number[], limited: readonly number[] = []) => ({
  requests: sent.reduce((sum, one) => sum + one, 0),
  timeline: { stepMs, sent, limited },
});
const drawn = (more: Partial<RunSummary>): Parsed => parsed(reportPage({ ...empty(), seconds: 8, ...more }));
const charts = ({ elements }: Parsed): Element[] => elements.filter((one) => classed(one, 'chart'));
const number = (one: Element | undefined, name: string): number =>
  Number.parseFloat(one === undefined ? 'nothing' : (attribute(one, name) ?? 'nothing'));
const line = (chart: Element | undefined, kind: string): Element | undefined =>
  chart && within(chart, 'line').find((one) => classed(one, kind));
const path = (chart: Element | undefined, kind: string): string => {
  const found = chart && within(chart, 'path').find((one) => classed(one, kind));
  return found === undefined ? 'nothing' : (attribute(found, 'd') ?? 'nothing');
};

/** Where the drawing of requests begins below the top of its chart. */
const HEAD = 8;

describe('a chart of requests', () => {
  it('stands the higher, the nearer the endpoint came to its limit', () => {
    const { elements } = drawn({
      endpoints: [
        endpoint('/api/little', { requests: 1 }),
        endpoint('/api/much', { requests: 50 }),
        endpoint('/api/some', { requests: 9, limit: { burst: 10, steady: 30 } }),
      ],
    });
    const order = elements.filter(({ tagName }) => tagName === 'h3').map(text);
    expect(order).to.deep.equal(['/api/much', '/api/some', '/api/little']);
  });

  it('draws requests and limits by one measure: what is sent at the pace ends at its line', () => {
    const [chart] = charts(drawn({ endpoints: [endpoint('/api/x', steps(1_000, [1, 10, 5, 0]))] }));
    const [pace, most] = [number(line(chart, 'pace'), 'y1'), number(line(chart, 'most'), 'y1')];
    const levels = [...path(chart, 'sent').matchAll(/V(\d+)/g)].map(([, level]) => Number(level));
    expect(levels[0]).to.equal(pace - HEAD);
    expect(levels[1]).to.equal(most - HEAD);
    expect(levels[2]).to.be.closeTo((64 + (levels[1] ?? 0)) / 2, 1);
    expect(
      chart &&
        within(chart, 'text')
          .filter((one) => classed(one, 'scale'))
          .map(text),
    ).to.deep.equal(['10', '1']);
  });

  it('leaves out the limit of a second where nothing comes near it, and draws one line where both are one', () => {
    const [calm] = charts(drawn({ endpoints: [endpoint('/api/x', steps(1_000, [1, 1]))] }));
    expect(line(calm, 'most')).to.equal(undefined);
    const [coarse] = charts(drawn({ endpoints: [endpoint('/api/x', steps(64_000, [60, 64]))] }));
    expect(line(coarse, 'most')).to.equal(undefined);
    expect(number(line(coarse, 'pace'), 'y1')).to.be.within(HEAD, HEAD + 8);
  });

  it('has the time of the run as its width, however long its own steps are', () => {
    const both = charts(
      drawn({ endpoints: [endpoint('/api/x', steps(1_000, [1, 2])), endpoint('/api/y', steps(4_000, [3]))] }),
    );
    const boxes = both
      .flatMap((chart) => within(chart, 'svg').map((one) => attribute(one, 'viewBox')))
      .sort();
    expect(boxes).to.deep.equal(['0 0 2 64', '0 0 8 64']);
  });

  it('is as long as its steps where they go beyond the end of the run', () => {
    const [chart] = charts(drawn({ seconds: 1.5, endpoints: [endpoint('/api/x', steps(1_000, [1, 2]))] }));
    expect(chart && within(chart, 'svg').map((one) => attribute(one, 'viewBox'))).to.deep.equal(['0 0 2 64']);
  });

  it('marks each step with an answer 429, and says when and how often', () => {
    const one = endpoint('/api/x', { ...steps(2_000, [1, 2, 3, 4], [0, 2, 0, 1]), limited: 3 });
    const [chart] = charts(drawn({ endpoints: [one] }));
    expect(path(chart, 'dot')).to.equal('M1.5 0h0M3.5 0h0');
    expect(path(chart, 'stem')).to.equal('M1.5 0v64M3.5 0v64');
    const [desc] = chart === undefined ? [] : within(chart, 'desc');
    expect(desc && text(desc)).to.match(/ Answered with 429 at 2 s \(2 times\) and 6 s\.$/);
  });
});

describe('a range of data', () => {
  const stream = (name: string, oldest?: string, newest?: string): StreamSummary => ({
    ...{ name: name as StreamSummary['name'], state: 'complete', rows: 1, pages: 1 },
    ...(oldest === undefined || newest === undefined ? {} : { oldest, newest }),
  });

  it('lies where it belongs between the oldest and the newest row of all streams', () => {
    const { elements } = drawn({
      streams: [
        stream('event_v2', '2026-01-11T00:00:00Z', '2026-01-21T00:00:00Z'),
        stream('list_v2', '2026-01-01T00:00:00Z', '2026-01-06T00:00:00.5Z'),
        stream('metric_v2'),
        stream('flow_v2', '2026-01-05T00:00:00Z', '2026-01-05T00:00:00Z'),
      ],
    });
    const bars = elements.filter((one) => classed(one, 'data'));
    expect(bars.map((one) => [attribute(one, 'x1'), attribute(one, 'x2')])).to.deep.equal([
      ['50%', '100%'],
      ['0%', '25%'],
      ['20%', '20%'],
    ]);
  });

  it('is one instant for all: in the middle', () => {
    const { elements } = drawn({
      streams: [stream('list_v2', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z')],
    });
    const bars = elements.filter((one) => classed(one, 'data'));
    expect(bars.map((one) => attribute(one, 'x1'))).to.deep.equal(['50%']);
  });

  it('is not drawn of what is no instant, nor where no row came', () => {
    const { elements } = drawn({
      streams: [stream('list_v2', 'yesterday', '2026-01-01T00:00:00Z'), { ...stream('flow_v2'), rows: 0 }],
    });
    expect(elements.filter((one) => classed(one, 'data'))).to.deep.equal([]);
    expect(elements.filter((one) => classed(one, 'none')).map(text)).to.deep.equal([
      'rows have no date to go by',
      'no rows',
    ]);
  });
});

describe('the time that requests spent', () => {
  it('is drawn part behind part, to the measure of the longest; the sum fills its own', () => {
    const parsedPage = drawn({
      endpoints: [
        endpoint('/api/x', { waitedMs: 200, backedOffMs: 100, answeredMs: 100 }),
        endpoint('/api/y', { waitedMs: 0, backedOffMs: 0, answeredMs: 100 }),
      ],
    });
    const bars = parsedPage.elements
      .filter((one) => classed(one, 'spent'))
      .map((bar) =>
        within(bar, 'rect').map((one) => [attribute(one, 'class'), number(one, 'x'), number(one, 'width')]),
      );
    expect(bars).to.deep.equal([
      [
        ['waited', 0, 50],
        ['backed', 50, 25],
        ['answered', 75, 25],
      ],
      [['answered', 0, 25]],
      [
        ['waited', 0, 40],
        ['backed', 40, 20],
        ['answered', 60, 40],
      ],
    ]);
  });

  it('says what set the pace', () => {
    const said = (spent: Partial<EndpointSummary>): string =>
      text(only(drawn({ endpoints: [endpoint('/api/x', spent)] }).elements, 'main'));
    expect(said({ waitedMs: 9_000 })).to.include('The limits set the pace');
    expect(said({ backedOffMs: 9_000 })).to.include('asked again after refusals');
    expect(said({ answeredMs: 16_000 }))
      .to.include('answers set the pace')
      .and.to.include('2 of them were under way');
  });
});
