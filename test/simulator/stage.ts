import { isRecord } from '../../lib/values/json';
import { instant } from '../../lib/values/instant';
import type { PaymentEvent } from '../../simulator/event';
import { memoryJournal, type Journal } from '../../simulator/journal';
import type { DeliveryContext } from '../../simulator/notifier';
import type { RefundEvent } from '../../simulator/refund/event';
import { createSimulator, type Simulator } from '../../simulator/simulator';
import { manualTime, type ManualTime } from './manual-time';

export interface Received extends DeliveryContext {
  readonly event: PaymentEvent;
  /** ms since the stage was set. */
  readonly at: number;
}

export interface ReceivedRefund extends DeliveryContext {
  readonly event: RefundEvent;
  /** ms since the stage was set. */
  readonly at: number;
}

export interface Stage {
  readonly simulator: Simulator;
  readonly time: ManualTime;
  readonly journal: Journal;
  readonly received: Received[];
  /** The refund notifications received. */
  readonly refunds: ReceivedRefund[];
  /** Calls an API and gives the answer's fields. */
  readonly call: (
    apiName: string,
    request: Readonly<Record<string, unknown>>,
  ) => Promise<Readonly<Record<string, unknown>>>;
  /** Makes an order of 100 fen. */
  readonly order: (outTradeNo: string, more?: object) => Promise<void>;
}

export const START = instant(Date.parse('2026-03-01T12:00:00+08:00'));

/**
 * A simulator on a manual clock that calls `callee`, which gives the nth answer to its nth call
 * (from 1).
 */
export function stage(
  options: {
    readonly callee?: (call: number, event: PaymentEvent) => unknown;
    readonly refundCallee?: (call: number, event: RefundEvent) => unknown;
    readonly speed?: number;
    readonly journal?: Journal;
    readonly time?: ManualTime;
  } = {},
): Stage {
  const ack = () => ({ errcode: 0, errmsg: 'ok' });
  const { callee = ack, refundCallee = ack, speed = 1 } = options;
  const time = options.time ?? manualTime(START);
  const journal = options.journal ?? memoryJournal();
  const received: Received[] = [];
  const refunds: ReceivedRefund[] = [];
  let seed = 7;
  const simulator = createSimulator({
    clock: time.clock,
    schedule: time.schedule,
    journal,
    speed,
    random: () => (seed = (seed * 16807) % 2147483647) / 2147483647,
    deliver: async (event, context) => {
      if ('outRefundNo' in event) {
        refunds.push({ event, ...context, at: time.clock.now() - START });
        return refundCallee(refunds.length, event);
      }
      received.push({ event, ...context, at: time.clock.now() - START });
      return callee(received.length, event);
    },
  });
  const call: Stage['call'] = async (apiName, request) => {
    const answer: unknown = JSON.parse(String((await simulator.payApi(apiName, request)).body));
    if (!isRecord(answer)) throw new TypeError('an answer is an object');
    return answer;
  };
  return {
    simulator,
    time,
    journal,
    received,
    refunds,
    call,
    async order(outTradeNo, more = {}) {
      const answer = await call('unifiedOrder', { ...ASKED, out_trade_no: outTradeNo, ...more });
      if (answer.result_code !== 'SUCCESS')
        throw new Error(`the order was refused: ${JSON.stringify(answer)}`);
    },
  };
}

/** A unifiedOrder request but for the order number. */
export const ASKED = {
  function_name: 'payCallback',
  env_id: 'shop-8gxvz0f70375accc',
  sub_mch_id: '1606704502',
  nonce_str: 'n',
  body: '一杯茶',
  total_fee: 100,
  spbill_create_ip: '203.0.113.7',
  trade_type: 'JSAPI',
  sub_openid: 'oOjJw5Zbbbbbbbbbbbbbbbbbbbbb',
} as const;

/** Names an order as queryOrder and closeOrder want it. */
export function named(outTradeNo: string): Readonly<Record<string, unknown>> {
  return { sub_mch_id: ASKED.sub_mch_id, nonce_str: 'n', out_trade_no: outTradeNo };
}
