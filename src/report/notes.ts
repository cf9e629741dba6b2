/** What is worth a look afterwards: warnings, values that were changed, and the state to go on from. */
import { printJson } from '../numbers.js';
import type { RunSummary } from '../run-summary.js';
import { type Html, html } from './html.js';
import { table } from './tables.js';
import { advised, count, many } from './words.js';

export function warnings({ warnings: all }: RunSummary): Html {
  return html`<section aria-labelledby="warnings"><h2 id="warnings">Warnings</h2>
${
  all.length === 0
    ? html`<p>None.</p>`
    : html`<ul class="warnings">${all.map(
        ({ text, count: times, ...remedy }) =>
          html`<li>${advised({ what: text, ...remedy })}${times > 1 ? html` <span class="times">${many(times, 'time')}</span>` : undefined}</li>`,
      )}</ul>`
}</section>`;
}

export function changed({ changed: all }: RunSummary): Html {
  const kinds = Object.entries(all).filter(([, times]) => times > 0);
  return html`<section aria-labelledby="changed"><h2 id="changed">Values changed</h2>
${
  kinds.length === 0
    ? html`<p>None: every value is as the API sent it.</p>`
    : table({
        caption: 'Values that could not stay as they were, by what was done to them.',
        columns: [
          { label: 'What was done', kind: 'name' },
          { label: 'Values', kind: 'number' },
        ],
        lines: kinds.map(([what, times]) => ({ cells: [what, count(times)] })),
      })
}</section>`;
}

/** Who reads stdout may not have stored what was handed to it, and of a run that was broken off may not have got it. */
function stateText({ error, stateIs }: RunSummary): string | Html {
  if (stateIs === 'given')
    return html`<b>stdout was lost, and nobody knows how much of it was read: go on from the state that the target or
platform has.</b> This is the state that the run was given, from which nothing is left out.`;
  return error === undefined
    ? 'If all that was written was stored, the next run goes on from here.'
    : html`<b>The run was broken off, and the last of it may not have been stored: go on from the state that the target or
platform has.</b> This is what was on its way to it.`;
}

/** In the form that `--state` takes, whichever protocol is spoken. */
export function nextState(run: RunSummary): Html {
  const { state, stateIs } = run;
  const streams = Object.keys(state).length;
  return html`<section aria-labelledby="state"><h2 id="state">Next state</h2>
${
  streams === 0
    ? html`<p>${
        stateIs === 'given'
          ? 'The run was given no state, and what it wrote was lost: unless the target or platform has one, the next run begins anew.'
          : 'No state was written: the next run begins where this one did.'
      }</p>`
    : html`<p>${stateText(run)} As a file it can be given to <code>--state</code>, in either protocol.</p>
<details><summary>${many(streams, 'stream')}, as JSON</summary><pre tabindex="0" aria-label="State as JSON">${printJson({ bookmarks: state }, 2)}</pre></details>`
}</section>`;
}
