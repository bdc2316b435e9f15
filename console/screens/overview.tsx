import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { goodsOut, attentionOf, inKnownOrder, type AttentionItem } from '../reading/attention';
import { pathText } from '../language/say';
import { count } from '../reading/money';
import { moment, span } from '../reading/time';
import { messagesRoute, ordersRoute, placeRoute, type Route } from '../route';
import { useSession } from '../session';
import { List } from '../view/list';
import { Chip, Empty, Go, Moment, Panel } from '../view/parts';
import { IssueCare } from '../view/issue-care';
import { Plots } from '../view/plots';
import { useRunColumns } from '../view/books/run-columns';
import { TodayPanel } from '../view/today';

/** Whether money in equals goods out, what needs attention, and the figures over time. */
export function OverviewScreen({ route }: { readonly route: Extract<Route, { screen: 'overview' }> }) {
  const { words, overview } = useSession();
  const items = attentionOf(overview);
  const columns = useRunColumns();
  return (
    <>
      <Verdict items={items} />
      <TodayPanel />
      <div class="columns lead">
        <Panel id="attention" title={words.overview.attention}>
          <Attention items={items} />
        </Panel>
        <Panel
          id="figures"
          title={words.overview.figures}
          aside={
            <span class="quiet">
              {words.page.updated} <Moment at={overview.now} />
            </span>
          }
        >
          <Figures />
        </Panel>
      </div>
      <Plots spanName={route.span} />
      <Panel
        id="runs"
        title={words.overview.runs}
        aside={<Go to={placeRoute('runs')}>{words.overview.allRuns}</Go>}
      >
        <List
          columns={columns}
          page={{ items: overview.runs, next: null }}
          failure={null}
          waiting={false}
          nameOf={({ id }) => id}
          routeOf={({ id }) => ({ screen: 'run', id, class: null, after: null })}
          nextRoute={() => placeRoute('runs')}
          firstRoute={null}
          empty={words.table.empty.runs}
        />
      </Panel>
    </>
  );
}

function Verdict({ items }: { readonly items: readonly AttentionItem[] }) {
  const { words, overview } = useSession();
  const bad = items.filter(({ weight }) => weight === 'bad').length;
  const { paid, delivered, underWay, held, failed, refunded, other } = goodsOut(overview);
  const [text, tone] =
    bad > 0
      ? [words.verdict.look(bad), 'bad']
      : items.length > 0
        ? [words.verdict.watch, 'warn']
        : paid === 0
          ? [words.verdict.quiet, 'plain']
          : [words.verdict.good, 'good'];
  const part = (name: string, n: number, style: string, to: Route) => (
    <Go to={to} class={style}>
      <b>{count(n)}</b> <span>{name}</span>
    </Go>
  );
  const orders = (fulfilment: 'done' | 'due' | 'held' | 'dead') => ordersRoute({ fulfilment });
  return (
    <section class={`verdict ${tone}`} aria-labelledby="verdict">
      <h1 id="verdict">{text}</h1>
      <div
        class="equation"
        role="group"
        aria-label={words.verdict.equation({
          paid: count(paid),
          delivered: count(delivered),
          underWay: count(underWay),
          held: count(held),
          failed: count(failed),
          refunded: count(refunded),
          other: count(other),
        })}
      >
        {part(words.verdict.paid, paid, 'paid', ordersRoute({ payment: 'paid' }))}
        <i aria-hidden="true">=</i>
        {part(words.verdict.delivered, delivered, 'delivered', orders('done'))}
        <i aria-hidden="true">+</i>
        {part(words.verdict.underWay, underWay, 'under-way', orders('due'))}
        {held === 0 ? null : (
          <>
            <i aria-hidden="true">+</i>
            {part(words.verdict.held, held, 'held', orders('held'))}
          </>
        )}
        <i aria-hidden="true">+</i>
        {part(words.verdict.failed, failed, failed > 0 ? 'failed some' : 'failed', orders('dead'))}
        {refunded === 0 ? null : (
          <>
            <i aria-hidden="true">+</i>
            {part(words.verdict.refunded, refunded, 'other', orders('dead'))}
          </>
        )}
        {other === 0 ? null : (
          <>
            <i aria-hidden="true">+</i>
            <span>
              <b>{count(other)}</b> <span>{words.verdict.other}</span>
            </span>
          </>
        )}
      </div>
      <Shares parts={[delivered, underWay, held, failed, refunded + other]} />
    </section>
  );
}

const SHARE_NAMES = ['delivered', 'under-way', 'held', 'failed', 'other'] as const;

/**
 * The parts of the paid orders as one bar; every part that is not empty is visible, however small.
 */
function Shares({ parts }: { readonly parts: readonly number[] }) {
  return (
    <div class="shares" aria-hidden="true">
      {SHARE_NAMES.map((name, n) => {
        const part = parts[n] ?? 0;
        return part === 0 ? null : <span key={name} class={name} style={{ flexGrow: part }} />;
      })}
    </div>
  );
}

