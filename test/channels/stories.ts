import { isBeijingDay, startOf, type BeijingDay } from '../../lib/values/day';
import { fen } from '../../lib/values/fen';
import {
  isOutRefundNo,
  isOutTradeNo,
  isPayerId,
  type OutRefundNo,
  type OutTradeNo,
  type PayerId,
} from '../../lib/values/ids';
import { later } from '../../lib/values/instant';
import type { PrepayAnswer, PrepayDraft } from '../../lib/wechat/port';
import type { ChannelStage } from './stage';
import type { StoryName } from './table';

/** Plays a story and says what it came to, in the table's words. */
export type Story = (on: ChannelStage) => Promise<string>;

function guarded<Value extends string>(text: string, is: (value: unknown) => value is Value): Value {
  const value: unknown = text;
  if (!is(value)) throw new TypeError(`not of its kind: ${text}`);
  return value;
}

const ORDER: OutTradeNo = guarded('ORDER-1', isOutTradeNo);
const NOBODYS: OutTradeNo = guarded('NOBODYS', isOutTradeNo);
const REFUND: OutRefundNo = guarded('REFUND-1', isOutRefundNo);
const PAYER: PayerId = guarded('oOjJw5Zbbbbbbbbbbbbbbbbbbbbb', isPayerId);
const DAY: BeijingDay = guarded('20260301', isBeijingDay);
const DAY_BEFORE: BeijingDay = guarded('20260228', isBeijingDay);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const OFTEN = 20;

interface Answer {
  readonly kind: string;
  readonly code?: string;
  readonly reason?: string;
  readonly state?: string;
}

function words(answer: Answer): string {
  const more = answer.code ?? answer.reason ?? answer.state;
  return more === undefined ? answer.kind : `${answer.kind}: ${more}`;
}

function prepay(on: ChannelStage, total = 100): Promise<PrepayAnswer> {
  const { pay, merchant } = on;
  const draft: PrepayDraft = {
    subMchId: merchant,
    outTradeNo: ORDER,
    total: fen(total),
    body: '一杯茶',
    payer: PAYER,
    payerIp: '203.0.113.7',
    // The same instant, whenever it is asked for.
    expiresAt: later(startOf(DAY), 14 * HOUR),
  };
  return on.answered(pay.unifiedOrder({ ...draft, keptBody: pay.prepayBody(draft) }));
}

const query = (on: ChannelStage, outTradeNo = ORDER) =>
  on.answered(on.pay.queryOrder({ subMchId: on.merchant, outTradeNo }));
const close = (on: ChannelStage, outTradeNo = ORDER) =>
  on.answered(on.pay.closeOrder({ subMchId: on.merchant, outTradeNo }));
const refund = (on: ChannelStage, amount: number, outTradeNo = ORDER) =>
  on.answered(
    on.pay.refund({
      subMchId: on.merchant,
      outTradeNo,
      outRefundNo: REFUND,
      total: fen(100),
      refund: fen(amount),
    }),
  );
const standing = (on: ChannelStage) =>
  on.answered(on.pay.queryRefund({ subMchId: on.merchant, outRefundNo: REFUND }));

async function paid(on: ChannelStage): Promise<void> {
  await prepay(on);
  on.simulator.pay(ORDER);
  await on.time.pass(1_000);
}

async function refunded(on: ChannelStage, amount: number): Promise<void> {
  await paid(on);
  await refund(on, amount);
  await on.time.pass(10_000);
}

/** The bill of a day, at an hour of the day after. */
async function bill(on: ChannelStage, hours: number, day = DAY): Promise<string> {
  await paid(on);
  await on.time.pass(startOf(DAY) + (24 + hours) * HOUR - on.time.clock.now());
  // Reading it takes real time, so the manual clock stands still.
  return words(await on.pay.downloadBill({ subMchId: on.merchant, day, type: 'ALL', gzip: true }));
}

/** The state that the last notification reports. */
function lastSaid(on: ChannelStage): string {
  const said = on.notified.at(-1);
  return said !== undefined && 'state' in said ? said.state : 'no refund';
}

const both = async (...asked: readonly (() => Promise<Answer>)[]): Promise<string> => {
  const said: string[] = [];
  for (const ask of asked) said.push(words(await ask()));
  return said.join(', ');
};

