import { createServer } from 'node:http';
import { dirname } from 'node:path';
import { receiveNotification } from '../../lib/inbox/receive';
import { readConfig } from '../../lib/config/config';
import { pinoLog } from '../../lib/runtime/pino-log';
import { systemClock } from '../../lib/runtime/system-clock';
import { systemTimers } from '../../lib/runtime/timers';
import { json, readBody, send } from '../../server/http';
import { startServer } from '../../server/start';
import { isAckPlace, PLACES } from './record';

/**
 * One server of the table, in a separate process: the same HTTP server and callback with another
 * store; or `whole`, everything that `npm start` starts. Arguments: the store, then its file or
 * address.
 */

async function main(): Promise<void> {
  const [place = '', at = ''] = process.argv.slice(2);
  if (place === 'whole') {
    const settings = { host: '127.0.0.1', port: 0, dataDir: dirname(at), opsToken: null, readToken: null };
    const config = readConfig({ merchants: [{ subMchId: '1900000109' }] });
    const { url } = await startServer({ config, settings, log: pinoLog('info') });
    process.send?.({ port: Number(new URL(url).port) });
    return;
  }
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
      send(
        response,
        json(
          200,
          await receiveNotification(deps, event, (request.headersDistinct['x-wx-source'] ?? []).join(',')),
        ),
      );
    });
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object' && address !== null) process.send?.({ port: address.port });
  });
}

void main();
