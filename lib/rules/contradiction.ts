import type { Content } from '../model/message';

/**
 * True when two contents of one fact cannot both be right: they differ in amount, currency,
 * merchant or payer. A field that one of them lacks contradicts nothing. Pure.
 */
export function contradicts(kept: Content, told: Content): boolean {
  if (kept.kind === 'payment' && told.kind === 'payment') {
    const [a, b] = [kept.payment, told.payment];
    return (
      a.total !== b.total ||
      a.currency !== b.currency ||
      a.subMchId !== b.subMchId ||
      differ(a.payer, b.payer)
    );
  }
  if (kept.kind === 'refund' && told.kind === 'refund') {
    const [a, b] = [kept.refund, told.refund];
    return (
      differ(a.refund, b.refund) ||
      differ(a.total, b.total) ||
      differ(a.outTradeNo, b.outTradeNo) ||
      differ(a.transactionId, b.transactionId) ||
      differ(a.subMchId, b.subMchId)
    );
  }
  return false;
}

function differ<Value extends string | number>(a: Value | null, b: Value | null): boolean {
  return a !== null && b !== null && a !== b;
}
