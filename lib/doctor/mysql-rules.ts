import type { Finding } from '../ops/api';
import type { Indexes } from '../store/mysql/base/wanted';
import type { CheckName } from './finding';
import { passed, problem } from './finding';

/** What a MySQL server says of itself on one of our connections. */
export interface MysqlStanding {
  /** The variables of the session by their name; a server has not all of them. */
  readonly variables: ReadonlyMap<string, string>;
  /** How far this server's clock is ahead of the database's, in ms; negative: behind. */
  readonly aheadMs: number;
  /** Connections of everybody. */
  readonly connected: number;
  /** Connections of this process now, and the most it opens. */
  readonly pool: { readonly open: number; readonly size: number };
}

/** One of our tables as the database has it. */
export interface FoundTable {
  readonly engine: string;
  /** The collations of the table and its columns. */
  readonly collations: ReadonlySet<string>;
}

/** What is wrong and what to do. */
interface Wrong {
  readonly what: string;
  readonly fix: string;
}

const COLLATION = 'utf8mb4_bin';

/** MariaDB's default, in bytes; a step of a statement run writes many orders in one statement. */
const LEAST_PACKET = 16 * 1024 * 1024;

/** Connections that stay for people and backups. */
const SPARE_CONNECTIONS = 3;

/** Whether the server takes our writes. Pure. */
export function checkWrites({ variables }: MysqlStanding): Finding {
  const wrong: Wrong[] = [];
  const closed = ['read_only', 'super_read_only', 'innodb_read_only'].filter((name) => isOn(variables, name));
  if (closed.length > 0) {
    wrong.push({
      what: `${closed.join(', ')} is on: this is a replica, or a former primary`,
      fix: 'let DATABASE_URL lead to the primary; if this is the primary: SET GLOBAL read_only = OFF',
    });
  }
  if (isOn(variables, 'log_bin') && valueOf(variables, 'binlog_format') === 'STATEMENT') {
    wrong.push({
      what: 'binlog_format is STATEMENT, with which a READ COMMITTED transaction cannot write',
      fix: 'set binlog_format = ROW in the server’s configuration and restart it',
    });
  }
  return findingOf('database_writes', 'error', wrong, 'the server takes writes');
}

/**
 * Whether a commit survives a power cut. With a binary log that is not synchronised, recovery also
 * rolls back what this log does not hold. Pure.
 */
export function checkDurability({ variables }: MysqlStanding): Finding {
  const wrong: Wrong[] = [];
  const flush = valueOf(variables, 'innodb_flush_log_at_trx_commit');
  if (flush !== '' && flush !== '1') {
    wrong.push({
      what: `innodb_flush_log_at_trx_commit is ${flush}: a power cut loses acknowledged notifications`,
      fix: 'SET GLOBAL innodb_flush_log_at_trx_commit = 1, and the same in the server’s configuration',
    });
  }
  const sync = valueOf(variables, 'sync_binlog');
  if (isOn(variables, 'log_bin') && sync !== '' && sync !== '1') {
    wrong.push({
      what: `sync_binlog is ${sync}: a power cut or failover loses acknowledged notifications`,
      fix: 'SET GLOBAL sync_binlog = 1, and the same in the server’s configuration',
    });
  }
  return findingOf('database_durability', 'error', wrong, 'what is committed is on disk');
}

/**
 * Whether this server's pool may open all its connections. A limit of 0 is none. Who shares the
 * user's own limit is not known. Pure.
 */
export function checkConnections({ variables, connected, pool }: MysqlStanding): Finding {
  const wrong: Wrong[] = [];
  const others = Math.max(0, connected - pool.open);
  const needed = others + pool.size + SPARE_CONNECTIONS;
  const limit = Number(valueOf(variables, 'max_connections'));
  if (limit > 0 && limit < needed) {
    wrong.push({
      what: `the server allows ${limit} connections; others have ${others} and this server may open ${pool.size}`,
      fix: `SET GLOBAL max_connections = ${Math.max(100, needed * 2)}, and the same in the server’s configuration; or run fewer servers`,
    });
  }
  const ours = Number(valueOf(variables, 'max_user_connections'));
  if (ours > 0 && ours < pool.size) {
    wrong.push({
      what: `our user may have ${ours} connections, and this server alone may open ${pool.size}`,
      fix: 'raise max_user_connections of the user, or set it to 0',
    });
  }
  return findingOf('database_connections', 'warning', wrong, 'there are connections enough');
}

/** Whether the largest statements are taken. Pure. */
export function checkPacket({ variables }: MysqlStanding): Finding {
  const bytes = Number(valueOf(variables, 'max_allowed_packet'));
  const wrong: Wrong[] =
    bytes >= LEAST_PACKET
      ? []
      : [
          {
            what: `max_allowed_packet is ${bytes} bytes: larger requests are refused`,
            fix: 'SET GLOBAL max_allowed_packet = 67108864, the same in the server’s configuration, and restart our servers',
          },
        ];
  return findingOf('database_packet', 'warning', wrong, 'large requests are taken');
}

/**
 * Whether the connection still has what we set when it was opened, whatever the server's defaults.
 * A proxy that exchanges connections between statements loses it. Pure.
 */
