import { StoreError } from '../../errors';
import type { StoreErrorCode } from '../../errors';
import type { InboxKey } from '../../../model/message';
import { isRecord } from '../../../values/json';

/**
 * What an error of the server or the driver means for the work that met it.
 * - `conflict`: the server undid the transaction because of another one. Nothing was written, and
 *   the same work may be tried again at once.
 * - `locked`: another transaction held a row or table for too long, and may hold it for minutes.
 *   Nothing was written.
 * - `duplicate`: a row with this key exists. Only the statement was undone.
 * - `lost`: the connection is gone or must not be used again. Whether the last statement took
 *   effect is unknown.
 * - `refused`: the server answered no. Nothing was written.
 */
export type FailureKind = 'conflict' | 'locked' | 'duplicate' | 'lost' | 'refused';

/** A `StoreError` of this adapter. */
export class MysqlError extends StoreError {
  constructor(
    readonly kind: FailureKind,
    code: StoreErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
  }
}

/**
 * Receives a problem with which no method rejects: a refused batch, which is then written one by
 * one, or the one message of it that is refused by itself.
 */
export type Report = (problem: MysqlError, message: InboxKey | null) => void;

interface Meaning {
  readonly kind: FailureKind;
  readonly code: StoreErrorCode;
  readonly message: string;
  readonly numbers: readonly number[];
}

/**
 * The server's error numbers
 * (https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html).
 */
const MEANINGS: readonly Meaning[] = [
  {
    kind: 'conflict',
    code: 'overloaded',
    message: 'other transactions wrote the same rows: try again',
    // Deadlock, table changed; a row changed since the snapshot (MariaDB); group replication; TiDB:
    // write conflict of a read that locks, no longer retryable by the server, schema changed, write
    // conflict.
    numbers: [1213, 1412, 1020, 3101, 8002, 8022, 8028, 9007],
  },
  {
    kind: 'locked',
    code: 'overloaded',
    message:
      'another transaction held the same rows or table for too long: try again, and look for it with SHOW PROCESSLIST',
    // Lock wait time-out, of a row or a table; TiDB: a lock that could not be resolved in time.
    numbers: [1205, 9004],
  },
  { kind: 'duplicate', code: 'invalid', message: 'a row with this key exists already', numbers: [1062] },
  {
    kind: 'lost',
    code: 'unavailable',
    message:
      'the MySQL server accepts no writes: after a failover the address must lead to the new primary; ' +
      'otherwise set read_only = OFF there',
    // `--read-only`, a read-only transaction, read-only mode. A connection to a former primary
    // stays read-only, so it is closed.
    numbers: [1290, 1792, 1836],
  },
  {
    kind: 'refused',
    code: 'overloaded',
    message:
      'the MySQL server has no connection left: raise max_connections, or run fewer servers or smaller pools',
    numbers: [1040, 1203, 1226],
  },
  {
    kind: 'lost',
    code: 'unavailable',
    message: 'the MySQL server closed the connection: try again, and check that it is not restarting',
    // Shutdown, network, killed, disconnected for inactivity.
    numbers: [1053, 1080, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 4031],
  },
  {
    kind: 'lost',
    code: 'unavailable',
    message: 'the MySQL server is not ready for queries: try again, and check that it is part of its cluster',
    // What a node of a Galera cluster answers that has left it: another node may answer the next
    // connection.
    numbers: [1047],
  },
  {
    kind: 'lost',
    code: 'too_large',
    message: 'the request is larger than max_allowed_packet of the MySQL server: raise it to 64M',
    numbers: [1153],
  },
  {
    kind: 'refused',
    code: 'overloaded',
    message: 'the disk of the MySQL server is full and nothing was written: free some space',
    numbers: [1021, 1114],
  },
  {
    kind: 'refused',
    code: 'misconfigured',
    message: 'the MySQL server refuses this user: check user, password and host in DATABASE_URL',
    numbers: [1045, 1130, 1251, 1698],
  },
  {
    kind: 'refused',
    code: 'misconfigured',
    message: 'the MySQL user may not do this: grant it all privileges on the database',
    numbers: [1044, 1142, 1143, 1227, 1370],
  },
  {
    kind: 'refused',
    code: 'misconfigured',
    message: 'the database in DATABASE_URL does not exist: create it with CHARACTER SET utf8mb4',
    numbers: [1046, 1049],
  },
  {
    kind: 'refused',
    code: 'misconfigured',
    message:
      'a table or column is missing: this shop was moved, and a new start says where; otherwise restore the schema from a backup',
    numbers: [1054, 1146, 1176],
  },
  {
    kind: 'refused',
    code: 'invalid',
    message: 'a value breaks a rule of the database and was not stored',
    // Not null, range, charset, length, data truncated, CHECK, JSON (MySQL, MariaDB).
    numbers: [1048, 1264, 1265, 1364, 1366, 1406, 3819, 4025, 3141, 4038],
  },
  {
    kind: 'refused',
    code: 'damaged',
    message: 'a table of the database is damaged: stop, keep a copy and restore a backup',
    numbers: [126, 127, 144, 145, 1194, 1712, 1877, 5180],
  },
];

