/**
 * `npm run audit`: what is known against the packages of the lockfile, by npm's own audit. A registry that gives no
 * answer is told and passes, so that a build does not hang on it; what it answers is never passed over.
 */
import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';

export interface Verdict {
  readonly passes: boolean;
  readonly line: string;
}

interface Report {
  readonly auditReportVersion?: number;
  readonly message?: string;
  readonly error?: unknown;
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string }>>;
}

/** Of what `npm audit --json` printed. */
export function verdictOf(printed: string): Verdict {
  let report: Report;
  try {
    report = JSON.parse(printed) as Report;
  } catch {
    return { passes: false, line: `npm audit printed no report: ${printed.slice(0, 200)}` };
  }
  if (report.auditReportVersion === undefined || report.vulnerabilities === undefined)
    return report.error !== undefined && report.message !== undefined
      ? { passes: true, line: `The registry gave no answer, nothing was looked up: ${report.message}` }
      : { passes: false, line: `npm audit printed an unknown report: ${printed.slice(0, 200)}` };
  const all = Object.entries(report.vulnerabilities);
  const grave = all.filter(([, { severity }]) => severity === 'high' || severity === 'critical');
  return grave.length === 0
    ? { passes: true, line: `Nothing high or critical is known; ${all.length} of lower severity.` }
    : {
        passes: false,
        line: `High or critical: ${grave.map(([name]) => name).join(', ')}. See \`npm audit\`.`,
      };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  execFile('npm', ['audit', '--json'], { maxBuffer: 1 << 26 }, (_, stdout) => {
    const { passes, line } = verdictOf(stdout);
    process.stdout.write(`${line}\n`);
    process.exitCode = passes ? 0 : 1;
  });
