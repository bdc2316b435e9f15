import { createServer } from 'node:http';
import { receiveNotification } from '../../lib/inbox/receive';
import { pinoLog } from '../../lib/runtime/pino-log';
import { systemClock } from '../../lib/runtime/system-clock';
import { systemTimers } from '../../lib/runtime/timers';
import { json, readBody, send } from '../../server/http';
import { callerOf } from '../../server/identity';
import { isAckPlace, PLACES } from './record';

/*
 * One server of the table, in a process of its own: the same HTTP server and the same callback, with another place to keep
 * what comes. Arguments: the place, then its file or address.
 */

async function main(): Promise<void> {
  const [place = '', at = ''] = process.argv.slice(2);
  if (!isAckPlace(place)) throw new TypeError(`there is no place ${place}`);
  const deps = {
    record: await PLACES[place](at),
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
}

void main();