const BY_NUMBER: ReadonlyMap<number, Meaning> = new Map(
  MEANINGS.flatMap((meaning) => meaning.numbers.map((number) => [number, meaning] as const)),
);

/**
 * Errors of the client that prove that nothing reached the server: the connection could not be
 * opened.
 */
const NOT_CONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
  'EACCES',
]);

/** Errors of the client that last until DATABASE_URL or the server's TLS is changed; the fix. */
const NOT_ENCRYPTED: ReadonlyMap<string, string> = new Map([
  [
    'HANDSHAKE_NO_SSL_SUPPORT',
    'the MySQL server does not encrypt: enable TLS there, or remove tls and tls_ca from DATABASE_URL',
  ],
  [
    'HANDSHAKE_SSL_ERROR',
    'the certificate of the MySQL server is not accepted: set tls_ca in DATABASE_URL to the file of its authority; ' +
      'with tls=on the certificate must name the host',
  ],
]);

/** The server's number of an error; null for an error of the driver or the network. */
export function errorNumber(error: unknown): number | null {
  if (!isRecord(error) || typeof error.errno !== 'number') return null;
  // Errors of the system have negative numbers.
  return error.errno > 0 ? error.errno : null;
}

/**
 * The error as a `MysqlError`. The number decides, never the text, which depends on the server's
 * language and may quote stored values: it is only kept as the cause. An error of the network or
 * the driver is `lost`: the write may have taken effect. An unknown error of the server is an
 * answer.
 */
export function toMysqlError(error: unknown): MysqlError {
  if (error instanceof MysqlError) return error;
  const number = errorNumber(error);
  const meaning = number === null ? undefined : BY_NUMBER.get(number);
  if (meaning !== undefined) {
    return new MysqlError(meaning.kind, meaning.code, meaning.message, { cause: error });
  }
  if (number !== null) {
    const message = `the MySQL server failed with error ${String(number)}: try again, and check its log`;
    return new MysqlError('refused', 'unavailable', message, { cause: error });
  }
  const code = isRecord(error) && typeof error.code === 'string' ? error.code : '';
  // The driver gives the same code to a connection that breaks meanwhile; only that has a number.
  const fix = isRecord(error) && typeof error.errno === 'number' ? undefined : NOT_ENCRYPTED.get(code);
  if (fix !== undefined) return new MysqlError('lost', 'misconfigured', fix, { cause: error });
  const message = NOT_CONNECTED.has(code)
    ? 'the MySQL server cannot be reached: check that it runs, and host and port in DATABASE_URL'
    : 'the MySQL server did not answer: try again, and check the cause';
  return new MysqlError('lost', 'unavailable', message, { cause: error });
}

/**
 * Another transaction wrote a row that this one read as missing: everything is to be done again.
 */
export function conflict(): MysqlError {
  return new MysqlError('conflict', 'overloaded', 'other transactions wrote the same rows: try again');
}
