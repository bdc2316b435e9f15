import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewMessage } from '../../lib/model/message';
import { processInbox } from '../../lib/inbox/process';
import { receive as receiveEvent } from '../../lib/inbox/receive';
import { readConfig } from '../../lib/config/config';
import { systemTimers } from '../../lib/runtime/timers';
import { leaseToken } from '../../lib/model/lease';
import type { SqliteStore } from '../../lib/store/sqlite/open';
import { openSqliteStore } from '../../lib/store/sqlite/open';
import { MERCHANT, order, paymentOf, START } from '../store/builders';

/*
 * Receives and applies notifications, and prints what that allocated and what stayed, in bytes per
 * notification. Runs in a separate process with --expose-gc, with so much room for new objects that
 * none is collected during the measurement.
 */

const MESSAGES = 2_000;
const ROUNDS = 3;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const clock = { now: () => START };

async function receive(store: SqliteStore, from: number): Promise<void> {
  const deps = {
    record: (message: NewMessage) => store.inbox.record(message),
    clock,
    timers: systemTimers,
    log: silent,
    ackBudgetMs: 60_000,
  };
  for (let n = from; n < from + MESSAGES; n += 50) {
    const acks = Array.from({ length: 50 }, (_, i) =>
      receiveEvent(deps, notification(n + i), 'wx_paycallback'),
    );
    for (const { errcode } of await Promise.all(acks)) if (errcode !== 0) throw new Error('not acknowledged');
  }
}

async function apply(store: SqliteStore): Promise<void> {
  let tokens = 0;
  const sayNothing = async () => ({ kind: 'unknown', reason: 'transport', detail: '' }) as const;
  const { applied } = await processInbox(
    {
      store,
      wechat: { queryOrder: sayNothing, queryRefund: sayNothing },
      clock,
      timers: systemTimers,
      random: () => 0.5,
      newToken: () => leaseToken(`alloc-${String((tokens += 1)).padStart(6, '0')}`),
      log: silent,
      settings: { ...readConfig({ merchants: [{ subMchId: MERCHANT }] }).inbox, batch: 500 },
    },
    { remaining: () => 60_000, stopping: false },
  );
  if (applied !== MESSAGES) throw new Error(`${applied} of ${MESSAGES} were applied`);
}

function notification(n: number): object {
  const { outTradeNo, transactionId, total, payer } = paymentOf(n);
  return {
    appid: 'wxd2d16a504f24665e',
    bankType: 'OTHERS',
    cashFee: total,
    feeType: 'CNY',
    mchId: '1800008281',
    nonceStr: '48WQRbLbVfe1wwe048WQRbLbVfe1wwe0',
    outTradeNo,
    resultCode: 'SUCCESS',
    returnCode: 'SUCCESS',
    subMchId: MERCHANT,
    subOpenid: payer,
    timeEnd: '20260301115955',
    totalFee: total,
    tradeType: 'JSAPI',
    transactionId,
  };
}

/** Heap in use now, nothing cleared away first. */
const used = (): number => process.memoryUsage().heapUsed;

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-allocations-'));
  const store = openSqliteStore({ file: join(folder, 'inbox.db') });
  const received: number[] = [];
  const applied: number[] = [];
  const left: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const from = round * MESSAGES;
    for (let n = from; n < from + MESSAGES; n += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, i) => store.orders.create(order(n + i))));
    }
    globalThis.gc?.();
    const before = used();
    await receive(store, from);
    const between = used();
    await apply(store);
    const after = used();
    globalThis.gc?.();
    // The first round compiles.
    if (round === 0) continue;
    received.push((between - before) / MESSAGES);
    applied.push((after - between) / MESSAGES);
    left.push((used() - before) / MESSAGES);
  }
  store.close();
  rmSync(folder, { recursive: true, force: true });
  const least = (values: readonly number[]) => Math.min(...values);
  process.send?.({ received: least(received), applied: least(applied), left: least(left) });
}

void main();
