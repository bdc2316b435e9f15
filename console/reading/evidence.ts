import type { Discrepancy, DiscrepancyClass } from '../../lib/model/discrepancy';
import { sideInWords } from '../../lib/statement/report/discrepancy-sheet';
import type { Json } from '../../lib/values/json';
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
export function sideWords(words: Words, discrepancyClass: DiscrepancyClass, value: Json): string {
  return sideInWords(words.run.report, discrepancyClass, value);
}
