import type { Order, WholeOrder } from '../../model/order';
import type { OutTradeNo, PayerId } from '../../values/ids';
import type { Instant } from '../../values/instant';
import type { Page } from '../requests';

/**
 * The personal data of payers: finding what is stored of one, and erasing it. What the books need
 * stays: amounts, times, numbers, goods descriptions, receipts. Each erasure is safe to repeat.
 */
export interface PersonalData {
  /**
   * The orders of a payer, newest created first (ties by number, descending), `limit` (1 to 1000)
   * per page. Unreadable ones are omitted. CloudBase: 1 request.
   */
  ordersOf(query: {
    readonly payer: PayerId;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<Page<WholeOrder>>;

  /**
   * Orders created before `before` whose personal data is stored, earliest created first (ties by
   * number), `limit` (1 to 1000) per page. Unreadable ones are omitted. CloudBase: 1 request.
   */
  ordersBefore(query: {
    readonly before: Instant;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<Page<Order>>;

  /**
   * Erases the personal data of these orders (at most 1000): the payer becomes `ERASED_PAYER`, the
   * cart and `attach` null, and the prepay request and the answers of the merchant's system go.
   * Only of those whose version still stands, and that are neither pending, due nor held; it raises
   * the version. Returns how many. CloudBase: 1 request per distinct version.
   */
  eraseOrders(orders: readonly Pick<Order, 'outTradeNo' | 'version'>[], at: Instant): Promise<number>;

  /**
   * Erases the personal data of the messages of these orders (at most 1000): the raw notification
   * becomes `ERASED_RAW`; payer, bank and `attach` of a payment become null. Only of messages that
   * are done, or dead and dismissed, and that wait for nothing; keys, amounts and times stay.
   * Returns how many. CloudBase: 2 requests.
   */
  eraseMessages(numbers: readonly OutTradeNo[]): Promise<number>;

  /**
   * Erases both payers of the resolved discrepancies `payer_mismatch` of these orders (at most
   * 1000). One that a bill shows belongs to a statement run, whose books stay as they are. Returns
   * how many. CloudBase: 1 request.
   */
  eraseDiscrepancies(numbers: readonly OutTradeNo[]): Promise<number>;
}
