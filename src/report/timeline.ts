/** Requests over time, a chart an endpoint: all on one axis, each against its own limit. */
import type { EndpointSummary, RunSummary } from '../run-summary.js';
import { elapsedMarks, type Mark } from './axis.js';
import { type Html, html } from './html.js';
import { dots, outline, stems } from './shape.js';
import { fullestMinute, mostInStep, paceOfStep, shareOfLimit } from './share.js';
import { count, endpointPath, lasting, listed, many, percent } from './words.js';

const HEIGHT = 64;
/** Above the drawing, for the dots. */
const HEAD = 8;
const FOOT = 20;

interface Axis {
  readonly ms: number;
  readonly marks: readonly Mark[];
}

export function timelines({ seconds, endpoints }: RunSummary): Html {
  const ms = Math.max(
    seconds * 1_000,
    ...endpoints.map(({ timeline: { stepMs, sent } }) => stepMs * sent.length),
    1,
  );
  const axis: Axis = { ms, marks: elapsedMarks(ms) };
  const sorted = [...endpoints].sort((a, b) => shareOfLimit(b) - shareOfLimit(a));
  return html`<section aria-labelledby="requests"><h2 id="requests">Requests against the limits</h2>
${
  endpoints.length === 0
    ? html`<p>No request was counted.</p>`
    : html`<p>All charts have the same axis of time, from the start of the run to its end. The endpoint that came nearest
to its limit is first.</p>
${LEGEND}
${sorted.map((endpoint, at) => chart(endpoint, axis, at))}`
}</section>`;
}

const LEGEND = html`<ul class="legend">
<li><svg width="28" height="14" aria-hidden="true"><path class="sent" d="M2 13V7h6V3h10v6h8v4Z"/></svg> requests sent, step by step</li>
<li><svg width="28" height="14" aria-hidden="true"><path class="most" d="M0 7h28"/></svg> limit of the second: the most that a step may hold, where the chart reaches that far</li>
<li><svg width="28" height="14" aria-hidden="true"><path class="pace" d="M0 7h28"/></svg> limit of the minute: the pace that can be kept up</li>
<li><svg width="28" height="14" aria-hidden="true"><path class="stem" d="M14 3v11"/><path class="dot" d="M14 4h0"/></svg> refused by the API as too many (429)</li>
</ul>`;

function chart(endpoint: EndpointSummary, axis: Axis, at: number): Html {
  const { path, streams, requests } = endpoint;
  const facts = requests === 0 ? [html`not asked`, allowed(endpoint)] : used(endpoint);
  return html`<figure><figcaption><h3>${endpointPath(path)}</h3>
<p class="feeds">${streams.length === 0 ? 'feeds no stream itself' : listed(streams, 3)}</p>
<ul class="facts">${facts.map((fact) => html`<li>${fact}</li>`)}</ul></figcaption>
${drawing(endpoint, axis, `chart-${at + 1}`)}</figure>
`;
}

const allowed = ({ limit }: EndpointSummary): Html =>
  html`limit ${count(limit.burst)} a second, ${count(limit.steady)} a minute`;

function used(endpoint: EndpointSummary): readonly Html[] {
  const { requests, limited, timeline } = endpoint;
  const fullest = fullestMinute(endpoint);
  return [
    html`<b>${percent(shareOfLimit(endpoint))}</b> of the limit${
      fullest === undefined ? undefined : `, ${percent(fullest)} in the fullest minute`
    }`,
    ...(limited > 0 ? [html`<span class="bad">${count(limited)} answered with 429</span>`] : []),
    html`${many(requests, 'request')}${requests > 1 ? ` in ${span(endpoint)}` : ''}`,
    allowed(endpoint),
    html`at most ${count(Math.max(0, ...timeline.sent))} in a step of ${lasting(timeline.stepMs)}`,
  ];
}

const span = ({ firstMs, lastMs }: EndpointSummary): string => lasting(Math.max(0, lastMs - firstMs));

