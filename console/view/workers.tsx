import type { WorkerName } from '../../lib/config/jobs';
import type { Figures } from '../../lib/model/figures';
import type { OpsOperations } from '../../lib/ops/api';
import { useAsk } from '../api/use-ask';
import { count } from '../reading/money';
import { useSession } from '../session';
import { Chip, Moment, Panel, Pending, Span } from './parts';
import { PauseOf } from './pauses';

type Answer = OpsOperations['workers']['answer'];
type Standing = Answer['workers'][number];

/** Each worker's last and next run, its result and what waits for it. */
export function Workers() {
  const { words } = useSession();
  const { answer, failure } = useAsk('workers', {});
  return (
    <Panel id="workers" title={words.workers.title}>
      {answer === null ? (
        <Pending failure={failure} />
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
                  <Line key={one.worker} of={one} pauses={answer.pauses} />
                ))}
              </tbody>
            </table>
          </div>
          {answer.notedEveryMs === null ? null : (
            <p class="quiet">{words.workers.noted(Math.round(answer.notedEveryMs / MINUTE_MS))}</p>
          )}
          <ul class="pausable">
            {answer.merchants.map((name) => (
              <li key={name}>
                {words.pause.merchant} <code>{name}</code>{' '}
                <PauseOf of={{ kind: 'merchant', name }} pauses={answer.pauses} />
              </li>
            ))}
          </ul>
        </div>
      )}
    </Panel>
  );
}

const COLUMNS = ['worker', 'result', 'last', 'duration', 'next', 'backlog', 'paused'] as const;

const MINUTE_MS = 60_000;

function Line({
  of: { worker, isRunning, last, nextAt },
  pauses,
}: {
  readonly of: Standing;
  readonly pauses: Answer['pauses'];
}) {
  const { words, overview } = useSession();
  const { none } = words.list;
  const backlog = BACKLOGS[worker]?.(overview.figures) ?? null;
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
      <td data-label={words.workers.paused}>
        <PauseOf of={{ kind: 'worker', name: worker }} pauses={pauses} />
      </td>
    </tr>
  );
}

/** How much waits for a worker now, where that is counted. */
const BACKLOGS: Readonly<Partial<Record<WorkerName, (figures: Figures) => number>>> = {
  processInbox: ({ pending }) => pending,
  fulfillOrders: ({ orders }) => orders.fulfilment.due,
  followRefunds: ({ refunds: { requested, processing, abnormal } }) => requested + processing + abnormal,
  reconcileOrders: ({ orders }) => orders.payment.pending,
};
