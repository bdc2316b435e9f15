import type { Caller } from '../../../lib/model/caller';
import { dayOf } from '../../../lib/values/day';
import { fen } from '../../../lib/values/fen';
import type { OutTradeNo } from '../../../lib/values/ids';
import type { PlantRequest } from '../../../simulator/bill/plant';
import type { OrderDescription } from '../../../simulator/simulator';
import type { Event, OperatorDeed, StatementLie } from '../plan/plan';
import type { CallFunction } from './calls';
import { MERCHANTS } from './merchants';
import { attempt, numberOf } from './payers';
import type { Wires } from './wire';
import type { World } from './world';

const OPERATOR: Caller = {
  payer: null,
  source: 'wx_devtools',
  ip: '127.0.0.1',
  by: { kind: 'person', name: 'wx_devtools', role: 'act' },
};

/** Everything that happens beside the orders. */
export function playEvents(world: World, wires: Wires, call: CallFunction): void {
  const start = world.scheduler.now();
  for (const event of world.plan.events) {
    world.scheduler.at(start + event.at, null, () => {
      world.note(() => `event ${JSON.stringify(event)}`);
      happen(world, wires, call, event);
    });
  }
}

function happen(world: World, wires: Wires, call: CallFunction, event: Event): void {
  const { wechat, scheduler } = world;
  switch (event.kind) {
    case 'crash':
      wires.crash(event.machine, event.downMs);
      return;
    case 'freeze': {
      const machine = world.machines[event.machine];
      if (machine) wires.freeze(machine.group, event.ms);
      return;
    }
    case 'clock':
      world.clocksOffMs[event.machine] = (world.clocksOffMs[event.machine] ?? 0) + event.byMs;
      return;
    case 'forged_payment': {
      const outTradeNo = numberOf({ n: event.order });
      const fields = event.total === null ? {} : { totalFee: event.total, cashFee: event.total };
      void wechat.forge({ outTradeNo, source: event.source, functionName: 'payCallback', fields });
      return;
    }
    case 'forged_refund':
      forgeRefund(world, call, event);
      return;
    case 'operator':
      operate(world, call, numberOf({ n: event.order }), event.deed);
      return;
    case 'back_office_refund': {
      const outTradeNo = numberOf({ n: event.order });
      const paid = wechat.describe(outTradeNo)?.order.payment?.totalFee;
      if (paid === undefined) return;
      const refundFee = fen(Math.max(1, Math.floor(paid * event.share)));
      attempt(() => {
        wechat.refundInBackOffice({
          outTradeNo,
          ...(event.share === 1 ? {} : { refundFee }),
          ...(event.told ? { callback: 'refundCallback' } : {}),
        });
      });
      return;
    }
    case 'handle_abnormal':
      for (const refund of wechat.refunds()) {
        if (refund.state !== 'CHANGE') continue;
        attempt(() => {
          wechat.resolveRefund(refund.asked.outRefundNo, event.as);
        });
      }
      return;
    case 'slow_queries':
      Object.assign(world.slowQueries, { until: scheduler.now() + event.forMs, takesMs: event.takesMs });
      return;
    case 'torn_file':
      world.disk.nextFileKeeps = world.random.next();
      return;
    case 'shrunken_file':
      world.disk.read = { after: event.afterReads, finds: world.random.next() };
      return;
    case 'refund_at_hand_over': {
      const outTradeNo = numberOf({ n: event.order });
      world.atHandOver.set(outTradeNo, () => {
        scheduler.after(event.afterMs, null, () => {
          if (event.by === 'operator') operate(world, call, outTradeNo, 'refund_all');
          else giveAllBack(world, outTradeNo);
        });
      });
      return;
    }
    case 'reused_transaction':
      reuseTransaction(world, event);
      return;
    case 'foreign_refund':
      tellForeignRefund(world, call, event);
      return;
    case 'stranger': {
      const outTradeNo = strangerNumber(event.n);
      void wechat
        .payApi('unifiedOrder', { ...STRANGER, out_trade_no: outTradeNo, total_fee: event.total })
        .then(() => {
          scheduler.after(1, null, () => {
            attempt(() => {
              wechat.pay(outTradeNo);
            });
          });
        });
      return;
    }
    case 'statement_lie': {
      const described = wechat.describe(numberOf({ n: event.order }));
      if (described !== null && event.lie === 'damaged' && cutsBill(world, described)) return;
      const request = described === null ? null : lieOf(described, event.lie);
      if (request !== null) {
        attempt(() => {
          wechat.plant(request);
        });
      }
      return;
    }
  }
}

