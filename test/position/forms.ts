/** Every form of state document that a read takes, made of the same entries. */
export type Entries = Readonly<Record<string, unknown>>;

const described = ([name, stream_state]: readonly [string, unknown]) => ({
  stream_descriptor: { name },
  stream_state,
});
const states = (entries: Entries) =>
  Object.entries(entries).map((one) => ({ type: 'STREAM', stream: described(one) }));

const settings = (entries: Entries) =>
  Object.entries(entries).map(([name, streamState]) => ({ streamDescriptor: { name }, streamState }));

export const FORMS: Readonly<Record<string, (entries: Entries, extra: object) => unknown>> = {
  'bare entries': (entries) => entries,
  'Singer, with members beside': (entries, extra) => ({ ...extra, bookmarks: entries }),
  'a line of Singer’s': (entries, extra) => ({ type: 'STATE', value: { bookmarks: entries, ...extra } }),
  'Meltano, as state get prints it': (entries, extra) => ({ singer_state: { bookmarks: entries, ...extra } }),
  'Meltano, as it is stored': (entries) => ({
    completed: { singer_state: { bookmarks: entries } },
    partial: {},
  }),
  'Meltano, of a run that was broken off': (entries) => {
    const all = Object.entries(entries);
    const part = (some: typeof all) => ({ singer_state: { bookmarks: Object.fromEntries(some) } });
    return { completed: part(all.slice(0, 1)), partial: part(all.slice(1)) };
  },
  'Airbyte, a state a stream': states,
  'Airbyte, lines of stdout': (entries) => states(entries).map((state) => ({ type: 'STATE', state })),
  'Airbyte, GLOBAL': (entries, extra) => [
    {
      type: 'GLOBAL',
      global: { shared_state: extra, stream_states: Object.entries(entries).map(described) },
    },
  ],
  'Airbyte, as its settings show it': (entries) => settings(entries),
  'Airbyte, as its API gives it out': (entries) => ({
    stateType: 'stream',
    connectionId: 'c',
    streamState: settings(entries),
  }),
  'Airbyte, as its API gives out a global one': (entries, extra) => ({
    stateType: 'global',
    globalState: { sharedState: extra, streamStates: settings(entries) },
  }),
  'Airbyte, LEGACY': (entries) => ({ type: 'LEGACY', data: entries }),
};
