import type { ComponentChildren } from 'preact';
import type { BeijingDay } from '../../lib/values/day';
import { fen, type Fen } from '../../lib/values/fen';
import { equationOf } from '../../lib/statement/month/month-day';
import { monthRows, monthSheets, netOfDay } from '../../lib/statement/month/month-sheet';
import type { MonthReport } from '../../lib/statement/month/month-report';
import { CUT_OFFS } from '../../lib/statement/month/cut-off';
import type { Voucher } from '../../lib/statement/month/voucher';
import { voucherRows } from '../../lib/statement/month/voucher-sheet';
import { useAsk } from '../api/use-ask';
import { monthNamed } from '../reading/names';
import { count } from '../reading/money';
import { dayText, monthText } from '../reading/time';
import type { Route } from '../route';
import { useSession } from '../session';
import { downloadRows, downloadWorkbook } from '../view/export';
import { NoSuchItem } from '../view/no-such-item';
import { CanaryFact } from '../view/books/canary-fact';
import { Chip, Code, Facts, Go, Money, Panel, Pending, Waiting, type Tone } from '../view/parts';
import type { DayStanding } from '../../lib/statement/month/month-day';
import { RatesPanel, usePapers, VoucherPanel } from '../view/books/month-tables';
import { SignedChip, SignOffPanel } from '../view/books/sign-off';

/** A merchant's month: its days, where each fen ended, fees, cut-off, and the sign-off. */
export function MonthScreen({ route }: { readonly route: Extract<Route, { screen: 'month' }> }) {
  const { words } = useSession();
  const named = monthNamed(route.id);
  const { answer, failure, waiting } = useAsk('show_month', named);
  if (named === null || failure?.code === 'NOT_FOUND') return <NoSuchItem name={route.id} />;
  if (answer === null) {
    return (
      <>
        <div class="bar">
          <h1>{words.books.title(monthText(named.month))}</h1>
        </div>
        <Pending failure={failure} />
      </>
    );
  }
  const { report, voucher, signOff } = answer;
  return (
    <>
      <div class="bar">
        <h1>{words.books.title(monthText(report.month))}</h1>
        <Code>{report.subMchId}</Code>
        <SignedChip standing={report.signed} />
        <div class="tools">
          <Downloads report={report} voucher={voucher} />
        </div>
      </div>
      <Waiting waiting={waiting} />
      <div class="detail">
        <p class={report.closes ? 'agree' : 'advice'}>
          {report.closes ? words.books.closes : words.books.closesNot}
        </p>
        <div class="columns">
          <Totals report={report} />
          <Edges report={report} />
        </div>
        <SignOffPanel shown={signOff} />
        <Days report={report} />
        <RatesPanel report={report} />
        <VoucherPanel report={report} voucher={voucher} />
      </div>
    </>
  );
}

function Downloads({ report, voucher }: { readonly report: MonthReport; readonly voucher: Voucher }) {
  const { words } = useSession();
  const papers = usePapers();
  const { subMchId, month } = report;
  const name = `month-${subMchId}-${month}`;
  return (
    <>
      <button
        type="button"
        class="export"
        onClick={() => downloadRows(`${name}.csv`, monthRows(papers, report))}
      >
        {words.books.exportReport}
      </button>
      <button
        type="button"
        class="export"
        onClick={() => downloadRows(`${name}-figures.csv`, monthRows(papers, report, true))}
      >
        {words.books.exportFigures}
      </button>
      <button
        type="button"
        class="export"
        onClick={() =>
          downloadWorkbook(`${name}.xlsx`, [
            ...monthSheets(papers, report),
            ...(voucher.kind === 'voucher'
              ? [{ name: papers.month.label.voucher, rows: voucherRows(papers.month, report, voucher) }]
              : []),
          ])
        }
      >
        {words.books.exportWorkbook}
      </button>
      {voucher.kind === 'voucher' ? (
        <button
          type="button"
          class="export"
          onClick={() =>
            downloadRows(`voucher-${subMchId}-${month}.csv`, voucherRows(papers.month, report, voucher))
          }
        >
          {words.books.exportVoucher}
        </button>
      ) : null}
    </>
  );
}

/** Where each fen of the month's bills ended: these lines add up to zero. */
function Totals({ report }: { readonly report: MonthReport }) {
  const { month } = usePapers();
  const lines = equationOf(report.money);
  const { accounts } = report;
  return (
    <Panel id="equation" title={month.label.equation}>
      <Lines
        lines={lines.map(({ what, amount }) => ({
          name: month.step[what],
          amount,
          isOdd: (what === 'unexplained' || what === 'unsplit') && amount !== 0,
        }))}
      >
        <tr class="net">
          <th scope="row">{month.label.net}</th>
          <td>
            <Money fen={report.net} />
          </td>
        </tr>
      </Lines>
      {accounts.length === 0 ? (
        <p class="about">
          {month.label.account} — {month.label.noAccount}
        </p>
      ) : null}
      {accounts.map(({ account, opening, movement, closing, balances, unproved }) => (
        <div key={account}>
          <h3>{month.cashAccount[account]}</h3>
          <Lines
            lines={[
              { name: month.label.opening, amount: opening ?? NONE, isOdd: opening === null },
              { name: month.label.movements, amount: movement.sum, isOdd: false },
              { name: month.label.closing, amount: closing ?? NONE, isOdd: !balances },
            ]}
          />
          <WithoutFile subMchId={report.subMchId} days={unproved} />
        </div>
      ))}
    </Panel>
  );
}

