import { orderNumberFor } from '../../../lib/orders/create';
import type { Caller } from '../../../lib/model/caller';
import type { OutTradeNo, PayerId } from '../../../lib/values/ids';
import { isPayerId } from '../../../lib/values/ids';
import { isRecord } from '../../../lib/values/json';
import { fen } from '../../../lib/values/fen';
import { SimulatorError } from '../../../simulator/simulator-error';
import type { GivenBack, OrderPlan } from '../plan/plan';
import type { CallFunction } from './calls';
import { merchantOf } from './merchants';
import type { World } from './world';

const SECOND = 1_000;

/** Everything the payers do: each makes an order, may pay it, ask about it and give it up. */
export function playPayers(world: World, call: CallFunction): void {
  for (const order of world.plan.orders) playPayer(world, call, order);
}

function playPayer(world: World, call: CallFunction, order: OrderPlan): void {
  const { scheduler, random, wechat } = world;
  const start = scheduler.now() + order.at;
  const outTradeNo = numberOf(order);
  const caller = callerOf(order);

  const make = async (): Promise<void> => {
    for (let tries = 0; tries < 5; tries += 1) {
      const answer = await call('createOrder', requestOf(order), caller);
      if (isRecord(answer) && (answer['ok'] === true || answer['retry'] === false)) return;
      await new Promise<void>((resolve) => {
        scheduler.after(3 * SECOND, null, resolve);
      });
    }
  };
  for (let n = 0; n < order.requests; n += 1) {
    scheduler.at(start + (n === 0 ? 0 : random.int(0, 20 * SECOND)), null, () => void make());
  }
  for (const ask of order.asks) {
    scheduler.at(start + ask, null, () => void call('queryOrder', { outTradeNo }, caller));
  }
  if (order.closeAfter !== null) {
    scheduler.at(start + order.closeAfter, null, () => void call('closeOrder', { outTradeNo }, caller));
  }
  const { pay } = order;
  if (pay === null) return;
  scheduler.at(start + pay.after, null, () => {
    const known = wechat.describe(outTradeNo);
    if (known === null) return;
    const faults = {
      duplicates: pay.duplicates,
      concurrent: pay.atOnce,
      delayMs: pay.delayMs,
      lose: pay.lose,
      payAfterClose: pay.late,
      ...(pay.tooMuch === 0 ? {} : { wrongAmount: fen(known.order.asked.totalFee + pay.tooMuch) }),
    };
    attempt(() => {
      const { transactionId } = wechat.pay(outTradeNo, { faults });
      world.note(() => `payer ${order.n} pays ${outTradeNo} as ${transactionId}`);
      const { givenBack } = pay;
      if (givenBack !== null) {
        scheduler.after(givenBack.after, null, () => {
          giveBack(world, outTradeNo, givenBack);
        });
      }
    });
  });
}

/**
 * The merchant refunds the payment in equal parts in the merchant platform. The last part is the
 * rest of the share.
 */
function giveBack(world: World, outTradeNo: OutTradeNo, { parts, share, told, takesMs }: GivenBack): void {
  const { wechat } = world;
  const paid = wechat.describe(outTradeNo)?.order.payment?.totalFee ?? 0;
  const all = Math.max(1, Math.floor(paid * share));
  const each = Math.max(1, Math.floor(all / parts));
  world.note(() => `${outTradeNo} is given back: ${all} fen in ${parts} parts`);
  for (let part = 1; part <= parts; part += 1) {
    const refundFee = part === parts ? all - each * (parts - 1) : each;
    if (refundFee < 1) return;
    attempt(() => {
      wechat.refundInBackOffice({
        outTradeNo,
        refundFee: fen(refundFee),
        ...(told ? { callback: 'refundCallback' } : {}),
        script: { outcome: 'succeeds', notify: 'once', takesMs, source: 'wx_paycallback' },
      });
    });
  }
}

/** Does what WeChat Pay may decline: then nothing happens. */
export function attempt(deed: () => void): void {
  try {
    deed();
  } catch (error) {
    if (!(error instanceof SimulatorError)) throw error;
  }
}

/** The number of a planned order. */
export function numberOf({ n }: Pick<OrderPlan, 'n'>): OutTradeNo {
  return orderNumberFor('', payerOf(n), requestId(n));
}

/** Begins every order's number: it is left out of none. */
export function payerOf(n: number): PayerId {
  const payer: string = `oPayerNumber${n}OfThisHistory`;
  if (!isPayerId(payer)) throw new TypeError('no payer');
  return payer;
}

function requestId(n: number): string {
  return `request-${n}`;
}

function requestOf({ n, cups, merchant }: OrderPlan): object {
  const line = { sku: 'cup', count: cups, shop: merchantOf({ merchant }) };
  return { requestId: requestId(n), cart: [line] };
}

function callerOf({ n }: OrderPlan): Caller {
  return { payer: payerOf(n), source: 'wx_client', ip: '203.0.113.7', by: { kind: 'nobody' } };
}
