import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ArchiveError, type StatementArchive } from '../../statement/run/archive';
import type { ArchivedFile } from '../../model/statement-run';
import type { BeijingDay } from '../../values/day';
import type { SubMchId } from '../../values/ids';
import { isRecord } from '../../values/json';
import { fingerprintOf, notFound, pathOf } from '../archived-file';

/** A file that was not finished: its writer died, or is at it. */
const UNFINISHED = /\.tmp$/;

/** What `pathOf` makes. Nothing else is opened, whatever a database says. */
const LOCATION = /^\d{1,32}\/\d{8}-[0-9a-f]{32}\.csv(\.gz)?$/;

const PIECE_BYTES = 256 * 1024;

/**
 * An archive of statements in a folder, which is made when it is not there. Locations are paths
 * below it, so that the folder can be moved. Removes what a crash left unfinished. Throws the file
 * system's error when the folder cannot be used.
 */
export function openDiskArchive(folder: string): StatementArchive {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  removeUnfinished(folder);
  return {
    keep: (subMchId, day, bytes) => {
      const print = fingerprintOf(bytes);
      return keep(folder, bytes, { location: pathOf(subMchId, day, bytes, print), ...print });
    },
    read: (file) => read(folder, file),
    forget: (subMchId, day) => forget(folder, subMchId, day),
  };
}

/**
 * Writes beside the file and renames: a file is there whole or not at all. Bytes and names are
 * forced to the disk before this resolves. A file that is there already is replaced by its like,
 * which also fixes one that was damaged.
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
    // What cannot be removed now is removed when the archive is next opened.
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw unavailable(file, 'kept', error);
  }
}

/**
 * Forces a folder's names to the disk. Windows opens no folder, and its file system journals names
 * by itself.
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
  if (!LOCATION.test(file.location)) throw notFound(file, 'missing');
  const path = join(folder, file.location);
  try {
    const { size } = await stat(path);
    if (size !== file.bytes) throw notFound(file, 'changed');
  } catch (error) {
    throw readingFailed(file, error);
  }
  return pieces(path, file);
}

/** The last piece is followed by a rejection when all of them together are not what was kept. */
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

/** All of the day: downloads that were refused lie beside the one that was proved. */
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
    `The statement ${file.location} could not be ${what} (${codeOf(cause)}); look after the disk and try again.`,
    { cause },
  );
}

function codeOf(error: unknown): string {
  const code = isRecord(error) ? error['code'] : undefined;
  return typeof code === 'string' ? code : 'no code';
}

/** Nobody else writes here: a data folder belongs to one process. */
function removeUnfinished(folder: string): void {
  for (const merchant of readdirSync(folder, { withFileTypes: true })) {
    if (!merchant.isDirectory()) continue;
    for (const name of readdirSync(join(folder, merchant.name))) {
      if (UNFINISHED.test(name)) rmSync(join(folder, merchant.name, name), { force: true });
    }
  }
}
