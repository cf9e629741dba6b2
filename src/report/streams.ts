/** What came of each stream, and which time its rows are of. */
import type { RunSummary, StreamSummary } from '../run-summary.js';
import { earliest, type Instant, latest, normalise, toMillis } from '../time.js';
import { calendarMarks } from './axis.js';
import { type Html, html } from './html.js';
import { type Column, table } from './tables.js';
import { count, instant, many, spoken, told } from './words.js';

interface Range {
  readonly from: Instant;
  readonly to: Instant;
}

/** State in a word and a sign, so that no colour is needed to tell one from another. */
const STATES: Readonly<Record<StreamSummary['state'], { readonly sign: string; readonly word: string }>> = {
  complete: { sign: '✓', word: 'complete' },
  incomplete: { sign: '✗', word: 'incomplete' },
  reading: { sign: '…', word: 'not ended' },
  waiting: { sign: '–', word: 'not begun' },
};

export function streamTable({ streams, rows, pages, error }: RunSummary): Html {
  const whole = covered(streams);
  const columns: readonly Column[] = [
    { label: 'Stream', kind: 'name' },
    { label: 'State', kind: 'text' },
    { label: 'Rows', kind: 'number' },
    { label: 'Pages', kind: 'number' },
    { label: 'Range of data', kind: 'drawn', ...(whole === undefined ? {} : { head: scale(whole) }) },
  ];
  return html`<section aria-labelledby="streams"><h2 id="streams">Rows of each stream</h2>
${
  streams.length === 0
    ? html`<p>No stream was chosen.</p>`
    : table({
        caption: html`How far each stream came. A page may feed several streams. The range goes from the oldest to the newest row that was written, by the
stream’s cursor and in UTC.${whole === undefined ? undefined : html` All bars lie on one axis, from ${instant(whole.from)} to ${instant(whole.to)}.`}`,
        columns,
        lines: streams.map((stream) => ({
          cells: [
            html`<code>${stream.name}</code>`,
            stateOf(stream),
            count(stream.rows),
            count(stream.pages),
            bar(stream, whole),
          ],
          // What ended the run as a whole is told above, once.
          ...(stream.error === undefined || stream.error === error ? {} : { note: told(stream.error) }),
        })),
        total: ['All', many(streams.length, 'stream'), count(rows), count(pages), ''],
      })
}</section>`;
}

function stateOf({ state }: StreamSummary): Html {
  const { sign, word } = STATES[state];
  return html`<span class="state ${state}"><span aria-hidden="true">${sign}</span> ${word}</span>`;
}

/** Undefined, too, where one is no instant: it would have no place on an axis. */
function rangeOf({ oldest = '', newest = '' }: StreamSummary): Range | undefined {
  const [from, to] = [normalise(oldest), normalise(newest)];
  return from === undefined || to === undefined ? undefined : { from, to };
}

/** From the oldest row of all streams to the newest. */
function covered(streams: readonly StreamSummary[]): Range | undefined {
  const ranges = streams.map(rangeOf).filter((range) => range !== undefined);
  return ranges.length === 0
    ? undefined
    : ranges.reduce((all, { from, to }) => ({ from: earliest(all.from, from), to: latest(all.to, to) }));
}

const place = (at: Instant, { from, to }: Range): string => {
  const length = toMillis(to) - toMillis(from);
  const share = length > 0 ? (toMillis(at) - toMillis(from)) / length : 0.5;
  return `${Number((share * 100).toFixed(2))}%`;
};

function bar(stream: StreamSummary, whole: Range | undefined): Html {
  const range = rangeOf(stream);
  if (range === undefined || whole === undefined)
    return html`<span class="none">${stream.rows > 0 ? 'rows have no date to go by' : 'no rows'}</span>`;
  const [from, to] = [place(range.from, whole), place(range.to, whole)];
  const marks = calendarMarks(whole.from, whole.to);
  return html`<svg class="range" role="img" width="100%" height="12"><title>${spoken(range.from)} to ${spoken(range.to)}</title>${marks.map(
    ({ at }) => html`<line class="mark" x1="${at * 100}%" x2="${at * 100}%" y1="0" y2="12"/>`,
  )}<line class="track" x1="0" x2="100%" y1="6" y2="6"/><line class="data" x1="${from}" x2="${to}" y1="6" y2="6"/></svg><span class="ends"><span>${instant(range.from)}</span> <span>${instant(range.to)}</span></span>`;
}

function scale(whole: Range): Html {
  const marks = calendarMarks(whole.from, whole.to);
  return html`<svg class="range" aria-hidden="true" width="100%" height="18">${marks.map(
    ({ at, label }) =>
      html`<text class="mid" x="${at * 100}%" y="11">${label}</text><line class="mark" x1="${at * 100}%" x2="${at * 100}%" y1="14" y2="18"/>`,
  )}</svg>`;
}
