import type { RefundDetails } from '../../model/facts';
import { isPayableFen } from '../../values/fen';
import { isOutRefundNo, isOutTradeNo, isTransactionId, type OutTradeNo } from '../../values/ids';
import { isRecord } from '../../values/json';
import { collectorNamed, namedParty, type NamedParty } from './named-party';
import { fieldReader, isAmount, readTime, when } from './read-field';

/** The states that API v3 gives a refund. */
export type V3RefundState = Extract<
  RefundDetails['state'],
  'succeeded' | 'processing' | 'closed' | 'abnormal'
>;

/** A refund with the state that was said. */
export type StatedRefund = RefundDetails & { readonly state: V3RefundState };

/** A refund, or what makes it unreadable. `named`: whose refund it says it is. */
export type RefundReading =
  | { readonly kind: 'read'; readonly refund: StatedRefund; readonly named: NamedParty }
  | {
      readonly kind: 'unreadable';
      /** One line per problem, with the field's name and never its value. */
      readonly problems: readonly string[];
      readonly outTradeNo: OutTradeNo | null;
      /** The refund that it names, as far as it can be read; null when it names none. */
      readonly refund: RefundDetails | null;
    };

/**
 * Reads a refund as API v3 states it: in notifications the state is `refund_status`
 * (https://pay.weixin.qq.com/doc/v3/merchant/4013071196), in answers `status`. Answers name no
 * merchant: `subMchId` is null there. Pure, and never throws.
 *
 * Failure policy: fail closed. One of which anything is not of its documented type is unreadable,
 * and no answer. Of an unreadable one the amounts are read that are in order, so that they are
 * compared, and of states only `closed`: it moved no money, whatever its amounts. Any other state
 * is `unknown` then: a refund that is believed returns money.
 */
export function readRefundResource(resource: unknown): RefundReading {
  if (!isRecord(resource))
    return {
      kind: 'unreadable',
      problems: ['the resource is not an object'],
      outTradeNo: null,
      refund: null,
    };
  const named = namedParty(resource);
  const { required, optional, problems } = fieldReader(resource);
  const outRefundNo = required('out_refund_no', when(isOutRefundNo));
  const outTradeNo = optional('out_trade_no', when(isOutTradeNo));
  const transactionId = optional('transaction_id', when(isTransactionId));
  const refundId = optional('refund_id', when(isRefundId));
  const stated = optional('refund_status', readRefundState);
  const answered = optional('status', readRefundState);
  const total = required('amount.total', when(isPayableFen));
  const refund = required('amount.refund', when(isPayableFen));
  const settled = optional('amount.settlement_refund', when(isAmount));
  optional('amount.payer_refund', when(isAmount));
  optional('amount.currency', (value) => (value === 'CNY' ? value : null));
  const succeededAt = optional('success_time', readTime);
  const state = stated ?? answered;
  const found: string[] = [...problems];
  if (state === null && found.length === 0) found.push('refund_status: missing');
  if (stated !== null && answered !== null && stated !== answered)
    found.push('refund_status: contradicts status');
  if (total !== null && refund !== null && refund > total) found.push('amount.refund: more than total');
  if (found.length > 0 || outRefundNo === null || state === null || total === null || refund === null) {
    const subMchId = collectorNamed(named);
    const isInOrder = (...names: readonly string[]) =>
      !found.some((problem) => names.some((name) => problem.startsWith(`${name}:`)));
    const isClosed = state === 'closed' && isInOrder('refund_status', 'status');
    const amounts =
      isInOrder('amount.currency') && (total === null || refund === null || refund <= total)
        ? { total, refund }
        : { total: null, refund: null };
    const refundNamed =
      outRefundNo === null
        ? null
        : {
            outRefundNo,
            outTradeNo,
            transactionId,
            subMchId,
            refundId,
            state: isClosed ? ('closed' as const) : ('unknown' as const),
            ...amounts,
            settled: null,
            succeededAt: null,
          };
    return { kind: 'unreadable', problems: found, outTradeNo, refund: refundNamed };
  }
  return {
    kind: 'read',
    named,
    refund: {
      outRefundNo,
      outTradeNo,
      transactionId,
      subMchId: collectorNamed(named),
      refundId,
      state,
      total,
      refund,
      settled,
      succeededAt,
    },
  };
}

function isRefundId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9A-Za-z]{1,32}$/.test(value);
}

/** Reads a state as API v3 writes it; null for any other value. Pure. */
export function readRefundState(value: unknown): V3RefundState | null {
  switch (value) {
    case 'SUCCESS':
      return 'succeeded';
    case 'PROCESSING':
      return 'processing';
    case 'CLOSED':
      return 'closed';
    case 'ABNORMAL':
      return 'abnormal';
    default:
      return null;
  }
}
