/** A file that others may read at any moment, put in the place of another in one step. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';

/**
 * Writes beside the file that `like` names, with its mode and owner, and moves it to `path`. Throws the system's
 * error; the file is then as it was.
 */
export function replaceFile(path: string, bytes: Buffer, like: string = path): void {
  const { mode, uid, gid } = statSync(like);
  const target = realpathOr(path);
  const next = `${target}.${randomBytes(6).toString('hex')}`;
  try {
    const file = openSync(next, 'wx', 0o600);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    const made = statSync(next);
    // Where another user wrote it, that user still has to read it.
    if (made.uid !== uid || made.gid !== gid) chownSync(next, uid, gid);
    chmodSync(next, mode & 0o7777);
    renameSync(next, target);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

/** A link is kept: what it points to is replaced. */
function realpathOr(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
