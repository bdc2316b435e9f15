import { useEffect } from 'preact/hooks';
import type { OpsOperations } from '../../lib/ops/api';
import { useAsk } from '../api/use-ask';
import { itemName } from '../reading/names';
import { hrefOf, type Route } from '../route';
import { useSession } from '../session';
import { Code, Empty, Go, Pending, Waiting } from '../view/parts';

type Found = OpsOperations['search']['answer']['found'][number];

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
        ) : found.length === 0 && !waiting ? (
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
      </div>
    </>
  );
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
