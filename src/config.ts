/** The config, cleaned and complete, or one line that says what is wrong with it: all before any request is made. */
import { baseUrl } from './base-url.js';
import { closest, Fault, warning } from './errors.js';
import { type Misfit, parseJson, shapeOf, tellMisfit, typeName } from './file.js';
import { config as shape } from './generated/shapes.js';
import { masker, oneLine } from './log.js';
import { packaged } from './packaged.js';
import type { Config } from './resource.js';
import { parseDate } from './start-date.js';
import { compare, type Instant, normalise, ORIGIN, parseDuration, subtract } from './time.js';

export interface Settings {
  /** Every field that has a default has a value; `start_date` is an Instant, `base_url` an origin. */
  readonly config: Config;
  /** Whole lines, each begun by its code. */
  readonly warnings: readonly string[];
}

interface Field {
  readonly type: string;
  readonly default?: unknown;
}

interface Specification {
  readonly properties: Readonly<Record<string, Field>>;
}

const specification = (): Specification =>
  (packaged('spec.json') as { readonly connectionSpecification: Specification }).connectionSpecification;
const misfit = shapeOf(shape);

/** Klaviyo was founded in 2012; an earlier date is a way to say "all". */
const FIRST_START: Instant = '2000-01-01T00:00:00Z';

type Show = (value: unknown) => string;
type Warn = (line: string) => void;

/**
 * `name`: of the file, for messages. `env.KLAVIYO_API_KEY` stands for an `api_key` that is missing or empty; without
 * both, the key is empty where it may lack. Throws KLV_CONFIG_*, KLV_KEY_*, KLV_START_DATE, KLV_HISTORY, KLV_LOOKBACK,
 * KLV_BASE_URL.
 */
export function parseConfig(
  text: string,
  name: string,
  env: { readonly KLAVIYO_API_KEY?: string },
  now: Instant,
  key: 'needed' | 'may lack' = 'needed',
): Settings {
  const document = parseJson(text, name, 'KLV_CONFIG_JSON');
  if (!isObject(document))
    throw new Fault('KLV_CONFIG_TYPE', `config must be an object, got ${typeName(document)}`);
  const show = shower([document.api_key, env.KLAVIYO_API_KEY]);
  const { properties } = specification();
  const warnings: string[] = [];
  const warn: Warn = (line) => void warnings.push(line);

  const unknown = Object.keys(document).filter((field) => !Object.hasOwn(properties, field));
  // Orchestrators write what was not set as null or as empty text.
  const given = Object.entries(document).filter(
    ([field, value]) => Object.hasOwn(properties, field) && value !== null && value !== '',
  );
  const defaults = Object.entries(properties).flatMap(([field, { default: usual }]) =>
    usual === undefined ? [] : [[field, usual] as const],
  );
  const raw: Readonly<Record<string, unknown>> = Object.fromEntries([
    ...defaults,
    ...given.map(([field, value]) => [field, fromText(value, properties[field]?.type)]),
  ]);

  const lacks = key === 'may lack' && isBlank(raw.api_key ?? env.KLAVIYO_API_KEY);
  const api_key = lacks ? '' : apiKey(raw.api_key, env.KLAVIYO_API_KEY, misspelt(unknown, show), warn);
  for (const field of unknown) {
    const meant = closest(field, Object.keys(properties));
    warn(
      warning(
        'KLV_CONFIG_UNKNOWN',
        show(field, true),
        meant === undefined ? undefined : `did you mean ${meant}?`,
      ),
    );
  }
  const config = {
    ...raw,
    api_key,
    ...(raw.start_date === undefined ? {} : { start_date: startDate(raw.start_date, now, show, warn) }),
    historical_sync_duration: history(raw.historical_sync_duration, show),
    events_lookback_days: lookback(raw.events_lookback_days, show),
    base_url: baseUrl(raw.base_url, show),
  };
  const wrong = misfit(config);
  if (wrong !== undefined) {
    const remedy = isMetric(wrong) ? { remedy: 'give the metric’s id (metric_v2.id), not its name' } : {};
    throw new Fault('KLV_CONFIG_TYPE', tellMisfit(wrong, 'config', show), remedy);
  }
  return { config: config as unknown as Config, warnings };
}

/** Where the first read of a stream that has a history begins; ORIGIN: it has no beginning. Throws as above. */
export function historyStart(
  config: Pick<Config, 'start_date' | 'historical_sync_duration'>,
  now: Instant,
): Instant {
  const { start_date: start, historical_sync_duration: duration = '3 months' } = config;
  if (start !== undefined) {
    const fixed = normalise(start);
    if (fixed === undefined)
      throw new Fault('KLV_START_DATE', `${JSON.stringify(start).slice(0, 60)} is no date`);
    return fixed;
  }
  if (isAll(duration)) return ORIGIN;
  const length = parseDuration(duration);
  if (length === undefined) throw new Fault('KLV_HISTORY', JSON.stringify(duration).slice(0, 60));
  return subtract(now, length);
}

