import type { WholeOrder } from '../model/order';
import type { Person } from '../model/operators/principal';
import type { Erasure } from '../retention/erase-payer';
import { erasePayer, ordersOf } from '../retention/erase-payer';
import { mapConcurrently } from '../runtime/concurrency';
import { bulkNeedsSecondPerson } from '../rules/second-person';
import { PAYER_TAIL } from '../store/requests';
import type { OutTradeNo } from '../values/ids';
import { isOutTradeNo } from '../values/ids';
import { later } from '../values/instant';
import { isRecord } from '../values/json';
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

/** How many orders that stay an answer and the audit log name. */
const NAMED = 20;

/** Entries of the audit log per page. */
const RECORD_PAGE = 100;

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
  const way = await wayToPayer(deps, name);
  if (way === null) {
    return { ok: false, code: 'NOT_FOUND', message: 'there is no such item', before: null };
  }
  const { named, before } = way;
  if (named.erasedAt !== undefined && before === null) {
    const message = 'its personal data was erased before: it leads to no payer. Name another order of theirs';
    return { ok: false, code: 'NOT_FOUND', message, before: null };
  }
  const erasure = await erasePayer(deps, named, later(deps.clock.now(), deps.actForMs));
  const { left, ...erased } = erasure;
  const stays = await unreadableNow(deps, erasure, way);
  const unreadable = stays.count;
  return {
    ok: true,
    before: null,
    after: {
      ...erased,
      left: left.length,
      unreadable,
      leftOrders: left.slice(0, NAMED).map(({ outTradeNo }) => outTradeNo),
      unreadableOrders: stays.names,
    },
    changed: {
      action: 'erase_payer',
      ...erased,
      left: left.slice(0, NAMED),
      leftInAll: left.length,
      unreadable,
    },
  };
}

/** Orders that cannot be read and may be of the payer: how many, and the first of their names. */
interface Unreadables {
  readonly count: number;
  readonly names: readonly string[];
}

/** What the record says that an erasure of the same order left. */
interface LeftBefore {
  readonly orders: readonly OutTradeNo[];
  readonly unreadable: Unreadables;
}

/** The order that leads to the payer, and what an erasure before this one left. */
interface WayToPayer {
  readonly named: WholeOrder;
  readonly before: LeftBefore | null;
}

/**
 * The order that leads to the payer of this one. After an erasure the named order names nobody:
 * then it is one that the erasure left, by the audit log, since an order number is not personal. So
 * the same call made again says what stays, and erases what has ended meanwhile. The erased order
 * itself where none is left; null when there is no such order.
 */
async function wayToPayer(deps: OpsDeps, name: string): Promise<WayToPayer | null> {
  const { orders } = deps.store;
  const [named] = isOutTradeNo(name) ? await orders.find([name]) : [];
  if (named === undefined) return null;
  if (named.erasedAt === undefined) return { named, before: null };
  const before = await leftBefore(deps, named.outTradeNo);
  if (before === null || before.orders.length === 0) return { named, before };
  const still = await orders.find(before.orders);
  return { named: still.find(({ erasedAt }) => erasedAt === undefined) ?? named, before };
}

/** What the last recorded erasure of this order left; null without one, such as by retention. */
async function leftBefore({ store }: OpsDeps, outTradeNo: OutTradeNo): Promise<LeftBefore | null> {
  let after: string | null = null;
  for (let pages = 0; pages < LOOKED_AT; pages += 1) {
    const page: Awaited<ReturnType<typeof store.audit.list>> = await store.audit.list({
      subject: outTradeNo,
      after,
      limit: RECORD_PAGE,
    });
    const entry = page.items.find(({ action, outcome }) => action === 'erase_payer' && outcome === 'done');
    if (isRecord(entry?.after)) {
      const { leftOrders, unreadable, unreadableOrders } = entry.after;
      return {
        orders: textsIn(leftOrders).filter(isOutTradeNo),
        unreadable: {
          count: typeof unreadable === 'number' ? unreadable : 0,
          names: textsIn(unreadableOrders),
        },
      };
    }
    after = page.next;
    if (after === null) break;
  }
  return null;
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/**
 * The orders that cannot be read and may be of this payer. They were not erased, so such an erasure
 * is not whole. Once no order leads to the payer, those that the record names are looked at again,
 * and of those that it only counts, all are taken to stay.
 */
async function unreadableNow(
  deps: OpsDeps,
  { isFinished }: Erasure,
  { named, before }: WayToPayer,
): Promise<Unreadables> {
  // An erasure that ran out of time is called again, and counts them then.
  if (!isFinished) return NONE;
  if (named.erasedAt === undefined) return unreadableLike(deps, named);
  if (before === null) return NONE;
  const { count, names } = before.unreadable;
  const stays = await mapConcurrently(names, LANES, (one) => isStillStored(deps, one));
  const still = names.filter((_, at) => stays[at]);
  return { count: Math.max(0, count - names.length) + still.length, names: still };
}

/**
 * Whether an order that could not be read holds a payer still. One that can be read by now may be
 * another payer's with the same end of their id, so a person has to name it.
 */
async function isStillStored({ store }: OpsDeps, name: string): Promise<boolean> {
  if (!isOutTradeNo(name) || (await store.orders.raw(name)) !== null) return true;
  const [order] = await store.orders.find([name]);
  return order !== undefined && order.erasedAt === undefined;
}

const NONE: Unreadables = { count: 0, names: [] };

/**
 * The orders that cannot be read and whose payer's id has the same end. Orders whose payer itself
 * cannot be read are not among them.
 */
async function unreadableLike({ store }: OpsDeps, { payer }: WholeOrder): Promise<Unreadables> {
  const by = { kind: 'payer', tail: payer.slice(-PAYER_TAIL), created: { from: null, to: null } } as const;
  const names: string[] = [];
  let count = 0;
  let after: string | null = null;
  for (let pages = 0; pages < LOOKED_AT; pages += 1) {
    const page: Awaited<ReturnType<typeof store.orders.lookUp>> = await store.orders.lookUp({
      by,
      after,
      limit: LARGEST_PAGE,
    });
    count += page.unreadable.length;
    names.push(...page.unreadable.slice(0, NAMED - names.length).map(({ name }) => name));
    after = page.next;
    if (after === null) break;
  }
  return { count, names };
}

/**
 * Whether an erasure needs a second person: it changes every order of a payer, which may be more
 * than a bulk action may have.
 */
export async function isLargeErasure(deps: OpsDeps, name: string): Promise<boolean> {
  const above = deps.secondPerson.bulkAbove;
  if (above === null) return false;
  const way = await wayToPayer(deps, name);
  if (way === null || way.named.erasedAt !== undefined) return false;
  const { named } = way;
  let orders = 0;
  for await (const page of ordersOf(deps.store, named.payer, Math.min(above + 1, LARGEST_PAGE))) {
    orders += page.length;
    if (bulkNeedsSecondPerson(above, orders)) return true;
  }
  return false;
}
