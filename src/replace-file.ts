/** A file that others may read at any moment, put in the place of another in one step. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** Whose mode and owner the file gets; without one, those of any new file. */
export interface Like {
  readonly like?: Stats | undefined;
  /** Where the owner cannot be kept: is the file put in place nevertheless, as that of whoever writes it? */
  readonly owner?: 'kept' | 'kept if allowed';
}

/** Throws the system's error; the file is then as it was. */
export function replaceFile(path: string, bytes: Buffer, { like, owner = 'kept' }: Like): void {
  const target = placeOf(path);
  const draft = draftOf(target);
  try {
    // Nobody else reads a draft of what not all may read.
    const file = openSync(draft, 'wx', like === undefined ? 0o666 : 0o600);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (like !== undefined) takeAfter(draft, like, owner);
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** Leaves nothing. Throws the system's error where a file could not be written there. */
export function tryReplacing(path: string): void {
  const draft = draftOf(placeOf(path));
  closeSync(openSync(draft, 'wx'));
  rmSync(draft, { force: true });
}

const draftOf = (target: string): string => `${target}.${randomBytes(6).toString('hex')}.tmp`;

function takeAfter(file: string, { mode, uid, gid }: Stats, owner: Like['owner']): void {
  const made = statSync(file);
  try {
    // Where another user wrote it, that user still has to read it.
    if (made.uid !== uid || made.gid !== gid) chownSync(file, uid, gid);
  } catch (error) {
    if (owner === 'kept') throw error;
  }
  chmodSync(file, mode & 0o7777);
}

/** Where a path leads through all links, whether there is a file or none yet: a link is kept, what it points to is replaced. */
export function placeOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const place = join(realpathSync(dirname(path)), basename(path));
  const isLink = lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return isLink ? placeOf(resolve(dirname(place), readlinkSync(place))) : place;
}