function giveAllBack({ wechat }: World, outTradeNo: OutTradeNo): void {
  attempt(() => {
    wechat.refundInBackOffice({
      outTradeNo,
      callback: 'refundCallback',
      script: { outcome: 'succeeds', notify: 'once', takesMs: 0, source: 'wx_paycallback' },
    });
  });
}

/**
 * Only a transaction that is assigned can be another's: otherwise the first order to be notified
 * would get it.
 */
function reuseTransaction(
  { wechat, state }: World,
  { order, of }: Extract<Event, { kind: 'reused_transaction' }>,
): void {
  const outTradeNo = numberOf({ n: order });
  const owner = numberOf({ n: of });
  const transactionId = wechat.describe(owner)?.order.payment?.transactionId;
  if (outTradeNo === owner || transactionId === undefined || wechat.describe(outTradeNo) === null) return;
  if (![...state.transactions].some(([taken, by]) => taken === transactionId && by === owner)) return;
  const fields = { transactionId };
  void wechat.forge({ outTradeNo, source: 'wx_paycallback', functionName: 'payCallback', fields });
}

function tellForeignRefund(
  world: World,
  call: CallFunction,
  { order, of }: Extract<Event, { kind: 'foreign_refund' }>,
): void {
  const outTradeNo = numberOf({ n: order });
  const asked = world.wechat.describe(outTradeNo)?.order.asked;
  if (asked === undefined || order === of) return;
  const others = of === null ? undefined : world.wechat.describe(numberOf({ n: of }))?.order.payment;
  const told = {
    ...refundTold(asked, foreignRefundNo(order), asked.totalFee, 'SUCCESS'),
    transactionId: others?.transactionId ?? FOREIGN_TRANSACTION,
    successTime: '2026-03-02 12:00:00',
  };
  const caller: Caller = { payer: null, source: 'wx_paycallback', ip: '127.0.0.1', by: { kind: 'nobody' } };
  void call('refundCallback', told, caller);
}

const FOREIGN_TRANSACTION = '4200009999202603020000000001';

/** The refund that a notification names for this order, but that was made of another payment. */
export function foreignRefundNo(order: number): string {
  return `foreign-${order}`;
}

function refundTold(
  { subMchId, outTradeNo, totalFee }: { subMchId: string; outTradeNo: string; totalFee: number },
  outRefundNo: string,
  refundFee: number,
  refundStatus: string,
) {
  return {
    returnCode: 'SUCCESS',
    appid: 'wx',
    mchId: '1',
    subMchId,
    nonceStr: 'n',
    outTradeNo,
    outRefundNo,
    refundId: '50300000000000000000000000',
    refundStatus,
    totalFee,
    refundFee,
    settlementRefundFee: refundFee,
  };
}

/**
 * Half of the damaged bills were cut during download: they end anywhere, as if that were the end.
 */
function cutsBill({ random, cutBills }: World, { order }: OrderDescription): boolean {
  if (!random.chance(0.5)) return false;
  cutBills.set(order.asked.subMchId, random.next());
  return true;
}

/** An order nobody made here. */
export function strangerNumber(n: number): string {
  return `stranger-${n}`;
}

const STRANGER = {
  function_name: 'payCallback',
  env_id: 'shop-8gxvz0f70375accc',
  sub_mch_id: MERCHANTS[0],
  nonce_str: 'n',
  body: '别处的订单',
  spbill_create_ip: '203.0.113.9',
  trade_type: 'JSAPI',
  sub_openid: 'oStrangerOfThisHistory',
} as const;

