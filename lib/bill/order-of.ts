import { isOutTradeNo, type OutTradeNo } from '../values/ids';
import type { Header } from './columns';
import { fieldText, type Fields } from './fields';

/** The order a row belongs to, if that much can be read. */
export function orderOf(fields: Fields, header: Header): OutTradeNo | null {
  const text = fieldText(fields, header.at.outTradeNo);
  return isOutTradeNo(text) ? text : null;
}
