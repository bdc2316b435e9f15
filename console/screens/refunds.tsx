import { API_LIMITS, type OpsOperations } from '../../lib/ops/api';
import { csvNumber } from '../../lib/values/csv';
import { fenToYuan } from '../../lib/values/fen';
import { useAsk } from '../api/use-ask';
import { moment } from '../reading/time';
import { CHOICES, type Route } from '../route';
import { useSession } from '../session';
import { ExportList } from '../view/export';
import { Tabs } from '../view/filters';
import { List, type ListColumn } from '../view/list';
import { Chip, Code, Moment, Money } from '../view/parts';
import { REFUND_TONE } from '../view/tones';

type Item = OpsOperations['list_refunds']['answer']['items'][number];
type Here = Extract<Route, { screen: 'refunds' }>;

const STATES = ['all', ...CHOICES.refund] as const;

/** Refunds, by their state. Each is shown on its order's page. */
export function Refunds({ route }: { readonly route: Here }) {
  const { words, client, overview } = useSession();
  const { answer, failure, waiting } = useAsk('list_refunds', { state: route.state, after: route.after });
  const columns = useColumns();
  const counts = overview.figures.refunds;
  return (
    <>
      <div class="bar">
        <h1>{words.place.refunds}</h1>
        <Tabs
          name={words.filter.state}
          choices={STATES}
          chosen={route.state ?? 'all'}
          label={(state) => (state === 'all' ? words.filter.all : words.refund.state[state])}
          count={(state) => (state === 'all' ? null : counts[state])}
          route={(state) => ({ screen: 'refunds', state: state === 'all' ? null : state, after: null })}
        />
        <div class="tools">
          <ExportList
            name="refunds"
            columns={columns}
            read={async (after) => {
              const outcome = await client.ask('list_refunds', {
                state: route.state,
                after,
                limit: API_LIMITS.page,
              });
              return outcome.ok ? { ok: true, ...outcome.answer } : outcome;
            }}
          />
        </div>
      </div>
      {route.state === 'abnormal' ? <p class="advice">{words.refund.abnormalAdvice}</p> : null}
      <List
        columns={columns}
        page={answer}
        failure={failure}
        waiting={waiting}
        nameOf={({ outRefundNo }) => outRefundNo}
        routeOf={({ outTradeNo }) => ({ screen: 'order', outTradeNo })}
        actionsOf={({ actions }) => actions}
        nextRoute={(after) => ({ ...route, after })}
        firstRoute={route.after === null ? null : { ...route, after: null }}
        bulk={{ refund: route.state }}
        empty={words.table.empty.refunds}
      />
    </>
  );
}

function useColumns(): readonly ListColumn<Item>[] {
  const { words } = useSession();
  return [
    {
      id: 'refund',
      kind: 'code',
      cell: ({ outRefundNo }) => <Code>{outRefundNo}</Code>,
      csv: ({ outRefundNo }) => csvNumber(outRefundNo),
    },
    {
      id: 'order',
      kind: 'code',
      cell: ({ outTradeNo }) => <Code>{outTradeNo}</Code>,
      csv: ({ outTradeNo }) => csvNumber(outTradeNo),
    },
    {
      id: 'refundAmount',
      kind: 'number',
      cell: ({ amount }) => <Money fen={amount} />,
      csv: ({ amount }) => fenToYuan(amount),
    },
    {
      id: 'state',
      cell: ({ progress: { state } }) => <Chip tone={REFUND_TONE[state]}>{words.refund.state[state]}</Chip>,
      csv: ({ progress: { state } }) => words.refund.state[state],
    },
    // What `npm run match` needs to compare the exported file with a bill.
    {
      id: 'transaction',
      csvOnly: true,
      cell: ({ transactionId }) => transactionId,
      csv: ({ transactionId }) => (transactionId === null ? null : csvNumber(transactionId)),
    },
    {
      id: 'refundedAt',
      csvOnly: true,
      cell: ({ progress }) => refundedAt(progress),
      csv: ({ progress }) => refundedAt(progress),
    },
    { id: 'merchant', csvOnly: true, cell: ({ subMchId }) => subMchId, csv: ({ subMchId }) => subMchId },
    {
      id: 'origin',
      cell: ({ origin }) => words.refund.origin[origin],
      csv: ({ origin }) => words.refund.origin[origin],
    },
    { id: 'reason', cell: ({ reason }) => reason ?? words.list.none, csv: ({ reason }) => reason },
    {
      id: 'requested',
      kind: 'number',
      cell: ({ createdAt }) => <Moment at={createdAt} />,
      csv: ({ createdAt }) => moment(createdAt),
    },
  ];
}

/** When the money went back, as Beijing wall time; null while it has not, or if not known. */
function refundedAt(progress: Item['progress']): string | null {
  return progress.state === 'succeeded' && progress.succeededAt !== null
    ? moment(progress.succeededAt)
    : null;
}
