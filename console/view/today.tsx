import type { MoneySum, Today } from '../../lib/model/operators/today';
import { yuan } from '../../lib/values/yuan';
import { changeOf, count } from '../reading/money';
import { shortMoment } from '../reading/time';
import { ordersRoute, type Route } from '../route';
import { useSession } from '../session';
import { Go, Panel } from './parts';

const KINDS = ['paid', 'refunded', 'held', 'failed'] as const;

/** Where the orders or refunds of each kind are. */
const PLACES: Readonly<Record<(typeof KINDS)[number], Route>> = {
  paid: ordersRoute({ payment: 'paid' }),
  refunded: { screen: 'refunds', state: 'succeeded', after: null },
  held: ordersRoute({ fulfilment: 'held' }),
  failed: ordersRoute({ fulfilment: 'dead' }),
};

/** The money of today, against this time of day yesterday and a week ago. */
export function TodayPanel() {
  const { words, overview } = useSession();
  const { today } = overview;
  return (
    <Panel
      id="today"
      title={words.today.title}
      aside={<span class="quiet">{words.today.asOf(shortMoment(today.asOf, today.asOf))}</span>}
    >
      <ul class="today">
        {KINDS.map((kind) => {
          const { count: n, total } = today.today[kind];
          const isBad = (kind === 'held' || kind === 'failed') && n > 0;
          return (
            <li key={kind} class={isBad ? 'bad' : undefined}>
              <Go to={PLACES[kind]}>
                <span>{words.today.money[kind]}</span>
                <b class="money">{yuan(total)}</b>
                <small>{(kind === 'refunded' ? words.today.refunds : words.today.count)(count(n))}</small>
                <Against kind={kind} today={today} />
              </Go>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

function Against({ kind, today }: { readonly kind: (typeof KINDS)[number]; readonly today: Today }) {
  const { words } = useSession();
  const line = (day: string, then: MoneySum) =>
    words.today.against(
      day,
      yuan(then.total),
      changeOf(today.today[kind].total, then.total, words.today.same),
    );
  return (
    <>
      <small>{line(words.today.yesterday, today.yesterday[kind])}</small>
      <small>{line(words.today.lastWeek, today.lastWeek[kind])}</small>
    </>
  );
}
