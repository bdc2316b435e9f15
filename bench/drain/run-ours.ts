import { performance } from 'node:perf_hooks';
import { processInbox } from '../../lib/inbox/process';
import { pinoLog } from '../../lib/runtime/pino-log';
import { leaseToken } from '../../lib/store/lease';
import type { SqliteStore } from '../../lib/store/sqlite/open';
import { openSqliteStore } from '../../lib/store/sqlite/open';
import { later } from '../../lib/values/instant';
import { MERCHANT, message, order, START } from '../../test/store/builders';

/*
 * Fills a store, works it off as the server does and says how long that took. Arguments: file, messages, messages beside that are
 * not due, writer, log level.
 */

const AT_ONCE = 1_000;

async function fill(store: SqliteStore, messages: number, waiting: number): Promise<void> {
  const notDue = later(START, 24 * 3_600_000);
  for (let from = 0; from < messages + waiting; from += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, messages + waiting - from) }, (_, n) => from + n);
    await Promise.all(
      numbers.flatMap((n) =>
        n < messages
          ? [store.inbox.record(message(n)), store.orders.create(order(n))]
          : [store.inbox.record(message(n, { receivedAt: notDue }))],
      ),
    );
  }
}

const sayNothing = async () => ({ kind: 'unknown', reason: 'transport', detail: '' }) as const;

async function main(): Promise<void> {
  const [file = '', messages, waiting, writer, level] = process.argv.slice(2);
  const store = openSqliteStore({ file, writer: writer === 'thread' ? 'thread' : 'here' });
  await fill(store, Number(messages), Number(waiting));
  let tokens = 0;
  const begun = performance.now();
  const { applied } = await processInbox(
    {
      store,
      wechat: { queryOrder: sayNothing, queryRefund: sayNothing },
      clock: { now: () => START },
      random: () => 0.5,
      newToken: () => leaseToken(`drain-${String((tokens += 1)).padStart(6, '0')}`),
      log: pinoLog(level === 'info' ? 'info' : 'silent'),
      lanes: writer === 'thread' ? 2 : 1,
      settings: {
        batch: 500,
        leaseMs: 60_000,
        attempts: 5,
        backoff: { firstMs: 1_000, maxMs: 60_000 },
        missingOrderMs: 600_000,
        queryConcurrency: 4,
        lateMoney: 'hold',
        merchants: [MERCHANT],
      },
    },
    { remaining: () => 60_000, stopping: false },
  );
  const seconds = (performance.now() - begun) / 1000;
  store.close();
  process.send?.({ seconds, applied });
}

void main();
