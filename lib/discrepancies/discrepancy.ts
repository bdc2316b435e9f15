import type { Path } from '../inbox/message';
import type { Brand } from '../values/brand';
import type { OutTradeNo, TransactionId } from '../values/ids';
import type { Instant } from '../values/instant';
import type { Json } from '../values/json';

/** The ways in which WeChat Pay's books and ours can disagree about one payment. */
export type DiscrepancyClass =
  /** Paid at WeChat Pay, no such order here. */
  | 'missing_order'
  | 'amount_mismatch'
  | 'currency_mismatch'
  | 'merchant_mismatch'
  | 'payer_mismatch'
  /** The order was paid already, by another transaction. */
  | 'duplicate_payment'
  /** The order was closed or had failed when the money came. */
  | 'paid_after_close';

/** `<class>:<outTradeNo>:<transactionId>`: the same disagreement found twice is one discrepancy. */
export type DiscrepancyId = Brand<string, 'DiscrepancyId'>;

/** How a discrepancy ended. */
export interface Resolution {
  readonly by: 'auto' | 'operator';
  /** The inbox key that explained it, or the operator. */
  readonly who: string;
  readonly reason: string;
  readonly at: Instant;
}

/** A named disagreement with both sides' values. It stays open until someone or something resolves it with a reason. */
export interface Discrepancy {
  readonly id: DiscrepancyId;
  readonly class: DiscrepancyClass;
  readonly outTradeNo: OutTradeNo;
  readonly transactionId: TransactionId;
  readonly ours: Json;
  readonly theirs: Json;
  readonly path: Path;
  readonly firstSeenAt: Instant;
  readonly lastSeenAt: Instant;
  readonly resolution: Resolution | null;
}

/** The classes that a payment fact can open without changing its order; an applied replay of the fact explains them. */
export const PAYMENT_REJECTION_CLASSES = [
  'missing_order',
  'amount_mismatch',
  'currency_mismatch',
  'merchant_mismatch',
  'payer_mismatch',
] as const satisfies readonly DiscrepancyClass[];

/** The id of the discrepancy of this class about this payment. */
export function discrepancyId(
  of: DiscrepancyClass,
  outTradeNo: OutTradeNo,
  transactionId: TransactionId,
): DiscrepancyId {
  const id: string = `${of}:${outTradeNo}:${transactionId}`;
  if (!isDiscrepancyId(id)) throw new TypeError('a discrepancy id has three parts');
  return id;
}

/** Guards text that came from outside as a discrepancy id. */
export function isDiscrepancyId(value: unknown): value is DiscrepancyId {
  return typeof value === 'string' && value.length <= 100 && /^[a-z_]+:[^:]+:[^:]+$/.test(value);
}
