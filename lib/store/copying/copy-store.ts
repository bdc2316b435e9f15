import type { Instant } from '../../values/instant';
import { StoreError } from '../errors';
import { mysqlAddress, placeOf } from '../mysql/base/address';
import type { Database } from '../mysql/base/database';
import { openDatabase } from '../mysql/base/connect';
import { beginCopy, copyRecord, finishCopy, refuseForeignTables } from '../mysql/base/copied';
import { migrate as migrateMysql } from '../mysql/base/migrate';
import { reading } from '../rows/columns';
import { connect } from '../sqlite/base/connection';
import type { Connection } from '../sqlite/base/connection';
import { migrate as migrateSqlite } from '../sqlite/base/migrate';
import { markMoved, movedError, movedTo } from '../sqlite/base/moved';
import type { OwnedFolder } from '../sqlite/base/owner';
import { endDeadLeases } from '../sqlite/disk/dead-leases';
import type { Compared } from './compare';
import { compareCopy, isEqual } from './compare';
import { copyTable, INSERTS_AT_ONCE } from './copy-table';
import { COPIED_TABLES } from './plan';

/** What is copied, and where to. */
export interface StoreCopy {
  /** The database file of the source, in a folder that this process owns. */
  readonly file: string;
  readonly owner: OwnedFolder;
  /** `mysql://user:password@host:port/database`. */
  readonly to: string;
  readonly now: () => Instant;
  /**
   * Copies what is not in the source's database into the target, before the comparison. May be
   * called for an unfinished copy again.
   */
  readonly copyFiles: (target: Database) => Promise<readonly Compared[]>;
}

/** How a copy ended. Only `moved` released the target and marked the source. */
export interface StoreCopied {
  readonly kind: 'moved' | 'different';
  /** The target, without user and password. */
  readonly place: string;
  readonly compared: readonly Compared[];
}

/** Counting a large table takes minutes, and nothing else waits for these connections. In ms. */
export const QUERY_MS = 1_800_000;

/**
 * Moves a store from SQLite to an empty database of MySQL. Until everything is equal on both sides
 * the target is served by no server; then the source is marked as moved, on disk, and only then the
 * target is released. After an interruption it is repeated: it begins again, because the source may
 * have been served meanwhile. One that broke off between the two last steps is finished that way.
 *
 * Leases of the source belong to dead processes, since its folder is owned: they end, as on a
 * start, so that the target's servers take over at once.
 *
 * Failure policy: fail closed. Rejects with `StoreError`: `misconfigured` when the target is not
 * empty, and as a `MovedError` when the source was moved before.
 */
export async function copyStore({ file, to, now, copyFiles }: StoreCopy): Promise<StoreCopied> {
  const address = mysqlAddress(to);
  const place = placeOf(address);
  const source = connect(file);
  try {
    migrateSqlite(source);
    const target = await openDatabase({ address, poolSize: INSERTS_AT_ONCE, bounds: { queryMs: QUERY_MS } });
    try {
      await refuseForeignTables(target);
      await migrateMysql(target);
      await refuseMovedElsewhere(source, target);
      const run = await beginCopy(target, identityOf(source), now());
      endDeadLeases(source);
      for (const table of COPIED_TABLES) await copyTable(source, target, table);
      const files = await copyFiles(target);
      const compared = [...(await compareCopy(source, target)), ...files];
      if (!compared.every(isEqual)) return { kind: 'different', place, compared };
      // In this order: a crash in between leaves no shop that is served, never two.
      markMoved(source, { place, at: now() });
      await finishCopy(target, run, now());
      return { kind: 'moved', place, compared };
    } finally {
      await target.close();
    }
  } finally {
    source.close();
  }
}

/** A source that was moved is only copied again to finish that very copy. */
async function refuseMovedElsewhere(source: Connection, target: Database): Promise<void> {
  const moved = movedTo(source);
  if (moved === null) return;
  const record = await copyRecord(target);
  const isItsCopy = record?.source === identityOf(source) && !record.isFinished;
  if (!isItsCopy) throw movedError(moved);
}

function identityOf(source: Connection): string {
  const [columns] = source.prepare('SELECT id FROM identity').all();
  if (columns === undefined) throw new StoreError('invalid', 'the database has lost its identity');
  return reading(columns).text();
}
