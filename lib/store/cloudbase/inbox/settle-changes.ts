import { z } from 'zod';
import type { OrderSettlement } from '../../../model/order';
import type { RefundSettlement } from '../../../model/refund';
import type { LeaseToken } from '../../../model/lease';
import type { Settlement } from '../../port';
import {
  MOST_PER_QUERY,
  modify,
  select,
  type Database,
  type Fields,
  type CommandOperator,
} from '../base/database';
import { inParallel } from '../base/in-parallel';
import { insertOnce, proves } from '../base/proofs';
import { fulfilmentFields } from '../orders/order-document';
import { refundDocument, successOf } from '../refunds/refund-document';
import type { CollectionName } from '../schema';

const ORDERS: CollectionName = 'wxpay_orders';
const REFUNDS: CollectionName = 'wxpay_refunds';

/** The result of the write that changes a document in a settlement. */
export type ChangeResult = 'written' | 'refused';

/**
 * One of the documents a settlement changes with one conditional write. The write leaves the
 * settlement's mark in the document, so that a write whose answer was lost is recognised.
 */
export interface DocumentChange {
  readonly collection: CollectionName;
  /** The document's id; null when this settlement does not change this kind of document. */
  readonly idOf: (settlement: Settlement) => string | null;
  /**
   * Writes, or finds that the document has changed since the decision. Rejects with `StoreError`.
   * At most 1 request.
   */
  readonly write: (db: Database, token: LeaseToken, settlement: Settlement) => Promise<ChangeResult>;
}

/** A settlement's change of its order. */
export const ORDER_CHANGE: DocumentChange = {
  collection: ORDERS,
  idOf: ({ change }) => change?.outTradeNo ?? null,
  write: async (db, token, { key, change }) =>
    change === null ? 'written' : changeOrder(db, markOf(token, key), change),
};

/** A settlement's change of its refund. */
export const REFUND_CHANGE: DocumentChange = {
  collection: REFUNDS,
  idOf: ({ refund }) => (refund === null ? null : refundNo(refund)),
  write: async (db, token, { key, refund }) =>
    refund === null ? 'written' : changeRefund(db, markOf(token, key), refund),
};

/** The mark of a settlement in the documents it changes. */
function markOf(token: LeaseToken, key: string): string {
  return `${token} ${key}`;
}

/**
 * Which of these settlements, whose change was refused, made it before: a document with another
 * version, or one that exists already, may come from this same settlement, whose answer was lost.
 * Rejects with `StoreError`. 1 request when a read shows all marks, 2 when nobody left any, and 1
 * more for each settlement whose mark was left and not read.
 */
export async function ownChanges(
  db: Database,
  token: LeaseToken,
  kind: DocumentChange,
  refused: readonly Settlement[],
): Promise<ReadonlySet<Settlement>> {
  const { in: oneOf, or } = db.command;
  const ids = oneOf([...new Set(refused.flatMap((one) => kind.idOf(one) ?? []))]);
  const query = db
    .collection(kind.collection)
    .where({ _id: ids })
    .limit(MOST_PER_QUERY)
    .field({ settledUnder: true, createdUnder: true });
  const marks = new Set((await select(kind.collection, query)).flatMap(marksIn));
  const ours = new Set(refused.filter(({ key }) => marks.has(markOf(token, key))));
  const unseen = refused.filter((one) => !ours.has(one));
  if (unseen.length === 0) return ours;
  const left = (wanted: CommandOperator | string) => or({ settledUnder: wanted }, { createdUnder: wanted });
  const any = left(oneOf(unseen.map(({ key }) => markOf(token, key))));
  if (!(await proves(db, kind.collection, db.command.and({ _id: ids }, any)))) return ours;
  const proven = await inParallel(unseen, async (one) => {
    const mark = left(markOf(token, one.key));
    return proves(db, kind.collection, db.command.and({ _id: kind.idOf(one) ?? '' }, mark));
  });
  return new Set([...ours, ...unseen.filter((_, n) => proven[n] === true)]);
}

const marked = z.object({
  settledUnder: z.array(z.string()).default([]),
  createdUnder: z.string().optional(),
});

function marksIn(document: Fields): readonly string[] {
  const reading = marked.safeParse(document);
  if (!reading.success) return [];
  const { settledUnder, createdUnder } = reading.data;
  return createdUnder === undefined ? settledUnder : [...settledUnder, createdUnder];
}

/**
 * How many marks a document keeps: more than the messages of one order that one run settles. Only
 * that run looks for its marks.
 */
const MOST_MARKS = 200;

/** The write that leaves a settlement's mark. */
function marking(db: Database, mark: string): Fields {
  return { settledUnder: db.command.push({ each: [mark], slice: -MOST_MARKS }) };
}

async function changeOrder(db: Database, mark: string, change: OrderSettlement): Promise<ChangeResult> {
  const { set, inc, push } = db.command;
  const query = db.collection(ORDERS).where({ _id: change.outTradeNo, version: change.expectedVersion });
  const changed = await modify(ORDERS, query, {
    version: inc(1),
    payment: set({ ...change.payment }),
    fulfilment: set(fulfilmentFields(change.fulfilment)),
    otherPayments: set([...change.otherPayments]),
    refunds: set([...change.refunds]),
    history: push([{ ...change.entry }]),
    ...marking(db, mark),
    // It names the payer, and no one pays this order any more.
    ...(change.payment.state === 'pending' ? {} : { prepayBody: null }),
  });
  return changed === 1 ? 'written' : 'refused';
}

async function changeRefund(db: Database, mark: string, change: RefundSettlement): Promise<ChangeResult> {
  switch (change.kind) {
    case 'create':
      return (await insertOnce(db, REFUNDS, { ...refundDocument(change.refund), createdUnder: mark }))
        ? 'written'
        : 'refused';
    case 'change': {
      const { set, inc, push } = db.command;
      const { outRefundNo, expectedVersion, progress, entry } = change;
      const query = db.collection(REFUNDS).where({ _id: outRefundNo, version: expectedVersion });
      const changed = await modify(REFUNDS, query, {
        version: inc(1),
        progress: set({ ...progress }),
        succeededAt: successOf(progress),
        history: push([{ ...entry }]),
        ...marking(db, mark),
      });
      return changed === 1 ? 'written' : 'refused';
    }
  }
}

function refundNo(change: RefundSettlement): string {
  switch (change.kind) {
    case 'create':
      return change.refund.outRefundNo;
    case 'change':
      return change.outRefundNo;
  }
}
