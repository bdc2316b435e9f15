import type { Discrepancy } from '../../model/discrepancy';
import type { Content, InboxMessage } from '../../model/message';
import type { Order, WholeOrder } from '../../model/order';
import type { Refund } from '../../model/refund';
import type { StatementRun } from '../../model/statement/statement-run';
import { hasSucceeded } from '../../rules/refunds/reservation';
import type { Unreadable } from '../../model/unreadable';
import { fen } from '../../values/fen';
import { maskPayer } from '../../values/ids';
import { isRecord, parseJson, type Json } from '../../values/json';
import type { OrderDetail } from '../api';
import type { RunLine } from './list-api';
import type { OrderLine } from './order-line';

/** An order for a list. `refunds`: at least those of the order. */
export function orderLine(order: Order, refunds: readonly Refund[]): OrderLine {
  return {
    outTradeNo: order.outTradeNo,
    payer: maskPayer(order.payer),
    total: order.total,
    body: order.body,
    createdAt: order.createdAt,
    payment: order.payment.state,
    paidAt: order.payment.state === 'paid' ? order.payment.paidAt : null,
    transactionId: order.payment.state === 'paid' ? order.payment.transactionId : null,
    subMchId: order.subMchId,
    fulfilment: order.fulfilment.state,
    ...goneBack(order, refunds),
  };
}

/**
 * The money of an order's refunds: what has gone back, and what was asked for and has not. Pure.
 * `refunds`: at least those of the order.
 */
export function goneBack(
  { refunds: reservations }: Pick<Order, 'refunds'>,
  refunds: readonly Refund[],
): Pick<OrderLine, 'refunded' | 'refunding'> {
  const sumOf = (some: typeof reservations) => fen(some.reduce((sum, { amount }) => sum + amount, 0));
  return {
    refunded: sumOf(reservations.filter((one) => hasSucceeded(one, refunds))),
    refunding: sumOf(reservations.filter((one) => !hasSucceeded(one, refunds))),
  };
}

/** A complete order. Only its payer may see the parameters to pay it with. */
export function orderDetail({ prepay, ...order }: WholeOrder, unmask: boolean): OrderDetail {
  const detail: OrderDetail & { prepayBody?: string } = {
    ...order,
    payer: unmask ? order.payer : maskPayer(order.payer),
    prepaidAt: prepay?.at ?? null,
  };
  // The request names the payer.
  delete detail.prepayBody;
  return detail;
}

/** A complete message, with every payer it names masked. */
export function messageDetail(message: InboxMessage, unmask: boolean): InboxMessage {
  if (unmask) return message;
  return { ...message, content: maskedContent(message.content), raw: maskedRaw(message.raw) };
}

/** A discrepancy with both sides' payers masked. */
export function discrepancyDetail(discrepancy: Discrepancy): Discrepancy {
  if (discrepancy.class !== 'payer_mismatch') return discrepancy;
  return { ...discrepancy, ours: maskedText(discrepancy.ours), theirs: maskedText(discrepancy.theirs) };
}

/** A run for a list. */
export function runLine(run: StatementRun): RunLine {
  const { work } = run;
  const tally = work.state === 'waiting' ? null : work.state === 'done' ? work.report.tally : work.tally;
  return {
    id: run.id,
    subMchId: run.subMchId,
    day: run.day,
    round: run.round,
    state: work.state,
    outcome: work.state === 'done' ? work.report.outcome : null,
    dueAt: run.dueAt,
    payments: tally === null ? null : { theirs: tally.theirs.payments.sum, ours: tally.ours.payments.sum },
    found: Object.values(tally?.found ?? {}).reduce((sum, { count }) => sum + count, 0),
  };
}

function maskedContent(content: Content): Content {
  if (content.kind !== 'payment') return content;
  // A masked payer must not be mistaken for a payer.
  return { ...content, payment: { ...content.payment, payer: null } };
}

const PAYER_FIELDS: ReadonlySet<string> = new Set(['openid', 'subopenid', 'unionid', 'payer']);

/**
 * A raw notification with every payer in it masked, in whatever field.
 *
 * Failure policy: fail closed. Text that is not JSON is not shown at all, because it may name a
 * payer anywhere.
 */
function maskedRaw(raw: string): string {
  const value = parseJson(raw);
  if (value === undefined) return '';
  return JSON.stringify(value, (key, inner: unknown) =>
    typeof inner === 'string' && PAYER_FIELDS.has(key.replaceAll('_', '').toLowerCase())
      ? maskPayer(inner)
      : inner,
  );
}

/** An unreadable item with payers masked and payment parameters left out. */
export function unreadableDetail(unreadable: Unreadable): Unreadable {
  return { ...unreadable, raw: maskedStored(unreadable.raw) };
}

/** The form of an OPENID, and a payer's field in a text that is not JSON. */
const PAYER_LIKE = /\bo[\w-]{27}\b/g;
const NAMED_PAYER = /((?:payer|sub_?openid|openid|unionid)"?\s*[:=]\s*"?)([^"\s,}]+)/gi;

/**
 * Masks payers in an unreadable item, also in JSON stored as text and in damaged text.
 *
 * Failure policy: fail closed. In a text that is not JSON, whatever may be a payer is replaced.
 */
function maskedStored(text: string): string {
  const value = parseJson(text);
  if (value === null || typeof value !== 'object') {
    return text.replace(PAYER_LIKE, '***').replace(NAMED_PAYER, '$1***');
  }
  return JSON.stringify(value, (key, inner: unknown) => {
    const name = key.replaceAll('_', '').toLowerCase();
    if (PAYER_FIELDS.has(name)) return typeof inner === 'string' ? maskPayer(inner) : '***';
    if (name === 'prepay' || name === 'prepaybody') return inner === null ? null : '***';
    return typeof inner === 'string' ? maskedStored(inner) : inner;
  });
}

function maskedText(value: Json): Json {
  if (typeof value === 'string') return maskPayer(value);
  return isRecord(value) || Array.isArray(value) ? '***' : value;
}
