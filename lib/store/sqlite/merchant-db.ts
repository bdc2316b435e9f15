import { statSync } from 'node:fs';
import Libsql from 'libsql';
import { isRecord, parseJson } from '../../values/json';
import { StoreError } from '../errors';
import type { Comparable, MerchantDb, MerchantFields } from '../merchant-db';
import { merchantDbOn } from '../merchant-db';
import { toStoreError } from './base/errors';

/**
 * How long a look-up blocks this process while the merchant's own program writes the file, in ms.
 */
const BLOCKED_MS = 50;

/** Look-ups that let go of their file. */
export interface ClosableMerchantDb extends MerchantDb {
  /** Lets go of the file. A look-up after that opens it again. */
  close(): void;
}

/**
 * The merchant's look-ups in a SQLite file of their own: a table for each collection, with a text
 * key `_id`. A column declared `JSON` is parsed, one declared `BOOLEAN` is read as true or false.
 * The file is opened at the first look-up, and again when another one replaces it; it is never
 * written.
 */
export function sqliteMerchantDb(file: string): ClosableMerchantDb {
  let open: { readonly database: Libsql.Database; readonly inode: number } | null = null;
  const close = (): void => {
    open?.database.close();
    open = null;
  };
  const database = (): Libsql.Database => {
    const inode = statSync(file, { throwIfNoEntry: false })?.ino;
    // Opening a file that is absent would create it.
    if (inode === undefined) {
      close();
      throw new StoreError(
        'misconfigured',
        `${file}, which merchant/ reads, does not exist: create it, or set MERCHANT_DATABASE_URL`,
      );
    }
    if (open?.inode !== inode) {
      close();
      open = { database: openReadOnly(file), inode };
    }
    return open.database;
  };
  const select = async (table: string, rest: string, values: readonly Comparable[]) =>
    rowsOf(database, table, rest, values);
  const db = merchantDbOn({
    named: (table, ids) => select(table, `WHERE _id IN (${ids.map(() => '?').join(', ')})`, ids),
    matching(table, where, limit) {
      const fields = Object.keys(where);
      const equal = fields.map((field) => `"${field}" = ?`).join(' AND ');
      const condition = fields.length === 0 ? '' : `WHERE ${equal}`;
      return select(table, `${condition} ORDER BY _id LIMIT ${limit}`, Object.values(where));
    },
  });
  return { ...db, close };
}

function openReadOnly(file: string): Libsql.Database {
  const database = new Libsql(file);
  try {
    database.exec(`PRAGMA busy_timeout = ${BLOCKED_MS}`);
    database.exec('PRAGMA query_only = 1');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function rowsOf(
  database: () => Libsql.Database,
  table: string,
  rest: string,
  values: readonly Comparable[],
): readonly MerchantFields[] {
  try {
    const statement = database().prepare(`SELECT * FROM "${table}" ${rest}`);
    const types = new Map(statement.columns().map(({ name, type }) => [name, type?.toUpperCase()]));
    const bound = values.map((value) => (typeof value === 'boolean' ? Number(value) : value));
    const rows: readonly unknown[] = statement.all(bound);
    return rows.filter(isRecord).map((row) => asDeclared(row, types));
  } catch (error) {
    const missing = error instanceof Error && /no such (table|column)/.test(error.message);
    if (!missing) throw toStoreError(error);
    throw new StoreError('misconfigured', `merchant.db, which merchant/ reads: ${error.message}`, {
      cause: error,
    });
  }
}

function asDeclared(row: MerchantFields, types: ReadonlyMap<string, string | undefined>): MerchantFields {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      const type = types.get(name);
      if (type === 'JSON' && typeof value === 'string') return [name, parsed(name, value)];
      return [name, type === 'BOOLEAN' && typeof value === 'number' ? value !== 0 : value];
    }),
  );
}

function parsed(name: string, text: string): unknown {
  const value = parseJson(text);
  if (value !== undefined) return value;
  throw new StoreError('invalid', `merchant.db: the column ${name} holds no JSON`);
}
