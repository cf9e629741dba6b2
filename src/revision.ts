/** How long Klaviyo still serves the revision that this version speaks: two years from its date. */
import { warning } from './errors.js';
import { addDays, compare, type Instant } from './time.js';

const WARNED_DAYS = 90;

/** When a revision is retired. */
export const retirement = (revision: string): Instant =>
  `${Number(revision.slice(0, 4)) + 2}${revision.slice(4)}T00:00:00Z`;

/** The warning of each run in the last days, and after them. */
export function oldRevision(revision: string, now: Instant): string | undefined {
  const end = retirement(revision);
  if (compare(now, addDays(end, -WARNED_DAYS)) < 0) return undefined;
  return warning('KLV_REVISION_OLD', `Klaviyo serves revision ${revision} until ${end.slice(0, 10)}`);
}
