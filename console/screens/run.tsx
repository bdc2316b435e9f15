import { API_LIMITS } from '../../lib/ops/api';
import type { DiscrepancyClass } from '../../lib/model/discrepancy';
import type { RunTally, StatementRun } from '../../lib/model/statement/statement-run';
import { useAsk } from '../api/use-ask';
import { eventText, refusalText } from '../language/say';
import { tallyOf } from '../../lib/statement/report/balance';
import { daySheet } from '../../lib/statement/report/day-sheet';
import { discrepancyHeader, discrepancyRow } from '../../lib/statement/report/discrepancy-sheet';
import { equationsOf } from '../../lib/statement/report/equation';
import { count } from '../reading/money';
import { runName, signOffOf } from '../reading/names';
import { dayText, span } from '../reading/time';
import { CHOICES, type Route } from '../route';
import { useSession } from '../session';
import { Actions } from '../view/dialogs/actions';
import { AuditList } from '../view/audit-list';
import { Balance, Equations, Steps } from '../view/books/balance';
import { CanaryFact } from '../view/books/canary-fact';
import { Cash } from '../view/books/cash';
import { GiveFile } from '../view/books/give-file';
import { useDiscrepancyColumns } from '../view/books/discrepancy-columns';
import { downloadRows, downloadWorkbook, ExportRows, type PageRead } from '../view/export';
import type { Cell } from '../../lib/values/sheet';
import { List } from '../view/list';
import { NoSuchItem } from '../view/no-such-item';
import { Chip, Code, Fact, Facts, Fold, Go, Moment, Money, Panel, Pending, Waiting } from '../view/parts';
import { SignOffPanel } from '../view/books/sign-off';
import { runTone } from '../view/tones';

type Here = Extract<Route, { screen: 'run' }>;

/** A day's statement run: its totals, and its discrepancies row by row. */
export function RunScreen({ route }: { readonly route: Here }) {
  const { words, client, now, overview } = useSession();
  const { answer, failure, waiting } = useAsk('show_run', { id: route.id, after: route.after });
  const signOff = useAsk('show_sign_off', signOffOf(route.id));
  const columns = useDiscrepancyColumns(null);
  if (failure?.code === 'NOT_FOUND') return <NoSuchItem name={route.id} />;
  if (answer === null) {
    return (
      <>
        <div class="bar">
          <h1>{words.run.title}</h1>
        </div>
        <Pending failure={failure} />
      </>
    );
  }
  const { run, discrepancies } = answer;
  const tally = tallyOf(run);
  const equations = equationsOf(run);
  const ofClass = route.class;
  const papers = words.run.report;
  const rowsOf = async (after: string | null): Promise<PageRead<readonly Cell[]>> => {
    const outcome = await client.ask('show_run', { id: route.id, after, limit: API_LIMITS.page });
    if (!outcome.ok) return outcome;
    const page = outcome.answer.discrepancies;
    const wanted = page.items.filter((one) => ofClass === null || one.class === ofClass);
    const rows = wanted.map((one) => discrepancyRow(papers, run, one, now()));
    return { ok: true, items: rows, next: page.next };
  };
  const items = discrepancies.items.filter((one) => ofClass === null || one.class === ofClass);
  return (
    <>
      <div class="bar">
        <h1>
          {words.run.title} {dayText(run.day)}
        </h1>
        <RunState run={run} tally={tally} />
        <Actions name={run.id} actions={run.actions} />
        <div class="tools">
          {tally === null ? null : (
            <button
              type="button"
              class="export"
              onClick={() => downloadRows(`statement-${run.subMchId}-${run.day}.csv`, daySheet(papers, run))}
            >
              {words.run.exportBalance}
            </button>
          )}
          {tally === null ? null : (
            <ExportRows
              label={words.run.exportWorkbook}
              read={rowsOf}
              write={(rows) => {
                downloadWorkbook(`statement-${run.subMchId}-${run.day}.xlsx`, [
                  { name: words.run.balance, rows: daySheet(papers, run) },
                  { name: words.run.rows, rows: [discrepancyHeader(papers), ...rows] },
                ]);
              }}
            />
          )}
        </div>
      </div>
      <Waiting waiting={waiting} />
      <div class="detail">
        <RunAdvice run={run} />
        {tally === null ? null : (
          <div class="columns">
            <Panel id="balance" title={words.run.balance}>
              <Balance tally={tally} />
            </Panel>
            <Panel id="steps" title={words.run.why}>
              <Steps tally={tally} runId={run.id} />
            </Panel>
          </div>
        )}
        {equations === null ? null : (
          <Panel id="equation" title={words.run.equation}>
            <Equations equations={equations} />
          </Panel>
        )}
        <Panel id="cash" title={words.run.cash.title}>
          <Cash cash={run.cash} />
        </Panel>
        {overview.may.includes('resolve') ? <GiveFile key={run.id} run={run} /> : null}
        {tally === null ? null : <Classes tally={tally} route={route} />}
        <Panel
          id="rows"
          title={
            ofClass === null
              ? words.run.rows
              : `${words.run.rows}${words.list.colon}${words.discrepancy.class[ofClass]}`
          }
          aside={
            <>
              {ofClass === null ? null : (
                <Go to={{ ...route, class: null, after: null }}>{words.filter.clear}</Go>
              )}
              <ExportRows
                label={words.table.exportAll}
                read={rowsOf}
                write={(rows) => {
                  const name = `statement-${run.subMchId}-${run.day}-rows.csv`;
                  downloadRows(name, [discrepancyHeader(papers), ...rows]);
                }}
              />
            </>
          }
        >
          <List
            columns={columns}
            page={{ ...discrepancies, items }}
            failure={failure}
            waiting={false}
            nameOf={({ id }) => id}
            routeOf={({ id }) => ({ screen: 'discrepancy', id })}
            actionsOf={({ actions }) => actions}
            nextRoute={(after) => ({ ...route, after })}
            firstRoute={route.after === null ? null : { ...route, after: null }}
            empty={isCompared(run) ? words.table.empty.found : words.table.empty.notCompared}
          />
        </Panel>
        {signOff.answer === null ? null : <SignOffPanel shown={signOff.answer.signOff} />}
        <RunFacts run={run} tally={tally} />
        <AuditList entries={answer.audit} subject={run.id} />
      </div>
    </>
  );
}

