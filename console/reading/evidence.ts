import type { Discrepancy } from '../../lib/model/discrepancy';
import { fenToYuan, isFen } from '../../lib/values/fen';
import type { Json } from '../../lib/values/json';
import { yuan } from './money';

/** One side's value of a discrepancy as text. Numbers in it are fen. */
export function sideText(value: Json): string {
  if (value === null) return '—';
  if (typeof value === 'string') return value;
  if (isFen(value)) return yuan(value);
  if (typeof value === 'object' && !Array.isArray(value)) {
    return Object.entries(value)
      .map(([name, inner]) => `${name.replaceAll('_', ' ')} ${sideText(inner)}`)
      .join(', ');
  }
  return JSON.stringify(value);
}

/** The same for a spreadsheet: amounts are plain numbers of yuan. */
export function sideCell(value: Json): string {
  return isFen(value) ? fenToYuan(value) : value === null ? '' : sideText(value);
}

/** The subject of a discrepancy: an order number, a refund number or the bill's day. */
export function subjectText({ subject }: Pick<Discrepancy, 'subject'>): string {
  switch (subject.kind) {
    case 'payment':
      return subject.outTradeNo;
    case 'refund':
      return subject.outRefundNo;
    case 'statement':
      return `${subject.subMchId} ${subject.day}`;
  }
}
