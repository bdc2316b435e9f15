import { API_LIMITS, type OpsOperations } from '../../lib/ops/api';
import { csvNumber } from '../../lib/values/csv';
import { fenToYuan } from '../../lib/values/fen';
import { useAsk } from '../api/use-ask';
import { moment } from '../reading/time';
import { CHOICES, type Route } from '../route';
import { useSession } from '../session';
import { ExportList } from '../view/export';
import { Choice } from '../view/filters';
import { List, type Column } from '../view/list';
import { Chip, Code, Moment, Money } from '../view/parts';
import { FULFILMENT_TONE, PAYMENT_TONE } from '../view/tones';

type Item = OpsOperations['list_orders']['answer']['items'][number];
type Here = Extract<Route, { screen: 'orders' }>;

/** Orders, by payment and fulfilment. */
export function Orders({ route }: { readonly route: Here }) {
  const { words, client } = useSession();
  const filter = { payment: route.payment, fulfilment: route.fulfilment, late: route.late };
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
          route={(payment) => ({ ...first, payment, late: null })}
        />
        <Choice
          name={words.filter.fulfilment}
          choices={CHOICES.fulfilment}
          chosen={route.fulfilment}
          label={(fulfilment) => words.fulfilment[fulfilment]}
          route={(fulfilment) => ({ ...first, fulfilment, late: null })}
        />
        <Choice
          name={words.filter.late}
          choices={CHOICES.late}
          chosen={route.late}
          label={(late) => words.filter.lateKind[late]}
          route={(late) => ({ ...first, payment: null, fulfilment: null, late })}
        />
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
        empty={route.late === null ? words.table.empty.orders : words.table.empty.ordersLate}
      />
    </>
  );
}

function useColumns(): readonly Column<Item>[] {
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
