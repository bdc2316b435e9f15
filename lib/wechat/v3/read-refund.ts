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
      /** The refund that it names, and nothing else of it; null when it names none. */
      readonly refund: RefundDetails | null;
    };

/**
 * Reads a refund as API v3 states it: in notifications the state is `refund_status`
 * (https://pay.weixin.qq.com/doc/v3/merchant/4013071196), in answers `status`. Answers name no
 * merchant: `subMchId` is null there. Pure, and never throws.
 *
 * Failure policy: fail closed. Without number, state and amounts of their documented types no state
 * and no amount is read: a refund that is believed returns money. That there is such a refund is
 * read: it keeps its order from being fulfilled.
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
  const stated = optional('refund_status', readState);
  const answered = optional('status', readState);
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
    const refundNamed =
      outRefundNo === null
        ? null
        : { ...NOTHING_STATED, outRefundNo, outTradeNo, transactionId, subMchId, refundId };
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

/** What a refund is and how much of it, when neither can be read. */
const NOTHING_STATED = {
  state: 'unknown',
  total: null,
  refund: null,
  settled: null,
  succeededAt: null,
} as const satisfies Partial<RefundDetails>;

function isRefundId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9A-Za-z]{1,32}$/.test(value);
}

function readState(value: unknown): V3RefundState | null {
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
