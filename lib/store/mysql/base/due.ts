import type { SubMchId } from '../../../values/ids';
import type { Columns } from '../../rows/columns';
import { reading } from '../../rows/columns';
import type { Database, Session } from './database';
import type { Bindable } from './sql';

/** Rows that are due, as a sorted range of an index whose last column is the merchant. */
interface Due {
  readonly table: 'orders' | 'refunds';
  readonly index: 'orders_ask_due' | 'orders_fulfilment_due' | 'refunds_ask_due';
  readonly dueAt: 'next_ask_at' | 'fulfilment_due_at';
  /** Which rows are due, as SQL with `values`. */
  readonly having: string;
  readonly values: readonly Bindable[];
  /** The merchants whose rows are passed over. */
  readonly except: readonly SubMchId[];
  /** The most rows. */
  readonly most: number;
}

/** A row that is due, and locked. */
export interface LockedRow {
  readonly id: number;
  readonly dueAt: number;
}

/** How many rows are found for each that is wanted: claims that meet find the same ones. */
const FOUND_FOR_EACH = 4;

/**
 * Locks rows that are due, and returns them, earliest first. Claims that meet get different rows;
 * without SKIP LOCKED one waits for the other.
 *
 * A statement that locks takes every row that it looks at, also those it does not return. While
 * merchants are paused, their due rows pile up and must not be locked by each claim: so the rows
 * are found first, in the index alone, and then locked by their ids. A claim that meets others may
 * get none that way, and its next run does.
 */
export async function lockDue(
  database: Pick<Database, 'skipsLocked'>,
  session: Pick<Session, 'rows'>,
  { table, index, dueAt, having, values, except, most }: Due,
): Promise<readonly LockedRow[]> {
  const locking = database.skipsLocked ? 'FOR UPDATE SKIP LOCKED' : 'FOR UPDATE';
  const found = `SELECT id, ${dueAt} FROM ${table} FORCE INDEX (${index}) WHERE ${having}`;
  const sorted = `ORDER BY ${dueAt}, id LIMIT ?`;
  if (except.length === 0) {
    return (await session.rows(`${found} ${sorted} ${locking}`, ...values, most)).map(readRow);
  }
  const candidates = await session.rows(
    `${found} AND sub_mch_id NOT IN (?) ${sorted}`,
    ...values,
    except,
    most * FOUND_FOR_EACH,
  );
  const ids = candidates.map((row) => readRow(row).id);
  const locked: LockedRow[] = [];
  // The earliest first: later ones only in place of those that another claim has.
  for (let from = 0; from < ids.length && locked.length < most; from += most) {
    // By id: rows that are sorted otherwise would all be locked before the first is returned.
    const rows = await session.rows(
      `SELECT id, ${dueAt} FROM ${table} FORCE INDEX (PRIMARY) WHERE id IN (?) AND ${having}
       ORDER BY id LIMIT ? ${locking}`,
      ids.slice(from, from + most),
      ...values,
      most - locked.length,
    );
    locked.push(...rows.map(readRow));
  }
  return locked.sort((one, other) => one.dueAt - other.dueAt || one.id - other.id);
}

function readRow(columns: Columns): LockedRow {
  const row = reading(columns);
  return { id: row.integer(), dueAt: row.integer() };
}
