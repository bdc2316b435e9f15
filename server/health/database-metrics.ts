import type { Registry } from 'prom-client';
import { Counter, Gauge } from 'prom-client';
import type { DatabaseCounts } from '../../lib/store/mysql/base/connect';

/** Figures of this server's connections to MySQL, in `registry`. */
export interface DatabaseMetrics {
  /** Brings them up to date. Asks nothing of the database. */
  read(): void;
}

/** Creates them. Their names and labels are a promise: docs/metrics.md. */
export function databaseMetrics(registry: Registry, counts: () => DatabaseCounts): DatabaseMetrics {
  const registers = [registry];
  const connections = new Gauge({
    name: 'wxpay_inbox_database_connections',
    help: 'Connections of this server to MySQL, by whether a call uses them',
    labelNames: ['state'],
    registers,
  });
  const limit = new Gauge({
    name: 'wxpay_inbox_database_connections_limit',
    help: 'The most connections this server opens',
    registers,
  });
  const waiting = new Gauge({
    name: 'wxpay_inbox_database_calls_waiting',
    help: 'Calls that wait for a connection',
    registers,
  });
  const conflicts = new Counter({
    name: 'wxpay_inbox_database_conflicts_total',
    help: 'Deadlocks and lock wait time-outs after which the work was done again',
    registers,
  });
  const lost = new Counter({
    name: 'wxpay_inbox_database_connections_lost_total',
    help: 'Connections lost while in use',
    registers,
  });
  const unknownCommits = new Counter({
    name: 'wxpay_inbox_database_unknown_commits_total',
    help: 'Commits whose answer was lost',
    registers,
  });
  return {
    read() {
      const now = counts();
      connections.set({ state: 'used' }, now.used);
      connections.set({ state: 'idle' }, now.idle);
      limit.set(now.size);
      waiting.set(now.waiting);
      for (const [counter, count] of [
        [conflicts, now.conflicts],
        [lost, now.lost],
        [unknownCommits, now.unknownCommits],
      ] as const) {
        // The store counts; a counter only takes increases.
        counter.reset();
        counter.inc(count);
      }
    },
  };
}
