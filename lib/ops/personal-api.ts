import type { Discrepancy } from '../model/discrepancy';
import type { InboxMessage } from '../model/message';
import type { WholeOrder } from '../model/order';
import type { Refund } from '../model/refund';
import type { OutTradeNo } from '../values/ids';
import type { PageParams } from './people/people-api';

/*
 * The operation that collects what is stored about one payer. Erasing is an action, `erase_payer`.
 *
 * The console's bundle carries the values of this file, so it imports types only.
 */

/** Everything stored about one order of a payer, unmasked. */
export interface PayersOrder {
  readonly order: Omit<WholeOrder, 'prepay'>;
  readonly messages: readonly InboxMessage[];
  readonly refunds: readonly Refund[];
  readonly discrepancies: readonly Discrepancy[];
}

/** The operation on personal data. */
export interface PersonalOperations {
  /**
   * What is stored about the payer of this order, newest order first, 20 orders per page unless
   * `limit` says otherwise. Unmasked; each page is recorded.
   */
  export_payer: {
    readonly params: PageParams & { readonly outTradeNo: OutTradeNo };
    readonly answer: { readonly orders: readonly PayersOrder[]; readonly next: string | null };
  };
}
