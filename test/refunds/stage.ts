import { maskPayer } from '../../lib/values/ids';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processInbox } from '../../lib/inbox/process';
import type { Order } from '../../lib/model/order';
import type { FollowDeps } from '../../lib/refunds/follow';
import { followRefunds } from '../../lib/refunds/follow';
import type { Refund } from '../../lib/model/refund';
import type { Caller } from '../../lib/model/caller';
import { systemTimers } from '../../lib/runtime/timers';
import { leaseToken } from '../../lib/model/lease';
import type { SqliteStore } from '../../lib/store/sqlite/open';
import { openSqliteStore } from '../../lib/store/sqlite/open';
import { fen } from '../../lib/values/fen';
import type { OutRefundNo, OutTradeNo } from '../../lib/values/ids';
import { later } from '../../lib/values/instant';
import type { RememberedLog } from '../inbox/stage';
import { PLENTY, rememberedLog } from '../inbox/stage';
import { MERCHANT, order, paidAt, PAYER, refund, refundNo, START, tradeNo } from '../store/builders';
import type { RefundDesk } from './refund-desk';
import { refundDesk } from './refund-desk';
import { putNewStore } from '../store/sqlite/harness';

/** Refunds on a real store, a clock that stands still, and WeChat Pay's side of refunds. */
export interface RefundStage {
  readonly store: SqliteStore;
  readonly deps: FollowDeps;
  readonly desk: RefundDesk;
  readonly log: RememberedLog;
  advance(ms: number): void;
  /** The order as it is now. */
  order(outTradeNo?: OutTradeNo): Promise<Order>;
  /** The refund as it is now. */
  refund(outRefundNo: OutRefundNo): Promise<Refund>;
  /** Lets both workers run until nothing is due. */
  work(): Promise<void>;
}

/** The calls the cases make. */
export const OPERATOR: Caller = {
  payer: PAYER,
  source: 'wx_client',
  ip: '203.0.113.7',
  by: { kind: 'person', name: maskPayer(PAYER), role: 'act' },
};
/** The merchant's own function. */
export const OWN_FUNCTION: Caller = { payer: null, source: 'scf', ip: '127.0.0.1', by: { kind: 'merchant' } };
/** A mini program's user. */
export const CLIENT: Caller = {
  payer: PAYER,
  source: 'wx_client',
  ip: '203.0.113.7',
  by: { kind: 'nobody' },
};

/** Runs a case on a stage of its own, with the first order paid (101 fen), and clears it away. */
export async function onRefundStage(run: (stage: RefundStage) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-'));
  const file = join(folder, 'inbox.db');
  putNewStore(file);
  const store = openSqliteStore({ file });
  try {
    await store.orders.create(order(1, { payment: paidAt(1, START) }));
    await run(stageOn(store));
  } finally {
    store.close();
    rmSync(folder, { recursive: true });
  }
}

function stageOn(store: SqliteStore): RefundStage {
  let now = START;
  let tokens = 0;
  const log = rememberedLog();
  const desk = refundDesk(order(1).total);
  const deps: FollowDeps = {
    store,
    wechat: desk.pay,
    clock: { now: () => now },
    timers: systemTimers,
    random: () => 0.5,
    newToken: () => leaseToken(`token-${String((tokens += 1)).padStart(6, '0')}`),
    log,
    settings: {
      batch: 50,
      leaseMs: 60_000,
      attempts: 5,
      backoff: { firstMs: 1_000, maxMs: 60_000 },
      missingOrderMs: 600_000,
      queryConcurrency: 4,
      unverifiedMs: 7 * 86_400_000,
      lateMoney: 'hold',
      verifyAbove: null,
      merchants: [MERCHANT],
    },
    refundSettings: {
      askAfterMs: [60_000, 300_000, 1_800_000],
      fundsRetryMs: 3_600_000,
      overdueMs: 7 * 86_400_000,
      source: 'unsettled',
      concurrency: 3,
      perSecond: 1_000,
      batch: 50,
      secondPersonAbove: null,
      limits: { single: null, operatorDay: null, day: null },
    },
  };
  return {
    store,
    deps,
    desk,
    log,
    advance: (ms) => {
      now = later(now, ms);
    },
    async order(outTradeNo = tradeNo(1)) {
      const [found] = await store.orders.find([outTradeNo]);
      if (!found) throw new Error(`order ${outTradeNo} is not there`);
      return found;
    },
    async refund(outRefundNo) {
      const [found] = await store.refunds.find([outRefundNo]);
      if (!found) throw new Error(`refund ${outRefundNo} is not there`);
      return found;
    },
    async work() {
      await followRefunds(deps, PLENTY);
      await processInbox(deps, PLENTY);
    },
  };
}

/** Stores a refund of 40 fen of the first order, as a call left it that broke off right after. */
export async function requested(stage: RefundStage, n = 1, amount = 40): Promise<void> {
  const of = await stage.order();
  const reserved = [...of.refunds, { outRefundNo: refundNo(n), amount: fen(amount) }];
  await stage.store.orders.note({
    outTradeNo: of.outTradeNo,
    expectedVersion: of.version,
    refunds: reserved,
  });
  const made = refund(n, { outTradeNo: of.outTradeNo, total: of.total, amount: fen(amount) });
  await stage.store.refunds.create(made);
}
