import { useEffect } from 'preact/hooks';
import type { OpsOperations } from '../../lib/ops/api';
import { useAsk } from '../api/use-ask';
import { fenToYuan } from '../../lib/values/fen';
import { itemName } from '../reading/names';
import { hrefOf, ordersRoute, type LookUp, type Route } from '../route';
import { useSession } from '../session';
import { Code, Empty, Go, Moment, Money, Pending, Waiting } from '../view/parts';

type Found = OpsOperations['search']['answer']['found'][number];
type Orders = OpsOperations['search']['answer']['orders'][number];

/** Items with a number, key, transaction or day. A single result opens at once. */
export function Search({ route }: { readonly route: Extract<Route, { screen: 'search' }> }) {
  const { words } = useSession();
  const { answer, failure, waiting } = useAsk('search', { text: route.text });
  const found = answer?.found ?? [];
  // A refund is shown on its order's page, so both lead to one place.
  const places = [...new Set(found.map((one) => hrefOf(routeOf(one, found))))];
  const [only] = places;
  const here = !waiting && places.length === 1 ? only : undefined;
  useEffect(() => {
    if (here !== undefined) location.replace(here);
  }, [here]);
  return (
    <>
      <div class="bar">
        <h1>{words.search.title(route.text)}</h1>
      </div>
      <div class="list">
        <Waiting waiting={waiting} />
        {answer === null ? (
          <Pending failure={failure} />
        ) : found.length + answer.orders.length === 0 && !waiting ? (
          <Empty what={words.table.empty.search} />
        ) : (
          <ul class="found">
            {found.map((one) => (
              <li key={`${one.kind} ${one.name}`} data-row>
                <Go to={routeOf(one, found)} data-row-link>
                  <span>{words.search.kind[one.kind]}</span> <Code>{itemName(one.kind, one.name)}</Code>
                </Go>
              </li>
            ))}
          </ul>
        )}
        {answer?.orders.map((some) => (
          <SomeOrders key={some.by.kind} some={some} />
        ))}
      </div>
    </>
  );
}

/** Orders that a text may mean, and the whole list of them. */
function SomeOrders({ some: { by, items } }: { readonly some: Orders }) {
  const { words } = useSession();
  const look = lookUpOf(by);
  if (look === null) return null;
  const text = look.kind === 'amount' ? `¥${look.text}` : look.text;
  return (
    <section aria-label={words.find.by[look.kind](text)}>
      <p>
        {words.find.by[look.kind](text)} · <Go to={ordersRoute({ by: look })}>{words.find.all}</Go>
      </p>
      <ul class="found">
        {items.map(({ outTradeNo, total, payment, fulfilment, createdAt, payer }) => (
          <li key={outTradeNo} data-row>
            <Go to={{ screen: 'order', outTradeNo }} data-row-link>
              <Code>{outTradeNo}</Code> <Money fen={total} /> {words.payment[payment]} ·{' '}
              {words.fulfilment[fulfilment]} · <Code>{payer}</Code> <Moment at={createdAt} />
            </Go>
          </li>
        ))}
      </ul>
    </section>
  );
}

function lookUpOf(by: Orders['by']): LookUp | null {
  switch (by.kind) {
    case 'prefix':
      return { kind: 'prefix', text: by.prefix };
    case 'amount':
      return { kind: 'amount', text: fenToYuan(by.total) };
    case 'payer':
      return { kind: 'payer', text: by.tail };
    case 'size':
      return null;
  }
}

function routeOf({ kind, name }: Found, all: readonly Found[]): Route {
  switch (kind) {
    case 'order':
      return { screen: 'order', outTradeNo: name };
    case 'refund': {
      const order = all.find((one) => one.kind === 'order');
      return order === undefined
        ? { screen: 'refund', outRefundNo: name }
        : { screen: 'order', outTradeNo: order.name };
    }
    case 'message':
      return { screen: 'message', key: name };
    case 'discrepancy':
      return { screen: 'discrepancy', id: name };
    case 'run':
      return { screen: 'run', id: name, class: null, after: null };
  }
}
