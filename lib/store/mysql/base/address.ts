import { readFileSync } from 'node:fs';
import { StoreError } from '../../errors';

/** Where a MySQL server is, and who connects. */
export interface MysqlAddress {
  readonly host: string;
  readonly port: number;
  /** A Unix socket, instead of host and port. */
  readonly socketPath: string | null;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /**
   * Encrypted, with the server's certificate checked; `ca` is PEM, null: the system's authorities,
   * and the certificate must name `host`.
   */
  readonly tls: { readonly ca: string | null } | null;
}

const DEFAULT_PORT = 3306;

/**
 * Reads `mysql://user:password@host:port/database`, parts percent-encoded where needed. Parameters:
 * `tls=on`, `tls_ca=<file>` and `socket=<path>`. Throws `StoreError` `misconfigured`; the message
 * contains neither user nor password.
 */
export function mysqlAddress(url: string): MysqlAddress {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || parsed.protocol !== 'mysql:' || parsed.hostname === '') throw unusable();
  const database = decoded(parsed.pathname.slice(1));
  if (database === '' || database.includes('/')) throw unusable();
  const wanted = parsed.searchParams;
  const unknown = [...wanted.keys()].find((name) => !['tls', 'tls_ca', 'socket'].includes(name));
  if (unknown !== undefined) {
    throw new StoreError('misconfigured', `DATABASE_URL has an unknown parameter: remove ${unknown}`);
  }
  const ca = wanted.get('tls_ca');
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: parsed.port === '' ? DEFAULT_PORT : Number(parsed.port),
    socketPath: wanted.get('socket'),
    user: decoded(parsed.username),
    password: decoded(parsed.password),
    database,
    tls: ca !== null || wanted.get('tls') === 'on' ? { ca: ca === null ? null : certificate(ca) } : null,
  };
}

/** Where it is, for people: without user, password and parameters. */
export function placeOf({ host, port, socketPath, database }: MysqlAddress): string {
  const at = socketPath ?? `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
  return `mysql://${at}/${database}`;
}

function certificate(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new StoreError('misconfigured', 'the file of tls_ca in DATABASE_URL cannot be read', {
      cause: error,
    });
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw unusable();
  }
}

function unusable(): StoreError {
  return new StoreError(
    'misconfigured',
    'DATABASE_URL is not mysql://user:password@host:port/database: percent-encode special characters',
  );
}
