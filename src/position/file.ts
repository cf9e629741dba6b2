/** The state file: read once, and replaced in one step. */
import { readFileSync, statSync } from 'node:fs';
import { Fault } from '../errors.js';
import { parseFile, readBytes, reasonOf, shortName, textIn } from '../file.js';
import { replaceFile } from '../replace-file.js';
import { printed } from './document.js';

export interface StateFile {
  readonly document: unknown;
  /** Returns where the file is kept as it was; undefined where nothing changes. Throws KLV_POSITION. */
  readonly replace: (document: unknown) => string | undefined;
}

/** What cannot be read a second time, as a pipe, cannot be put back either. Throws KLV_POSITION. */
export function mustBeFile(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false)
    throw new Fault('KLV_POSITION', `cannot write ${shortName(path)}: it is no file`, {
      remedy: 'write the state to a file, and give that',
    });
}

/** Throws KLV_STATE_UNREADABLE. */
export function openState(path: string, write = replaceFile): StateFile {
  // What is compared and what is moved are the same bytes: a run may put its own state there at any moment.
  const bytes = readBytes(path, 'KLV_STATE_UNREADABLE');
  const document = parseFile(textIn(bytes), path, 'KLV_STATE_UNREADABLE');
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
        const like = statSync(path);
        write(backup, bytes, { like });
        write(path, Buffer.from(printed(next, bytes.toString('utf8'))), { like });
      } catch (error) {
        throw error instanceof Fault ? error : unwritten(path, error);
      }
      return backup;
    },
  };
}

/** Whoever writes a file may not give it to its owner, where that is another user. */
const isOwners = ({ syscall, code }: NodeJS.ErrnoException): boolean =>
  syscall === 'chown' && code === 'EPERM';

function unwritten(path: string, error: unknown): Fault {
  const own = isOwners(error as NodeJS.ErrnoException);
  const why = own ? 'it is another user’s' : reasonOf(error);
  return new Fault('KLV_POSITION', `cannot write ${shortName(path)}: ${why}`, {
    remedy: `it is as it was; ${own ? 'move the stream as that user' : 'check its folder'}`,
  });
}
