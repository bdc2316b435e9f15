import type { CountedRefund, CountedRefunds } from '../../model/counted-refunds';
import { isBeijingDay } from '../../values/day';
import { isFen } from '../../values/fen';
import { isOutRefundNo } from '../../values/ids';
import { isRecord } from '../../values/json';

/** Recognises the counted refunds of operators as they are stored. */
export function isCounted(value: unknown): value is CountedRefunds {
  if (!isRecord(value) || typeof value.version !== 'number') return false;
  return Array.isArray(value.refunds) && value.refunds.every(isCountedRefund);
}

function isCountedRefund(value: unknown): value is CountedRefund {
  if (!isRecord(value) || typeof value.who !== 'string') return false;
  return isOutRefundNo(value.outRefundNo) && isBeijingDay(value.day) && isFen(value.amount);
}