const NONE = fen(0);

/** The days of an account without a proved file, and how to give one. */
function WithoutFile({
  subMchId,
  days,
}: {
  readonly subMchId: string;
  readonly days: readonly BeijingDay[];
}) {
  const { words } = useSession();
  if (days.length === 0) return null;
  return (
    <>
      <p class="advice">{words.run.cash.notGiven}</p>
      <ul class="plain-list">
        {days.map((day) => (
          <li key={day}>
            <Go to={{ screen: 'run', id: `${subMchId}:${day}`, class: null, after: null }}>{dayText(day)}</Go>
          </li>
        ))}
      </ul>
    </>
  );
}

/** The bridge to our books, and what lies at the edges of the month. */
function Edges({ report }: { readonly report: MonthReport }) {
  const { month, day } = usePapers();
  const items = report.cutOff.items.slice(0, ITEMS_SHOWN);
  return (
    <Panel id="bridge" title={month.label.bridge}>
      <Lines
        lines={report.bridge.map(({ what, amount }) => ({ name: day.step[what], amount, isOdd: false }))}
      />
      {report.canary === null ? null : (
        <Facts>
          <CanaryFact canary={report.canary} />
        </Facts>
      )}
      <h3>{month.label.cutOff}</h3>
      <div class="scroll">
        <table class="balance">
          <thead>
            <tr>
              <th scope="col" />
              <th scope="col">{month.label.payments}</th>
              <th scope="col">{month.label.refunds}</th>
            </tr>
          </thead>
          <tbody>
            {CUT_OFFS.map((where) => {
              const { payments, refunds } = report.cutOff.sums[where];
              return (
                <tr key={where}>
                  <th scope="row">{month.cutOff[where]}</th>
                  {[payments, refunds].map((sum, n) => (
                    <td key={n}>
                      <Money fen={sum.sum} />
                      <small>{count(sum.count)}</small>
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <ul class="plain-list">
        {items.map(({ discrepancy, number, day: ours, amount, where }) => (
          <li key={discrepancy}>
            {dayText(ours)} <Go to={{ screen: 'discrepancy', id: discrepancy }}>{number}</Go>{' '}
            <Money fen={amount} /> {month.cutOff[where]}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** More cut-off items than this are in the month's file. */
const ITEMS_SHOWN = 20;

const DAY_TONES: Readonly<Record<DayStanding, Tone>> = {
  compared: 'good',
  none: 'quiet',
  missing: 'bad',
  corrupt: 'bad',
  running: 'warn',
  no_run: 'warn',
  ahead: 'plain',
};

function Days({ report }: { readonly report: MonthReport }) {
  const { month } = usePapers();
  const { label } = month;
  const head = [
    label.payments,
    label.refunds,
    label.coupons,
    label.fees,
    label.net,
    label.ours,
    label.unresolved,
  ];
  return (
    <Panel id="days" title={label.days}>
      <div class="scroll">
        <table class="balance">
          <thead>
            <tr>
              <th scope="col">{label.day}</th>
              <th scope="col">{label.standing}</th>
              <th scope="col">{label.signOff}</th>
              {head.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {report.days
              .filter(({ standing }) => standing !== 'ahead')
              .map((one) => {
                const { money, ours } = one;
                return (
                  <tr key={one.day}>
                    <th scope="row">
                      <Go
                        to={{ screen: 'run', id: `${report.subMchId}:${one.day}`, class: null, after: null }}
                      >
                        {dayText(one.day)}
                      </Go>
                    </th>
                    <td>
                      <Chip tone={DAY_TONES[one.standing]}>{month.standing[one.standing]}</Chip>
                    </td>
                    <td>
                      <SignedChip standing={one.signed} />
                    </td>
                    <td>
                      <Money fen={money.payments.sum} />
                      <small>{count(money.payments.count)}</small>
                    </td>
                    <td>
                      <Money fen={money.refunds.sum} />
                      <small>{count(money.refunds.count)}</small>
                    </td>
                    <td>
                      <Money fen={money.coupons} />
                    </td>
                    <td>
                      <Money fen={money.fees} />
                    </td>
                    <td>
                      <Money fen={netOfDay(one)} />
                    </td>
                    <td>
                      <Money fen={ours.payments.sum} />
                    </td>
                    <td class={one.unresolved === 0 ? 'even' : 'uneven'}>{count(one.unresolved)}</td>
                  </tr>
                );
              })}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function Lines({
  lines,
  children,
}: {
  readonly lines: readonly { readonly name: string; readonly amount: Fen; readonly isOdd: boolean }[];
  readonly children?: ComponentChildren;
}) {
  return (
    <table class="balance">
      <tbody>
        {lines.map(({ name, amount, isOdd }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class={isOdd ? 'uneven' : undefined}>
              <Money fen={amount} />
            </td>
          </tr>
        ))}
        {children}
      </tbody>
    </table>
  );
}
