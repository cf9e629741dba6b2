/** The command: shows where the streams of a state file stand, or moves one of them. */
import { type ChosenStream, everything } from '../catalog.js';
import { toCheck } from '../check.js';
import type { PositionFlags } from '../commands.js';
import { parseConfig } from '../config.js';
import { describeStreams } from '../discover.js';
import { asFault } from '../errors.js';
import { shortName } from '../file.js';
import type { Io } from '../io.js';
import { forPeople, type Log, talk } from '../log.js';
import type { Config, StreamName } from '../resource.js';
import { loadConfig } from '../settings.js';
import { parseDate } from '../start-date.js';
import type { State } from '../state.js';
import { sameAccount } from '../state-check.js';
import { accounts } from '../survey/account.js';
import { askAhead, endOfRead, planAhead } from '../survey/ahead.js';
import { outlook } from '../survey/outlook.js';
import type { Survey } from '../survey/survey.js';
import { outlookText } from '../survey/words.js';
import { fromMillis, type Instant, latest, ORIGIN } from '../time.js';
import { type Moved, moveIn, readState } from './document.js';
import { mustBeFile, openState, type StateFile } from './file.js';
import { movable, type Place, placesOf, streamNamed } from './places.js';
import { positionJson } from './program.js';
import { type Asked, type Look, moveText, outlookLines, placeDetail, placesTable } from './words.js';

/** Throws KLV_POSITION, and what a read of the same files throws. */
export async function position(flags: PositionFlags, io: Io): Promise<number> {
  const log = talk(io, flags.debug);
  if (flags.datetime !== undefined) mustBeFile(flags.state);
  const config = await configOf(flags, io, log);
  const chosen = toCheck(flags.catalog);
  const name = flags.stream === undefined ? undefined : streamNamed(flags.stream);
  const file = openState(flags.state);
  const before = readState(file.document);
  for (const warning of before.warnings) log('warn', warning);
  if (name === undefined || flags.datetime === undefined) {
    const shown = name === undefined ? chosen : chosen.filter((one) => one.name === name);
    return tell(
      { flags, config, chosen: shown, state: before, ...(name === undefined ? {} : { name }) },
      io,
      log,
    );
  }
  movable(name);
  const moved = moveIn(file.document, name, dateOf(flags.datetime, io));
  const backup = flags.dryRun ? undefined : file.replace(moved.document);
  return tell({ flags, config, chosen, state: moved.state, name, before, moved, backup }, io, log);
}

interface Told {
  readonly flags: PositionFlags;
  readonly config: Config;
  /** What the outlook is for. */
  readonly chosen: readonly ChosenStream[];
  readonly state: State;
  readonly name?: StreamName;
  readonly before?: State;
  readonly moved?: Moved;
  /** Where the state is kept as it was; undefined: nothing was written. */
  readonly backup?: ReturnType<StateFile['replace']>;
}

async function tell(told: Told, io: Io, log: Log): Promise<number> {
  const { flags, config, chosen, state } = told;
  const now = endOfRead(io);
  const ahead = planAhead(chosen, state.bookmarks, config, now);
  const all = planAhead(everything(describeStreams()).streams, state.bookmarks, config, now);
  const places = placesOf(state, all, ahead, new Map(chosen.map((one) => [one.name, one.mode])));
  const look = { columns: io.terminal?.columns(), now };
  const say = (lines: readonly string[]): void => {
    if (flags.format === 'text') for (const line of [...lines, '']) io.err(`${forPeople(io.mask(line))}\n`);
  };
  for (const lines of answer(told, places, look)) say(lines);
  const found = config.api_key === '' ? undefined : await askAhead(ahead, chosen, [], { io, log });
  io.signal.throwIfAborted();
  if (found !== undefined) for (const line of oddities(found, told)) log('warn', line);
  const asked = answerOf(found);
  const next = outlook(ahead, found?.counts ?? new Map());
  say(outlookLines(outlookText(next), asked, look));
  if (flags.format === 'json')
    await io.out.write(
      io.mask(positionJson({ ...told, places, next: asked === 'answered' ? next : undefined })),
    );
  return 0;
}

/** Parts, each of whole lines: what was asked for, without asking the account. */
function answer(told: Told, places: readonly Place[], look: Look): readonly (readonly string[])[] {
  const { name, moved, before, state } = told;
  const everywhere = [...placesTable(places, look), ...kept(state)];
  if (name === undefined) return [everywhere];
  const place = placeIn(places, name);
  if (moved === undefined) return [placeDetail(place, look)];
  const was = before?.bookmarks.get(name)?.until;
  return [[...moveText(place, was, moved, look), written(told)], everywhere];
}

/** A key that is refused tells nothing of how long a read takes. */
function answerOf(found: Survey | undefined): Asked {
  if (found === undefined) return 'not asked';
  const isRefused = [...found.faults.keys()].some((resource) => resource !== accounts);
  return isRefused && found.counts.size === 0 ? 'not answered' : 'answered';
}

/** What was not answered, and what a read would stop for, told before it does. */
function oddities({ faults, account }: Survey, { state, chosen }: Told): string[] {
  const lines = new Set(
    [...faults].flatMap(([resource, { message }]) => (resource === accounts ? [] : message)),
  );
  const whole = chosen.filter(({ mode }) => mode !== 'incremental').map(({ name }) => name);
  try {
    if (account !== undefined) sameAccount(state.bookmarks, account.id, new Set(whole));
  } catch (error) {
    lines.add(asFault(error).message);
  }
  return [...lines];
}

function placeIn(places: readonly Place[], name: StreamName): Place {
  const place = places.find(({ stream }) => stream === name);
  if (place === undefined) throw new Error(`${name} has no place`);
  return place;
}

const kept = ({ unknown }: State): string[] =>
  unknown.size === 0
    ? []
    : [`kept as they are: ${[...unknown.keys()].map((name) => name.slice(0, 60)).join(', ')}`];

function written({ flags, backup }: Told): string {
  const file = shortName(flags.state);
  if (flags.dryRun) return `${file} is as it was (--dry-run)`;
  return backup === undefined
    ? `${file} is as it was`
    : `${file} is changed; as it was, it is ${shortName(backup)}`;
}

async function configOf({ config: path }: PositionFlags, io: Io, log: Log): Promise<Config> {
  if (path === undefined)
    return parseConfig('{}', 'the defaults', {}, fromMillis(io.clock.wall()), 'may lack').config;
  const { config, warnings } = await loadConfig(path, io, { key: 'may lack' });
  for (const warning of warnings) log('warn', warning);
  return config;
}

/** As `start_date`, or `now`: where a read that begins now would end, by this machine's clock. */
function dateOf(text: string, io: Io): Instant {
  if (text.trim().toLowerCase() === 'now') return endOfRead(io);
  const now = fromMillis(io.clock.wall());
  const show = (value: unknown): string => JSON.stringify(String(value).slice(0, 50));
  const remedy = 'use e.g. 2026-02-28 or 2026-02-28T00:00:00Z, or now';
  return latest(ORIGIN, parseDate(text, now, { code: 'KLV_POSITION', show, remedy }));
}
