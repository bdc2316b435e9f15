import type { CountAndSum } from '../../model/count-and-sum';
import type { Order } from '../../model/order';
import type { Person } from '../../model/operators/principal';
import { mapConcurrently } from '../../runtime/concurrency';
import type { ImportRefusal, Importing, StatedOrder } from '../../rules/imported-order';
import {
  importDifferences,
  importedOrder,
  isSameRefund,
  isWithdrawn,
  whyNotImportable,
} from '../../rules/imported-order';
import type { Fen } from '../../values/fen';
import { fen } from '../../values/fen';
import type { Instant } from '../../values/instant';
import { later } from '../../values/instant';
import type { OpsOperations, OpsReply } from '../api';
import type { OpsDeps } from '../deps';
import { recorded } from '../record';
import { refused } from '../refused';
import type { GivenOrder, ImportTally, NotImported } from './import-api';
import { keepRefunds, putRefunds, withdrawRefunds } from './imported-refunds';

/** Orders that are written at the same time. */
const LANES = 8;

/** Orders whose state is read by one request. */
const PIECE = 100;

/** What one order came to. */
type Outcome =
  | { readonly kind: 'taken' | 'known'; readonly stated: StatedOrder }
  | ({ readonly kind: 'not_taken' } & { readonly line: NotImported });

/** What becomes of an order that could be imported. */
type Take = (stated: StatedOrder) => Promise<Outcome>;

/** Counts what an import would come to. Rejects with a `StoreError`. */
export async function previewImport(
  deps: OpsDeps,
  _by: Person,
  { orders }: OpsOperations['preview_import']['params'],
): Promise<OpsReply<'preview_import'>> {
  const until = later(deps.clock.now(), deps.actForMs);
  const tally = await handled(deps, orders, until, async (stated) => ({ kind: 'taken', stated }));
  return { ok: true, ...tally };
}

/**
 * Imports orders.
 *
 * Failure policy: fail closed. What cannot be recorded is not stored. An order that a call broke
 * off at is stored by the same call made again: its refunds are written first, so an order never
 * reserves money for a refund that is not there. Refunds whose order is not stored after all,
 * because another took its number or its transaction in between, are withdrawn, also those of a
 * call that broke off.
 */
export async function importOrders(
  deps: OpsDeps,
  by: Person,
  { orders, source, reason }: OpsOperations['import_orders']['params'],
): Promise<OpsReply<'import_orders'>> {
  const now = deps.clock.now();
  const until = later(now, deps.actForMs);
  const importing = { who: by.name, at: now, source: source.slice(0, 16) };
  const subject = { kind: 'import', name: importing.source } as const;
  const done = await recorded(deps, by, 'import_orders', subject, reason, async () => {
    const tally = await handled(
      deps,
      orders,
      until,
      (stated) => take(deps, stated, importing),
      (stated) => withdrawRefunds(deps.store, stated, importing),
    );
    const { taken, refunds, known, notTaken } = tally;
    const after = {
      taken: { ...taken },
      refunds: { ...refunds },
      known: known.count,
      notTaken: notTaken.length,
      first: orders[0]?.outTradeNo ?? null,
    };
    return { ok: true, before: null, after, changed: tally };
  });
  return done.ok
    ? { ok: true, ...done.changed }
    : refused(done.code === 'NOT_RECORDED' ? 'NOT_RECORDED' : 'INTERNAL', done.message);
}

/** Handles orders piece by piece until the time is up. At least one piece is handled. */
async function handled(
  deps: OpsDeps,
  orders: readonly GivenOrder[],
  until: Instant,
  take: Take,
  lose: (stated: StatedOrder) => Promise<void> = () => Promise.resolve(),
): Promise<ImportTally> {
  const outcomes: Outcome[] = [];
  while (outcomes.length < orders.length && (outcomes.length === 0 || deps.clock.now() < until)) {
    const piece = orders.slice(outcomes.length, outcomes.length + PIECE);
    const here = await deps.store.orders.findWithoutCarts(piece.map(({ outTradeNo }) => outTradeNo));
    const known = new Map(here.map((order) => [order.outTradeNo, order]));
    outcomes.push(
      ...(await mapConcurrently(piece, LANES, async (given): Promise<Outcome> => {
        const { outTradeNo } = given;
        const stated = withMerchant(deps, given);
        if (stated === null) return notTaken({ outTradeNo, why: 'merchant_unknown' });
        const outcome = await outcomeOf(deps, stated, known.get(outTradeNo), take);
        if (outcome.kind === 'not_taken') await lose(stated);
        return outcome;
      })),
    );
  }
  return tallyOf(outcomes);
}

