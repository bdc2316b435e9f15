import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOrder } from '../../functions/createOrder/function';
import { payCallback } from '../../functions/payCallback/function';
import { refundCallback } from '../../functions/refundCallback/function';
import { openDiskArchive } from '../../lib/archive/disk/archive';
import type { Order } from '../../lib/model/order';
import type { Fulfil } from '../../lib/orders/fulfil';
import { budgetOf } from '../../lib/runtime/budget';
import type { Caller } from '../../lib/model/caller';
import { readConfig } from '../../lib/config/config';
import type { MerchantPorts, WorkerHandler } from '../../lib/hosting/ports';
import { leaseToken } from '../../lib/model/lease';
import { openSqliteStore } from '../../lib/store/sqlite/open';
import type { BeijingDay } from '../../lib/values/day';
import { startOf } from '../../lib/values/day';
import { isOutTradeNo, type OutTradeNo } from '../../lib/values/ids';
import { isRecord } from '../../lib/values/json';
import { createCloudPay } from '../../lib/wechat/cloudpay/adapter';
import { memoryJournal } from '../../simulator/journal';
import type { Simulator } from '../../simulator/simulator';
import { createSimulator } from '../../simulator/simulator';
import { SimulatorError } from '../../simulator/simulator-error';
import { followRefunds } from '../../workers/followRefunds/worker';
import { fulfillOrders } from '../../workers/fulfillOrders/worker';
import { processInbox } from '../../workers/processInbox/worker';
import { reconcileOrders } from '../../workers/reconcileOrders/worker';
import { reconcileStatement } from '../../workers/reconcileStatement/worker';
import { retain } from '../../workers/retain/worker';
import { rememberedLog, type RememberedLog } from '../inbox/stage';
import { PAYER } from '../store/builders';
import type { ManualTime } from '../simulator/manual-time';
import { manualTime } from '../simulator/manual-time';
import { START } from '../simulator/stage';
import { putNewStore } from '../store/sqlite/harness';
import { emptyMerchantDb } from '../shop/db';

/**
 * The whole service on SQLite, with WeChat Pay played by the simulator, and a clock that a case
 * moves.
 */
export interface Shop {
  readonly ports: MerchantPorts;
  readonly simulator: Simulator;
  readonly time: ManualTime;
  readonly log: RememberedLog;
  /** Orders that were delivered, in their order. */
  readonly delivered: readonly OutTradeNo[];
  /** Makes an order of a packet of tea. */
  readonly order: (n: number) => Promise<OutTradeNo>;
  readonly orders: () => Promise<readonly Order[]>;
  /** Runs a worker once. */
  readonly run: (worker: WorkerName) => Promise<Readonly<Record<string, unknown>>>;
  /** Lets time pass in steps, and runs these workers after each. */
  readonly live: (ms: number, stepMs: number, workers: readonly WorkerName[]) => Promise<void>;
  /** Lets time pass until so many hours into a day. */
  readonly until: (day: BeijingDay, hours: number) => Promise<void>;
}

/** The workers, by the names of their folders. */
export type WorkerName =
  'processInbox' | 'fulfillOrders' | 'reconcileOrders' | 'followRefunds' | 'reconcileStatement' | 'retain';

const HOUR = 3_600_000;
const CALLER: Caller = { payer: PAYER, source: 'wx_client', ip: '203.0.113.7', by: { kind: 'nobody' } };

/** The merchant of the cases; its rate is what the simulator charges. */
export const MERCHANT = '1606704502';

/** Runs a case in a shop of its own and clears it away. */
export async function inShop(run: (shop: Shop) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-whole-'));
  const file = join(folder, 'inbox.db');
  putNewStore(file);
  const store = openSqliteStore({ file });
  const time = manualTime(START);
  const log = rememberedLog();
  const delivered: OutTradeNo[] = [];
  let tokens = 0;
  let seed = 11;
  const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  const simulator = createSimulator({
    clock: time.clock,
    schedule: time.schedule,
    deliver: (event, { source, functionName }) => {
      const handler = functionName === 'refundCallback' ? refundCallback : payCallback;
      const caller: Caller = { payer: null, source, ip: '127.0.0.1', by: { kind: 'nobody' } };
      return handler({ ...ports, record: (message) => store.inbox.record(message), ackBudgetMs: 2_500 })(
        event,
        caller,
      );
    },
    journal: memoryJournal(),
    speed: 1,
    random,
  });
  const ports: MerchantPorts = {
    store,
    wechat: createCloudPay(
      async (apiName, request) => {
        try {
          return { kind: 'body', bytes: Buffer.from((await simulator.payApi(apiName, request)).body) };
        } catch (error) {
          if (!(error instanceof SimulatorError)) throw error;
          return { kind: 'failure', failure: { kind: 'transport', message: error.message } };
        }
      },
      {
        envId: 'shop-8gxvz0f70375accc',
        payFunction: 'payCallback',
        refundFunction: 'refundCallback',
        nonce: () => 'n',
      },
    ),
    archive: openDiskArchive(join(folder, 'statements')),
    merchantDb: emptyMerchantDb,
    clock: time.clock,
    // A question that waits for its turn must not wait for the case: its pause is over at once.
    timers: { after: (_ms, then) => (setImmediate(then), () => undefined) },
    random,
    newToken: () => leaseToken(`token-${String((tokens += 1)).padStart(8, '0')}`),
    log,
    config: readConfig({
      merchants: [{ subMchId: MERCHANT, feeRate: '0.60%' }],
      fulfilment: { quickRetries: 0 },
    }),
  };
  const deliver: Fulfil = async ({ outTradeNo }) => {
    delivered.push(outTradeNo);
    return undefined;
  };
  const patient: MerchantPorts = { ...ports, timers: { after: () => () => undefined } };
  const workers: Readonly<Record<WorkerName, WorkerHandler>> = {
    processInbox: processInbox(ports),
    fulfillOrders: fulfillOrders(patient, { fulfil: deliver }),
    reconcileOrders: reconcileOrders(ports),
    followRefunds: followRefunds(ports),
    reconcileStatement: reconcileStatement(ports),
    retain: retain(ports),
  };
  const shop: Shop = {
    ports,
    simulator,
    time,
    log,
    delivered,
    async order(n) {
      const event = { requestId: `request-${String(n).padStart(4, '0')}`, cart: [{ sku: 'tea', count: n }] };
      const reply: unknown = await createOrder(ports)(event, CALLER);
      const outTradeNo = isRecord(reply) ? reply['outTradeNo'] : undefined;
      if (!isOutTradeNo(outTradeNo)) throw new Error(`the order was refused: ${JSON.stringify(reply)}`);
      return outTradeNo;
    },
    orders: async () => (await store.orders.list({ after: null, limit: 1_000 })).items,
    async run(worker) {
      return { ...(await workers[worker](budgetOf(time.clock, 60_000))) };
    },
    async live(ms, stepMs, names) {
      for (let passed = 0; passed < ms; passed += stepMs) {
        await time.pass(stepMs);
        for (const name of names) await shop.run(name);
      }
    },
    until: (day, hours) => time.pass(startOf(day) + hours * HOUR - time.clock.now()),
  };
  try {
    await run(shop);
  } finally {
    simulator.stop();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
