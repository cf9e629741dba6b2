/** What the run took: slices, and the time that its requests spent in which way. */
import type { EndpointSummary, RunSummary } from '../run-summary.js';
import { type Html, html } from './html.js';
import { table } from './tables.js';
import { count, endpointPath, lasting, many, percent } from './words.js';

export function slices({ pages, splits, requests, endpoints }: RunSummary): Html {
  const again = requests - pages;
  return html`<section aria-labelledby="slices"><h2 id="slices">Slices</h2>
<p>${many(pages, 'slice')} ${pages === 1 ? 'was' : 'were'} read to the end of a page, by ${many(requests, 'request')} to ${many(endpoints.length, 'endpoint')}.
${
  splits === 0
    ? 'None had to be split: no reader was free while another had much left.'
    : `${many(splits, 'of them was', 'of them were')} split, so that a reader that was free could take over the later half.`
}${
  again > 0
    ? ` The other ${many(again, 'request')} brought no page: refused, tried again, answered with 404 since what it asked for was gone, or asked before the first page.`
    : ''
}</p></section>`;
}

type Spent = Pick<EndpointSummary, 'waitedMs' | 'backedOffMs' | 'answeredMs'>;

/** In the order in which a request comes through them. */
const WAYS = [
  { of: 'waitedMs', label: 'Waiting for the limit', style: 'waited' },
  { of: 'backedOffMs', label: 'Backing off', style: 'backed' },
  { of: 'answeredMs', label: 'Waiting for answers', style: 'answered' },
] as const satisfies readonly { of: keyof Spent; label: string; style: string }[];

const total = (spent: Spent): number => spent.waitedMs + spent.backedOffMs + spent.answeredMs;

export function timeSpent({ endpoints, requests, limited, retries, seconds }: RunSummary): Html {
  const sum = (of: keyof Spent): number => endpoints.reduce((all, one) => all + one[of], 0);
  const all: Spent = {
    waitedMs: sum('waitedMs'),
    backedOffMs: sum('backedOffMs'),
    answeredMs: sum('answeredMs'),
  };
  const longest = Math.max(1, ...endpoints.map(total));
  const sorted = [...endpoints].sort((a, b) => total(b) - total(a));
  return html`<section aria-labelledby="time"><h2 id="time">Retries and waits: where the time went</h2>
${
  total(all) <= 0
    ? html`<p>No request waited for anything.</p>`
    : html`<p>${inWords(all, seconds)}</p>
<ul class="legend">${WAYS.map(
        ({ label, style }) =>
          html`<li><svg width="28" height="14" aria-hidden="true"><rect class="${style}" x="1" y="1" width="26" height="12"/></svg> ${label.toLowerCase()}</li>`,
      )}</ul>
${table({
  caption:
    'The time of all requests, added up: those that were under way side by side count each for itself. Bars compare endpoints; the last one compares the three.',
  columns: [
    { label: 'Endpoint', kind: 'name' },
    { label: 'Requests', kind: 'number' },
    { label: '429', kind: 'number' },
    { label: 'Sent again', kind: 'number' },
    ...WAYS.map(({ label }) => ({ label, kind: 'number' as const })),
    { label: 'Share', kind: 'bar' },
  ],
  lines: sorted.map((one) => ({
    cells: [
      endpointPath(one.path),
      count(one.requests),
      count(one.limited),
      count(one.retries),
      ...WAYS.map(({ of }) => lasting(one[of])),
      bar(one, longest),
    ],
  })),
  total: [
    'All',
    count(requests),
    count(limited),
    count(retries),
    ...WAYS.map(({ of }) => lasting(all[of])),
    bar(all, total(all)),
  ],
})}`
}</section>`;
}

function inWords(all: Spent, seconds: number): string {
  const share = (of: keyof Spent): string => percent(all[of] / total(all));
  const sideBySide = seconds > 0 ? total(all) / (seconds * 1_000) : 0;
  const most = WAYS.reduce((one, other) => (all[other.of] > all[one.of] ? other : one));
  const advice = {
    waitedMs: 'The limits set the pace: a larger share of them would make it faster.',
    backedOffMs: 'The API was asked again after refusals or failures: see the endpoints below.',
    answeredMs: 'The API’s answers set the pace, not its limits.',
  }[most.of];
  return `Requests spent ${share('waitedMs')} of their time waiting for their turn under a limit, ${share(
    'backedOffMs',
  )} backing off, and ${share('answeredMs')} waiting for answers; ${count(
    Number(sideBySide.toFixed(1)),
  )} of them were under way or waiting at once, on average. ${advice}`;
}

function bar(spent: Spent, longest: number): Html {
  let at = 0;
  const parts = WAYS.map(({ of, style }) => {
    const width = (spent[of] / longest) * 100;
    const part = html`<rect class="${style}" x="${at.toFixed(2)}%" y="1" width="${width.toFixed(2)}%" height="12"/>`;
    at += width;
    return spent[of] > 0 ? part : undefined;
  });
  const said = WAYS.map(({ of, label }) => `${label.toLowerCase()} ${lasting(spent[of])}`).join(', ');
  return html`<svg class="spent" role="img" width="100%" height="14"><title>${said}</title>${parts}</svg>`;
}
