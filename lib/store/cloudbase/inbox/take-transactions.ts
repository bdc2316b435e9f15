import type { OutTradeNo, TransactionId } from '../../../values/ids';
import { isOutTradeNo } from '../../../values/ids';
import { isRecord } from '../../../values/json';
import { StoreError } from '../../errors';
import type { Settlement } from '../../port';
import { insert, insertAll, MOST_PER_QUERY, select, type Database } from '../base/database';
import { notThere, proves } from '../base/proofs';
import type { CollectionName } from '../schema';

const ORDERS: CollectionName = 'wxpay_orders';
const TRANSACTIONS: CollectionName = 'wxpay_transactions';

/** Whether a settlement's transaction is its order's now. */
export type Taken = 'taken' | 'of_another_order';

/** An order about to take a transaction. */
interface Taking {
  readonly outTradeNo: OutTradeNo;
  readonly transactionId: TransactionId;
}

/** As `takeTransaction`; `taken` for a settlement that takes none. */
export async function takeOfSettlement(db: Database, settlement: Settlement): Promise<Taken> {
  const taking = takingOf(settlement);
  return taking === null ? 'taken' : takeTransaction(db, taking);
}

/**
 * Assigns a transaction to an order permanently. The marker's id is the transaction,
 * so of two takers one is refused. Orders paid by versions before markers have none. They are
 * searched before the first marker is written, because after a crash an existing marker would be
 * believed. Rejects with a `StoreError`. 2 requests, 3 when its order has it, 4 when another one
 * does.
 */
export async function takeTransaction(db: Database, taking: Taking): Promise<Taken> {
  const { outTradeNo, transactionId } = taking;
  if (isPaidByAnother(taking, await payersOf(db, [transactionId]))) return 'of_another_order';
  try {
    await insert(db, TRANSACTIONS, { _id: transactionId, outTradeNo });
    return 'taken';
  } catch (error) {
    // The marker decides, whatever the error: an insertion that failed after taking effect looks
    // like a refused one.
    if (await proves(db, TRANSACTIONS, { _id: transactionId, outTradeNo })) return 'taken';
    if (await proves(db, TRANSACTIONS, { _id: transactionId })) return 'of_another_order';
    throw notThere(error, TRANSACTIONS);
  }
}

/**
 * As `takeTransaction` for many settlements, with one search and one insertion for all of them.
 * Only what is certain is answered: a settlement that is missing in the result must take its
 * transaction alone. An insertion that failed may have stored some of its documents, and whether it
 * stops at a duplicate is not documented; the markers that are there then decide.
 *
 * Rejects with a `StoreError` when a search fails. 2 requests, 3 when the insertion failed, 0 for
 * at most one settlement.
 */
export async function takeTogether(
  db: Database,
  settlements: readonly Settlement[],
): Promise<ReadonlyMap<Settlement, Taken>> {
  const takings = settlements.flatMap((one) => takingOf(one) ?? []);
  const firsts = new Map(takings.map((taking) => [taking.transactionId, taking]));
  if (firsts.size <= 1 || firsts.size > MOST_TOGETHER) return new Map();
  const payers = await payersOf(db, [...firsts.keys()]);
  if (payers.length === MOST_PER_QUERY) return new Map();
  const ends = new Map<Settlement, Taken>();
  const free: SettlementTaking[] = [];
  for (const taking of firsts.values()) {
    if (isPaidByAnother(taking, payers)) ends.set(taking.settlement, 'of_another_order');
    else free.push(taking);
  }
  if (free.length === 0) return ends;
  try {
    const markers = free.map(({ transactionId, outTradeNo }) => ({ _id: transactionId, outTradeNo }));
    await insertAll(db, TRANSACTIONS, markers);
    for (const { settlement } of free) ends.set(settlement, 'taken');
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const holders = await holdersOf(db, free);
    for (const { settlement, transactionId, outTradeNo } of free) {
      const holder = holders.get(transactionId);
      if (holder !== undefined) ends.set(settlement, holder === outTradeNo ? 'taken' : 'of_another_order');
    }
  }
  return ends;
}

/** The number of the order that has a transaction, by its marker; null when there is none. */
export async function holderOf(db: Database, transactionId: TransactionId): Promise<OutTradeNo | null> {
  const [marker] = await select(TRANSACTIONS, db.collection(TRANSACTIONS).where({ _id: transactionId }));
  const outTradeNo = marker?.['outTradeNo'];
  return isOutTradeNo(outTradeNo) ? outTradeNo : null;
}

/** The orders that have these transactions, by their markers. */
async function holdersOf(db: Database, takings: readonly Taking[]): Promise<ReadonlyMap<unknown, unknown>> {
  const ids = takings.map(({ transactionId }) => transactionId);
  const query = db.collection(TRANSACTIONS).where({ _id: db.command.in(ids) });
  const found = await select(TRANSACTIONS, query.limit(MOST_PER_QUERY));
  return new Map(found.map(({ _id: id, outTradeNo }) => [id, outTradeNo]));
}

/** The most transactions of one search, so that its result has room for several payers of one. */
const MOST_TOGETHER = 250;

/** A settlement about to take a transaction. */
interface SettlementTaking extends Taking {
  readonly settlement: Settlement;
}

function takingOf(settlement: Settlement): SettlementTaking | null {
  const { change } = settlement;
  if (change?.takes === undefined) return null;
  return { settlement, outTradeNo: change.outTradeNo, transactionId: change.takes };
}

/** An order that has one of the transactions. */
interface Payer {
  readonly id: unknown;
  readonly transactionId: unknown;
}

async function payersOf(db: Database, transactions: readonly TransactionId[]): Promise<readonly Payer[]> {
  const paid = db
    .collection(ORDERS)
    .where({ 'payment.transactionId': db.command.in([...transactions]) })
    .field({ 'payment.transactionId': true })
    .limit(MOST_PER_QUERY);
  return (await select(ORDERS, paid)).map(({ _id: id, payment }) => ({
    id,
    transactionId: isRecord(payment) ? payment['transactionId'] : undefined,
  }));
}

/**
 * A marker decides alone: two orders that one transaction paid before markers existed stay as they
 * are.
 */
function isPaidByAnother({ transactionId, outTradeNo }: Taking, payers: readonly Payer[]): boolean {
  const ids = payers.filter((payer) => payer.transactionId === transactionId).map(({ id }) => id);
  return ids.length > 0 && !ids.includes(outTradeNo);
}
