import { MONTH_WORDS } from '../../../lib/statement/month/words';
import type { MonthReport } from '../../../lib/statement/month/month-report';
import { rateCell, type MonthSheetWords } from '../../../lib/statement/month/month-sheet';
import type { Voucher } from '../../../lib/statement/month/voucher';
import { count } from '../../reading/money';
import { dayText } from '../../reading/time';
import { useSession } from '../../session';
import { Money, Panel } from '../parts';

/** The words of a month's papers in the reader's language. */
export function usePapers(): MonthSheetWords {
  const { words, language } = useSession();
  return { month: MONTH_WORDS[language], day: words.run.report };
}

/** Fees by rate, beside the contract's rate. */
export function RatesPanel({ report }: { readonly report: MonthReport }) {
  const { month } = usePapers();
  const { label } = month;
  const { contractRate } = report;
  return (
    <Panel id="rates" title={label.rates}>
      <div class="scroll">
        <table class="balance">
          <thead>
            <tr>
              {[
                label.rate,
                label.settledPayments,
                label.settledRefunds,
                label.fees,
                label.effective,
                label.contract,
              ].map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {report.rates.map(({ rate, payments, refunds, fee, effective }) => (
              <tr key={rate}>
                <th scope="row">{rate === '' ? label.noRate : rate}</th>
                <td>
                  <Money fen={payments.sum} />
                  <small>{count(payments.count)}</small>
                </td>
                <td>
                  <Money fen={refunds.sum} />
                  <small>{count(refunds.count)}</small>
                </td>
                <td>
                  <Money fen={fee} />
                </td>
                <td class={contractRate === null || effective === contractRate ? 'even' : 'uneven'}>
                  {rateCell(effective)}
                </td>
                <td>{rateCell(contractRate)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

/** The month's voucher, or why there is none. */
export function VoucherPanel({
  report,
  voucher,
}: {
  readonly report: MonthReport;
  readonly voucher: Voucher;
}) {
  const { month } = usePapers();
  const { label } = month;
  return (
    <Panel id="voucher" title={label.voucher}>
      {voucher.kind === 'refused' ? (
        <p class="about">
          {month.refused[voucher.why]}
          {': '}
          {voucher.days.map(dayText).join(', ')}
        </p>
      ) : (
        <div class="scroll">
          <table class="balance">
            <thead>
              <tr>
                <th scope="col">
                  {label.accountName} · {report.subMchId}
                </th>
                <th scope="col">{label.debit}</th>
                <th scope="col">{label.credit}</th>
              </tr>
            </thead>
            <tbody>
              {voucher.lines.map(({ account, debit, credit }) => (
                <tr key={account}>
                  <th scope="row">{month.account[account]}</th>
                  <td>{debit === 0 ? null : <Money fen={debit} />}</td>
                  <td>{credit === 0 ? null : <Money fen={credit} />}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
