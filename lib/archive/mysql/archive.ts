import { createHash } from 'node:crypto';
import { Readable, pipeline } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip, gzip } from 'node:zlib';
import type { ArchivedFile } from '../../model/statement/archived-file';
import { ArchiveError, type StatementArchive } from '../../statement/run/archive';
import { StoreError } from '../../store/errors';
import type { Database } from '../../store/mysql/base/database';
import { conflict } from '../../store/mysql/base/errors';
import { reading } from '../../store/rows/columns';
import type { BeijingDay } from '../../values/day';
import type { SubMchId } from '../../values/ids';
import { fingerprintOf, notFound, pathOf } from '../archived-file';

const compress = promisify(gzip);

/** Compressed bytes per row: a statement stays below 1 MB, the smallest packet in use. */
const PIECE_BYTES = 512 * 1024;

/**
 * An archive of bills in the database that all servers share. They are kept compressed, a tenth of
 * their size, in numbered pieces of Base64. A bill that WeChat Pay sent compressed stays as it is.
 */
export function mysqlArchive(database: Database): StatementArchive {
  return {
    keep: async (subMchId, day, bytes, kind) => {
      const print = fingerprintOf(bytes);
      const file = { location: pathOf(subMchId, day, bytes, print, kind), ...print };
      try {
        await keep(database, dayOf(subMchId, day), file.location, bytes);
        return file;
      } catch (error) {
        throw unavailable(file, 'kept', error);
      }
    },
    read: async (file) => {
      if ((await pieceOf(database, file, 0)) === null) throw notFound(file, 'missing');
      return bytesOf(database, file);
    },
    forget: async (subMchId, day) => {
      try {
        await database.change('DELETE FROM statement_pieces WHERE day_of = ?', dayOf(subMchId, day));
      } catch (error) {
        throw unavailable({ location: dayOf(subMchId, day) }, 'removed', error);
      }
    },
    drop: async (file) => {
      try {
        await database.change('DELETE FROM statement_pieces WHERE location = ?', file.location);
      } catch (error) {
        throw unavailable(file, 'removed', error);
      }
    },
  };
}

function dayOf(subMchId: SubMchId, day: BeijingDay): string {
  return `${subMchId}/${day}`;
}

/** Whether WeChat Pay sent the bill compressed, so that it is kept as it is. */
export function isCompressed({ location }: Pick<ArchivedFile, 'location'>): boolean {
  return location.endsWith('.gz');
}

/** In one transaction: a file is there completely or not at all. */
async function keep(database: Database, ofDay: string, location: string, bytes: Uint8Array): Promise<void> {
  const stored = isCompressed({ location }) ? Buffer.from(bytes) : await compress(bytes);
  const pieces = Math.max(1, Math.ceil(stored.length / PIECE_BYTES));
  await database.transaction(async (session) => {
    await session.change('DELETE FROM statement_pieces WHERE location = ?', location);
    for (let n = 0; n < pieces; n += 1) {
      const piece = stored.subarray(n * PIECE_BYTES, (n + 1) * PIECE_BYTES).toString('base64');
      const isNew = await session.insert(
        'INSERT INTO statement_pieces (location, n, day_of, piece) VALUES (?, ?, ?, ?)',
        location,
        n,
        ofDay,
        piece,
      );
      // Another server keeps the same file.
      if (!isNew) throw conflict();
    }
  }, 'do_again');
}

async function pieceOf(
  database: Database,
  file: Pick<ArchivedFile, 'location'>,
  n: number,
): Promise<Buffer | null> {
  try {
    const [row] = await database.rows(
      'SELECT piece FROM statement_pieces WHERE location = ? AND n = ?',
      file.location,
      n,
    );
    return row === undefined ? null : Buffer.from(reading(row).text(), 'base64');
  } catch (error) {
    throw unavailable(file, 'read', error);
  }
}

async function* storedBytes(database: Database, file: ArchivedFile): AsyncGenerator<Buffer> {
  for (let n = 0; ; n += 1) {
    const piece = await pieceOf(database, file, n);
    if (piece === null) return;
    yield piece;
  }
}

/** Rejects after the last piece when the bytes as a whole are not those that were stored. */
async function* bytesOf(database: Database, file: ArchivedFile): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let bytes = 0;
  const stored = storedBytes(database, file);
  const opened: AsyncIterable<Buffer> = isCompressed(file)
    ? stored
    : // An error of either end is thrown to the reader below.
      pipeline(Readable.from(stored), createGunzip(), () => undefined);
  try {
    for await (const piece of opened) {
      hash.update(piece);
      bytes += piece.length;
      yield piece;
    }
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    throw notFound(file, 'changed');
  }
  if (bytes !== file.bytes || hash.digest('hex') !== file.sha256) throw notFound(file, 'changed');
}

function unavailable(
  file: Pick<ArchivedFile, 'location'>,
  what: 'kept' | 'read' | 'removed',
  cause: unknown,
): ArchiveError {
  const why = cause instanceof StoreError ? cause.message : 'the database failed';
  return new ArchiveError(
    'unavailable',
    `The bill ${file.location} could not be ${what} (${why}); try again later.`,
    { cause },
  );
}