export function checkSession({ variables }: MysqlStanding): Finding {
  const fix =
    'something between us and the database exchanges connections: use session pooling there, or connect directly';
  const wrong: Wrong[] = [];
  const isolation = valueOf(variables, 'transaction_isolation') || valueOf(variables, 'tx_isolation');
  if (isolation !== 'READ-COMMITTED') wrong.push({ what: `the isolation is ${isolation}`, fix });
  const zone = valueOf(variables, 'time_zone');
  if (zone !== '+00:00') wrong.push({ what: `the time zone is ${zone}`, fix });
  const modes = valueOf(variables, 'sql_mode').split(',');
  if (!modes.includes('STRICT_ALL_TABLES') || modes.includes('NO_BACKSLASH_ESCAPES')) {
    wrong.push({ what: `the SQL mode is ${modes.join(',')}`, fix });
  }
  return findingOf(
    'database_session',
    'error',
    wrong,
    'connections keep READ COMMITTED, UTC and their SQL mode',
  );
}

/** How far the clocks of this server and the database may differ, in ms. */
const CLOCK_MS = 30_000;

/**
 * Whether this server and the database tell the same time. Leases go by the database's clock alone;
 * what a server ahead closes or puts off goes by its own. Pure.
 */
export function checkClock({ aheadMs }: MysqlStanding): Finding {
  const seconds = Math.round(Math.abs(aheadMs) / 1_000);
  const wrong: Wrong[] =
    Math.abs(aheadMs) <= CLOCK_MS
      ? []
      : [
          {
            what: `this server’s clock is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the database’s: orders are closed and bills asked for ${aheadMs > 0 ? 'too early' : 'too late'}`,
            fix: 'synchronise the clocks of both machines (chrony or ntpd), and restart the server',
          },
        ];
  return findingOf('database_clock', 'error', wrong, 'this server and the database tell the same time');
}

/** Whether our tables have the engine and the collation that they were made with. Pure. */
export function checkTables(wanted: Iterable<string>, found: ReadonlyMap<string, FoundTable>): Finding {
  const wrong: Wrong[] = [];
  for (const name of wanted) {
    const table = found.get(name);
    if (table === undefined) {
      wrong.push({ what: `${name} is missing`, fix: 'restore a backup (docs/servers.md)' });
      continue;
    }
    if (table.engine.toLowerCase() !== 'innodb') {
      wrong.push({
        what: `${name} is in ${table.engine}, which has no transactions`,
        fix: `ALTER TABLE ${name} ENGINE = InnoDB;`,
      });
    }
    const others = [...table.collations].filter((collation) => collation !== COLLATION);
    if (others.length > 0) {
      wrong.push({
        what: `${name} has ${others.join(', ')}: numbers that differ by case would be one`,
        fix: `ALTER TABLE ${name} CONVERT TO CHARACTER SET utf8mb4 COLLATE ${COLLATION};`,
      });
    }
  }
  return findingOf('database_tables', 'error', wrong, 'every table is in InnoDB and tells case apart');
}

/** Whether our tables have the indexes of this version. Others do no harm. Pure. */
export function checkIndexes(
  wanted: ReadonlyMap<string, Indexes>,
  found: ReadonlyMap<string, Indexes>,
): Finding {
  const wrong: Wrong[] = [];
  let all = 0;
  for (const [table, indexes] of wanted) {
    for (const [name, text] of indexes) {
      all += 1;
      const there = found.get(table)?.get(name);
      if (there === text) continue;
      const isPrimary = name === 'PRIMARY';
      const drop = there === undefined ? '' : `DROP ${isPrimary ? 'PRIMARY KEY' : `KEY ${name}`}, `;
      const columns = text.slice(text.indexOf('('));
      const kind = text.startsWith('UNIQUE') ? 'UNIQUE ' : '';
      const add = isPrimary ? `PRIMARY KEY ${columns}` : `${kind}KEY ${name} ${columns}`;
      wrong.push({ what: `${table}.${name}`, fix: `ALTER TABLE ${table} ${drop}ADD ${add};` });
    }
  }
  if (wrong.length === 0) return passed('indexes', `all ${all} are there`);
  return problem(
    'indexes',
    'error',
    `missing, or different from what this version creates: ${wrong.map(({ what }) => what).join(', ')}`,
    `run in the database: ${wrong.map(({ fix }) => fix).join(' ')}`,
  );
}

function findingOf(
  check: CheckName,
  level: 'warning' | 'error',
  wrong: readonly Wrong[],
  otherwise: string,
): Finding {
  if (wrong.length === 0) return passed(check, otherwise);
  const fixes = new Set(wrong.map(({ fix }) => fix));
  return problem(check, level, wrong.map(({ what }) => what).join('; '), [...fixes].join(' '));
}

function valueOf(variables: ReadonlyMap<string, string>, name: string): string {
  return variables.get(name) ?? '';
}

/** Whether a variable is on. Some of MariaDB's have further values that also mean on. */
function isOn(variables: ReadonlyMap<string, string>, name: string): boolean {
  return !['', 'OFF', '0'].includes(valueOf(variables, name).toUpperCase());
}