function Attention({ items: current }: { readonly items: readonly AttentionItem[] }) {
  const { words } = useSession();
  const known = useRef<readonly string[]>([]);
  const items = inKnownOrder(current, keyOf, known.current);
  known.current = items.map(keyOf);
  if (items.length === 0) return <Empty what={[words.overview.nothing, words.overview.nothingWhy]} />;
  return (
    <ul class="attention">
      {items.map((item, n) => (
        <li key={keyOf(item)} data-row class={item.weight}>
          <Go to={item.route} data-row-link>
            <span class="what">
              {item.class === null ? (
                words.alarm[item.cause]
              ) : (
                <>
                  <small>{words.discrepancy.title}</small> {words.discrepancy.class[item.class]}
                </>
              )}
            </span>
            <ValueOf item={item} />
            {item.since === null ? null : <small>{words.overview.since(moment(item.since))}</small>}
            {item.level === 0 ? null : <Level level={item.level} />}
          </Go>
          {items.findIndex(({ cause }) => cause === item.cause) === n ? (
            <IssueCare cause={item.cause} />
          ) : null}
        </li>
      ))}
    </ul>
  );
}

function keyOf({ cause, class: discrepancyClass }: AttentionItem): string {
  return `${cause} ${discrepancyClass ?? ''}`;
}

function ValueOf({ item }: { readonly item: AttentionItem }) {
  const { words } = useSession();
  const text = (value: number) => {
    switch (item.unit) {
      case 'ms':
        return span(value, words.units);
      case 'percent':
        return `${count(value)} %`;
      case 'count':
        return count(value);
    }
  };
  return (
    <span class="value">
      {text(item.value)}
      {item.threshold === null ? null : <small> {words.overview.ofThreshold(text(item.threshold))}</small>}
    </span>
  );
}

function Level({ level }: { readonly level: number }) {
  return (
    <span class="level">
      <Chip tone={level >= 90 ? 'bad' : 'warn'}>{level} %</Chip>
    </span>
  );
}

function Figures() {
  const { words, overview } = useSession();
  const { figures } = overview;
  const { failed } = goodsOut(overview);
  const open = Object.values(figures.openDiscrepancies).reduce((sum, n) => sum + n, 0);
  const { figure } = words.overview;
  const { pending: hints = 0, dead: deadHints = 0 } = figures.unverified ?? {};
  const refunds = figures.refunds.requested + figures.refunds.processing;
  return (
    <>
      <ul class="figures">
        <Figure name={figure.waitingPayment} to={ordersRoute({ payment: 'pending' })}>
          {count(figures.orders.payment.pending)}
        </Figure>
        <Figure name={figure.inbox} to={messagesRoute('pending', 'platform')}>
          {count(figures.pending)}
        </Figure>
        <Figure name={figure.oldest} to={messagesRoute('pending', 'platform')}>
          {figures.oldestDueMs === 0 ? words.list.none : span(figures.oldestDueMs, words.units)}
        </Figure>
        <Figure name={figure.dead} bad={figures.dead > 0} to={messagesRoute('dead', 'platform')}>
          {count(figures.dead)}
        </Figure>
        {hints + deadHints === 0 ? null : (
          <Figure name={figure.unverified} to={messagesRoute(hints > 0 ? 'pending' : 'dead', 'unverified')}>
            {count(hints)} / {count(deadHints)}
          </Figure>
        )}
        <Figure name={figure.deliveryFailed} bad={failed > 0} to={ordersRoute({ fulfilment: 'dead' })}>
          {count(failed)}
        </Figure>
        <Figure name={figure.open} bad={open > 0} to={placeRoute('discrepancies')}>
          {count(open)}
        </Figure>
        <Figure name={figure.refundsUnderWay} to={placeRoute('refunds')}>
          {count(refunds)}
        </Figure>
        <Figure
          name={figure.abnormal}
          bad={figures.refunds.abnormal > 0}
          to={{ screen: 'refunds', state: 'abnormal', after: null }}
        >
          {count(figures.refunds.abnormal)}
        </Figure>
      </ul>
      <h3>{words.overview.hour}</h3>
      <ul class="figures">
        <Figure name={figure.heard}>{count(figures.heard)}</Figure>
        <Figure name={figure.withoutCallback}>{count(figures.withoutCallback)}</Figure>
        {(['callback', 'query', 'statement'] as const).map((path) => {
          const delay = figures.delays[path];
          return delay === undefined ? null : (
            <Figure key={path} name={figure.delay(pathText(words, path))}>
              {span(delay.p95Ms, words.units)}
            </Figure>
          );
        })}
      </ul>
    </>
  );
}

function Figure({
  name,
  children,
  bad = false,
  to = null,
}: {
  readonly name: string;
  readonly children: ComponentChildren;
  readonly bad?: boolean;
  readonly to?: Route | null;
}) {
  const inside = (
    <>
      <b>{children}</b>
      <span>{name}</span>
    </>
  );
  return (
    <li class={bad ? 'bad' : undefined}>{to === null ? <div>{inside}</div> : <Go to={to}>{inside}</Go>}</li>
  );
}
