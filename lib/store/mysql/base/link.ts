import type { Connection, SslOptions } from 'mysql2/promise';
import { createConnection } from 'mysql2/promise';
import type { MysqlAddress } from './address';
import { MysqlError, toMysqlError } from './errors';

/** One connection to the server. It runs one statement at a time. */
export interface Link {
  /**
   * Runs a complete statement and returns what the driver returns. Rejects with a `MysqlError`;
   * after `lost` the link is closed. It waits at most `withinMs`, otherwise `queryMs` of its
   * bounds.
   */
  query(text: string, withinMs?: number): Promise<unknown>;
  /** False once it is closed, by either side. */
  readonly isOpen: () => boolean;
  /** Closes it without waiting. A running transaction is undone by the server. */
  destroy(): void;
}

/** How long things may take, in ms. */
export interface Bounds {
  readonly connectMs: number;
  readonly queryMs: number;
  /** How long the server waits for a row that another transaction holds. */
  readonly lockWaitMs: number;
  /**
   * After how long without a statement the server closes the connection and undoes its transaction.
   * Otherwise a host that dies without a word keeps its rows locked for hours.
   */
  readonly idleMs: number;
}

/**
 * What every connection is set to, whatever the server's defaults. Instants are stored in ms, so
 * the zone only decides that the database's clock has no gap or repeated hour. In strict mode a
 * value that does not fit is refused, not cut; without NO_BACKSLASH_ESCAPES a backslash escapes, as
 * `statementText` writes it. A statement waits for a table that is being changed no longer than
 * its caller: by default it would for a day, and everybody else behind it.
 */
function settings({ lockWaitMs, queryMs, idleMs }: Bounds): readonly string[] {
  const seconds = (ms: number): string => String(Math.max(1, Math.ceil(ms / 1_000)));
  return [
    'SET NAMES utf8mb4 COLLATE utf8mb4_bin',
    `SET SESSION time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', autocommit = 1,
       innodb_lock_wait_timeout = ${seconds(lockWaitMs)}, wait_timeout = ${seconds(idleMs)},
       lock_wait_timeout = ${seconds(queryMs)}`,
    // An assignment of the variable has different names on MySQL and MariaDB.
    'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  ];
}

/** Connects, within `connectMs` for each step. Rejects with a `MysqlError`. */
export async function connectLink(address: MysqlAddress, bounds: Bounds): Promise<Link> {
  const link = linkOn(await opened(address, bounds.connectMs), bounds.queryMs);
  try {
    for (const setting of settings(bounds)) await link.query(setting, bounds.connectMs);
    return link;
  } catch (error) {
    link.destroy();
    throw error;
  }
}

/**
 * How the driver checks the server's certificate. It leaves the host's name unchecked unless told
 * otherwise, and the system's authorities sign certificates for everybody. A file of `tls_ca`
 * trusts what it signed by any name: servers' own certificates seldom name their host.
 */
export function encryption({ ca }: NonNullable<MysqlAddress['tls']>): SslOptions {
  return ca === null ? { verifyIdentity: true } : { ca };
}

async function opened(address: MysqlAddress, connectMs: number): Promise<Connection> {
  const { host, port, socketPath, user, password, database, tls } = address;
  try {
    return await createConnection({
      ...(socketPath === null ? { host, port } : { socketPath }),
      user,
      password,
      database,
      ...(tls === null ? {} : { ssl: encryption(tls) }),
      charset: 'UTF8MB4_BIN',
      connectTimeout: connectMs,
      enableKeepAlive: true,
      // A changed row counts even when it has the same values: an update that finds its row is a
      // success.
      flags: ['+FOUND_ROWS', '-LOCAL_FILES'],
      rowsAsArray: true,
      // BIGINT as a number where it is safe, otherwise as text, which no reader accepts.
      supportBigNumbers: true,
      jsonStrings: true,
    });
  } catch (error) {
    throw toMysqlError(error);
  }
}

function linkOn(connection: Connection, queryMs: number): Link {
  let open = true;
  let giveUp: ((error: MysqlError) => void) | null = null;
  const close = (): void => {
    open = false;
    connection.destroy();
  };
  /**
   * Closes it and answers the running statement. The driver does not, once the connection was
   * closed here.
   */
  const lose = (error: MysqlError): void => {
    close();
    giveUp?.(error);
  };
  // Without a listener, a connection that breaks while idle would end the process.
  connection.on('error', (error: unknown) => lose(lost(error)));
  connection.on('end', () => lose(lost(null)));

  const query = (text: string, withinMs = queryMs): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (!open) {
        reject(lost(null));
        return;
      }
      const end = (): void => {
        clearTimeout(timer);
        giveUp = null;
      };
      giveUp = (error) => {
        end();
        reject(error);
      };
      // The driver's own time-out leaves the answer of this statement to the next one.
      const timer = setTimeout(() => {
        const message = 'the MySQL server did not answer in time: check its load, and try again';
        lose(new MysqlError('lost', 'unavailable', message));
      }, withinMs);
      connection.query(text).then(
        ([result]) => {
          end();
          resolve(result);
        },
        (error: unknown) => {
          end();
          const failure = toMysqlError(error);
          if (failure.kind === 'lost') close();
          reject(failure);
        },
      );
    });
  return { query, isOpen: () => open, destroy: close };
}

/** Whatever an error on a connection itself says, the connection is gone. */
function lost(cause: unknown): MysqlError {
  const message = 'the connection to the MySQL server was lost: try again, and check the network';
  return new MysqlError('lost', 'unavailable', message, { cause });
}
