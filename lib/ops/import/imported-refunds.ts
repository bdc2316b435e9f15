import type { Refund } from '../../model/refund';
import type { Importing, StatedOrder } from '../../rules/imported-order';
import {
  importedRefunds,
  isSameRefund,
  isWithdrawn,
  restoredRefund,
  withdrawnRefund,
} from '../../rules/imported-order';
import type { Store } from '../../store/port';
import type { OutRefundNo } from '../../values/ids';

/*
 * The refunds of an imported order are stored before it. Where the order is lost to another, they
 * are withdrawn: a refund without its order would stay in the books for money that nobody vouches
 * for. The import that withdraws one looks at the order again afterwards, and the import that
 * stores an order looks at its refunds again: at least one of the two sees the other, and puts it
 * back.
 */

/**
 * Stores the refunds of an order; false when one of their numbers belongs to another refund. What
 * an import before stored stays, and what one withdrew is put back.
 */
export async function putRefunds(
  store: Pick<Store, 'refunds'>,
  stated: StatedOrder,
  importing: Importing,
): Promise<boolean> {
  for (const refund of importedRefunds(stated, importing)) {
    if ((await store.refunds.create(refund)) === 'created') continue;
    // An import before this one broke off after it, an answer was lost, or another order took the
    // number since it was looked for.
    const [here] = await store.refunds.find([refund.outRefundNo]);
    if (here === undefined) return false;
    if (isSameRefund(here, stated, refund)) continue;
    // Created at the time of its refund, as `importedRefunds` says.
    if (!isWithdrawn(here, stated, refund)) return false;
    if (!(await store.refunds.note(restoredRefund(here, refund.createdAt, importing)))) return false;
  }
  return true;
}

/** Puts back what another import withdrew while the order was being stored. */
export async function keepRefunds(
  store: Pick<Store, 'refunds'>,
  stated: StatedOrder,
  importing: Importing,
): Promise<void> {
  if (stated.refunds.length === 0) return;
  const here = await store.refunds.find(stated.refunds.map(({ outRefundNo }) => outRefundNo));
  const isAllThere = stated.refunds.every((one) => here.some((refund) => isSameRefund(refund, stated, one)));
  if (!isAllThere) await putRefunds(store, stated, importing);
}

/**
 * Withdraws the refunds that an import stored for this order, unless the order that is here
 * reserves money for them, or a bill has them: then they are real.
 */
export async function withdrawRefunds(
  store: Pick<Store, 'orders' | 'refunds'>,
  stated: StatedOrder,
  importing: Importing,
): Promise<void> {
  const numbers = stated.refunds.map(({ outRefundNo }) => outRefundNo);
  if (numbers.length === 0) return;
  const here = (await store.refunds.find(numbers)).filter((refund) => isAlone(refund, stated));
  const reserved = here.length === 0 ? null : await reservedBy(store, stated);
  if (reserved === null) return;
  const alone = here.filter(({ outRefundNo }) => !reserved.has(outRefundNo));
  const withdrawn: Refund[] = [];
  for (const refund of alone) {
    if (await store.refunds.note(withdrawnRefund(refund, importing))) withdrawn.push(refund);
  }
  const now = withdrawn.length === 0 ? null : await reservedBy(store, stated);
  const back = stated.refunds.filter(({ outRefundNo }) => now?.has(outRefundNo) === true);
  await keepRefunds(store, { ...stated, refunds: back }, importing);
}

function isAlone(refund: Refund, stated: StatedOrder): boolean {
  const { progress, statement } = refund;
  const isImported = progress.state === 'succeeded' && progress.knownBy === 'import';
  return isImported && statement === null && stated.refunds.some((one) => isSameRefund(refund, stated, one));
}

/** The refunds that the order reserves money for; null when it is here and cannot be read. */
async function reservedBy(
  { orders }: Pick<Store, 'orders'>,
  { outTradeNo }: StatedOrder,
): Promise<ReadonlySet<OutRefundNo> | null> {
  const [order] = await orders.findWithoutCarts([outTradeNo]);
  if (order === undefined && (await orders.raw(outTradeNo)) !== null) return null;
  return new Set(order?.refunds.map(({ outRefundNo }) => outRefundNo));
}
