import { createPublicKey, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { dirname } from 'node:path';
import { openOriginSignals } from '../../lib/inbox/origin-signals';
import { receive } from '../../lib/inbox/receive';
import type { ReceiveV3Deps, V3Delivery } from '../../lib/inbox/v3/receive-v3';
import { receiveV3 } from '../../lib/inbox/v3/receive-v3';
import { readConfig } from '../../lib/config/config';
import { pinoLog } from '../../lib/runtime/pino-log';
import { systemClock } from '../../lib/runtime/system-clock';
import { systemTimers } from '../../lib/runtime/timers';
import { openSqliteStore } from '../../lib/store/sqlite/open';
import { isSubMchId } from '../../lib/values/ids';
import { checkSignaturesBeside } from '../../lib/wechat/v3/verify';
import { answerCallback, type CallbackParts } from '../../server/door/callback';
import { callbackAt } from '../../server/door/callback-address';
import { send } from '../../server/door/http';
import { startServer } from '../../server/start';
import { APIV3_KEY, KEY_ID, NUMBER, PAYMENT } from '../v3-samples';
import { isAckPlace, PLACES } from './record';
import { startTutorialV3 } from './tutorial-v3';

const AT_ONCE = { waitedMs: () => 0, onRead: () => undefined };

/**
 * One server of the table, in a separate process: the same HTTP server and callback with another
 * store; `whole`, everything that `npm start` starts; `v3`, the callback of API v3; or
 * `v3-tutorial`, the same as tutorials write it. Arguments: the store, then its file or address,
 * then WeChat Pay's public key in PEM for API v3. It answers each message with the processor time
 * that it has used, in µs.
 */

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ micros: user + system });
});

async function main(): Promise<void> {
  const [place = '', at = ''] = process.argv.slice(2);
  if (place === 'whole') {
    const settings = { host: '127.0.0.1', port: 0, dataDir: dirname(at), opsToken: null, readToken: null };
    const config = readConfig({ merchants: [{ subMchId: '1900000109' }] });
    const { url } = await startServer({ config, settings, log: pinoLog('info') });
    process.send?.({ port: Number(new URL(url).port) });
    return;
  }
  if (place === 'v3') {
    serve(answersV3(at, createPublicKey(process.argv[4] ?? '')));
    return;
  }
  if (place === 'v3-tutorial') {
    process.send?.({ port: await startTutorialV3(at, process.argv[4] ?? '') });
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
  const system = {
    receive: (event: unknown, source: string, waitedMs?: number) => receive(deps, event, source, waitedMs),
    receiveV3: () => Promise.reject(new TypeError('only cloudpay is here')),
    config: readConfig({ merchants: [{ subMchId: '1900000109' }] }),
    metrics: { notified: () => undefined },
  };
  const sourceOf = (request: IncomingMessage) => (request.headersDistinct['x-wx-source'] ?? []).join();
  serve(answering({ system, log: deps.log, identity: { sourceOf } }));
}

/** The callback of API v3 as the server answers it, on the store of `npm start`. */
function answersV3(file: string, key: KeyObject): RequestListener {
  if (!isSubMchId(NUMBER)) throw new TypeError('a sample is wrong');
  const store = openSqliteStore({ file, writer: 'thread' });
  const log = pinoLog('info');
  const shared = { clock: systemClock, timers: systemTimers, log };
  const keys = { apiV3Keys: [APIV3_KEY], wechatKeys: [{ id: KEY_ID, key, from: 'configured' }] } as const;
  const deps: ReceiveV3Deps = {
    ...shared,
    record: (message) => store.inbox.record(message),
    ackBudgetMs: 2_500,
    signers: [
      { mchId: NUMBER, parties: [{ mode: 'direct', mchId: NUMBER, appId: PAYMENT.appid }], keys: () => keys },
    ],
    signals: openOriginSignals({ alarms: store.alarms, ...shared }),
    checkSignature: checkSignaturesBeside(systemTimers),
  };
  const system = {
    receive: () => Promise.reject(new TypeError('only API v3 is here')),
    receiveV3: (delivery: V3Delivery, waitedMs?: number) => receiveV3(deps, delivery, waitedMs),
    config: readConfig({ merchants: [{ channel: 'v3', mchId: NUMBER, appId: PAYMENT.appid }] }),
    metrics: { notified: () => undefined },
  };
  return answering({ system, log, identity: { sourceOf: () => '' } });
}

/** Answers as the server does, whichever channel a notification is of. */
function answering(parts: CallbackParts): RequestListener {
  return (request, response) => {
    const address = callbackAt(request.url ?? '/');
    if (address === null) throw new TypeError('no callback has this path');
    void answerCallback(parts, request, address, AT_ONCE).then((answer) => {
      send(response, answer);
    });
  };
}

function serve(answers: RequestListener): void {
  const server = createServer(answers);
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object' && address !== null) process.send?.({ port: address.port });
  });
}

void main();