async function outcomeOf(
  deps: OpsDeps,
  stated: StatedOrder,
  order: Order | undefined,
  take: Take,
): Promise<Outcome> {
  if (order !== undefined) return knownOutcome(importDifferences(order, stated), stated);
  const why = whyNotImportable(stated, deps.merchants, deps.clock.now()) ?? (await whyTaken(deps, stated));
  return why === null ? take(stated) : notTaken({ outTradeNo: stated.outTradeNo, why });
}

function notTaken(line: NotImported): Outcome {
  return { kind: 'not_taken', line };
}

function knownOutcome(differences: ReturnType<typeof importDifferences>, stated: StatedOrder): Outcome {
  return differences.length === 0
    ? { kind: 'known', stated }
    : notTaken({ outTradeNo: stated.outTradeNo, why: 'differs', in: differences });
}

/** Null when the file names no merchant and the shop has several. */
function withMerchant({ merchants }: OpsDeps, given: GivenOrder): StatedOrder | null {
  const [only, ...more] = merchants;
  const subMchId = given.subMchId ?? (more.length === 0 ? only : undefined);
  return subMchId === undefined ? null : { ...given, subMchId };
}

/**
 * Whether another order has its transaction, or another refund one of its numbers. This is for the
 * preview, and read before anything is written. What refuses the second of two that claim one at
 * the same time is the write: `Orders.create` and `Refunds.create`.
 */
async function whyTaken({ store }: OpsDeps, stated: StatedOrder): Promise<ImportRefusal | null> {
  if ((await store.orders.ofTransaction(stated.transactionId)) !== null) return 'transaction_taken';
  const numbers = stated.refunds.map(({ outRefundNo }) => outRefundNo);
  const refunds = numbers.length === 0 ? [] : await store.refunds.find(numbers);
  const isOther = refunds.some(
    (refund) =>
      !stated.refunds.some((one) => isSameRefund(refund, stated, one) || isWithdrawn(refund, stated, one)),
  );
  return isOther ? 'refund_number_taken' : null;
}

async function take({ store }: OpsDeps, stated: StatedOrder, importing: Importing): Promise<Outcome> {
  const { outTradeNo } = stated;
  if (!(await putRefunds(store, stated, importing))) {
    return notTaken({ outTradeNo, why: 'refund_number_taken' });
  }
  const created = await store.orders.create(importedOrder(stated, importing));
  if (created === 'created') {
    await keepRefunds(store, stated, importing);
    return { kind: 'taken', stated };
  }
  if (created === 'transaction_taken') return notTaken({ outTradeNo, why: created });
  // Somebody else was first, or an answer was lost.
  const [order] = await store.orders.findWithoutCarts([outTradeNo]);
  const differences = order === undefined ? (['not_paid_here'] as const) : importDifferences(order, stated);
  return knownOutcome(differences, stated);
}

function tallyOf(outcomes: readonly Outcome[]): ImportTally {
  const taken = outcomes.flatMap((one) => (one.kind === 'taken' ? [one.stated] : []));
  const known = outcomes.flatMap((one) => (one.kind === 'known' ? [one.stated] : []));
  return {
    handled: outcomes.length,
    taken: sumOf(taken.map(({ total }) => total)),
    refunds: sumOf(taken.flatMap(({ refunds }) => refunds.map(({ amount }) => amount))),
    known: sumOf(known.map(({ total }) => total)),
    notTaken: outcomes.flatMap((one) => (one.kind === 'not_taken' ? [one.line] : [])),
  };
}

function sumOf(amounts: readonly Fen[]): CountAndSum {
  return { count: amounts.length, sum: fen(amounts.reduce((sum, one) => sum + one, 0)) };
}
