import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { openMysqlStore } from '../../lib/store/mysql/open';
import { message, order } from '../../test/store/builders';
import { startMysql } from '../peers/mysql';
import type { RunningMysql } from '../peers/mysql';
import { ended, startScript, told } from '../processes';

/** What a run came to. */
export interface MysqlDrain {
  readonly perSecond: number;
  /** Processor time of our servers for each message, in µs. */
  readonly serverMicros: number;
  /** Processor time of the database for each message, in µs; null where that is unknown. */
  readonly databaseMicros: number | null;
}

const AT_ONCE = 500;

/**
 * Processes our messages in MySQL with this many servers, each a process with two lanes, as
 * `npm start` runs it. Rejects when one message was not applied, or was applied twice.
 */
export async function drainMysql(messages: number, servers: number): Promise<MysqlDrain> {
  const database = await startMysql();
  const workers = Array.from({ length: servers }, (_, n) =>
    startScript(join(__dirname, 'run-mysql.ts'), [database.url, String(n)]),
  );
  try {
    // Each says that it has connected; the first also makes the tables.
    for (const one of workers) await told(one);
    await fill(database, messages);
    const cpu = database.cpuSeconds();
    const begun = performance.now();
    for (const one of workers) one.send('go');
    const reports = await Promise.all(workers.map((one) => told(one)));
    const seconds = (performance.now() - begun) / 1000;
    const applied = reports.reduce((sum, report) => sum + Number(report['applied']), 0);
    if (applied !== messages) throw new Error(`${String(applied)} of ${messages} messages were applied`);
    const after = database.cpuSeconds();
    return {
      perSecond: messages / seconds,
      serverMicros: reports.reduce((sum, report) => sum + Number(report['cpuMicros']), 0) / messages,
      databaseMicros: cpu === null || after === null ? null : ((after - cpu) * 1_000_000) / messages,
    };
  } finally {
    for (const one of workers) await ended(one);
    await database.stop();
  }
}

/** Nothing of this is timed, so it does not wait for the disk. */
async function fill(database: RunningMysql, messages: number): Promise<void> {
  await database.admin('SET GLOBAL innodb_flush_log_at_trx_commit = 0');
  const store = await openMysqlStore({ url: database.url });
  try {
    for (let from = 0; from < messages; from += AT_ONCE) {
      const numbers = Array.from({ length: Math.min(AT_ONCE, messages - from) }, (_, n) => from + n);
      await Promise.all(
        numbers.flatMap((n) => [store.inbox.record(message(n)), store.orders.create(order(n))]),
      );
    }
  } finally {
    await store.close();
    await database.admin('SET GLOBAL innodb_flush_log_at_trx_commit = 1');
  }
}
