import type { Discrepancy, DiscrepancyClass } from '../../lib/model/discrepancy';
import { isRecord, type Json } from '../../lib/values/json';
import { sideText } from '../../lib/values/yuan';
import type { Words } from '../language/en';
import { dayText } from './time';

/** The subject of a discrepancy: an order number, a refund number or the bill's day. */
export function subjectText({ subject }: Pick<Discrepancy, 'subject'>): string {
  switch (subject.kind) {
    case 'payment':
      return subject.outTradeNo;
    case 'refund':
      return subject.outRefundNo;
    case 'statement':
      return `${dayText(subject.day)} · ${subject.subMchId}`;
  }
}

/** One side of a discrepancy of a class in words: an amount in yuan, a state by its name. */
export function sideWords(words: Words, of: DiscrepancyClass, value: Json): string {
  if (typeof value === 'string') {
    return known(of.startsWith('refund_') ? words.refund.state : words.payment, value) ?? value;
  }
  if (isRecord(value) && typeof value['reason'] === 'string') {
    return known(words.hold, value['reason']) ?? sideText(value);
  }
  return sideText(value);
}

function known(texts: Readonly<Record<string, string>>, name: string): string | null {
  return Object.hasOwn(texts, name) ? (texts[name] ?? null) : null;
}
