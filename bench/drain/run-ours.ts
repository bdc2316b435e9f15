import { performance } from 'node:perf_hooks';
import type { SqliteStore } from '../../lib/store/sqlite/open';
import { openSqliteStore } from '../../lib/store/sqlite/open';
import { later } from '../../lib/values/instant';
import { message, order, START } from '../../test/store/builders';
import { processDue } from './process-due';

/**
 * Fills a store, processes it as the server does and reports the time. Arguments: file, messages,
 * further messages that are not due, writer, log level.
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

async function main(): Promise<void> {
  const [file = '', messages, waiting, writer, level] = process.argv.slice(2);
  const store = openSqliteStore({ file, writer: writer === 'thread' ? 'thread' : 'here' });
  await fill(store, Number(messages), Number(waiting));
  const begun = performance.now();
  const applied = await processDue(store, {
    batch: 500,
    lanes: writer === 'thread' ? 2 : 1,
    log: level === 'info' ? 'info' : 'silent',
  });
  const seconds = (performance.now() - begun) / 1000;
  store.close();
  process.send?.({ seconds, applied });
}

void main();