/** False while no bill has proved itself: nothing was compared, and nothing agrees. */
function isCompared({ work }: StatementRun): boolean {
  return work.state === 'done' && (work.report.outcome === 'reconciled' || work.report.outcome === 'none');
}

function RunState({ run, tally }: { readonly run: StatementRun; readonly tally: RunTally | null }) {
  const { words } = useSession();
  const outcome = run.work.state === 'done' ? run.work.report.outcome : null;
  const found = Object.values(tally?.found ?? {}).reduce((sum, one) => sum + one.count, 0);
  return (
    <Chip tone={runTone({ state: run.work.state, outcome, found })}>
      {outcome === null ? words.run.state[run.work.state] : words.run.outcome[outcome]}
    </Chip>
  );
}

function RunAdvice({ run: { work } }: { readonly run: StatementRun }) {
  const { words } = useSession();
  switch (work.state) {
    case 'waiting':
      return (
        <p class="advice">
          {words.run.wait[work.reason]}
          {work.detail === null ? null : <q>{refusalText(words, work.detail)}</q>}
        </p>
      );
    case 'matching':
      return null;
    case 'done':
      if (work.report.outcome === 'reconciled') return null;
      return (
        <p class="advice">
          {words.run.outcomeHelp[work.report.outcome]}
          {work.report.refusal === null ? null : <q>{refusalText(words, work.report.refusal)}</q>}
        </p>
      );
  }
}

function Classes({ tally, route }: { readonly tally: RunTally; readonly route: Here }) {
  const { words } = useSession();
  const found = CHOICES.class.flatMap((discrepancyClass: DiscrepancyClass) => {
    const sum = tally.found[discrepancyClass];
    return sum === undefined || sum.count === 0 ? [] : [{ discrepancyClass, ...sum }];
  });
  if (found.length === 0) return null;
  return (
    <Panel id="classes" title={words.run.classes}>
      <ul class="classes">
        {found.map(({ discrepancyClass, count: n, sum }) => (
          <li key={discrepancyClass}>
            <Go
              to={{ ...route, class: discrepancyClass, after: null }}
              aria-current={route.class === discrepancyClass ? 'page' : undefined}
            >
              <strong>{words.discrepancy.class[discrepancyClass]}</strong>
              <span class="number">{count(n)}</span>
              <Money fen={sum} />
            </Go>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function RunFacts({ run, tally }: { readonly run: StatementRun; readonly tally: RunTally | null }) {
  const { words } = useSession();
  const report = run.work.state === 'done' ? run.work.report : null;
  const aside = Object.entries(tally?.setAside ?? {});
  return (
    <Panel id="facts" title={words.order.facts}>
      <Facts>
        <Fact name={words.column.merchant}>
          <Code>{run.subMchId}</Code>
        </Fact>
        <Fact name={words.column.round}>{run.round}</Fact>
        {tally === null ? null : (
          <>
            <Fact name={words.run.matched}>
              {count(tally.matched.payments.count)} · <Money fen={tally.matched.payments.sum} />
            </Fact>
            <Fact name={words.run.repaired}>
              {tally.repaired.payments.count === 0 ? null : (
                <>
                  {count(tally.repaired.payments.count)} · <Money fen={tally.repaired.payments.sum} />
                </>
              )}
            </Fact>
            <CanaryFact canary={tally.canary} />
            <Fact name={words.run.fees}>
              <Money fen={tally.theirs.fees} />
            </Fact>
            <Fact name={words.run.title}>
              {tally.explained === 0 ? null : words.run.explained(tally.explained)}
            </Fact>
          </>
        )}
        {aside.length === 0 ? null : (
          <Fact name={words.run.setAside}>
            {aside.map(([reason, rows]) => (
              <div key={reason}>
                {count(rows.count)} {asideText(words.run.aside, reason)}
                {rows.money === undefined ? null : (
                  <>
                    {' · '}
                    <Money fen={rows.money.sum} />
                  </>
                )}{' '}
                ({words.run.lines} {rows.lines.join(', ')})
              </div>
            ))}
          </Fact>
        )}
        <Fact name={words.run.file}>
          {report?.file && report.statement ? (
            <>
              {words.run.fileFacts(count(report.statement.rows), count(report.file.bytes))} · SHA-1{' '}
              <Code>{report.statement.sha1}</Code>
            </>
          ) : null}
        </Fact>
        <Fact name={words.run.worked}>{report === null ? null : span(report.workedMs, words.units)}</Fact>
      </Facts>
      <Fold title={words.run.history}>
        <ul class="plain-list">
          {run.history.map(({ at, event, evidence }, n) => (
            <li key={n}>
              <Moment at={at} whole /> <strong>{eventText(words, event)}</strong>{' '}
              {evidence === null ? null : <Code>{runName(evidence)}</Code>}
            </li>
          ))}
        </ul>
      </Fold>
    </Panel>
  );
}

function asideText(texts: Readonly<Record<string, string>>, reason: string): string {
  return texts[reason] ?? reason;
}
