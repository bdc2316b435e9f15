import { isOutTradeNo, type OutTradeNo } from '../values/ids';
import type { Header } from './columns';
import { fieldText, type Fields } from './fields';

/** The order number of a row, or null if it is unreadable. */
export function orderOf(fields: Fields, header: Header): OutTradeNo | null {
  const text = fieldText(fields, header.at.outTradeNo);
  return isOutTradeNo(text) ? text : null;
}
