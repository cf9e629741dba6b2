/**
 * What a run came to, as one page: no script, no request, nothing beside it. Whoever gets the file can read it, in
 * ten years too.
 */
import { createHash } from 'node:crypto';
import type { RunSummary } from '../run-summary.js';
import { slices, timeSpent } from './effort.js';
import { type Html, html, textOf, verbatim } from './html.js';
import { changed, nextState, warnings } from './notes.js';
import { streamTable } from './streams.js';
import { STYLE } from './style.js';
import { timelines } from './timeline.js';
import { type Verdict, verdict } from './verdict.js';
import { bytes, count, instant, lasting, spoken, told } from './words.js';

/** Only the style sheet of this page counts: whatever else came into it would be neither run, loaded nor shown. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

const SIGNS: Readonly<Record<Verdict['kind'], string>> = { complete: '✓', incomplete: '!', stopped: '■' };

/** A whole document. What is secret in a summary is not known here: it is masked where it comes in. */
export function reportPage(run: RunSummary): string {
  const end = verdict(run);
  return textOf(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${end.word}: ${count(run.rows)} rows, ${spoken(run.started)} UTC${run.account === undefined ? '' : `, account ${run.account}`}</title>
<style>${verbatim(STYLE)}</style>
</head>
<body>
<svg class="aside" aria-hidden="true" width="0" height="0"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="ground" width="6" height="6"/><line class="stroke" x1="0" y1="0" x2="0" y2="6"/></pattern></defs></svg>
<header class="${end.kind}">
<p class="what">A read of a Klaviyo account</p>
<h1><span class="sign" aria-hidden="true">${SIGNS[end.kind]}</span> ${end.sentence}</h1>
${after(run, end)}
${figures(run)}
${circumstances(run)}
</header>
<main>
${streamTable(run)}
${warnings(run)}
${timelines(run)}
${slices(run)}
${timeSpent(run)}
${changed(run)}
${nextState(run)}
</main>
</body>
</html>
`);
}

/** What ended the run as a whole says itself what to do; a signal is in the sentence already. */
const after = ({ error }: RunSummary, { kind, next }: Verdict): Html | undefined =>
  error !== undefined && kind !== 'stopped'
    ? html`<p>${told(error)}</p>`
    : next === undefined
      ? undefined
      : html`<p>${next}</p>`;

const pair = (term: string, value: string | Html): Html => html`<div><dt>${term}</dt><dd>${value}</dd></div>`;

const figures = (run: RunSummary): Html => html`<dl class="figures">
${[
  pair('rows', count(run.rows)),
  pair('requests', count(run.requests)),
  pair('received', bytes(run.bytes)),
  pair('took', lasting(run.seconds * 1_000)),
  pair('answers 429', count(run.limited)),
  pair('sent again', count(run.retries)),
]}
</dl>`;

const circumstances = (run: RunSummary): Html => html`<dl class="circumstances">
${[
  pair('Account', run.account ?? 'not known: the key may not ask for it'),
  pair('Started', html`${instant(run.started, 'second')} UTC`),
  pair('Ended', html`${instant(run.ended, 'second')} UTC`),
  pair('Protocol', run.protocol === 'airbyte' ? 'Airbyte' : 'Singer'),
  pair('Exit code', String(run.exitCode)),
  pair('Read by', `${run.connector.name} ${run.connector.version}`),
  pair('API revision', run.connector.revision),
]}
</dl>`;
