import type { Figures } from '../../lib/model/figures';
import type { OpsOperations } from '../../lib/ops/api';
import { useAsk } from '../api/use-ask';
import { count } from '../reading/money';
import { useSession } from '../session';
import { Chip, Moment, Panel, Pending, Span } from './parts';

type Standing = NonNullable<OpsOperations['workers']['answer']['workers']>[number];

/** Each worker's last and next run, its result and what waits for it. */
export function Workers() {
  const { words } = useSession();
  const { answer, failure } = useAsk('workers', {});
  return (
    <Panel id="workers" title={words.workers.title}>
      {answer === null ? (
        <Pending failure={failure} />
      ) : answer.workers === null ? (
        <p class="empty">{words.workers.unknown}</p>
      ) : (
        <div class="list">
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  {COLUMNS.map((column) => (
                    <th key={column} scope="col">
                      {words.workers[column]}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {answer.workers.map((one) => (
                  <Line key={one.worker} of={one} />
                ))}
              </tbody>
            </table>
          </div>
        </div>
      )}
    </Panel>
  );
}

const COLUMNS = ['worker', 'result', 'last', 'duration', 'next', 'backlog'] as const;

function Line({ of: { worker, isRunning, last, nextAt } }: { readonly of: Standing }) {
  const { words, overview } = useSession();
  const { none } = words.list;
  const backlog = backlogOf(worker, overview.figures);
  return (
    <tr>
      <td>
        {words.workers.name[worker]} <code>{worker}</code>
      </td>
      <td data-label={words.workers.result}>
        {isRunning ? (
          <Chip tone="plain">{words.workers.running}</Chip>
        ) : last === null ? (
          none
        ) : (
          <Chip tone={last.outcome === 'done' ? 'good' : 'bad'}>{words.workers.outcome[last.outcome]}</Chip>
        )}
      </td>
      <td data-label={words.workers.last}>{last === null ? none : <Moment at={last.startedAt} />}</td>
      <td data-label={words.workers.duration}>{last === null ? none : <Span ms={last.ms} />}</td>
      <td data-label={words.workers.next}>{nextAt === null ? none : <Moment at={nextAt} />}</td>
      <td data-label={words.workers.backlog}>{backlog === null ? none : count(backlog)}</td>
    </tr>
  );
}

/** What waits for a worker now; null where that is not counted. */
function backlogOf(worker: Standing['worker'], { pending, orders, refunds }: Figures): number | null {
  switch (worker) {
    case 'processInbox':
      return pending;
    case 'fulfillOrders':
      return orders.fulfilment.due;
    case 'followRefunds':
      return refunds.requested + refunds.processing + refunds.abnormal;
    case 'reconcileOrders':
      return orders.payment.pending;
    case 'reconcileStatement':
    case 'retain':
    case 'watchdog':
      return null;
  }
}
