import { DAY, MERCHANT, NEXT_DAY, type Shop } from './shop';

/** The numbers of what was planted. */
export interface Planted {
  /** A payment of another amount: its message is dead and a discrepancy is open. */
  readonly wrongAmount: string;
  /** Paid, and the merchant's fulfilment refuses for good. */
  readonly unfulfilled: string;
  /** Paid, and no notification came: still waiting here. */
  readonly silent: string;
  /** Paid here, and not in the day's statement. */
  readonly absent: string;
  readonly absentTransaction: string;
  /** Its refund could not be paid out. */
  readonly abnormal: string;
  /** Its payment came three times. */
  readonly repeated: string;
  /** All is well; a part of it went back. */
  readonly refunded: string;
}

/**
 * A day of a small shop with every kind of fault, and the morning after, when its bill has been
 * compared.
 */
export async function plant(shop: Shop): Promise<Planted> {
  await keepFigures(shop, 6);
  for (const count of [1, 3, 2]) await shop.sell('tea', count);
  await keepFigures(shop, 3);
  const repeated = await shop.sell('cake', 2, { duplicates: 2 });
  const wrongAmount = await shop.sell('tea', 2, { wrongAmount: 100 });
  const unfulfilled = await shop.sell('cup');
  const silent = await shop.sell('tea', 5, { lose: 'all' });
  const absent = await shop.sell('cake', 4);
  const refunded = await shop.sell('tea', 6);
  const abnormal = await shop.sell('cake', 7);
  await keepFigures(shop, 2);
  await shop.ask('act', {
    action: 'refund_order',
    names: [refunded],
    reason: 'one packet was torn',
    amount: 5_800,
    requestId: 'torn-packet-1',
  });
  await shop.settled();
  await shop.simulate('plant', { class: 'missing_payment', outTradeNo: absent });
  await shop.simulate('plant', {
    class: 'missing_order',
    subMchId: MERCHANT,
    day: DAY,
    outTradeNo: 'NOBODYS0001',
    says: 12_800,
  });
  await shop.simulate('plant', { class: 'fee_mismatch', outTradeNo: refunded, says: 999 });
  shop.until(DAY, 23.9);
  await keepFigures(shop, 1);
  shop.until(NEXT_DAY, 10.1);
  await shop.run('reconcileStatement');
  await shop.sell('tea', 1);
  await shop.simulate('script-refund', { outRefundNo: null, script: { outcome: 'abnormal' } });
  await shop.ask('act', { action: 'refund_order', names: [abnormal], reason: 'the cakes were stale' });
  await shop.settled();
  await keepFigures(shop, 2);
  const absentTransaction = String(shop.system.simulator?.describe(absent)?.order.payment?.transactionId);
  return { wrongAmount, unfulfilled, silent, absent, absentTransaction, abnormal, repeated, refunded };
}

/** Lets so many spans of figures pass, and keeps each. */
async function keepFigures(shop: Shop, spans: number): Promise<void> {
  for (let n = 0; n < spans; n += 1) {
    shop.pass(300_000);
    await shop.run('watchdog');
  }
}
