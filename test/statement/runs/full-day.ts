import { statementRunId } from '../../../lib/model/statement/statement-run-id';
import { discrepancyId } from '../../../lib/model/discrepancy';
import { keyOf } from '../../../lib/model/message';
import { processInbox } from '../../../lib/inbox/process';
import type { Refund } from '../../../lib/model/refund';
import type { StatementSettings } from '../../../lib/statement/run/settings';
import { fen } from '../../../lib/values/fen';
import { isOutRefundNo } from '../../../lib/values/ids';
import type { BillAnswer } from '../../../lib/wechat/port';
import { refund } from '../../store/builders';
import type { ModelState } from '../../simulation/model/state';
import { numbers, trade, type Trade } from '../bill';
import {
  at,
  billOf,
  day,
  MERCHANT,
  heardOf,
  orderNo,
  orderOf,
  paidOrderOf,
  paymentOf,
  PLENTY,
  sale,
  timeless,
  transactionNo,
  type StatementStage,
} from './stage';

/** The settings of the day: chunks of a few rows, and a rate. */
export const FULL_DAY_SETTINGS: Partial<StatementSettings> = {
  chunkRows: 4,
  backoff: { firstMs: 1_000, maxMs: 1_000 },
  merchants: [{ subMchId: MERCHANT, feeRate: 6_000 }],
};

const S = (n: number, over: Partial<Trade> = {}) => sale(n, { amount: 1_000, fee: 6, ...over });
const back = (n: number, amount: number) => trade({ kind: 'refund', number: n, amount, fee: 0 });

/** Another payment of the order of trade 8: its number is put into the bill by `secondPayment`. */
const SECOND = S(8, { time: '2026-11-23 09:00:00' });
const secondPayment = (text: string) => {
  const { transactionId } = numbers(SECOND);
  const last = text.lastIndexOf(transactionId);
  return `${text.slice(0, last)}${OTHER_TRANSACTION}${text.slice(last + transactionId.length)}`;
};
const OTHER_TRANSACTION = '4200009000000000000000000009';

/** What the statement of the day says. */
const BILL: readonly Trade[] = [
  S(1),
  S(2), // silent
  S(3, { fee: 9 }), // another fee
  back(20, 100), // being refunded here
  S(4), // silent
  S(5), // closed here
  S(6), // of another amount here
  S(7), // no such order here
  S(8), // silent, and paid twice
  S(9), // dead before, for want of its order
  back(21, 200), // refunded here
  S(10), // listed a day late
  S(2), // twice in the file
  back(1, 300), // made in the merchant platform
  S(11), // unreadable
  back(30, 400), // of no order of ours
  S(12),
  SECOND,
];

/** The statement of the day. */
export function fullDayBill(): BillAnswer {
  const unreadable = (text: string) => text.replace(numbers(S(11)).transactionId, '4.2E+27');
  return billOf(BILL, (text) => unreadable(secondPayment(text)));
}

/** Puts our side of the day into the store. */
export async function seedFullDay({ store, deps, now }: StatementStage): Promise<void> {
  const before = { time: '2026-11-22 08:00:00' };
  const paid = [
    S(1),
    S(3),
    S(11),
    S(12),
    S(20, before),
    S(21, before),
    ...[40, 41, 42, 43, 44, 45].map((n) => S(n)),
  ];
  // The first order is of the same day: there is no run of another day that could come before or
  // after.
  const createdAt = at('2026-11-23 00:00:00');
  for (const each of paid) await store.orders.create(paidOrderOf(each, { createdAt }));
  for (const n of [2, 4, 8]) await store.orders.create(orderOf(S(n)));
  const evidence = keyOf(
    { kind: 'closure', outTradeNo: orderNo(S(5)), subMchId: MERCHANT, as: 'closed' },
    'platform',
  );
  await store.orders.create(orderOf(S(5), { payment: { state: 'closed', at: at(S(5).time), evidence } }));
  await store.orders.create(paidOrderOf(S(6), { total: fen(999) }));

  const content = heardOf({ ...S(9), amount: 1_000 });
  const key = keyOf(content, 'platform');
  const receivedAt = at('2026-11-23 10:30:00');
  const heard = { trust: 'platform', raw: '{}', path: 'callback', receivedAt } as const;
  await store.inbox.record({ key, content, outTradeNo: orderNo(S(9)), ...heard });
  await processInbox(deps.inbox, PLENTY, [key]);
  await store.orders.create(orderOf(S(9)));

  // Yesterday's statement missed it: by our books it was paid a second before midnight.
  const paidAt = at('2026-11-22 23:59:59');
  await store.orders.create(paidOrderOf(S(10), { createdAt, payment: paymentOf(S(10), paidAt) }));
  const subject = {
    kind: 'payment',
    outTradeNo: orderNo(S(10)),
    transactionId: transactionNo(S(10)),
  } as const;
  await store.discrepancies.see([
    {
      id: discrepancyId('missing_payment', subject),
      class: 'missing_payment',
      subject,
      ours: 1_000,
      theirs: null,
      path: 'statement',
      statementRun: statementRunId(MERCHANT, day('20261122')),
      firstSeenAt: now(),
      lastSeenAt: now(),
      opensAt: at('2026-11-26 00:00:00'),
      resolution: null,
    },
  ]);

  for (const each of [ours(20, 100), ours(21, 200), ours(40, 10)]) await store.refunds.create(each);
}

