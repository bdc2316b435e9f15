import type { Order, WholeOrder } from '../model/order';
import { mapConcurrently } from '../runtime/concurrency';
import type { ErasureHindrance } from '../rules/erasure';
import { whyNotErasable } from '../rules/erasure';
import type { Store } from '../store/port';
import type { OutTradeNo, PayerId } from '../values/ids';
import type { Clock, Instant } from '../values/instant';

/** What erasing needs. */
export interface EraseDeps {
  readonly store: {
    readonly personal: Store['personal'];
    readonly inbox: Pick<Store['inbox'], 'ofOrder'>;
    readonly refunds: Pick<Store['refunds'], 'ofOrder'>;
    readonly discrepancies: Pick<Store['discrepancies'], 'ofOrder'>;
  };
  readonly clock: Clock;
}

/** An order whose personal data stays for now, and why. */
export interface Unerased {
  readonly outTradeNo: OutTradeNo;
  readonly why: ErasureHindrance;
}

/**
 * What one call erased, in numbers of items. `left`: orders that have not ended. Unless
 * `isFinished`, the call is to be repeated: its time was up, or an order changed meanwhile.
 */
export interface Erasure {
  readonly orders: number;
  readonly messages: number;
  readonly discrepancies: number;
  readonly left: readonly Unerased[];
  readonly isFinished: boolean;
}

/** Orders per step. */
const PAGE = 100;

/** Orders about which is read at the same time. */
const LANES = 8;

/**
 * Erases the personal data of the payer of this order from all orders of theirs that have ended,
 * and from what the inbox and the discrepancies keep about those. No step begins after `until`.
 *
 * The named order comes last, since only it leads to the payer: a call that breaks off, or runs out
 * of time, is repeated with the same order. Of one order, what is stored elsewhere comes first.
 *
 * What the books consist of is left: amounts, numbers, times, statement runs, and the bills, which
 * name payers, in the archive.
 *
 * Rejects with `StoreError`; what was erased by then stays erased.
 */
export async function erasePayer(deps: EraseDeps, named: WholeOrder, until: Instant): Promise<Erasure> {
  const { payer } = named;
  const erasing = { orders: 0, messages: 0, discrepancies: 0 };
  const left: Unerased[] = [];
  const erase = async (orders: readonly WholeOrder[]) => {
    const step = await eraseEnded(deps, orders);
    erasing.orders += step.orders;
    erasing.messages += step.messages;
    erasing.discrepancies += step.discrepancies;
    left.push(...step.left);
    return step.isFinished;
  };
  let isFinished = true;
  if (named.erasedAt !== undefined) return { ...erasing, left, isFinished: true };
  for await (const page of ordersOf(deps.store, payer, PAGE)) {
    if (deps.clock.now() >= until) return { ...erasing, left, isFinished: false };
    const others = page.filter(({ outTradeNo }) => outTradeNo !== named.outTradeNo);
    isFinished = (await erase(others)) && isFinished;
  }
  if (isFinished) isFinished = await erase([named]);
  return { ...erasing, left, isFinished };
}

/** All orders of a payer, newest created first, `limit` (1 to 1000) per page. */
export async function* ordersOf(
  { personal }: Pick<Store, 'personal'>,
  payer: PayerId,
  limit: number,
): AsyncGenerator<readonly WholeOrder[], void, undefined> {
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<Store['personal']['ordersOf']>> = await personal.ordersOf({
      payer,
      after,
      limit,
    });
    yield page.items;
    after = page.next;
  } while (after !== null);
}

/**
 * Erases the personal data of those of these orders (at most 1000) that have ended, and of what is
 * stored about them, the order itself last. Safe to repeat.
 *
 * Rejects with `StoreError`; what was erased by then stays erased.
 */
export async function eraseEnded({ store, clock }: EraseDeps, orders: readonly Order[]): Promise<Erasure> {
  const looked = await mapConcurrently(orders, LANES, async (order) => {
    const { outTradeNo } = order;
    const [messages, refunds, discrepancies] = await Promise.all([
      store.inbox.ofOrder(outTradeNo),
      order.refunds.length === 0 ? [] : store.refunds.ofOrder(outTradeNo),
      store.discrepancies.ofOrder(outTradeNo),
    ]);
    return { order, why: whyNotErasable(order, { messages, refunds, discrepancies }) };
  });
  const ended = looked.flatMap(({ order, why }) => (why === null ? [order] : []));
  const left = looked.flatMap(({ order: { outTradeNo }, why }) =>
    why === null ? [] : [{ outTradeNo, why }],
  );
  const numbers = ended.map(({ outTradeNo }) => outTradeNo);
  const messages = await store.personal.eraseMessages(numbers);
  const discrepancies = await store.personal.eraseDiscrepancies(numbers);
  const erased = await store.personal.eraseOrders(ended, clock.now());
  return { orders: erased, messages, discrepancies, left, isFinished: erased === ended.length };
}
