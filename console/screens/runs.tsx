import { API_LIMITS } from '../../lib/ops/api';
import { useAsk } from '../api/use-ask';
import type { Route } from '../route';
import { useSession } from '../session';
import { ExportList } from '../view/export';
import { List } from '../view/list';
import { Go } from '../view/parts';
import { useRunColumns } from '../view/books/run-columns';

/** The days that were reconciled, the latest first. */
export function Runs({ route }: { readonly route: Extract<Route, { screen: 'runs' }> }) {
  const { words, client } = useSession();
  const { answer, failure, waiting } = useAsk('list_runs', { after: route.after });
  const columns = useRunColumns();
  return (
    <>
      <div class="bar">
        <h1>{words.place.runs}</h1>
        <div class="tools">
          <Go to={{ screen: 'books' }}>{words.books.months}</Go>
          <ExportList
            name="statements"
            columns={columns}
            read={async (after) => {
              const outcome = await client.ask('list_runs', { after, limit: API_LIMITS.page });
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
        nameOf={({ id }) => id}
        routeOf={({ id }) => ({ screen: 'run', id, class: null, after: null })}
        actionsOf={({ actions }) => actions}
        nextRoute={(after) => ({ screen: 'runs', after })}
        firstRoute={route.after === null ? null : { screen: 'runs', after: null }}
        empty={words.table.empty.runs}
      />
    </>
  );
}
