import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Libsql from 'libsql';
import { readConfig } from '../../lib/config/config';
import type { Caller } from '../../lib/model/caller';
import { isOutTradeNo } from '../../lib/values/ids';
import { isRecord } from '../../lib/values/json';
import { instant } from '../../lib/values/instant';
import { startServer, type RunningServer } from '../../server/start';
import { createCloudPay } from '../../lib/wechat/cloudpay/adapter';
import { createSimulator } from '../../simulator/simulator';
import { notificationFor } from '../inbox/notifications';
import { order, PAYER, START } from '../store/builders';

/** What a server holds at the end of a day. */
export interface Sample {
  readonly day: number;
  readonly orders: number;
  readonly messages: number;
  /** Bytes of the heap after a collection, where the process lets one be made. */
  readonly heap: number;
  /** Open files and sockets; null where the system does not tell. */
  readonly handles: number | null;
  readonly logBytes: number;
  readonly databaseBytes: number;
}

/** How long, how much, and how long messages are kept. */
export interface SoakSize {
  readonly days: number;
  readonly ordersPerDay: number;
  readonly keptDays: number;
}

const DAY = 86_400_000;
const PAYER_CALL: Caller = { payer: PAYER, source: 'wx_client', ip: '127.0.0.1', by: { kind: 'nobody' } };
const PAY_CALL: Caller = { payer: null, source: 'wx_paycallback', ip: '127.0.0.1', by: { kind: 'nobody' } };
const AT_ONCE = 50;

/**
 * Runs a server for this many days of its own clock, each with its orders, notifications (all of
 * them twice) and nightly deletion, and measures what it holds at the end of each.
 */
export async function soak(
  dataDir: string,
  request: SoakSize,
  onDay: (sample: Sample) => void,
): Promise<readonly Sample[]> {
  let now = START;
  const server = await startServer({
    config: readConfig({
      merchants: [{ subMchId: order(1).subMchId }],
      retention: { doneMessageDays: request.keptDays },
      log: { level: 'silent' },
    }),
    settings: { host: '127.0.0.1', port: 0, dataDir, opsToken: null, readToken: null },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    clock: { now: () => now },
  });
  const samples: Sample[] = [];
  try {
    for (let day = 0; day < request.days; day += 1) {
      for (let begin = 0; begin < request.ordersPerDay; begin += AT_ONCE) {
        const count = Math.min(AT_ONCE, request.ordersPerDay - begin);
        await Promise.all(
          Array.from({ length: count }, (_, n) => paid(server, `day-${day}-order-${begin + n}`)),
        );
        for (const worker of ['processInbox', 'fulfillOrders'] as const)
          await server.system.workers.run(worker);
      }
      await server.system.workers.whenIdle();
      await server.system.workers.run('retain');
      const sample = sampleOf(day, dataDir);
      samples.push(sample);
      onDay(sample);
      now = instant(now + DAY);
    }
    return samples;
  } finally {
    await server.stop();
  }
}

/**
 * What a simulated WeChat Pay keeps in memory per order, in bytes: it remembers all of them.
 * Measured with a separate one, in the shapes a server makes.
 */
export async function simulatedBytesPerOrder(orders: number): Promise<number> {
  const heap = (): number => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed;
  };
  const simulator = createSimulator({
    clock: { now: () => START },
    schedule: () => () => undefined,
    deliver: () => Promise.resolve(null),
    journal: { read: () => [], append: () => undefined, close: () => undefined },
    speed: 1,
    random: Math.random,
  });
  const pay = createCloudPay(
    async (call, request) => {
      const { body } = await simulator.payApi(call, request);
      return { kind: 'body', bytes: Buffer.from(body) };
    },
    {
      envId: 'soak',
      payFunction: 'payCallback',
      refundFunction: 'refundCallback',
      nonce: () => randomBytes(16).toString('hex'),
    },
  );
  const ask = async (n: number): Promise<void> => {
    const { payer, body, total, subMchId, expiresAt } = order(n);
    const outTradeNo = randomBytes(12).toString('hex');
    if (!isOutTradeNo(outTradeNo)) throw new TypeError('no order number');
    const answer = await pay.unifiedOrder({
      outTradeNo,
      payer,
      body,
      total,
      subMchId,
      expiresAt,
      payerIp: '127.0.0.1',
      keptBody: null,
    });
    if (answer.kind !== 'prepaid') throw new Error(`not taken: ${JSON.stringify(answer)}`);
  };
  // What is made once, such as compiled code, is made before.
  for (let n = 0; n < 500; n += 1) await ask(n);
  const before = heap();
  for (let n = 0; n < orders; n += 1) await ask(n);
  const bytes = heap() - before;
  if (simulator.orders().length !== orders + 500) throw new Error('the simulator forgot an order');
  return bytes / orders;
}

async function paid({ system }: RunningServer, requestId: string): Promise<void> {
  const made: unknown = await system.functions.createOrder(
    { requestId, cart: [{ sku: 'tea', count: 1 }] },
    PAYER_CALL,
  );
  const outTradeNo = isRecord(made) ? String(made['outTradeNo']) : '';
  const transactionId = `4200${Buffer.from(outTradeNo).toString('hex').slice(-28)}`;
  const event = { ...notificationFor(order(1)), outTradeNo, transactionId, totalFee: 5800, cashFee: 5800 };
  for (let time = 0; time < 2; time += 1) {
    const answer = await system.functions.payCallback(event, PAY_CALL);
    if (!('errcode' in answer) || answer.errcode !== 0)
      throw new Error(`not acked: ${JSON.stringify(answer)}`);
  }
}

function sampleOf(day: number, dataDir: string): Sample {
  globalThis.gc?.();
  const file = join(dataDir, 'inbox.db');
  const database = new Libsql(file);
  try {
    const count = (table: string): number => {
      const row: unknown = database.prepare(`SELECT count(*) AS n FROM ${table}`).get();
      return isRecord(row) ? Number(row['n']) : Number.NaN;
    };
    return {
      day,
      orders: count('orders'),
      messages: count('inbox'),
      heap: process.memoryUsage().heapUsed,
      handles: handles(),
      logBytes: statSync(`${file}-wal`).size,
      databaseBytes: statSync(file).size,
    };
  } finally {
    database.close();
  }
}

function handles(): number | null {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return null;
  }
}
