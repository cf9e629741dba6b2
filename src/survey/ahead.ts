/** What a read that began now would do, and the account asked for what that takes. */
import type { ChosenStream } from '../catalog.js';
import { wants } from '../chosen.js';
import { historyStart } from '../config.js';
import { openClient } from '../connection.js';
import type { Io } from '../io.js';
import { noMends } from '../klaviyo/json.js';
import { LAG_SECONDS } from '../klaviyo/server-time.js';
import type { Log } from '../log.js';
import type { Config, StreamName } from '../resource.js';
import { RESOURCES, STREAMS } from '../resources/index.js';
import type { Bookmark } from '../state.js';
import { type Plan, plan } from '../sync/plan.js';
import { addSeconds, floorSecond, fromMillis, type Instant } from '../time.js';
import { type Survey, survey } from './survey.js';

/** Up to where a read that began now would come, by this machine's clock: nobody is asked. */
export const endOfRead = ({ clock }: Pick<Io, 'clock'>): Instant =>
  floorSecond(addSeconds(fromMillis(clock.wall()), -LAG_SECONDS));

export function planAhead(
  chosen: readonly ChosenStream[],
  bookmarks: ReadonlyMap<StreamName, Bookmark>,
  config: Config,
  now: Instant,
): Plan {
  const since = historyStart(config, now);
  return plan({ resources: RESOURCES, streams: STREAMS, chosen, bookmarks, config, since, now });
}

/** A person waits: an outage is told after seconds, not after half an hour. */
const GIVE_UP_MS = 8_000;

/** Asks with a client of its own. */
export async function askAhead(
  ahead: Plan,
  chosen: readonly ChosenStream[],
  scopes: readonly string[],
  { io, log }: { readonly io: Io; readonly log: Log },
): Promise<Survey> {
  const { config } = ahead;
  const wanted = wants(config, chosen);
  const { client, close } = openClient({
    ...{ config, wanted, io, log },
    mends: noMends(),
    giveUpAfter: GIVE_UP_MS,
  });
  try {
    return await survey(ahead, scopes, client);
  } finally {
    close();
  }
}
