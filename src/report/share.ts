/** How near an endpoint came to its limit. */
import type { EndpointSummary } from '../run-summary.js';

const MINUTE = 60_000;

/**
 * Requests as a share of what the minutes from the first to the last of them allowed. A window that slides lets one
 * minute's allowance more through than the minutes that passed, so that no pace within the limit comes to more than 1.
 */
export function shareOfLimit({ requests, limit, firstMs, lastMs }: EndpointSummary): number {
  const minutes = 1 + Math.max(0, lastMs - firstMs) / MINUTE;
  return limit.steady > 0 ? requests / (limit.steady * minutes) : 0;
}

/** The most that went out in a minute, as a share of the minute's allowance; undefined where steps are too coarse. */
export function fullestMinute({ timeline, limit }: EndpointSummary): number | undefined {
  const { stepMs, sent } = timeline;
  if (stepMs > MINUTE || stepMs <= 0 || limit.steady <= 0) return undefined;
  const steps = Math.floor(MINUTE / stepMs);
  let sum = 0;
  let most = 0;
  for (const [at, requests] of sent.entries()) {
    sum += requests - (sent[at - steps] ?? 0);
    most = Math.max(most, sum);
  }
  return most / limit.steady;
}

/** Requests that the limit lets through in one step: all of the second's, while they are within the minute's. */
export function mostInStep({ limit, timeline: { stepMs } }: EndpointSummary): number {
  return Math.min((limit.burst * stepMs) / 1_000, limit.steady * Math.max(1, stepMs / MINUTE));
}

/** What a step may hold if it is to go on like this. */
export const paceOfStep = ({ limit, timeline: { stepMs } }: EndpointSummary): number =>
  (limit.steady * stepMs) / MINUTE;
