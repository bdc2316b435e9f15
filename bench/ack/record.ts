import { createHash } from 'node:crypto';
import { Queue } from 'bullmq';
import { makeWorkerUtils } from 'graphile-worker';
import { Pool } from 'pg';
import PgBoss from 'pg-boss';
import type { ReceiveDeps } from '../../lib/inbox/receive';
import { pinoLog } from '../../lib/runtime/pino-log';
import { systemTimers } from '../../lib/runtime/timers';
import { openMysqlStore } from '../../lib/store/mysql/open';
import { openSqliteStore } from '../../lib/store/sqlite/open';
import { keepLowWaterMark } from '../../server/data/low-water';
import { paidInline } from './inline';

type Record = ReceiveDeps['record'];

/**
 * The stores that can keep a notification, each with its best documented settings; `at` is its
 * address or file.
 */
export const PLACES: { readonly [Place in AckPlace]: (at: string) => Promise<Record> } = {
  none: async () => async () => 'stored',
  'sqlite-thread': async (at) => ours(at, 'thread'),
  'sqlite-marked': async (at) => marked(at),
  sqlite: async (at) => ours(at, 'here'),
  mysql: async (at) => {
    const store = await openMysqlStore({ url: at });
    return (message) => store.inbox.record(message);
  },
  bullmq: async (at) => {
    const queue = new Queue('notifications', { connection: { host: '127.0.0.1', port: Number(at) } });
    return async (message) => {
      // BullMQ does not allow colons in ids.
      await queue.add('notification', message, { jobId: message.key.replaceAll(':', '-') });
      return 'stored';
    };
  },
  'pg-boss': async (at) => {
    const boss = new PgBoss({ connectionString: at, max: 20 });
    await boss.start();
    await boss.createQueue('notifications');
    return async (message) => {
      await boss.send('notifications', message, { id: uuidOf(message.key) });
      return 'stored';
    };
  },
  graphile: async (at) => {
    const utils = await makeWorkerUtils({ pgPool: new Pool({ connectionString: at, max: 20 }) });
    await utils.migrate();
    return async (message) => {
      await utils.addJob('pay', message, { jobKey: message.key, jobKeyMode: 'unsafe_dedupe' });
      return 'stored';
    };
  },
  inline: async (at) => {
    const paid = await paidInline(at);
    return async ({ outTradeNo, content }) => {
      await paid(outTradeNo, JSON.stringify(content));
      return 'stored';
    };
  },
};

/** Names of the stores. */
export type AckPlace =
  | 'none'
  | 'sqlite-thread'
  | 'sqlite-marked'
  | 'sqlite'
  | 'mysql'
  | 'bullmq'
  | 'pg-boss'
  | 'graphile'
  | 'inline';

/** Guards the name of a store. */
export function isAckPlace(name: string): name is AckPlace {
  return Object.hasOwn(PLACES, name);
}

function ours(file: string, writer: 'here' | 'thread'): Record {
  const store = openSqliteStore({ file, writer });
  return (message) => store.inbox.record(message);
}

/** The same as a server keeps it: with the low-water mark written beside it every 2 s. */
function marked(file: string): Record {
  const store = openSqliteStore({ file, writer: 'thread' });
  keepLowWaterMark({
    file: `${file}.mark.json`,
    standings: store.standings,
    timers: systemTimers,
    log: pinoLog('info'),
  });
  return (message) => store.inbox.record(message);
}

function uuidOf(key: string): string {
  const hex = createHash('sha256').update(key).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
