/** A check as a person reads it: a table on a terminal or in a log, and the same facts as lines of a message. */
import type { CheckResult, Report } from './check.js';
import { forPeople } from './log.js';
import type { Outlook } from './survey/outlook.js';
import { outlookText } from './survey/words.js';
import { table } from './table.js';

const STATES = {
  ok: { word: 'ok', colour: 32 },
  missing: { word: 'missing', colour: 31 },
  failed: { word: 'failed', colour: 31 },
} as const;

/** What is known of the account, by its name. Each is one line, whatever the account's names hold. */
function facts({
  account,
  firstEvent,
  lastEvent,
  firstSync,
}: Report): readonly (readonly [string, string])[] {
  const events =
    firstEvent === undefined || lastEvent === undefined
      ? []
      : [`the first ${firstEvent}, the last ${lastEvent}`];
  return [
    ['Account', forPeople(accountText(account))],
    ...events.map((text) => ['Events', text] as const),
    ...(firstSync === undefined ? [] : firstSyncFacts(firstSync)),
  ];
}

function firstSyncFacts(firstSync: Outlook): (readonly [string, string])[] {
  const { time, sizes, unknown } = outlookText(firstSync);
  return [
    ['It would read', sizes],
    ['First sync', unknown === '' ? time : `${time}; on top, of unknown size, ${unknown}`],
  ];
}

function accountText(account: Report['account']): string {
  if (account === 'not permitted') return 'not known: the key lacks accounts:read, which no stream needs';
  if (account === 'not answered') return 'not known: no answer came';
  const { id, name, timezone } = account;
  return `${name === null ? id : `${name} (${id})`}${timezone === null ? '' : `, ${timezone}`}`;
}

const rightText = (granted: readonly string[]): string =>
  granted.length === 0
    ? 'No stream is chosen, so no scope is needed'
    : `The key has every scope that is needed: ${granted.join(', ')}`;

/** One text, of a line for each thing that is wrong or known. */
export function checkMessage({ ok, problems, granted, report }: CheckResult): string {
  const verdict = ok ? [rightText(granted)] : problems.map(forPeople);
  const known = report === undefined ? [] : facts(report).map(([name, text]) => `${name}: ${text}`);
  return [...verdict, ...known].join('\n');
}

/** Used where there is no terminal to ask. */
const WIDTH = 100;

/** Whole lines. `columns`: of the terminal that can show colours; undefined where there is none. */
export function checkTable(report: Report, columns: number | undefined): string[] {
  const scopes = report.scopes.map(({ scope, state, streams }) => [
    scope,
    STATES[state].word,
    streams.join(', '),
  ]);
  const paint = (cell: string, column: number, row: number): string => {
    const state = report.scopes[row - 1]?.state;
    return column === 1 && state !== undefined ? `\u001b[${STATES[state].colour}m${cell}\u001b[0m` : cell;
  };
  const width = columns ?? WIDTH;
  const head =
    scopes.length === 0
      ? [rightText([])]
      : table([['SCOPE', 'STATE', 'STREAMS'], ...scopes], {
          width,
          ...(columns === undefined ? {} : { paint }),
        });
  return [...head, '', ...table(facts(report), { width })];
}
