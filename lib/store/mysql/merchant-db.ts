import { parseJson } from '../../values/json';
import { StoreError } from '../errors';
import type { Comparable, MerchantDb, MerchantFields } from '../merchant-db';
import { merchantDbOn } from '../merchant-db';
import { reading } from '../rows/columns';
import { mysqlAddress } from './base/address';
import type { OpenDatabase } from './base/connect';
import { openDatabase } from './base/connect';
import { errorNumber, toMysqlError } from './base/errors';
import type { Value } from './base/sql';

/**
 * How long a look-up may take, in ms: a payer waits for the price. It is tried once; the hook is
 * called again.
 */
const BOUNDS = { connectMs: 2_000, queryMs: 3_000, patienceMs: 1 };

/** Connections of each server: few prices are asked for at once. */
const POOL_SIZE = 2;

/** How long the columns of a table are remembered, in ms. */
const COLUMNS_KEPT_MS = 60_000;

/** What becomes of a column's value. */
type ColumnKind = 'json' | 'boolean' | 'number' | 'time' | 'plain';

interface TableColumn {
  readonly name: string;
  readonly kind: ColumnKind;
}

/** The merchant's look-ups, and their database. */
export interface MysqlMerchantDb extends MerchantDb {
  /**
   * Connects, if that was not done before, for checks. Rejects with a `StoreError` that names
   * `MERCHANT_DATABASE_URL`.
   */
  readonly database: () => Promise<OpenDatabase>;
  close(): Promise<void>;
}

/**
 * The merchant's look-ups in a MySQL database of their own: a table for each collection, with a
 * text key `_id`. A column of type `JSON` is parsed, `BOOLEAN` is read as true or false, `DECIMAL`
 * as a number, and times as text. It connects at the first look-up, and only reads.
 */
export function mysqlMerchantDb(url: string): MysqlMerchantDb {
  const address = inTheirWords('', () => mysqlAddress(url));
  let opening: Promise<OpenDatabase> | null = null;
  const known = new Map<string, { readonly until: number; readonly columns: readonly TableColumn[] }>();

  const opened = async (): Promise<OpenDatabase> => {
    opening ??= openDatabase({ address, poolSize: POOL_SIZE, acquireMs: 2_000, bounds: BOUNDS });
    try {
      return await opening;
    } catch (error) {
      opening = null;
      throw error;
    }
  };
  const columnsOf = async (database: OpenDatabase, table: string): Promise<readonly TableColumn[]> => {
    const now = performance.now();
    const found = known.get(table);
    if (found !== undefined && now < found.until) return found.columns;
    const columns = await readColumns(database, table);
    known.set(table, { until: now + COLUMNS_KEPT_MS, columns });
    return columns;
  };
  const select = async (
    table: string,
    rest: string,
    values: readonly (Value | readonly Value[])[],
  ): Promise<readonly MerchantFields[]> => {
    try {
      const database = await opened();
      const columns = await columnsOf(database, table);
      const named = columns.map(({ name, kind }) =>
        kind === 'time' ? `CAST(\`${name}\` AS CHAR)` : `\`${name}\``,
      );
      const rows = await database.rows(`SELECT ${named.join(', ')} FROM \`${table}\` ${rest}`, ...values);
      return rows.map((row) =>
        Object.fromEntries(columns.map(({ name, kind }, n) => [name, valueOf(kind, row[n], name)])),
      );
    } catch (error) {
      known.delete(table);
      return inTheirWords(table, () => {
        throw error;
      });
    }
  };
  return {
    ...merchantDbOn({
      named: (table, ids) => select(table, 'WHERE _id IN (?)', [ids]),
      matching: (table, where, limit) => {
        const fields = Object.keys(where);
        const equal = fields.map((field) => `\`${field}\` = ?`).join(' AND ');
        const condition = fields.length === 0 ? '' : `WHERE ${equal}`;
        return select(
          table,
          `${condition} ORDER BY _id LIMIT ${String(limit)}`,
          Object.values(where).map(bound),
        );
      },
    }),
    database: async () => {
      try {
        return await opened();
      } catch (error) {
        return inTheirWords('', () => {
          throw error;
        });
      }
    },
    close: async () => {
      const open = await opening?.catch(() => null);
      opening = null;
      await open?.close();
    },
  };
}

async function readColumns(database: OpenDatabase, table: string): Promise<readonly TableColumn[]> {
  const rows = await database.rows(`SHOW COLUMNS FROM \`${table}\``);
  // MariaDB calls LONGTEXT with this check JSON.
  const checks = /mariadb/i.test(database.version)
    ? await database.rows(
        `SELECT LOWER(check_clause) FROM information_schema.check_constraints
         WHERE constraint_schema = DATABASE() AND table_name = ?`,
        table,
      )
    : [];
  const clauses = new Set(checks.map((columns) => reading(columns).text()));
  return rows.map((columns) => {
    const row = reading(columns);
    const [name, type] = [row.text(), row.text().toLowerCase()];
    return { name, kind: clauses.has(`json_valid(\`${name.toLowerCase()}\`)`) ? 'json' : kindOf(type) };
  });
}

function kindOf(type: string): ColumnKind {
  if (type === 'json') return 'json';
  if (type === 'tinyint(1)') return 'boolean';
  if (/^(date|time|year)/.test(type)) return 'time';
  return type.startsWith('decimal') ? 'number' : 'plain';
}

function valueOf(kind: ColumnKind, value: unknown, column: string): unknown {
  if (value === null) return null;
  switch (kind) {
    case 'json': {
      const parsed = typeof value === 'string' ? parseJson(value) : undefined;
      if (parsed !== undefined) return parsed;
      throw new StoreError('invalid', `the column ${column} holds no JSON`);
    }
    case 'boolean':
      return value !== 0;
    case 'number':
      return Number(value);
    case 'time':
    case 'plain':
      return value;
  }
}

/** A number that is not whole is compared as text, which MySQL converts exactly. */
function bound(value: Comparable): Value {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'number' && !Number.isSafeInteger(value) ? String(value) : value;
}

/** No such table, no such column. */
const MISSING: ReadonlySet<number | null> = new Set([1146, 1054]);

/** The user may not use the database, or a table or column of it. */
const NOT_ALLOWED: ReadonlySet<number | null> = new Set([1044, 1142, 1143]);

/** Errors that name the variable of our own database name the merchant's instead. */
function inTheirWords<Result>(table: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const failure = error instanceof StoreError ? error : toMysqlError(error);
    throw new StoreError(failure.code, theirWords(table, failure), { cause: failure });
  }
}

function theirWords(table: string, failure: StoreError): string {
  const number = errorNumber(failure.cause);
  if (MISSING.has(number)) {
    return `the table ${table}, which merchant/ reads, or a column of it is missing in MERCHANT_DATABASE_URL: create it`;
  }
  if (NOT_ALLOWED.has(number)) {
    return 'merchant/: the user in MERCHANT_DATABASE_URL may not read that database: GRANT SELECT ON <database>.* to it';
  }
  return `merchant/: ${failure.message.replaceAll('DATABASE_URL', 'MERCHANT_DATABASE_URL')}`;
}
