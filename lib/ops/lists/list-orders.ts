import type { Person } from '../../model/operators/principal';
import { refundsReserved } from '../../orders/refunds-reserved';
import type { ListedPage, OpenSpan, OrderLookUp, StuckState } from '../../store/requests';
import { STUCK_STATES } from '../../store/requests';
import type { Order } from '../../model/order';
import { instant } from '../../values/instant';
import { orderActions } from '../allowed-actions';
import type { OpsOperations, OpsReply } from '../api';
import type { OpsDeps } from '../deps';
import { refused } from '../refused';
import { lateQuery } from '../watch/observe';
import { orderLine, unreadableDetail } from './views';

type Asked = OpsOperations['list_orders']['params'];

/** Rows of a page by default. */
const ROWS = 50;

/** Orders by their states and times, or by what a person knows of them. */
export async function listOrders(deps: OpsDeps, by: Person, asked: Asked): Promise<OpsReply<'list_orders'>> {
  const how = readingOf(asked);
  if (how === null) {
    return refused(
      'BAD_INPUT',
      'ask by prefix, amount or payer alone; sort by amount all orders, or held or failed ones, of all times',
    );
  }
  const { store } = deps;
  const { after = null, limit = ROWS } = asked;
  const [page, sum] = await Promise.all([
    how.kind === 'look_up' ? store.orders.lookUp({ by: how.by, after, limit }) : listed(deps, asked),
    after === null ? sumOf(deps, asked) : null,
  ]);
  const refunds = await refundsReserved(store, page.items);
  return {
    ok: true,
    items: page.items.map((order) => ({
      ...orderLine(order, refunds),
      actions: orderActions(order, by, refunds),
    })),
    unreadable: page.unreadable.map(unreadableDetail),
    next: page.next,
    sum,
  };
}

/** How a list is read: by look-up or by state; null for a combination that no index sorts. */
export function readingOf(
  asked: Asked,
): { readonly kind: 'look_up'; readonly by: OrderLookUp } | { readonly kind: 'states' } | null {
  const { payment = null, fulfilment = null, late = null, sort = 'newest' } = asked;
  const { prefix = null, amount = null, payer = null } = asked;
  const created = spanOf(asked);
  const isAnyTime = created.from === null && created.to === null;
  const hasStates = payment !== null || fulfilment !== null || late !== null;
  const given = [prefix, amount, payer].filter((one) => one !== null);
  if (given.length > 0) {
    if (given.length > 1 || hasStates || sort !== 'newest') return null;
    if (amount !== null) return { kind: 'look_up', by: { kind: 'amount', total: amount, created } };
    if (payer !== null) return { kind: 'look_up', by: { kind: 'payer', tail: payer, created } };
    return prefix === null || !isAnyTime ? null : { kind: 'look_up', by: { kind: 'prefix', prefix } };
  }
  if (sort === 'newest' || sort === 'oldest') return { kind: 'states' };
  const stuck = stuckState(fulfilment);
  if (payment !== null || late !== null || !isAnyTime || (fulfilment !== null && stuck === null)) return null;
  return { kind: 'look_up', by: { kind: 'size', first: sort, fulfilment: stuck } };
}

function listed({ store, clock, lateness }: OpsDeps, asked: Asked): Promise<ListedPage<Order>> {
  const { payment = null, fulfilment = null, late = null, sort = 'newest', after = null } = asked;
  return store.orders.list({
    payment,
    fulfilment,
    late: late === null ? null : { kind: late, by: lateQuery(lateness, clock.now()) },
    created: spanOf(asked),
    first: sort === 'oldest' ? 'oldest' : 'newest',
    after,
    limit: asked.limit ?? ROWS,
  });
}

/** The sum of the whole list where few orders can be in it; null elsewhere. */
async function sumOf({ store }: OpsDeps, asked: Asked) {
  const { payment = null, fulfilment = null, late = null } = asked;
  const { from, to } = spanOf(asked);
  const stuck = stuckState(fulfilment);
  if (stuck === null || payment !== null || late !== null || from !== null || to !== null) return null;
  const ever = { from: instant(0), to: instant(Number.MAX_SAFE_INTEGER) };
  return (await store.orders.stuckBetween(ever))[stuck];
}

function spanOf({ from = null, to = null }: Asked): OpenSpan {
  return { from, to };
}

function stuckState(fulfilment: Asked['fulfilment']): StuckState | null {
  return STUCK_STATES.find((one) => one === fulfilment) ?? null;
}
