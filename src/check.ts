/** Whether a key can read what was chosen: one small request a scope, whichever streams need it; and what they tell. */
import { type ChosenStream, everything, parseCatalog } from './catalog.js';
import { type Described, describeStreams } from './discover.js';
import type { Fault } from './errors.js';
import { readText } from './file.js';
import type { Io } from './io.js';
import type { Log } from './log.js';
import type { Config } from './resource.js';
import { type AccountFacts, accounts } from './survey/account.js';
import { askAhead, endOfRead, planAhead } from './survey/ahead.js';
import { type Outlook, outlook } from './survey/outlook.js';
import { type Survey, shows } from './survey/survey.js';
import type { Plan } from './sync/plan.js';
import type { Instant } from './time.js';

export interface CheckResult {
  readonly ok: boolean;
  /** One line a scope that is missing, with the streams that need it; or the one reason nothing could be asked. */
  readonly problems: readonly string[];
  readonly granted: readonly string[];
  /** The worst of what was met; absent when all is well. */
  readonly fault?: Fault;
  /** Absent where nothing could be asked. */
  readonly report?: Report;
}

export interface Report {
  readonly scopes: readonly ScopeResult[];
  /** No stream needs its scope. */
  readonly account: AccountFacts | 'not permitted' | 'not answered';
  readonly firstEvent: Instant | undefined;
  readonly lastEvent: Instant | undefined;
  /** Of a first sync; absent where a scope is missing, as nobody knows what it would find, or no stream is chosen. */
  readonly firstSync?: Outlook;
}

export interface ScopeResult {
  readonly scope: string;
  /** `failed`: it could not be asked, or the account's plan lacks the endpoint. */
  readonly state: 'ok' | 'missing' | 'failed';
  readonly streams: readonly string[];
}

/** Asks once for each scope that the chosen streams need. */
export async function checkKey(
  config: Config,
  chosen: readonly ChosenStream[],
  io: Io,
  log: Log,
): Promise<CheckResult> {
  const names = new Set<string>(chosen.map(({ name }) => name));
  const streams = describeStreams().filter(({ name }) => names.has(name));
  const scopes = [...new Set(streams.flatMap((stream) => stream.scopes))].sort();
  const first = planAhead(chosen, new Map(), config, endOfRead(io));
  return judged(streams, scopes, first, await askAhead(first, chosen, scopes, { io, log }));
}

function judged(
  streams: readonly Described[],
  scopes: readonly string[],
  first: Plan,
  found: Survey,
): CheckResult {
  const needing = (scope: string): readonly string[] =>
    streams.filter((stream) => stream.scopes.includes(scope)).map(({ name }) => name);
  const answers = scopes.map((scope) => ({ scope, fault: faultOf(scope, found) }));
  const granted = answers.filter(({ fault }) => fault === undefined).map(({ scope }) => scope);
  const faults = answers.flatMap(({ fault }) => fault ?? []);
  // Where no scope is asked for, only the account tells whether the key is one.
  const told = scopes.length > 0 ? faults : [found.faults.get(accounts)].filter((one) => one !== undefined);
  // A key that is refused everywhere is one problem, not one a scope.
  const general = told.find(({ code }) => code !== 'KLV_SCOPE' && code !== 'KLV_PLAN');
  if (general !== undefined) return { ok: false, problems: [general.message], granted, fault: general };
  const problems = answers.flatMap(({ scope, fault }) =>
    fault === undefined
      ? []
      : fault.code === 'KLV_SCOPE'
        ? [`KLV_SCOPE the key lacks ${scope}, needed by ${needing(scope).join(', ')}`]
        : [`${fault.message} (needed by ${needing(scope).join(', ')})`],
  );
  const [fault] = faults;
  const { account, firstEvent, lastEvent, counts } = found;
  return {
    ok: problems.length === 0,
    problems,
    granted,
    ...(fault === undefined ? {} : { fault }),
    report: {
      scopes: answers.map(({ scope, fault: failed }) => ({
        scope,
        state: failed === undefined ? 'ok' : failed.code === 'KLV_SCOPE' ? 'missing' : 'failed',
        streams: needing(scope),
      })),
      account:
        account ?? (found.faults.get(accounts)?.code === 'KLV_SCOPE' ? 'not permitted' : 'not answered'),
      firstEvent,
      lastEvent,
      ...(fault === undefined && scopes.length > 0 ? { firstSync: outlook(first, counts) } : {}),
    },
  };
}

function faultOf(scope: string, { faults }: Survey): Fault | undefined {
  const resource = shows(scope);
  return resource === undefined ? undefined : faults.get(resource);
}

/** What a catalog chose; without one, everything. Throws KLV_CATALOG_*. */
export const toCheck = (catalog: string | undefined): readonly ChosenStream[] =>
  (catalog === undefined
    ? everything(describeStreams())
    : parseCatalog(readText(catalog, 'KLV_CATALOG_FILE'), catalog, describeStreams())
  ).streams;
