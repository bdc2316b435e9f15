import { API_LIMITS } from '../../lib/ops/api';
import { useAsk } from '../api/use-ask';
import { CHOICES, type Route } from '../route';
import { useSession } from '../session';
import { useDiscrepancyColumns } from '../view/books/discrepancy-columns';
import { ExportList } from '../view/export';
import { Choice, Tabs } from '../view/filters';
import { List } from '../view/list';
import { Go } from '../view/parts';

type Here = Extract<Route, { screen: 'discrepancies' }>;

/** The discrepancies between WeChat Pay's books and ours. */
export function Discrepancies({ route }: { readonly route: Here }) {
  const { words, client, overview } = useSession();
  const filter = { state: route.state, class: route.class };
  const { answer, failure, waiting } = useAsk('list_discrepancies', { ...filter, after: route.after });
  const columns = useDiscrepancyColumns(route.state);
  const open = overview.figures.openDiscrepancies;
  const first: Here = { ...route, after: null };
  const empty = {
    open: words.table.empty.discrepanciesOpen,
    carried_over: words.table.empty.discrepanciesCarried,
    resolved: words.table.empty.discrepanciesResolved,
  };
  return (
    <>
      <div class="bar">
        <h1>{words.place.discrepancies}</h1>
        <Tabs
          name={words.filter.state}
          choices={CHOICES.discrepancy}
          chosen={route.state}
          label={(state) => words.discrepancy.state[state]}
          count={(state) => (state === 'open' ? Object.values(open).reduce((sum, n) => sum + n, 0) : null)}
          route={(state) => ({ ...first, state })}
        />
        <Choice
          name={words.filter.class}
          choices={CHOICES.class}
          chosen={route.class}
          label={(discrepancyClass) => {
            const n = route.state === 'open' ? (open[discrepancyClass] ?? 0) : 0;
            return n === 0
              ? words.discrepancy.class[discrepancyClass]
              : `${words.discrepancy.class[discrepancyClass]} (${n})`;
          }}
          route={(discrepancyClass) => ({ ...first, class: discrepancyClass })}
        />
        <div class="tools">
          <Go to={{ screen: 'openItems', owner: null, bucket: null, after: null }}>
            {words.books.open.title}
          </Go>
          <ExportList
            name={`discrepancies-${route.state}`}
            columns={columns}
            read={async (after) => {
              const outcome = await client.ask('list_discrepancies', {
                ...filter,
                after,
                limit: API_LIMITS.page,
              });
              return outcome.ok ? { ok: true, ...outcome.answer } : outcome;
            }}
          />
        </div>
      </div>
      {route.class === null ? null : <p class="advice">{words.discrepancy.advice[route.class]}</p>}
      <List
        columns={columns}
        page={answer}
        failure={failure}
        waiting={waiting}
        nameOf={({ id }) => id}
        routeOf={({ id }) => ({ screen: 'discrepancy', id })}
        actionsOf={({ actions }) => actions}
        nextRoute={(after) => ({ ...route, after })}
        firstRoute={route.after === null ? null : first}
        bulk={route.state === 'open' ? { class: route.class } : null}
        empty={empty[route.state]}
      />
    </>
  );
}
