import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MysqlServer } from '../../test/store/mysql/server';
import { startMysqlServer } from '../../test/store/mysql/server';
import type { Running } from '../processes';
import { freePort } from '../processes';

/** A MariaDB of its own, as durable as PostgreSQL by default, and reached over TCP as that is. */
export interface RunningMysql extends Running {
  /** The address of the database `bench`. */
  readonly url: string;
  readonly admin: MysqlServer['admin'];
  /** Processor time that it has taken, in s; null where the system does not say. */
  readonly cpuSeconds: () => number | null;
}

/**
 * Starts it with `innodb_flush_log_at_trx_commit = 1` and 128 MiB of buffers, which is what
 * PostgreSQL has. Neither writes a log for replicas.
 */
export async function startMysql(): Promise<RunningMysql> {
  const port = await freePort();
  const server = await startMysqlServer({
    durable: true,
    args: ['--skip-networking=0', '--bind-address=127.0.0.1', `--port=${String(port)}`],
  });
  await server.admin('CREATE DATABASE bench');
  return {
    url: `mysql://root@127.0.0.1:${String(port)}/bench`,
    admin: server.admin,
    cpuSeconds: () => cpuSecondsOf(server.folder),
    stop: () => server.stop(),
  };
}

/** Clock ticks of a second, on every Linux there is. */
const TICKS = 100;

function cpuSecondsOf(folder: string): number | null {
  if (process.platform !== 'linux') return null;
  const file = readdirSync(folder).find((name) => name.endsWith('.pid'));
  if (file === undefined) return null;
  const pid = readFileSync(join(folder, file), 'utf8').trim();
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}
