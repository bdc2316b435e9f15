import type { Fulfilment, Order, OrderPayment, OtherPayment, Prepay } from '../../orders/order';
import { isOutTradeNo } from '../../values/ids';
import { isRecord } from '../../values/json';
import { StoreError } from '../errors';
import { isLeaseToken } from '../lease';
import type { ColumnReader } from './columns';
import { hasKind, isText, reading } from './columns';
import type { Bindable, Columns } from './connection';
import { isHistoryEntry } from './message-rows';

/** What was agreed when the order was made, and never changes. */
type Terms = Pick<
  Order,
  'requestId' | 'subMchId' | 'payer' | 'total' | 'currency' | 'body' | 'attach' | 'cart' | 'expiresAt'
>;

const PAYMENT_STATES: ReadonlySet<string> = new Set<OrderPayment['state']>([
  'pending',
  'paid',
  'closed',
  'failed',
]);
const FULFILMENT_STATES: ReadonlySet<unknown> = new Set<Fulfilment['state']>(['none', 'due', 'done', 'dead']);

function isTerms(value: unknown): value is Terms {
  return isRecord(value) && typeof value.requestId === 'string';
}

function isPayment(value: unknown): value is OrderPayment {
  return hasKind(value, 'state', PAYMENT_STATES);
}

function isPrepay(value: unknown): value is Prepay {
  return isRecord(value) && isRecord(value.payment);
}

function isOtherPayments(value: unknown): value is readonly OtherPayment[] {
  return Array.isArray(value);
}

function isFulfilmentState(value: unknown): value is Fulfilment['state'] {
  return FULFILMENT_STATES.has(value);
}

/** The terms of an order as they are stored. */
export function termsOf(order: Order): string {
  const { requestId, subMchId, payer, total, currency, body, attach, cart, expiresAt } = order;
  const terms: Terms = { requestId, subMchId, payer, total, currency, body, attach, cart, expiresAt };
  return JSON.stringify(terms);
}

/** The columns of `FULFILMENT_COLUMNS`. Texts are JSON: the driver cuts bare text at a NUL. */
export function fulfilmentValues(fulfilment: Fulfilment): readonly Bindable[] {
  switch (fulfilment.state) {
    case 'none':
      return ['none', null, null, null, null, null, null];
    case 'due': {
      const { attempts, dueAt, lease, lastError } = fulfilment;
      return ['due', attempts, dueAt, lease?.token ?? null, lease?.until ?? null, null, note(lastError)];
    }
    case 'done':
      return ['done', fulfilment.attempts, null, null, null, fulfilment.doneAt, note(fulfilment.receipt)];
    case 'dead':
      return ['dead', fulfilment.attempts, null, null, null, fulfilment.deadAt, note(fulfilment.reason)];
  }
}

/** The other payments as they are stored; null for none, which is nearly always. */
export function otherPaymentsValue(others: readonly OtherPayment[]): string | null {
  return others.length === 0 ? null : JSON.stringify(others);
}

function note(text: string | null): string | null {
  return text === null ? null : JSON.stringify(text);
}

/** Where a fulfilment is stored. */
export const FULFILMENT_COLUMNS = `fulfilment_state, fulfilment_attempts, fulfilment_due_at, fulfilment_token,
  fulfilment_lease_until, fulfilment_ended_at, fulfilment_note`;

/** What `readOrder` reads, in its order. */
export const ORDER_COLUMNS = `out_trade_no, version, created_at, terms, prepay, last_asked_at, payment, other_payments,
  history, ${FULFILMENT_COLUMNS}`;

/** An order from `ORDER_COLUMNS`. */
export function readOrder(columns: Columns): Order {
  const row = reading(columns);
  const [outTradeNo, version, createdAt] = [row.as(isOutTradeNo), row.integer(), row.instant()];
  return {
    ...row.json(isTerms),
    outTradeNo,
    version,
    createdAt,
    prepay: row.jsonOrNull(isPrepay),
    lastAskedAt: row.instantOrNull(),
    payment: row.json(isPayment),
    otherPayments: row.jsonOrNull(isOtherPayments) ?? [],
    history: row.lines(isHistoryEntry),
    fulfilment: readFulfilment(row),
  };
}

function readFulfilment(row: ColumnReader): Fulfilment {
  const state = row.as(isFulfilmentState);
  if (state === 'none') return { state };
  const attempts = row.integer();
  const dueAt = row.instantOrNull();
  const [token, until] = [row.asOrNull(isLeaseToken), row.instantOrNull()];
  const endedAt = row.instantOrNull();
  const text = row.jsonOrNull(isText);
  switch (state) {
    case 'due':
      if (dueAt === null) throw incomplete();
      return {
        state,
        attempts,
        dueAt,
        lease: token === null || until === null ? null : { token, until },
        lastError: text,
      };
    case 'done':
      if (endedAt === null) throw incomplete();
      return { state, attempts, doneAt: endedAt, receipt: text };
    case 'dead':
      if (endedAt === null || text === null) throw incomplete();
      return { state, attempts, deadAt: endedAt, reason: text };
  }
}

function incomplete(): StoreError {
  return new StoreError(
    'invalid',
    'the fulfilment of a stored order is incomplete: restore it from a backup',
  );
}
