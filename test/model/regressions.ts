/** Schedules that once lost something, or that once ended as they should not: run with every `npm test`. */
import type { Schedule, Step } from './schedule.js';

const calm: Step = { gap: 60, before: [], during: [], faults: [], rollback: false, lag: 0 };

const usual: Omit<Schedule, 'steps'> = {
  seed: 0,
  protocol: 'singer',
  fullRefresh: false,
  lookback: 7,
  refresh: 7,
  longest: 2,
  slow: false,
  skew: 0,
};

export const REGRESSIONS: Readonly<Record<string, Schedule>> = {
  'T3 I3: the server cannot be asked for its time at first, and the machine’s clock is fast': {
    ...usual,
    skew: 600,
    steps: [
      { ...calm, faults: [{ at: 1, fault: { kind: 'refused' } }] },
      { ...calm, before: [{ do: 'updateProfile', pick: 3 }] },
    ],
  },
  'L3 I9: an endpoint that asks for an hour of rest is not asked for its other partitions': {
    ...usual,
    streams: ['campaign_message_template_v2'],
    steps: [{ ...calm, faults: [{ at: 3, fault: { kind: 'limited', after: 3_600 } }] }],
  },
  'T5 P6: a cursor expires where a table is replaced and its rows are younger than any bound that the API takes':
    {
      ...usual,
      seed: 176,
      fullRefresh: true,
      longest: 3,
      steps: [
        {
          ...calm,
          gap: 1,
          before: [
            { do: 'updateFlow', pick: 0 },
            { do: 'createFlow', pick: 0 },
          ],
          faults: [
            { at: 37, fault: { kind: 'expired' } },
            { at: 23, fault: { kind: 'limited', after: 1 } },
          ],
        },
        { ...calm, gap: 0 },
      ],
    },
  'R6 N11: a machine sleeps while the server’s time is asked in an outage': {
    ...usual,
    streams: ['campaign_message_template_v2'],
    steps: [
      {
        ...calm,
        faults: [{ at: 1, fault: { kind: 'outage', seconds: 600 } }],
        leap: { at: 1, seconds: 1_240 },
      },
    ],
  },
};
