import { API_LIMITS, type OpsOperations } from '../../lib/ops/api';
import { csvNumber } from '../../lib/values/csv';
import { fenToYuan, isPayableFen, yuanToFen } from '../../lib/values/fen';
import { yuan } from '../../lib/values/yuan';
import { useAsk } from '../api/use-ask';
import { count } from '../reading/money';
import { fieldInstant, moment } from '../reading/time';
import { CHOICES, placeRoute, type LookUp, type Route } from '../route';
import { useSession } from '../session';
import { ExportList } from '../view/export';
import { Choice, Times } from '../view/filters';
import { List, type ListColumn } from '../view/list';
import { Chip, Code, Go, Moment, Money } from '../view/parts';
import { FULFILMENT_TONE, PAYMENT_TONE } from '../view/tones';

type Item = OpsOperations['list_orders']['answer']['items'][number];
type Here = Extract<Route, { screen: 'orders' }>;

/** Orders, by payment and fulfilment. */
export function Orders({ route }: { readonly route: Here }) {
  const { words, client } = useSession();
  const filter = filterOf(route);
  const { answer, failure, waiting } = useAsk('list_orders', { ...filter, after: route.after });
  const columns = useColumns();
  const first: Here = { ...route, after: null };
  return (
    <>
      <div class="bar">
        <h1>{words.place.orders}</h1>
        <Choice
          name={words.filter.payment}
          choices={CHOICES.payment}
          chosen={route.payment}
          label={(payment) => words.payment[payment]}
          route={(payment) => ({ ...anyAmount(first), payment, late: null })}
        />
        <Choice
          name={words.filter.fulfilment}
          choices={CHOICES.fulfilment}
          chosen={route.fulfilment}
          label={(fulfilment) => words.fulfilment[fulfilment]}
          route={(fulfilment) => ({ ...anyAmount(first), fulfilment, late: null })}
        />
        <Choice
          name={words.filter.late}
          choices={CHOICES.late}
          chosen={route.late}
          label={(late) => words.filter.lateKind[late]}
          route={(late) => ({ ...anyAmount(first), payment: null, fulfilment: null, late })}
        />
        <Choice
          name={words.find.sort}
          choices={CHOICES.sort}
          chosen={route.sort}
          label={(sort) => words.find.sorts[sort]}
          none={null}
          route={(sort) => sortedRoute(first, sort ?? 'newest')}
        />
        <Times
          from={route.from}
          to={route.to}
          route={(from, to) => ({ ...first, ...inSpan(first), from, to })}
        />
        {route.by === null ? null : (
          <p class="about">
            {words.find.by[route.by.kind](lookUpText(route.by))}{' '}
            <Go to={placeRoute('orders')}>{words.filter.clear}</Go>
          </p>
        )}
        {answer?.sum === null || answer?.sum === undefined || route.after !== null ? null : (
          <p class="about">{words.find.sum(count(answer.sum.count), yuan(answer.sum.total))}</p>
        )}
        <div class="tools">
          <ExportList
            name="orders"
            columns={columns}
            read={async (after) => {
              const outcome = await client.ask('list_orders', { ...filter, after, limit: API_LIMITS.page });
              return outcome.ok ? { ok: true, ...outcome.answer } : outcome;
            }}
          />
        </div>
      </div>
      <List
        columns={columns}
        page={answer}
        failure={failure}
        waiting={waiting}
        nameOf={({ outTradeNo }) => outTradeNo}
        routeOf={({ outTradeNo }) => ({ screen: 'order', outTradeNo })}
        actionsOf={({ actions }) => actions}
        nextRoute={(after) => ({ ...route, after })}
        firstRoute={route.after === null ? null : first}
        bulk={
          route.by !== null || route.sort === 'largest' || route.sort === 'smallest'
            ? null
            : {
                payment: filter.payment,
                fulfilment: filter.fulfilment,
                late: filter.late,
                from: filter.from,
                to: filter.to,
              }
        }
        empty={route.late === null ? words.table.empty.orders : words.table.empty.ordersLate}
      />
    </>
  );
}

