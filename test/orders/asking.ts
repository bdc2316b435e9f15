import type { ReconcileDeps, ReconcileReport } from '../../lib/orders/reconcile';
import { reconcileOrders } from '../../lib/orders/reconcile';
import type { Order } from '../../lib/model/order';
import type { Budget } from '../../lib/runtime/budget';
import type { LogEvent, LogFields } from '../../lib/runtime/log';
import type { OutTradeNo } from '../../lib/values/ids';
import type { Instant } from '../../lib/values/instant';
import type { CloseAnswer, OrderAnswer } from '../../lib/wechat/port';
import type { Stage } from '../inbox/stage';
import { onStage, PLENTY } from '../inbox/stage';
import { order, paymentOf, tradeNo } from '../store/builders';

/** A call to WeChat Pay that was begun. */
export interface Call {
  readonly name: 'queryOrder' | 'closeOrder';
  readonly outTradeNo: OutTradeNo;
  readonly at: Instant;
}

/** Asking about orders on a stage, with a WeChat Pay that is told what to say about each. */
export interface Asking extends Stage {
  readonly reconcile: ReconcileDeps;
  /** The answers of `queryOrder` and `closeOrder` by order; by default `not_paid` and `closed`. */
  readonly says: {
    query: (outTradeNo: OutTradeNo) => OrderAnswer | Promise<OrderAnswer>;
    close: (outTradeNo: OutTradeNo) => CloseAnswer | Promise<CloseAnswer>;
  };
  /** Every call so far. */
  readonly calls: Call[];
  /** Makes orders `1` to `count`, due to be asked about in a minute. */
  make(count: number, over?: Partial<Order>): Promise<void>;
  /** One run; its report's sums are checked. */
  run(budget?: Budget, parts?: Partial<ReconcileDeps>): Promise<ReconcileReport>;
  find(n: number): Promise<Order>;
  /** The lines of one event. */
  logged(event: LogEvent): LogFields[];
  /** Lets time pass until it is this instant. */
  waitUntil(at: Instant): void;
}

export const MINUTE = 60_000;
/** When an order that hears nothing is asked about, on this stage. */
export const SCHEDULE = [1, 3, 10, 30, 120, 720, 2160].map((minutes) => minutes * MINUTE);

/** WeChat Pay says that the `n`th order is paid. */
export const paid = (n: number): OrderAnswer => ({ kind: 'paid', payment: paymentOf(n) });

/** The answer that this list has for an order, or another. */
export function sayOf<Answer>(
  answers: Readonly<Record<number, Answer>>,
  otherwise: Answer,
): (outTradeNo: OutTradeNo) => Answer {
  const byNumber = new Map(Object.entries(answers).map(([n, answer]) => [tradeNo(Number(n)), answer]));
  return (outTradeNo) => byNumber.get(outTradeNo) ?? otherwise;
}

/** Runs a case. Time passes only when the case says so, or when a query waits for its slot. */
export function onAsking(run: (asking: Asking) => Promise<void>): Promise<void> {
  return onStage((stage) => run(askingOn(stage)));
}

function askingOn(stage: Stage): Asking {
  const { clock } = stage.deps;
  const calls: Call[] = [];
  const says: Asking['says'] = { query: () => ({ kind: 'not_paid' }), close: () => ({ kind: 'closed' }) };
  const [first = 0, ...rest] = SCHEDULE;
  const reconcile: ReconcileDeps = {
    ...stage.deps,
    store: stage.store,
    wechat: {
      ...stage.deps.wechat,
      queryOrder: async ({ outTradeNo }) => {
        calls.push({ name: 'queryOrder', outTradeNo, at: clock.now() });
        return says.query(outTradeNo);
      },
      closeOrder: async ({ outTradeNo }) => {
        calls.push({ name: 'closeOrder', outTradeNo, at: clock.now() });
        return says.close(outTradeNo);
      },
    },
    timers: {
      after: (ms, then) => {
        stage.advance(ms);
        setImmediate(then);
        return () => undefined;
      },
    },
    reconcileSettings: { askAfterMs: [first, ...rest], concurrency: 4, perSecond: 20, batch: 50 },
  };
  return {
    ...stage,
    reconcile,
    says,
    calls,
    async make(count, over) {
      for (let n = 1; n <= count; n += 1) await stage.store.orders.create(order(n, over));
    },
    async run(budget = PLENTY, parts = {}) {
      const report = await reconcileOrders({ ...reconcile, ...parts }, budget);
      const {
        claimed,
        paid: isPaid,
        closed,
        failed,
        unchanged,
        later,
        unknown,
        returned,
        notRecorded,
      } = report;
      const ended = isPaid + closed + failed + unchanged;
      expect(ended + later + unknown + returned + notRecorded).toBe(claimed);
      return report;
    },
    async find(n) {
      const [found] = await stage.store.orders.find([tradeNo(n)]);
      if (found === undefined) throw new Error(`order ${n} is not there`);
      return found;
    },
    logged: (event) => stage.log.lines.filter((line) => line.event === event).map((line) => line.fields),
    waitUntil: (at) => {
      stage.advance(at - clock.now());
    },
  };
}
