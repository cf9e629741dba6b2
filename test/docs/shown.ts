/** Sessions as documents show them: after `$ ` what is typed, below it what is printed. */

export interface Step {
  readonly command: string;
  readonly code: number;
  readonly shown: string;
}

/** A command that does not end with 0 says so: `# exit code 2`. A backslash at a line's end continues it. */
export const steps = (block: string): readonly Step[] =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [, command = '', shown = ''] = /^((?:.*\\\n)*.*\n)([\s\S]*)$/.exec(part) ?? [];
      return { command, code: Number(/# .*exit code (\d+)/.exec(command)?.[1] ?? 0), shown };
    });

/** `…` stands for anything, on a line of its own for any lines; a number for any number, unless all is exact. */
export function fits(shown: string, exact: boolean): RegExp {
  const lines = shown
    .trimEnd()
    .split('\n')
    .map((line) => (line.trim() === '…' ? '(?:.*\\n)*?' : `${pattern(line, exact)}\\n`));
  return new RegExp(`^${lines.join('')}$`);
}

const pattern = (line: string, exact: boolean): string => {
  const escaped = line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '.*');
  return exact ? escaped : escaped.replace(/\d+(?:,\d{3})*(?:\\\.\d+)?/g, '\\d+(?:,\\d{3})*(?:\\.\\d+)?');
};