function filterOf({ payment, fulfilment, late, sort, from, to, by }: Here) {
  const amount = by?.kind === 'amount' ? yuanToFen(by.text) : null;
  return {
    payment,
    fulfilment,
    late,
    sort,
    from: from === null ? null : fieldInstant(from),
    to: to === null ? null : fieldInstant(to),
    prefix: by?.kind === 'prefix' ? by.text : null,
    amount: amount !== null && isPayableFen(amount) ? amount : null,
    payer: by?.kind === 'payer' ? by.text : null,
  };
}

/** A list by state is sorted by time, and is none that is looked up. */
function anyAmount(route: Here): Here {
  return { ...route, by: null, sort: route.sort === 'oldest' ? 'oldest' : 'newest' };
}

/** By amount the server sorts all orders, or the held or failed ones, of all times. */
function sortedRoute(route: Here, sort: Here['sort']): Here {
  if (sort === 'newest' || sort === 'oldest') return { ...route, sort, by: null };
  const { fulfilment } = route;
  const stuck = fulfilment === 'held' || fulfilment === 'dead' ? fulfilment : null;
  return { ...route, payment: null, fulfilment: stuck, late: null, from: null, to: null, by: null, sort };
}

/** A span goes with an amount or a payer, and with what is sorted by time. */
function inSpan(route: Here): Pick<Here, 'sort' | 'by'> {
  return { sort: anyAmount(route).sort, by: route.by?.kind === 'prefix' ? null : route.by };
}

function lookUpText({ kind, text }: LookUp): string {
  const amount = kind === 'amount' ? yuanToFen(text) : null;
  return amount === null ? text : yuan(amount);
}

function useColumns(): readonly ListColumn<Item>[] {
  const { words } = useSession();
  return [
    {
      id: 'order',
      kind: 'code',
      cell: ({ outTradeNo }) => <Code>{outTradeNo}</Code>,
      csv: ({ outTradeNo }) => csvNumber(outTradeNo),
    },
    { id: 'body', cell: ({ body }) => body, csv: ({ body }) => body },
    {
      id: 'total',
      kind: 'number',
      cell: ({ total }) => <Money fen={total} />,
      csv: ({ total }) => fenToYuan(total),
    },
    {
      id: 'payment',
      cell: ({ payment }) => <Chip tone={PAYMENT_TONE[payment]}>{words.payment[payment]}</Chip>,
      csv: ({ payment }) => words.payment[payment],
    },
    {
      id: 'fulfilment',
      cell: ({ fulfilment }) => (
        <Chip tone={FULFILMENT_TONE[fulfilment]}>{words.fulfilment[fulfilment]}</Chip>
      ),
      csv: ({ fulfilment }) => words.fulfilment[fulfilment],
    },
    {
      id: 'refunded',
      kind: 'number',
      cell: ({ refunded, refunding }) => (
        <>
          {refunded === 0 ? words.list.none : <Money fen={refunded} />}
          {refunding === 0 ? null : (
            <small class="below">
              {words.order.asked} <Money fen={refunding} />
            </small>
          )}
        </>
      ),
      csv: ({ refunded }) => fenToYuan(refunded),
    },
    {
      id: 'refunding',
      kind: 'number',
      csvOnly: true,
      cell: ({ refunding }) => <Money fen={refunding} />,
      csv: ({ refunding }) => fenToYuan(refunding),
    },
    // What `npm run match` needs to compare the exported file with a bill.
    {
      id: 'transaction',
      csvOnly: true,
      cell: ({ transactionId }) => transactionId,
      csv: ({ transactionId }) => (transactionId === null ? null : csvNumber(transactionId)),
    },
    {
      id: 'paid',
      csvOnly: true,
      cell: ({ paidAt }) => (paidAt === null ? null : moment(paidAt)),
      csv: ({ paidAt }) => (paidAt === null ? null : moment(paidAt)),
    },
    { id: 'merchant', csvOnly: true, cell: ({ subMchId }) => subMchId, csv: ({ subMchId }) => subMchId },
    { id: 'payer', kind: 'code', cell: ({ payer }) => <Code>{payer}</Code>, csv: ({ payer }) => payer },
    {
      id: 'created',
      kind: 'number',
      cell: ({ createdAt }) => <Moment at={createdAt} />,
      csv: ({ createdAt }) => moment(createdAt),
    },
  ];
}