function forgeRefund(
  world: World,
  call: CallFunction,
  event: Extract<Event, { kind: 'forged_refund' }>,
): void {
  const outTradeNo = numberOf({ n: event.order });
  const described = world.wechat.describe(outTradeNo);
  const [real] = [...world.state.refunds.values()].filter(({ refund }) => refund.outTradeNo === outTradeNo);
  const totalFee = described?.order.asked.totalFee ?? 1;
  const subMchId = described?.order.asked.subMchId ?? MERCHANTS[0];
  const forged = refundTold(
    { subMchId, outTradeNo, totalFee },
    real?.refund.outRefundNo ?? `forged-${event.order}`,
    real?.refund.amount ?? totalFee,
    event.status,
  );
  const caller: Caller = { payer: null, source: event.source, ip: '203.0.113.66', by: { kind: 'nobody' } };
  void call('refundCallback', forged, caller);
}

/** What an operator does, twice when no answer came. */
function operate(world: World, call: CallFunction, outTradeNo: OutTradeNo, deed: OperatorDeed): void {
  const event = requestOf(world, outTradeNo, deed);
  if (event === null) return;
  void call('ops', event, OPERATOR).then((answer) => (answer === null ? call('ops', event, OPERATOR) : null));
}

/** What operators give back when they give back a part: nothing else comes to this amount. */
export function partOf(total: number): number {
  return Math.ceil(total * 0.37);
}

function requestOf({ state }: World, outTradeNo: OutTradeNo, deed: OperatorDeed): object | null {
  const act = (action: string, names: readonly string[], more: object = {}): object | null =>
    names.length === 0 ? null : { op: 'act', action, names, reason: 'as planned', ...more };
  const messages = (of: string) =>
    [...state.messages.values()].flatMap(({ message }) =>
      message.outTradeNo === outTradeNo && message.state === of ? [message.key] : [],
    );
  switch (deed) {
    case 'ask_order':
    case 'close_order':
    case 'retry_fulfilment':
    case 'release_hold':
      return act(deed, [outTradeNo]);
    case 'refund_all':
      return act('refund_order', [outTradeNo]);
    case 'refund_part': {
      const total = state.orders.get(outTradeNo)?.order.total ?? 2;
      return act('refund_order', [outTradeNo], { amount: partOf(total), requestId: 'a-part-of-it' });
    }
    case 'refund_most': {
      const total = state.orders.get(outTradeNo)?.order.total ?? 2;
      return act('refund_order', [outTradeNo], { amount: Math.ceil(total * 0.8), requestId: 'most-of-it' });
    }
    case 'replay_messages':
      return act('replay_message', messages('dead'));
    case 'dismiss_messages':
      return act('dismiss_message', messages('pending'));
    case 'ask_refunds':
      return act(
        'ask_refund',
        [...state.refunds.values()].flatMap(({ refund }) =>
          refund.outTradeNo === outTradeNo ? [refund.outRefundNo] : [],
        ),
      );
    case 'resolve_discrepancies':
      return act(
        'resolve_discrepancy',
        [...state.discrepancies.values()].flatMap(({ id, resolution }) => (resolution === null ? [id] : [])),
      );
    case 'run_statements_again':
      return act(
        'run_statement_again',
        [...state.runs.values()].flatMap(({ id, work }) => (work.state === 'done' ? [id] : [])),
      );
  }
}

/** The error as the simulator plants it; null when nothing fits. Each is planted once. */
function lieOf({ order, refunds }: OrderDescription, lie: StatementLie): PlantRequest | null {
  const { payment, asked } = order;
  const { outTradeNo } = asked;
  if (payment === null) return null;
  const day = dayOf(payment.paidAt);
  switch (lie) {
    case 'payment_absent':
      return { class: 'missing_payment', outTradeNo, times: 1 };
    case 'refund_absent': {
      const [refund] = refunds;
      return refund === undefined
        ? null
        : { class: 'refund_missing_there', outRefundNo: refund.asked.outRefundNo, times: 1 };
    }
    case 'wrong_amount':
      return { class: 'amount_mismatch', outTradeNo, says: fen(payment.totalFee + 7), times: 1 };
    case 'duplicate_row':
      return { class: 'duplicate_row', outTradeNo, times: 1 };
    case 'unreadable_row':
      return { class: 'too_few_fields', outTradeNo, times: 1 };
    case 'no_file':
      return { class: 'not_available', subMchId: asked.subMchId, day, times: 2 };
    case 'damaged':
      return {
        class: 'statement_corrupt',
        subMchId: asked.subMchId,
        day,
        says: asked.totalFee % 2 === 0 ? 'no_summary' : 'totals_mismatch',
        times: 1,
      };
  }
}
