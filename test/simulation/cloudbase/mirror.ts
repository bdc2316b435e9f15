import { readMessage } from '../../../lib/store/cloudbase/inbox/message-document';
import { readWholeOrder } from '../../../lib/store/cloudbase/orders/order-document';
import { readRefund } from '../../../lib/store/cloudbase/refunds/refund-document';
import { readDiscrepancy } from '../../../lib/store/cloudbase/runs/discrepancy-document';
import { readRun } from '../../../lib/store/cloudbase/runs/run-document';
import { isLeaseToken } from '../../../lib/model/lease';
import { isOutTradeNo, isTransactionId } from '../../../lib/values/ids';
import type { Database } from '../../cloudbase/database/engine';
import type { Document } from '../../cloudbase/database/documents';
import type { ModelState } from '../model/state';

/** Brings a state up to date with a collection after a write. Throws for an unreadable document. */
export type Mirror = (collection: string) => void;

/**
 * The documents of a loopback database as the state that the rules look at. An item is replaced
 * only when something it shows has changed: a lease proven by a write leaves it as it was.
 */
export function mirrorOf(database: Database, state: ModelState): Mirror {
  const mirrors: Readonly<Record<string, CollectionMirror>> = {
    wxpay_inbox: collectionMirror(state.messages, (document) => {
      const message = readMessage(document);
      const { finishedUnder } = document;
      return [message.key, { message, finishedUnder: isLeaseToken(finishedUnder) ? finishedUnder : null }];
    }),
    wxpay_orders: collectionMirror(state.orders, (document) => {
      const order = readWholeOrder(document);
      return [order.outTradeNo, { order, marks: [] }];
    }),
    wxpay_refunds: collectionMirror(state.refunds, (document) => {
      const refund = readRefund(document);
      return [refund.outRefundNo, { refund, marks: [] }];
    }),
    wxpay_discrepancies: collectionMirror(state.discrepancies, (document) => {
      const found = readDiscrepancy(document);
      return [found.id, found];
    }),
    wxpay_statement_runs: collectionMirror(state.runs, (document) => {
      const run = readRun(document);
      return [run.id, run];
    }),
    wxpay_transactions: collectionMirror(state.transactions, ({ _id: id, outTradeNo }) => {
      if (!isTransactionId(id) || !isOutTradeNo(outTradeNo)) throw new TypeError('no such transaction');
      return [id, outTradeNo];
    }),
  };
  database.onWrite((collection, key, document) => {
    mirrors[collection]?.written(key, document);
  });
  return (collection) => {
    mirrors[collection]?.bringUpToDate();
  };
}

/** One collection's items in the state. */
interface CollectionMirror {
  /** A document has been written, or is gone (null). */
  written(key: string, document: Document | null): void;
  bringUpToDate(): void;
}

function collectionMirror<Key, Item>(
  items: Map<Key, Item>,
  read: (document: Document) => readonly [Key, Item],
): CollectionMirror {
  const known = new Map<string, { readonly key: Key; readonly text: string }>();
  const written = new Map<string, Document | null>();
  return {
    written: (id, document) => written.set(id, document),
    bringUpToDate() {
      for (const [id, document] of written) {
        const before = known.get(id);
        if (document === null) {
          known.delete(id);
          if (before !== undefined) items.delete(before.key);
          continue;
        }
        const [key, item] = read(document);
        const text = JSON.stringify(item);
        known.set(id, { key, text });
        if (before?.text !== text) items.set(key, item);
      }
      written.clear();
    },
  };
}
