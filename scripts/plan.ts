/** `npm run plan -- --profiles N …`: what a first and a daily sync of such an account need. Nobody is asked. */
import process from 'node:process';
import yargs from 'yargs';
import { closest, Fault } from '../src/errors.js';
import {
  type AccountSizes,
  type Changes,
  dayOf,
  type EndpointEstimate,
  estimate,
  rereadDay,
  rereads,
  type SyncTime,
  syncTime,
} from '../src/estimate.js';
import type { Config } from '../src/resource.js';
import { RESOURCES } from '../src/resources/index.js';
import { unknownWord } from '../src/usage.js';

interface Asked {
  readonly sizes: AccountSizes;
  readonly changes: Changes;
  readonly config: Config;
  readonly json: boolean;
}

const ACCOUNT = {
  profiles: 'that the first sync reads',
  events: 'that the first sync reads',
  metrics: 'how many',
  lists: 'how many',
  'list-members': 'rows of all lists together',
  segments: 'how many',
  'segment-members': 'rows of all segments together',
  campaigns: 'by e-mail, SMS and mobile push, archived ones too',
  flows: 'archived ones too',
  messages: 'flow actions that send something; half of the actions unless given',
} as const;
const DAY = {
  'changed-profiles': 'a day; 1 % of the profiles unless given',
  'new-events': 'a day; a 365th of the events unless given',
  'new-list-members': 'a day; 0.5 % of the list members unless given',
  'new-segment-members': 'a day; 0.5 % of the segment members unless given',
  'changed-messages': 'flow actions changed a day; 1 % of the messages unless given',
} as const;
const RATIOS = {
  'messages-per-campaign': { default: 1.1, max: 100, describe: 'variations counted' },
  templates: { default: 1, max: 1, describe: 'share of the campaign messages that have one' },
  'actions-per-flow': { default: 12, max: 1000, describe: 'on the average' },
} as const;

const FLAGS = [
  ...[ACCOUNT, DAY, RATIOS].flatMap((table) => Object.keys(table)),
  'share',
  'predictive',
  'json',
  'help',
];

type Count = keyof typeof ACCOUNT | keyof typeof DAY;

/** Undefined: the help was asked for and shown. Throws KLV_USAGE. */
async function parse(argv: readonly string[]): Promise<Asked | undefined> {
  const number = { type: 'number', requiresArg: true } as const;
  const options = (table: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(table).map(([name, describe]) => [name, { ...number, describe }]));
  // An empty text would be taken for 0.
  const empty = argv.find((argument) => /^--[\w-]+=$/.test(argument));
  if (empty !== undefined) throw new Fault('KLV_USAGE', `${empty} lacks a value`);
  let shown = '';
  const parsed = await yargs()
    .scriptName('npm run plan --')
    .usage('$0 --profiles N --events N …')
    // In every locale the same words, as in the documents.
    .detectLocale(false)
    .exitProcess(false)
    .version(false)
    .help('help')
    .wrap(100)
    .strict()
    .parserConfiguration({ 'duplicate-arguments-array': true, 'boolean-negation': false })
    .options(options(ACCOUNT))
    .options(
      Object.fromEntries(
        Object.entries(RATIOS).map(([name, { describe, default: usual }]) => [
          name,
          { ...number, describe, default: usual },
        ]),
      ),
    )
    .options(options(DAY))
    .option('share', { ...number, default: 1, describe: 'of the rate limits, as rate_limit_share' })
    .option('predictive', { type: 'boolean', default: false, describe: 'with predictive_analytics' })
    .option('json', { type: 'boolean', default: false, describe: 'one line of JSON' })
    .fail((message, error) => {
      throw error ?? misunderstood(message ?? 'the command line is not understood');
    })
    .parse([...argv], {}, (_error, _args, output) => {
      shown = output;
    });
  if (shown !== '') {
    process.stdout.write(`${shown}\n`);
    return undefined;
  }
  return asked(parsed as Readonly<Record<string, unknown>>);
}

function misunderstood(what: string): Fault {
  const meant = closest(unknownWord(what), FLAGS);
  return new Fault('KLV_USAGE', what, meant === undefined ? {} : { remedy: `did you mean --${meant}?` });
}