function drawing(endpoint: EndpointSummary, { ms, marks }: Axis, id: string): Html {
  const { path, timeline } = endpoint;
  const steps = Number((ms / timeline.stepMs).toFixed(3));
  const lines = limits(endpoint);
  const refused = [...timeline.limited.keys()].filter((step) => (timeline.limited[step] ?? 0) > 0);
  const bottom = HEAD + HEIGHT;
  return html`<svg class="chart" role="img" aria-labelledby="${id}" aria-describedby="${id}-says" width="100%" height="${bottom + FOOT}"><title id="${id}">Requests to ${path} over time</title><desc id="${id}-says">${inWords(endpoint)}</desc>
${marks.map(({ at, label }) => html`<line class="mark" x1="${percentage(at)}" x2="${percentage(at)}" y1="${HEAD}" y2="${bottom + 4}"/><text x="${percentage(at)}" y="${bottom + 16}" class="${at === 0 ? undefined : 'mid'}">${label}</text>`)}
<line class="base" x1="0" x2="100%" y1="${bottom}" y2="${bottom}"/>
<svg y="${HEAD}" width="100%" height="${HEIGHT}" viewBox="0 0 ${steps} ${HEIGHT}" preserveAspectRatio="none" overflow="visible"><path class="sent" d="${outline(timeline.sent, lines.top, HEIGHT)}"/>${
    refused.length === 0
      ? undefined
      : html`<path class="stem" d="${stems(refused, HEIGHT)}"/><path class="dot" d="${dots(refused, 0)}"/>`
  }</svg>
${lines.drawn.map(({ kind, value, y }) => html`<line class="${kind}" x1="0" x2="100%" y1="${y}" y2="${y}"/><text class="scale" x="-6" y="${y + 4}">${count(value)}</text>`)}
</svg>`;
}

const percentage = (at: number): string => `${Number((at * 100).toFixed(2))}%`;

interface Limits {
  /** Requests in a step at the top of the chart. */
  readonly top: number;
  readonly drawn: readonly { readonly kind: 'most' | 'pace'; readonly value: number; readonly y: number }[];
}

/**
 * The pace is always in the chart. What a second allows is several times that: if it were, too, where nothing comes
 * near it, all that was sent would lie flat on the ground.
 */
function limits(endpoint: EndpointSummary): Limits {
  const [most, pace] = [mostInStep(endpoint), paceOfStep(endpoint)];
  const peak = Math.max(0, ...endpoint.timeline.sent);
  const near = Math.max(peak, pace) * 1.1;
  const top = most <= near * 1.5 ? Math.max(near, most * 1.05) : near;
  const lines = [
    ...(most <= top && most > pace * 1.05 ? [{ kind: 'most' as const, value: most }] : []),
    { kind: 'pace' as const, value: pace },
  ];
  return {
    top,
    drawn: lines.map((line) => ({ ...line, y: HEAD + Math.round(HEIGHT * (1 - line.value / top)) })),
  };
}

/** What the drawing shows, for those who do not see it. */
function inWords(endpoint: EndpointSummary): string {
  const { requests, limit, firstMs, lastMs, timeline } = endpoint;
  const { stepMs, sent, limited } = timeline;
  if (requests === 0) return 'No request was sent.';
  const refused = [...limited.entries()].filter(([, times]) => times > 0);
  const when = refused.map(
    ([step, times]) => `${lasting(step * stepMs)}${times > 1 ? ` (${times} times)` : ''}`,
  );
  const from = requests === 1 ? lasting(firstMs) : `between ${lasting(firstMs)} and ${lasting(lastMs)}`;
  return `${many(requests, 'request')}, ${from} after the start, at most ${count(Math.max(0, ...sent))} in a step of ${lasting(
    stepMs,
  )}; the limit is ${count(limit.burst)} a second and ${count(limit.steady)} a minute.${
    when.length === 0 ? '' : ` Answered with 429 at ${listed(when, 8)}.`
  }`;
}
