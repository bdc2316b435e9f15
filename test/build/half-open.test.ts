import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { readConfig } from '../../lib/config/config';
import { bundleFunction } from '../../scripts/build/bundle';
import type { DuplicateShape } from '../cloudbase/database/collections';
import { startFunction } from '../cloudbase/function-runner';
import { startLoopbackCloudBase } from '../cloudbase/gateway';
import { isRecord } from '../../lib/values/json';
import { SCHEMA } from '../../lib/store/cloudbase/schema';
import { newBundleFolder } from './bundle-folder';
import { ORIGINS } from './shop';

// Building and starting functions waits for a processor that others use too.
jest.setTimeout(120_000);

/*
 * A silently cut connection: requests disappear, and nothing comes back. A proxy between the built
 * callback and CloudBase can be made to swallow everything.
 */

interface Proxy {
  readonly url: string;
  /** From now on bytes are taken and go nowhere, on connections that are open and on new ones. */
  swallow(): void;
  /** New connections pass again; those that were swallowed stay as they are. */
  fix(): void;
  /** How many connections swallowed something. */
  swallowed(): number;
  stop(): Promise<void>;
}

async function startProxy(target: string): Promise<Proxy> {
  const { hostname, port, pathname } = new URL(target);
  const sockets = new Set<Socket>();
  const victims = new Set<Socket>();
  let swallowing = false;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('data', (bytes) => {
      if (swallowing) victims.add(client);
      if (!victims.has(client)) upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (swallowing) victims.add(client);
      if (!victims.has(client)) client.write(bytes);
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => {
      if (!victims.has(client)) client.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}${pathname}`,
    swallow: () => (swallowing = true),
    fix: () => (swallowing = false),
    swallowed: () => victims.size,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const EVENT = {
  outTradeNo: 'T1',
  transactionId: '4200000883202603011151153100',
  totalFee: 1,
  subMchId: '1900000109',
  timeEnd: '20260301115955',
};

const dir = newBundleFolder('half-open');
const bundle = join(dir, 'payCallback.js');
beforeAll(async () => {
  const config = readConfig({ merchants: [{ subMchId: '1900000109' }], inbox: { ackBudgetMs: 1_500 } });
  await bundleFunction({ entry: 'functions/payCallback/index.ts', outfile: bundle, config, callback: true });
});
afterAll(() => rmSync(dir, { recursive: true }));

it('a callback whose connection swallows bytes says that nothing is stored, and stores the repeat once the line is fixed', async () => {
  const cloud = await startLoopbackCloudBase();
  for (const name of Object.keys(SCHEMA)) cloud.database.createCollection(name);
  const proxy = await startProxy(cloud.url);
  const callback = await startFunction({
    bundle,
    name: 'payCallback',
    gatewayUrl: proxy.url,
  });
  const notify = (n: number) => callback.invoke({ ...EVENT, outTradeNo: `T${n}` }, ORIGINS.payCallback);
  /** Delivers again and again, as WeChat Pay does. */
  const acked = async (n: number): Promise<void> => {
    for (let time = 0; time < 10; time += 1) {
      const answer: unknown = await notify(n);
      if (isRecord(answer) && answer['errcode'] === 0) return;
    }
    throw new Error(`never acked: ${callback.output()} ${cloud.protocolErrors.join()}`);
  };
  try {
    await acked(1);
    proxy.swallow();
    expect(await notify(2)).toMatchObject({ errcode: 50301 });
    expect(await notify(2)).toMatchObject({ errcode: 50301 });
    expect(proxy.swallowed()).toBeGreaterThan(0);
    expect(cloud.database.documents('wxpay_inbox')).toHaveLength(1);
    proxy.fix();
    // The kept connection is dead without knowing it, so the first calls may use it and fail.
    await acked(2);
    expect(cloud.database.documents('wxpay_inbox')).toHaveLength(2);
  } finally {
    await callback.stop();
    await proxy.stop();
    await cloud.stop();
  }
});

it.each(['duplicate_write', 'request_failed', 'old_text'] as const satisfies readonly DuplicateShape[])(
  'the built callback acks and counts a repeat, in whatever words CloudBase says that it has it: %s',
  async (duplicates) => {
    const cloud = await startLoopbackCloudBase({ duplicates });
    for (const name of Object.keys(SCHEMA)) cloud.database.createCollection(name);
    const callback = await startFunction({
      bundle,
      name: 'payCallback',
      gatewayUrl: cloud.url,
    });
    try {
      // A cold start may be too slow to ack, and is stored all the same.
      await callback.invoke(EVENT, ORIGINS.payCallback);
      for (let time = 0; time < 2; time += 1)
        expect(await callback.invoke(EVENT, ORIGINS.payCallback)).toEqual({ errcode: 0, errmsg: 'ok' });
      expect(cloud.database.documents('wxpay_inbox')).toMatchObject([{ deliveries: 3 }]);
    } finally {
      await callback.stop();
      await cloud.stop();
    }
  },
);
