import { createServer } from 'node:http';
import { Queue } from 'bullmq';
import type { ReceiveDeps } from '../../lib/inbox/receive';
import { receiveNotification } from '../../lib/inbox/receive';
import { pinoLog } from '../../lib/runtime/pino-log';
import { systemClock } from '../../lib/runtime/system-clock';
import { systemTimers } from '../../lib/runtime/timers';
import { openSqliteStore } from '../../lib/store/sqlite/open';
import { json, readBody, send } from '../../server/http';
import { callerOf } from '../../server/identity';

/*
 * One peer of the ack benchmark, in a process of its own: the same HTTP server and the same callback, with another place to keep
 * what comes. Arguments: the peer, then the database file or the Redis port.
 */

function recordOf(peer: string, at: string): ReceiveDeps['record'] {
  switch (peer) {
    case 'sqlite': {
      const store = openSqliteStore({ file: at });
      return (message) => store.inbox.record(message);
    }
    case 'sqlite-thread': {
      const store = openSqliteStore({ file: at, writer: 'thread' });
      return (message) => store.inbox.record(message);
    }
    case 'bullmq': {
      const queue = new Queue('notifications', { connection: { host: '127.0.0.1', port: Number(at) } });
      return async (message) => {
        // A colon is not allowed in BullMQ's own ids.
        await queue.add('notification', message, { jobId: message.key.replaceAll(':', '-') });
        return 'stored';
      };
    }
    case 'none':
      return async () => 'stored';
    default:
      throw new TypeError(`there is no peer ${peer}`);
  }
}

const [peer = '', at = ''] = process.argv.slice(2);
const deps: ReceiveDeps = {
  record: recordOf(peer, at),
  clock: systemClock,
  timers: systemTimers,
  log: pinoLog('info'),
  ackBudgetMs: 2_500,
};

const server = createServer((request, response) => {
  void readBody(request).then(async (body) => {
    const event = body.kind === 'json' ? body.value : null;
    send(response, json(200, await receiveNotification(deps, event, callerOf(request, '').source)));
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) process.send?.({ port: address.port });
});