/** Our refund of the order of trade `n`: the 20th is in progress, the others succeeded that day. */
function ours(n: number, amount: number): Refund {
  const of = back(n, amount);
  const { outRefundNo } = numbers(of);
  if (!isOutRefundNo(outRefundNo)) throw new TypeError('a refund number');
  const on = {
    outRefundNo,
    outTradeNo: orderNo(of),
    subMchId: MERCHANT,
    total: fen(1_000),
    amount: fen(amount),
  };
  const acceptedAt = at('2026-11-23 08:00:00');
  const succeeded = {
    state: 'succeeded',
    refundId: null,
    settled: fen(amount),
    succeededAt: at('2026-11-23 09:00:00'),
    knownAt: acceptedAt,
    knownBy: 'callback',
    evidence: keyOf(
      { kind: 'closure', outTradeNo: on.outTradeNo, subMchId: MERCHANT, as: 'closed' },
      'platform',
    ),
  } as const;
  const progress = n === 20 ? ({ state: 'processing', refundId: null, acceptedAt } as const) : succeeded;
  return { ...refund(n), ...on, progress };
}

/** What has nothing to do with when things happened and how often they were tried. */
const INCIDENTAL = new Set(
  (
    'at knownAt firstSeenAt lastSeenAt opensAt acceptedAt createdAt dueAt nextAskAt heardAt version history ' +
    'attempts lease lastError workedMs finishedAt asks heldAt'
  ).split(' '),
);

/** The id of a hold has the time at which it began. */
function withoutTime(part: unknown): unknown {
  return typeof part === 'string' && part.startsWith('fulfilment_held:') ? part.replace(/@\d+$/, '') : part;
}

/** The books after the day, and the reports on it, without what is incidental. */
export async function outcomeOf(stage: StatementStage, state: ModelState) {
  // Whatever a death has left behind in the inbox comes to its end.
  stage.advance(3_600_000);
  await processInbox(stage.deps.inbox, PLENTY);
  const lasting = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value, (name, part: unknown) => (INCIDENTAL.has(name) ? undefined : withoutTime(part))),
    );
  const sorted = <Item>(items: Iterable<Item>, name: (item: Item) => string) =>
    [...items].sort((a, b) => (name(a) < name(b) ? -1 : 1));
  return {
    reports: sorted(state.runs.values(), ({ id }) => id).map(({ id, round, work }) => ({
      id,
      round,
      report: work.state === 'done' ? timeless(work.report) : work,
    })),
    orders: lasting(sorted(state.orders.values(), ({ order }) => order.outTradeNo).map(({ order }) => order)),
    refunds: lasting(
      sorted(state.refunds.values(), (one) => one.refund.outRefundNo).map((one) => one.refund),
    ),
    discrepancies: lasting(sorted(state.discrepancies.values(), ({ id }) => id)),
    messages: sorted(state.messages.values(), ({ message }) => message.key).map(({ message }) => ({
      key: message.key,
      state: message.state,
    })),
  };
}