function asked(values: Readonly<Record<string, unknown>>): Asked {
  const wrong = (what: string): never => {
    throw new Fault('KLV_USAGE', what);
  };
  const within = (flag: string, min: number, max: number): number => {
    const value = values[flag];
    if (Array.isArray(value)) return wrong(`--${flag} is given twice`);
    if (typeof value !== 'number' || !(value >= min && value <= max))
      return wrong(`--${flag} must be a number from ${min} to ${max}`);
    return value;
  };
  const count = (flag: Count, usual = 0): number => {
    const value = values[flag];
    if (value === undefined) return Math.ceil(usual);
    if (Array.isArray(value)) return wrong(`--${flag} is given twice`);
    if (!Number.isSafeInteger(value) || (value as number) < 0)
      return wrong(`--${flag} must be a whole number from 0`);
    return value as number;
  };
  if (Object.keys(ACCOUNT).every((flag) => values[flag] === undefined))
    wrong('no size of the account is given, e.g. --profiles 500000 --events 20000000');
  const ratio = (flag: keyof typeof RATIOS): number => within(flag, 0, RATIOS[flag].max);
  const share = within('share', 0, 1);
  if (share === 0) wrong('--share must be above 0');

  const [profiles, events, lists, segments] = [
    count('profiles'),
    count('events'),
    count('lists'),
    count('segments'),
  ];
  const [listMembers, segmentMembers] = [count('list-members'), count('segment-members')];
  const [campaigns, flows, actionsPerFlow] = [count('campaigns'), count('flows'), ratio('actions-per-flow')];
  const flowMessages = count('messages', (flows * actionsPerFlow) / 2);
  if (lists === 0 && listMembers > 0) wrong('--list-members without --lists');
  if (segments === 0 && segmentMembers > 0) wrong('--segment-members without --segments');
  if (flows === 0 && flowMessages > 0) wrong('--messages without --flows');
  return {
    sizes: {
      profiles,
      events,
      metrics: count('metrics'),
      lists,
      listMembers,
      segments,
      segmentMembers,
      campaigns,
      templates: Math.ceil(Math.ceil(campaigns * ratio('messages-per-campaign')) * ratio('templates')),
      flows,
      actionsPerFlow,
      flowMessages,
    },
    changes: {
      profiles: count('changed-profiles', profiles / 100),
      events: count('new-events', events / 365),
      listMembers: count('new-list-members', listMembers / 200),
      segmentMembers: count('new-segment-members', segmentMembers / 200),
      flowMessages: count('changed-messages', flowMessages / 100),
    },
    config: { api_key: '', rate_limit_share: share, predictive_analytics: values.predictive === true },
    json: values.json === true,
  };
}

const whole = (number: number): string => number.toLocaleString('en');
const minutes = (number: number): string =>
  number === 0 ? '0' : number < 0.05 ? '<0.1' : number < 9.95 ? number.toFixed(1) : whole(Math.round(number));
const about = ({ minutes: time, boundBy }: SyncTime): string =>
  `${time < 0.95 ? 'less than a minute' : `about ${minutes(time)} min`}, bound by ${boundBy.join(', then ')}`;

function table(title: string, estimates: readonly EndpointEstimate[]): string {
  const rows = [
    [title, 'requests', 'minutes', 'streams'],
    ...estimates
      .filter(({ requests }) => requests > 0)
      .map((one) => [one.path, whole(one.requests), minutes(one.minutes), one.streams.join(', ')]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map(([path = '', requests = '', time = '', streams = '']) =>
      [
        path.padEnd(widths[0] ?? 0),
        requests.padStart(widths[1] ?? 0),
        time.padStart(widths[2] ?? 0),
        streams,
      ].join('  '),
    )
    .join('\n');
}

function plan({ sizes, changes, config, json }: Asked): string {
  const first = estimate(sizes, config, RESOURCES);
  const daily = estimate(dayOf(sizes, changes, config), config, RESOURCES);
  const reread = rereadDay(first, daily, RESOURCES);
  const days = Math.min(...rereads(RESOURCES).map(({ cursor }) => cursor?.rereadDays?.(config) ?? 0));
  const times = [first, daily, reread].map((one) => syncTime(one, RESOURCES));
  const [firstTime, dailyTime, rereadTime] = times as [SyncTime, SyncTime, SyncTime];
  if (json)
    return JSON.stringify(
      {
        first: { ...firstTime, endpoints: first },
        daily: { ...dailyTime, endpoints: daily },
        reread: { everyDays: days, ...rereadTime, endpoints: reread },
      },
      (name, value) => (name === 'minutes' ? Number(value.toPrecision(4)) : value),
    );
  return [
    table('FIRST SYNC', first),
    '',
    table('DAILY SYNC', daily),
    '',
    `first sync: ${about(firstTime)}; daily: ${about(dailyTime)}`,
    `every ${days} days ${rereads(RESOURCES)
      .map(({ name }) => name)
      .join(', ')} are read whole: ${about(rereadTime)}`,
  ].join('\n');
}

try {
  const parsed = await parse(process.argv.slice(2));
  if (parsed !== undefined) process.stdout.write(`${plan(parsed)}\n`);
} catch (error) {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  process.stderr.write(`${error instanceof Fault ? line : new Fault('KLV_USAGE', line).message}\n`);
  process.exitCode = 2;
}