/** People know metrics by their names. */
const isMetric = ({ path, value }: Misfit): boolean =>
  /^(?:excluded_)?metric_ids\[/.test(path) && typeof value === 'string';

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** How a value appears in a line: short, on one line, and without anything that is or looks like a key. */
function shower(secrets: readonly unknown[]): (value: unknown, bare?: boolean) => string {
  const words = secrets.flatMap((secret) =>
    typeof secret === 'string' ? secret.split(/[^\x21-\x7e]+/) : [],
  );
  const parts = words.flatMap((word) => [word, word.replace(/^pk_/, '')]);
  // Host names come out of the URL in lower case.
  const mask = masker([...parts, ...parts.map((part) => part.toLowerCase())]);
  return (value, bare = false) => {
    if (typeof value === 'object') return typeName(value);
    if (typeof value !== 'string') return String(value);
    const masked = oneLine(mask(value).replace(/pk_\w+/g, 'pk_***'));
    const short = masked.length <= 50 ? masked : `${masked.slice(0, 49)}…`;
    return bare && /^[\w.-]+$/.test(short) ? short : JSON.stringify(short);
  };
}

/** Settings that came through an environment variable are text: "7", "0.5", "true". */
function fromText(value: unknown, type: string | undefined): unknown {
  if (typeof value !== 'string') return value;
  const text = value.trim();
  if ((type === 'integer' || type === 'number') && /^-?\d{1,9}(?:\.\d{1,9})?$/.test(text))
    return Number(text);
  if (type === 'boolean' && /^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  return value;
}

const misspelt = (
  unknown: readonly string[],
  show: (value: unknown, bare?: boolean) => string,
): string | undefined => {
  const field = unknown.find((name) => closest(name, ['api_key']) !== undefined);
  return field === undefined ? undefined : `rename the field ${show(field, true)} to api_key`;
};

const isBlank = (value: unknown): boolean =>
  value === undefined || (typeof value === 'string' && value.trim() === '');

/** What keys of other products begin with. Stripe's publishable keys begin as Klaviyo's private ones do. */
const FOREIGN =
  /^(?:[Bb]earer |[Bb]asic |[sr]k_|pk_(?:live|test)_(?=[A-Za-z0-9]{20})|whsec_|shp(?:at|ss|ca|pa)_|xox[a-z]-|gh[a-z]_|github_pat_|glpat-|SG\.|AKIA|eyJ)/;

const PLACEHOLDER = [
  /^\$\{.*\}$/,
  /^\$\w+$/,
  /^\{\{.*\}\}$/,
  /^<.*>$/,
  /^%\w+%$/,
  /^(?:pk_)?(?:[*•.…]+|x{4,})$/i,
  /^(?:pk_)?(?:your|my|insert|put|enter|replace|change|paste)[ _-]?(?:private|klaviyo|api|key|secret|me|this|here|it)[a-z _-]*$/i,
];

function apiKey(given: unknown, stand: string | undefined, remedy: string | undefined, warn: Warn): string {
  const [value, label] = given === undefined ? [stand ?? '', 'KLAVIYO_API_KEY'] : [given, 'api_key'];
  if (typeof value !== 'string' || isBlank(value))
    throw new Fault('KLV_KEY_MISSING', 'api_key is required', remedy === undefined ? {} : { remedy });
  const trimmed = value.trim();
  if (trimmed !== value) warn(warning('KLV_KEY_TRIMMED', `${label} has spaces or line ends around it`));
  const key = trimmed.replace(/^(?:authorization\s*:\s*)?klaviyo-api-key(?:\s*[:=]\s*|\s+)/i, '');
  if (key !== trimmed) warn(warning('KLV_KEY_PREFIX', `${label} begins with "Klaviyo-API-Key"`));
  if (PLACEHOLDER.some((form) => form.test(key)))
    throw new Fault('KLV_KEY_PLACEHOLDER', `${label} is a placeholder, not a key`);
  const foreign = FOREIGN.exec(key)?.[0];
  if (foreign !== undefined) throw new Fault('KLV_KEY_FORM', `${label} starts with "${foreign}"`);
  const odd = /[^\x21-\x7e]/.exec(key);
  if (odd !== null) {
    const what =
      odd[0] > '\x7f' && odd[0].trim() !== '' ? 'character beyond ASCII' : 'space or control character';
    throw new Fault('KLV_KEY_CHARS', `${label} has a ${what} at position ${odd.index + 1}`);
  }
  if (/^[A-Za-z0-9]{6}$/.test(key))
    throw new Fault('KLV_KEY_PUBLIC', `${label} looks like a public site id (6 characters)`);
  if (!key.startsWith('pk_')) warn(warning('KLV_KEY_UNUSUAL', `${label} does not start with pk_`));
  return key;
}

function startDate(value: unknown, now: Instant, show: Show, warn: Warn): Instant {
  const instant = parseDate(value, now, { code: 'KLV_START_DATE', show });
  if (compare(instant, FIRST_START) >= 0) return instant;
  warn(warning('KLV_START_DATE_CLAMPED', `start_date ${String(value).trim()} is before 2000`));
  return FIRST_START;
}

const isAll = (duration: string): boolean => duration.trim().toLowerCase() === 'all';

function history(value: unknown, show: Show): string {
  if (typeof value === 'string' && (isAll(value) || parseDuration(value) !== undefined)) return value.trim();
  throw new Fault('KLV_HISTORY', show(value));
}

function lookback(value: unknown, show: Show): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 30) return value;
  throw new Fault('KLV_LOOKBACK', `must be a whole number of days, 0–30, got ${show(value)}`);
}
