import { isDiscrepancyId } from '../../model/discrepancy';
import { isInboxKey } from '../../model/message';
import { isStatementRunId, statementRunId } from '../../model/statement/statement-run-id';
import { refundsReserved } from '../../orders/refunds-reserved';
import type { OrderLookUp } from '../../store/requests';
import { isBeijingDay } from '../../values/day';
import { isPayableFen, yuanToFen } from '../../values/fen';
import type { OutTradeNo } from '../../values/ids';
import { isOutRefundNo, isOutTradeNo, isTransactionId } from '../../values/ids';
import type { OpsOperations } from '../api';
import type { OpsDeps } from '../deps';
import { orderLine } from './views';

type Params<Name extends keyof OpsOperations> = OpsOperations[Name]['params'];
type Answer<Name extends keyof OpsOperations> = OpsOperations[Name]['answer'];

/** How many orders a search shows of each kind: the rest is one link away, in the list. */
const SHOWN = 20;

/**
 * Finds all items with this number, key, transaction or day; when there is none, orders by the
 * beginning of their number, by amount or by masked payer. WeChat Pay may have named an order
 * number that no order has; its messages and discrepancies are found then.
 */
export async function search(
  { store, merchants }: OpsDeps,
  { text }: Params<'search'>,
): Promise<Answer<'search'>> {
  const wanted = text.trim();
  const found: Answer<'search'>['found'][number][] = [];
  if (isOutTradeNo(wanted)) {
    const [order] = await store.orders.find([wanted]);
    if (order !== undefined || (await store.orders.raw(wanted)) !== null)
      found.push({ kind: 'order', name: wanted });
    else found.push(...(await withoutOrder(store, wanted)));
  }
  if (isTransactionId(wanted)) {
    const order = await store.orders.ofTransaction(wanted);
    if (order !== null) found.push({ kind: 'order', name: order.outTradeNo });
  }
  if (isOutRefundNo(wanted)) {
    const [refund] = await store.refunds.find([wanted]);
    if (refund !== undefined) {
      found.push({ kind: 'refund', name: refund.outRefundNo }, { kind: 'order', name: refund.outTradeNo });
    } else if ((await store.refunds.raw(wanted)) !== null) found.push({ kind: 'refund', name: wanted });
  }
  if (isInboxKey(wanted) && (await store.inbox.find(wanted)) !== null)
    found.push({ kind: 'message', name: wanted });
  if (isDiscrepancyId(wanted) && (await store.discrepancies.find(wanted)) !== null) {
    found.push({ kind: 'discrepancy', name: wanted });
  }
  const day = wanted.replaceAll('-', '');
  const ids = isBeijingDay(day) ? merchants.map((merchant) => statementRunId(merchant, day)) : [wanted];
  for (const id of ids) {
    if (isStatementRunId(id) && (await store.statementRuns.find(id)) !== null)
      found.push({ kind: 'run', name: id });
  }
  if (found.length > 0) return { found, orders: [] };
  const some = await Promise.all(lookUpsOf(wanted).map((by) => ordersBy(store, by)));
  return { found, orders: some.filter(({ items }) => items.length > 0) };
}

async function withoutOrder(
  store: OpsDeps['store'],
  outTradeNo: OutTradeNo,
): Promise<Answer<'search'>['found']> {
  const [messages, discrepancies] = await Promise.all([
    store.inbox.ofOrder(outTradeNo),
    store.discrepancies.ofOrder(outTradeNo),
  ]);
  return [
    ...messages.map(({ key }) => ({ kind: 'message', name: key }) as const),
    ...discrepancies.map(({ id }) => ({ kind: 'discrepancy', name: id }) as const),
  ];
}

/**
 * What a text may mean besides a whole name: the beginning of an order number, an amount in yuan,
 * or a payer as lists show them, which ends with three characters behind three stars. Pure.
 */
export function lookUpsOf(text: string): readonly OrderLookUp[] {
  const created = { from: null, to: null };
  const by: OrderLookUp[] = [];
  const tail = /^[0-9A-Za-z_-]{0,3}\*{3}([0-9A-Za-z_-]{3})$/.exec(text)?.[1];
  if (tail !== undefined) return [{ kind: 'payer', tail, created }];
  if (isOutTradeNo(text) && text.length >= 4) by.push({ kind: 'prefix', prefix: text });
  const yuan = /^[¥￥]?(\d{1,9}(?:\.\d{1,2})?)元?$/.exec(text)?.[1];
  const total = yuan === undefined ? null : yuanToFen(yuan);
  if (isPayableFen(total)) by.push({ kind: 'amount', total, created });
  return by;
}

async function ordersBy(
  store: OpsDeps['store'],
  by: OrderLookUp,
): Promise<Answer<'search'>['orders'][number]> {
  const { items, next } = await store.orders.lookUp({ by, after: null, limit: SHOWN });
  const refunds = await refundsReserved(store, items);
  return { by, items: items.map((order) => orderLine(order, refunds)), more: next !== null };
}
