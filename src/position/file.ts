/** The state file: read once, and replaced in one step. */
import { readFileSync } from 'node:fs';
import { Fault } from '../errors.js';
import { parseJsonFile, shortName } from '../file.js';
import { replaceFile } from '../replace-file.js';
import { printed } from './document.js';

export interface StateFile {
  readonly document: unknown;
  /** Returns where the file is kept as it was; undefined where nothing changes. Throws KLV_POSITION. */
  readonly replace: (document: unknown) => string | undefined;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  ENOENT: 'it is gone',
};

/** Throws KLV_STATE_UNREADABLE. */
export function openState(path: string): StateFile {
  const document = parseJsonFile(path, 'KLV_STATE_UNREADABLE');
  const bytes = readFileSync(path);
  return {
    document,
    replace(next) {
      if (JSON.stringify(next) === JSON.stringify(document)) return undefined;
      const backup = `${path}.bak`;
      try {
        // A run that ended meanwhile has put its own state there.
        if (!readFileSync(path).equals(bytes))
          throw new Fault('KLV_POSITION', `${shortName(path)} has changed meanwhile`, {
            remedy: 'stop the runs that use it, and move the stream again',
          });
        replaceFile(backup, bytes, path);
        replaceFile(path, Buffer.from(printed(next, bytes.toString('utf8'))));
      } catch (error) {
        if (error instanceof Fault) throw error;
        const code = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
        throw new Fault('KLV_POSITION', `cannot write ${shortName(path)}: ${REASONS[code] ?? code}`, {
          remedy: 'it is as it was; check its folder',
        });
      }
      return backup;
    },
  };
}
