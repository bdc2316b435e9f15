import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ArchiveError, type StatementArchive } from '../../statement/run/archive';
import type { ArchivedFile } from '../../model/statement/archived-file';
import type { BeijingDay } from '../../values/day';
import type { SubMchId } from '../../values/ids';
import { isRecord } from '../../values/json';
import { BILL_NAME, fingerprintOf, notFound, pathOf } from '../archived-file';

/** An unfinished file: its writer died, or is still writing. */
const UNFINISHED = /\.tmp$/;

/** True for the paths that `pathOf` produces. No other is opened, whatever the database says. */
function isLocation(location: string): boolean {
  const [folder = '', name = '', ...more] = location.split('/');
  return /^\d{1,32}$/.test(folder) && BILL_NAME.test(name) && more.length === 0;
}

const PIECE_BYTES = 256 * 1024;

/**
 * An archive of bills in a folder, which is created if needed. Locations are relative paths, so
 * that the folder can be moved. Removes files that a crash left unfinished. Throws the file
 * system's error when the folder cannot be used.
 */
export function openDiskArchive(folder: string): StatementArchive {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  removeUnfinished(folder);
  return {
    keep: (subMchId, day, bytes, kind) => {
      const print = fingerprintOf(bytes);
      return keep(folder, bytes, { location: pathOf(subMchId, day, bytes, print, kind), ...print });
    },
    read: (file) => read(folder, file),
    forget: (subMchId, day) => forget(folder, subMchId, day),
    drop: (file) => drop(folder, file),
  };
}

/**
 * Writes a temporary file and renames it, so a file exists completely or not at all. Resolves once
 * bytes and names are flushed to disk. An existing file is replaced by the same bytes, which also
 * repairs a damaged one.
 */
async function keep(folder: string, bytes: Uint8Array, file: ArchivedFile): Promise<ArchivedFile> {
  const path = join(folder, file.location);
  const unfinished = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const handle = await open(unfinished, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, path);
    for (const named of [dirname(path), folder, dirname(folder)]) await syncNames(named);
    return file;
  } catch (error) {
    // A leftover is removed when the archive is next opened.
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw unavailable(file, 'kept', error);
  }
}

/**
 * Flushes a folder's names to disk. Windows cannot open folders; its file system journals names
 * itself.
 */
async function syncNames(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function read(folder: string, file: ArchivedFile): Promise<AsyncIterable<Uint8Array>> {
  if (!isLocation(file.location)) throw notFound(file, 'missing');
  const path = join(folder, file.location);
  try {
    const { size } = await stat(path);
    if (size !== file.bytes) throw notFound(file, 'changed');
  } catch (error) {
    throw readingFailed(file, error);
  }
  return pieces(path, file);
}

/** Rejects after the last piece when the bytes as a whole are not those that were stored. */
async function* pieces(path: string, file: ArchivedFile): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    const stream: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: PIECE_BYTES });
    for await (const piece of stream) {
      hash.update(piece);
      bytes += piece.length;
      yield piece;
    }
  } catch (error) {
    throw readingFailed(file, error);
  }
  if (bytes !== file.bytes || hash.digest('hex') !== file.sha256) throw notFound(file, 'changed');
}

/** Removes all files of the day, including refused downloads. */
async function forget(folder: string, subMchId: SubMchId, day: BeijingDay): Promise<void> {
  const ofMerchant = join(folder, subMchId);
  try {
    for (const name of await readdir(ofMerchant)) {
      if (name.startsWith(`${day}-`)) await rm(join(ofMerchant, name), { force: true });
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw unavailable({ location: `${subMchId}/${day}` }, 'removed', error);
  }
}

async function drop(folder: string, file: ArchivedFile): Promise<void> {
  if (!isLocation(file.location)) return;
  try {
    await rm(join(folder, file.location), { force: true });
  } catch (error) {
    throw unavailable(file, 'removed', error);
  }
}

function readingFailed(file: ArchivedFile, error: unknown): ArchiveError {
  if (error instanceof ArchiveError) return error;
  return codeOf(error) === 'ENOENT' ? notFound(file, 'missing') : unavailable(file, 'read', error);
}

function unavailable(
  file: Pick<ArchivedFile, 'location'>,
  what: 'kept' | 'read' | 'removed',
  cause: unknown,
): ArchiveError {
  return new ArchiveError(
    'unavailable',
    `The bill ${file.location} could not be ${what} (${codeOf(cause)}); check the disk and try again.`,
    { cause },
  );
}

function codeOf(error: unknown): string {
  const code = isRecord(error) ? error['code'] : undefined;
  return typeof code === 'string' ? code : 'no code';
}

/** Safe without locking: only one process writes to a data folder. */
function removeUnfinished(folder: string): void {
  for (const merchant of readdirSync(folder, { withFileTypes: true })) {
    if (!merchant.isDirectory()) continue;
    for (const name of readdirSync(join(folder, merchant.name))) {
      if (UNFINISHED.test(name)) rmSync(join(folder, merchant.name, name), { force: true });
    }
  }
}
