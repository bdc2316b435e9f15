import type { WholeOrder } from '../model/order';
import type { Person } from '../model/operators/principal';
import { erasePayer, ordersOf } from '../retention/erase-payer';
import { mapConcurrently } from '../runtime/concurrency';
import { bulkNeedsSecondPerson } from '../rules/second-person';
import { PAYER_TAIL } from '../store/requests';
import { isOutTradeNo } from '../values/ids';
import { later } from '../values/instant';
import type { OpsOperations, OpsReply } from './api';
import type { Changed } from './changed';
import type { OpsDeps } from './deps';
import type { PayersOrder } from './personal-api';
import type { ActionOutcome } from './record';
import { recorded } from './record';
import { refused } from './refused';

/** Orders per page of an export: their messages make an answer large. */
const ORDERS = 20;

/** Orders that are read at the same time. */
const LANES = 4;

/** The most orders that the store answers in one page. */
const LARGEST_PAGE = 1_000;

/** Pages of orders with the same end of their payer's id that are looked through. */
const LOOKED_AT = 20;

/** How many orders that stay an answer names. */
const NAMED = 20;

/**
 * Collects what is stored about the payer of an order. The audit log names the order, never the
 * payer.
 *
 * Failure policy: fail closed. A page that cannot be recorded is not shown.
 */
export async function exportPayer(
  deps: OpsDeps,
  by: Person,
  { outTradeNo, after = null, limit = ORDERS }: OpsOperations['export_payer']['params'],
): Promise<OpsReply<'export_payer'>> {
  const { store } = deps;
  const [named] = await store.orders.find([outTradeNo]);
  if (named === undefined) return refused('NOT_FOUND', 'there is no such order');
  if (named.erasedAt !== undefined) {
    return refused('NOT_FOUND', 'the personal data of this order was erased: it leads to no payer');
  }
  const subject = { kind: 'order', name: outTradeNo } as const;
  const noted = await recorded(deps, by, 'export_payer', subject, null, async () => ({
    ok: true,
    before: null,
    after: null,
    changed: null,
  }));
  if (!noted.ok) return refused('NOT_RECORDED', 'it could not be recorded, so nothing is shown: try again');
  const page = await store.personal.ordersOf({ payer: named.payer, after, limit });
  const orders = await mapConcurrently(page.items, LANES, async (whole): Promise<PayersOrder> => {
    const [messages, refunds, discrepancies] = await Promise.all([
      store.inbox.ofOrder(whole.outTradeNo),
      store.refunds.ofOrder(whole.outTradeNo),
      store.discrepancies.ofOrder(whole.outTradeNo),
    ]);
    // Anybody with the payment parameters of an order can pay it.
    const { prepay: _prepay, ...order } = whole;
    return { order, messages, refunds, discrepancies };
  });
  return { ok: true, orders, next: page.next };
}

/**
 * Erases the personal data of the payer of an order. Bound by the time of a call: what is left is
 * erased by the same call made again.
 */
export async function eraseAs(deps: OpsDeps, name: string): Promise<ActionOutcome<Changed>> {
  const [named] = isOutTradeNo(name) ? await deps.store.orders.find([name]) : [];
  if (named === undefined) {
    return { ok: false, code: 'NOT_FOUND', message: 'there is no such item', before: null };
  }
  const erasure = await erasePayer(deps, named, later(deps.clock.now(), deps.actForMs));
  const { left, ...erased } = erasure;
  // An erasure that ran out of time is called again, and counts them then.
  const unreadable = erasure.isFinished ? await unreadableLike(deps, named) : 0;
  return {
    ok: true,
    before: null,
    after: { ...erased, left: left.length, unreadable },
    changed: {
      action: 'erase_payer',
      ...erased,
      left: left.slice(0, NAMED),
      leftInAll: left.length,
      unreadable,
    },
  };
}

/**
 * How many orders that cannot be read may be of this payer: the end of their payer's id is the
 * same. They were not erased, so such an erasure is not whole. Orders whose payer itself
 * cannot be read are not among them.
 */
async function unreadableLike({ store }: OpsDeps, { payer, erasedAt }: WholeOrder): Promise<number> {
  if (erasedAt !== undefined) return 0;
  const by = { kind: 'payer', tail: payer.slice(-PAYER_TAIL), created: { from: null, to: null } } as const;
  let found = 0;
  let after: string | null = null;
  for (let pages = 0; pages < LOOKED_AT; pages += 1) {
    const page: Awaited<ReturnType<typeof store.orders.lookUp>> = await store.orders.lookUp({
      by,
      after,
      limit: LARGEST_PAGE,
    });
    found += page.unreadable.length;
    after = page.next;
    if (after === null) break;
  }
  return found;
}

/**
 * Whether an erasure needs a second person: it changes every order of a payer, which may be more
 * than a bulk action may have.
 */
export async function isLargeErasure(deps: OpsDeps, name: string): Promise<boolean> {
  const above = deps.secondPerson.bulkAbove;
  const [named] = isOutTradeNo(name) ? await deps.store.orders.find([name]) : [];
  if (named === undefined || named.erasedAt !== undefined || above === null) return false;
  let orders = 0;
  for await (const page of ordersOf(deps.store, named.payer, Math.min(above + 1, LARGEST_PAGE))) {
    orders += page.length;
    if (bulkNeedsSecondPerson(above, orders)) return true;
  }
  return false;
}
