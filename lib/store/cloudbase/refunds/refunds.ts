import type { Refund, RefundNote } from '../../../model/refund';
import { daysLater, startOf } from '../../../values/day';
import { fen } from '../../../values/fen';
import type { OutRefundNo } from '../../../values/ids';
import { isRecord } from '../../../values/json';
import type { AbsentQuery, Page } from '../../requests';
import type { RefundCounts } from '../../../model/refund';
import type { Refunds } from '../../ports/refunds-port';
import { claimAsks, isAskDue, type Askable } from '../base/asks';
import { MOST_PER_QUERY, modify, select, selectNamed, sums, total, type Database } from '../base/database';
import { readApart, readEach, type Report } from '../base/documents';
import { requireAtMost1000 } from '../base/limits';
import { readListedPage, readPage } from '../base/pages';
import { readRefund, refundDocument, successOf } from './refund-document';
import { insertOnce, stillAmong } from '../base/proofs';
import type { CollectionName } from '../schema';
import { bookedOf } from '../runs/booked';
import { markAll, notMarkedIn } from '../runs/statement-mark';

const REFUNDS: CollectionName = 'wxpay_refunds';

/** The refunds of a Store on CloudBase. */
export function refundsOn(db: Database, report: Report): Refunds {
  return {
    create: (refund) => create(db, refund),
    find: (numbers) => find(db, report, numbers),
    async ofOrder(outTradeNo) {
      const query = db
        .collection(REFUNDS)
        .where({ outTradeNo })
        .orderBy('createdAt', 'asc')
        .orderBy('_id', 'asc')
        .limit(MOST_PER_QUERY);
      return readEach(await select(REFUNDS, query), readRefund, report);
    },
    note: (note) => takeNote(db, note),
    claimAsks: (request) => claimAsks(db, report, ASKABLE, request),
    isAskDue: (now) => isAskDue(db, ASKABLE, now),
    markStatement: (numbers, mark) => markAll(db, REFUNDS, numbers, mark),
    absent: (query) => absent(db, report, query),
    list: ({ state, ...page }) =>
      readListedPage(db, report, {
        collection: REFUNDS,
        having: state === null ? {} : { 'progress.state': state },
        sortedBy: 'createdAt',
        read: readRefund,
        ...page,
      }),
    booked: ({ subMchId, day }) =>
      bookedOf(
        db,
        REFUNDS,
        day,
        { subMchId, 'progress.state': 'succeeded' },
        { at: 'succeededAt', adding: 'amount' },
      ),
    async succeededBetween({ merchants, from, to }) {
      const { and, gte, in: oneOf, lt } = db.command;
      const condition = and(
        { subMchId: oneOf([...merchants]), 'progress.state': 'succeeded' },
        { succeededAt: gte(from) },
        { succeededAt: lt(to) },
      );
      const found = await sums(db, REFUNDS, condition, { adding: 'amount', by: null });
      return found.get(null) ?? { count: 0, total: fen(0) };
    },
    async raw(outRefundNo) {
      const query = db.collection(REFUNDS).where({ _id: outRefundNo });
      return readApart(await select(REFUNDS, query), readRefund, report).unreadable[0] ?? null;
    },
    counts: () => counts(db),
    countOverdue: (createdBefore) => {
      const { in: oneOf, lt } = db.command;
      const open = { 'progress.state': oneOf(['requested', 'processing']), createdAt: lt(createdBefore) };
      return total(REFUNDS, db.collection(REFUNDS).where(open));
    },
  };
}

const ASKABLE: Askable<Refund> = {
  collection: REFUNDS,
  stateField: 'progress.state',
  states: ['requested', 'processing', 'abnormal'],
  read: readRefund,
};

async function create(db: Database, refund: Refund): Promise<'created' | 'exists'> {
  return (await insertOnce(db, REFUNDS, refundDocument(refund))) ? 'created' : 'exists';
}

/**
 * Failure policy: fail open. A refund whose document does not fit is reported and omitted, so that
 * the rest of its batch goes on. It then looks missing, but no fact can create it again, because
 * its number is taken.
 */
async function find(
  db: Database,
  report: Report,
  numbers: readonly OutRefundNo[],
): Promise<readonly Refund[]> {
  requireAtMost1000(numbers.length, 'refund numbers');
  if (numbers.length === 0) return [];
  const found = await selectNamed(REFUNDS, numbers, (some) =>
    db.collection(REFUNDS).where({ _id: db.command.in(some) }),
  );
  return readEach(found, readRefund, report);
}

async function takeNote(db: Database, note: RefundNote): Promise<boolean> {
  const { inc, set, push } = db.command;
  const { outRefundNo, expectedVersion, progress, nextAskAt, lastError, refusal, entry } = note;
  const query = db.collection(REFUNDS).where({ _id: outRefundNo, version: expectedVersion });
  const changed = await modify(REFUNDS, query, {
    version: inc(1),
    ...(progress === undefined ? {} : { progress: set({ ...progress }), succeededAt: successOf(progress) }),
    ...(nextAskAt === undefined ? {} : { nextAskAt }),
    ...(lastError === undefined ? {} : { lastError }),
    ...(refusal === undefined ? {} : { refusal: set(refusal) }),
    ...(entry === undefined ? {} : { history: push([entry]) }),
  });
  return changed === 1;
}

/** The marks were written just before: what a read shows without one is proven to have none. */
async function absent(db: Database, report: Report, query: AbsentQuery): Promise<Page<Refund>> {
  const { subMchId, day, round, after, limit } = query;
  const notMarked = notMarkedIn(db, day, round);
  const { items, next } = await readPage(db, report, {
    collection: REFUNDS,
    having: { subMchId, 'progress.state': 'succeeded', ...notMarked },
    sortedBy: 'succeededAt',
    direction: 'asc',
    span: { from: startOf(day), to: startOf(daysLater(day, 1)) },
    after,
    limit,
    read: readRefund,
  });
  const numbers = items.map(({ outRefundNo }) => outRefundNo);
  const still = await stillAmong(db, REFUNDS, numbers, notMarked);
  return { items: items.filter(({ outRefundNo }) => still.has(outRefundNo)), next };
}

/** As the counts of orders: 3 requests, or 3 more when one result does not hold what is open. */
async function counts(db: Database): Promise<RefundCounts> {
  const open = db
    .collection(REFUNDS)
    .where({ 'progress.state': db.command.in(['requested', 'processing', 'abnormal']) })
    .limit(MOST_PER_QUERY)
    .field({ 'progress.state': true });
  const counted = (state: keyof RefundCounts): Promise<number> =>
    total(REFUNDS, db.collection(REFUNDS).where({ 'progress.state': state }));
  const [found, succeeded, closed] = await Promise.all([
    select(REFUNDS, open),
    counted('succeeded'),
    counted('closed'),
  ]);
  const here = async (state: keyof RefundCounts): Promise<number> =>
    found.filter(({ progress }) => isRecord(progress) && progress['state'] === state).length;
  const having = found.length < MOST_PER_QUERY ? here : counted;
  const [requested, processing, abnormal] = await Promise.all([
    having('requested'),
    having('processing'),
    having('abnormal'),
  ]);
  return { requested, processing, succeeded, closed, abnormal };
}