/** Every story of the table. */
export const STORIES: Readonly<Record<StoryName, Story>> = {
  async 'an order, asked for and paid'(on) {
    const first = await prepay(on);
    on.simulator.pay(ORDER);
    return both(
      () => Promise.resolve(first),
      () => query(on),
    );
  },
  'the same request again': (on) =>
    both(
      () => prepay(on),
      () => prepay(on),
    ),
  'the number again with another price': (on) =>
    both(
      () => prepay(on),
      () => prepay(on, 200),
    ),
  async 'the number again once paid'(on) {
    await paid(on);
    return words(await prepay(on));
  },
  async 'the notification of a payment'(on) {
    await paid(on);
    const answer = await query(on);
    const [said] = on.notified;
    expect(answer.kind === 'paid' && answer.payment).toEqual(said);
    return 'paid, as the query says';
  },
  async 'an unpaid order'(on) {
    await prepay(on);
    return words(await query(on));
  },
  'an order that does not exist': async (on) => words(await query(on, NOBODYS)),
  async 'each coupon of a payment'(on) {
    await prepay(on);
    on.simulator.pay(ORDER, { coupon: { type: 'NO_CASH', fee: fen(30) } });
    const answer = await query(on);
    if (answer.kind !== 'paid') return words(answer);
    expect(answer.payment).toMatchObject({ total: 100, cash: 70, coupon: 30, settlementTotal: 70 });
    return answer.payment.promotions === undefined ? 'sum only' : 'one by one';
  },
  async 'closing within 5 minutes'(on) {
    await prepay(on);
    return words(await close(on));
  },
  async 'closing, then asking again'(on) {
    await prepay(on);
    await on.time.pass(6 * MINUTE);
    return both(
      () => close(on),
      () => prepay(on),
    );
  },
  async 'closing a closed order'(on) {
    await prepay(on);
    await on.time.pass(6 * MINUTE);
    return both(
      () => close(on),
      () => close(on),
    );
  },
  async 'closing a paid order'(on) {
    await paid(on);
    await on.time.pass(6 * MINUTE);
    return words(await close(on));
  },
  'closing an order that does not exist': async (on) => words(await close(on, NOBODYS)),
  async 'a partial refund'(on) {
    await paid(on);
    return words(await refund(on, 40));
  },
  async 'the same refund again'(on) {
    await paid(on);
    return both(
      () => refund(on, 40),
      () => refund(on, 40),
    );
  },
  async 'the state of a refund'(on) {
    await refunded(on, 40);
    return words(await standing(on));
  },
  async 'a refund that does not exist'(on) {
    await paid(on);
    return words(await standing(on));
  },
  async 'the notification of a whole refund'(on) {
    await refunded(on, 100);
    expect(on.notified.at(-1)).toMatchObject({
      outRefundNo: REFUND,
      outTradeNo: ORDER,
      refund: 100,
      total: 100,
    });
    return lastSaid(on);
  },
  async 'an order after a refund'(on) {
    await refunded(on, 40);
    const answer = await query(on);
    if (answer.kind !== 'paid_then_refunded') return words(answer);
    return answer.payment?.total === 100 ? 'paid_then_refunded, with its amount' : 'paid_then_refunded';
  },
  async 'an abnormal refund'(on) {
    on.simulator.scriptRefund(REFUND, { outcome: 'abnormal' });
    await refunded(on, 40);
    return `${words(await standing(on))}, notified: ${lastSaid(on)}`;
  },
  async 'an abnormal refund once resolved'(on) {
    on.simulator.scriptRefund(REFUND, { outcome: 'abnormal' });
    await refunded(on, 40);
    on.simulator.resolveRefund(REFUND, 'SUCCESS');
    await on.time.pass(1_000);
    return `${words(await standing(on))}, notified: ${lastSaid(on)}`;
  },
  async 'an abnormal refund paid out to the merchant'(on) {
    on.simulator.scriptRefund(REFUND, { outcome: 'abnormal' });
    await refunded(on, 40);
    const { pay } = on;
    if (pay.payOutRefund === undefined) return 'not offered';
    const asked = { subMchId: on.merchant, outRefundNo: REFUND, outTradeNo: ORDER };
    const first = words(await on.answered(pay.payOutRefund(asked)));
    const again = words(await on.answered(pay.payOutRefund(asked)));
    return `${first}, ${again}, ${words(await standing(on))}`;
  },
  async 'a refund without funds'(on) {
    await paid(on);
    on.fail('refund', 'no_funds');
    return words(await refund(on, 40));
  },
  'a refund of an order that does not exist': async (on) => words(await refund(on, 40, NOBODYS)),
  'the bill at 10 the next morning': (on) => bill(on, 10),
  'the bill at 9:30': (on) => bill(on, 9.5),
  'the bill at 8': (on) => bill(on, 8),
  'the bill of a day without trades': (on) => bill(on, 10, DAY_BEFORE),
  async 'a lost query'(on) {
    await paid(on);
    on.fail('queryOrder', 'lost_answer');
    return words(await query(on));
  },
  async 'queries lost again and again'(on) {
    await paid(on);
    on.fail('queryOrder', 'lost_request', OFTEN);
    return words(await query(on));
  },
  async 'a lost answer to a request for payment'(on) {
    on.fail('unifiedOrder', 'lost_answer');
    return words(await prepay(on));
  },
  async 'a lost answer to a refund'(on) {
    await paid(on);
    on.fail('refund', 'lost_answer');
    return words(await refund(on, 40));
  },
  async 'too many queries'(on) {
    await paid(on);
    on.fail('queryOrder', 'rate_limited', OFTEN);
    return words(await query(on));
  },
  async 'system errors'(on) {
    await paid(on);
    on.fail('queryOrder', 'system_error', OFTEN);
    return words(await query(on));
  },
};
