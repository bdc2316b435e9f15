import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { isInboxKey, type InboxKey } from '../../../model/message';
import { isRecord, parseJson } from '../../../values/json';
import type { Instant } from '../../../values/instant';
import { isInstant } from '../../../values/instant';
import type { Standing } from './standing';

const markSchema = z.object({
  version: z.literal(1),
  database: z.string(),
  epoch: z.int().min(0),
  orders: z.int().min(0),
  refunds: z.int().min(0),
  message: z
    .object({ key: z.custom<InboxKey>(isInboxKey), receivedAt: z.custom<Instant>(isInstant) })
    .nullable(),
});

/**
 * What a database is known to have held: the least that the next start must find. It is stored in a
 * file beside the database, because a lost or replaced database cannot say so itself.
 */
export type LowWaterMark = Readonly<z.infer<typeof markSchema>>;

/** The content of a mark file. `unreadable`: it is damaged, or a newer program wrote it. */
export type MarkReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'mark'; readonly mark: LowWaterMark };

/** The mark for a standing. */
export function markOf({ database, epoch, orders, refunds, message }: Standing): LowWaterMark {
  return { version: 1, database, epoch, orders, refunds, message };
}

/** Reads a mark. Throws the file system's error when the file exists but cannot be read. */
export function readLowWaterMark(file: string): MarkReading {
  const text = textOf(file);
  if (text === null) return { kind: 'none' };
  const mark = markSchema.safeParse(parseJson(text));
  return mark.success ? { kind: 'mark', mark: mark.data } : { kind: 'unreadable' };
}

/**
 * Writes a mark beside the old one and renames it over that (0600), so that there is always a
 * complete one. It is on disk when this resolves. Rejects with the file system's error; the old
 * mark then remains.
 */
export async function writeLowWaterMark(file: string, mark: LowWaterMark): Promise<void> {
  const unfinished = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(unfinished, 'wx', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(mark)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, file);
    await syncNames(dirname(file));
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw error;
  }
}

/**
 * Writes the first mark of a database, before anything is acknowledged; blocking, and on disk when
 * it returns. It forces the database's own name to disk first, so that no crash leaves a mark
 * without its database. Throws the file system's error; there is no mark then.
 */
export function writeFirstMark(file: string, mark: LowWaterMark): void {
  const unfinished = `${file}.${randomUUID()}.tmp`;
  try {
    syncNamesNow(dirname(file));
    const handle = openSync(unfinished, 'wx', 0o600);
    try {
      writeSync(handle, `${JSON.stringify(mark)}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(unfinished, file);
    syncNamesNow(dirname(file));
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

function syncNamesNow(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * Forces a folder's names to disk. Windows opens no folder, and its file system journals names
 * itself.
 */
export async function syncNames(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isRecord(error) && error['code'] === 'ENOENT') return null;
    throw error;
  }
}
