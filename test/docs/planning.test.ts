/** What a reader would lose if this failed: figures to plan with that are the command's own. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT, text } from './pages.js';

interface Plan {
  readonly first: Sync;
  readonly daily: Sync;
  readonly reread: Sync;
}

interface Sync {
  readonly minutes: number;
  readonly endpoints: readonly { readonly path: string; readonly minutes: number }[];
}

/** What a row of the document's sizes gives to the command. */
const SIZES: Readonly<Record<string, readonly string[]>> = {
  profiles: ['--profiles'],
  events: ['--events'],
  'lists, their members': ['--lists', '--list-members'],
  'segments, their members': ['--segments', '--segment-members'],
  campaigns: ['--campaigns'],
  'flows, their messages': ['--flows', '--messages'],
};

/** Whose minutes a row of the document has. */
const PATHS: Readonly<Record<string, string>> = {
  profiles: '/api/profiles',
  events: '/api/events',
  'members of lists': '/api/lists/{id}/profiles',
  'members of segments': '/api/segments/{id}/profiles',
  'flow messages': '/api/flow-actions/{id}/flow-messages',
  templates: '/api/templates',
  'estimates of campaigns': '/api/campaign-recipient-estimations/{id}',
};

const PLAN = join(ROOT, 'dist/scripts/plan.js');

const [, table = ''] = /^## Three accounts\n([\s\S]*?)^## /m.exec(text('docs/planning.md')) ?? [];
const rows = table
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.replaceAll('**', '').trim()),
  )
  .map(([name = '', ...cells]) => [name, cells] as const);
const middle = rows.findIndex(([name]) => name === 'minutes');

const shown = (minutes: number): string =>
  minutes < 0.05 ? '<0.1' : minutes < 9.95 ? minutes.toFixed(1) : String(Math.round(minutes));
const whole = (minutes: number): string => (minutes < 0.95 ? 'less than 1' : shown(minutes));

describe('the accounts of docs/planning.md', () => {
  it('are three, with every row that the command can fill', () => {
    expect(rows.slice(1, middle).map(([name]) => name)).to.deep.equal(Object.keys(SIZES));
    expect(rows.slice(middle + 1).map(([name]) => name)).to.deep.equal([
      ...Object.keys(PATHS),
      'the sync',
      'when memberships are due',
    ]);
  });

  for (const [index, account] of ['small', 'medium', 'large'].entries())
    it(`${account}: the minutes are what the command prints for its sizes`, () => {
      const flags = rows
        .slice(1, middle)
        .flatMap(([name, cells]) =>
          (cells[2 * index] ?? '')
            .split(', ')
            .flatMap((size, n) => [SIZES[name]?.[n] ?? '', size.replaceAll(',', '')]),
        );
      const printed = execFileSync(process.execPath, [PLAN, ...flags, '--json']);
      const { first, daily, reread } = JSON.parse(String(printed)) as Plan;
      const minutesOf = ({ endpoints }: Sync, path: string): number =>
        endpoints.find((one) => one.path === path)?.minutes ?? Number.NaN;
      for (const [name, cells] of rows.slice(middle + 1)) {
        const path = PATHS[name];
        const told =
          path !== undefined
            ? [shown(minutesOf(first, path)), shown(minutesOf(daily, path))]
            : name === 'the sync'
              ? [whole(first.minutes), whole(daily.minutes)]
              : ['', whole(reread.minutes)];
        expect(cells.slice(2 * index, 2 * index + 2), name).to.deep.equal(told);
      }
    });
});

describe('npm run plan', () => {
  it('says the same in every locale', () => {
    const { status, stderr } = spawnSync(process.execPath, [PLAN, '--profile', '1'], {
      encoding: 'utf8',
      env: { LC_ALL: 'de_DE.UTF-8', LANG: 'de_DE.UTF-8' },
    });
    expect(stderr).to.equal('KLV_USAGE Unknown argument: profile — did you mean --profiles?\n');
    expect(status).to.equal(2);
  });
});
