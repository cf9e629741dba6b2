/** What a reader would lose if this failed: to know at once whether a run did what it was to do. */
import { expect } from 'chai';
import { DARK, LIGHT, type Palette } from '../../src/report/colours.js';
import { verdict } from '../../src/report/verdict.js';
import type { StreamSummary } from '../../src/run-summary.js';

const streams = (...states: readonly StreamSummary['state'][]): StreamSummary[] =>
  states.map((state, at) => ({
    name: (['event_v2', 'flow_v2', 'list_v2'] as const)[at] ?? 'metric_v2',
    ...{ state, rows: 1, pages: 1 },
  }));

describe('the verdict on a run', () => {
  const cases: readonly (readonly [number, StreamSummary['state'][], string, RegExp | undefined])[] = [
    [0, ['complete', 'complete'], 'Complete: all 2 streams came to their end.', undefined],
    [0, ['complete'], 'Complete: the one stream came to its end.', undefined],
    [0, [], 'Complete: no stream was chosen, so nothing was read.', undefined],
    [
      2,
      ['complete', 'incomplete'],
      'Incomplete: 1 of 2 streams did not come to its end (flow_v2).',
      /on your side/,
    ],
    [
      3,
      ['incomplete', 'waiting'],
      'Incomplete: 2 of 2 streams did not come to their end (event_v2 and flow_v2).',
      /later/,
    ],
    [1, ['reading'], 'Incomplete: 1 of 1 stream did not come to its end (event_v2).', /fault/],
    [
      2,
      ['complete'],
      'Incomplete: all that was read came to its end, but the run ended with exit code 2.',
      /your side/,
    ],
    [2, [], 'Incomplete: the run ended before a stream was begun, with exit code 2.', /your side/],
    [0, ['incomplete'], 'Incomplete: 1 of 1 stream did not come to its end (event_v2).', /Run again/],
    [
      143,
      ['complete', 'reading', 'waiting'],
      'Stopped by SIGTERM: 1 of 3 streams had come to its end.',
      /Run again/,
    ],
    [130, ['reading'], 'Stopped by SIGINT: 0 of 1 stream had come to their end.', /Run again/],
    [
      141,
      ['reading'],
      'Stopped by the reader of its output, which went away: 0 of 1 stream had come to their end.',
      /Run again/,
    ],
  ];
  for (const [exitCode, states, sentence, next] of cases)
    it(`${exitCode}, ${states.join(', ') || 'no stream'}: ${sentence}`, () => {
      const end = verdict({ exitCode, streams: streams(...states) });
      expect(end.sentence).to.equal(sentence);
      expect(end.word).to.equal(/^\w+/.exec(sentence)?.[0]);
      if (next === undefined) expect(end.next).to.equal(undefined);
      else expect(end.next).to.match(next);
    });
});

/** The contrast of two colours as the Web Content Accessibility Guidelines reckon it. */
function contrast(one: string, other: string): number {
  const light = (colour: string): number => {
    const [r = 0, g = 0, b = 0] = (colour.match(/[\da-f]{2}/g) ?? []).map((pair) => {
      const part = Number.parseInt(pair, 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [dark = 0, bright = 0] = [light(one), light(other)].sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}

describe('the colours of the report', () => {
  for (const [name, palette] of Object.entries({ LIGHT, DARK }))
    it(`${name}: text is read on either ground, and drawings are seen`, () => {
      expect(contrast('#000000', '#ffffff')).to.be.closeTo(21, 0.01);
      const texts: readonly (keyof Palette)[] = ['text', 'muted', 'good', 'bad', 'odd'];
      for (const ground of [palette.page, palette.panel]) {
        for (const one of texts) expect(contrast(palette[one], ground), one).to.be.at.least(4.5);
        for (const one of ['sent', 'other'] as const)
          expect(contrast(palette[one], ground), one).to.be.at.least(3);
      }
    });
});
