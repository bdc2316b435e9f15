import type { RunTally } from '../../../lib/model/statement/statement-run';
import { agrees, balanceOf, stepsOf } from '../../../lib/statement/report/balance';
import { BUCKETS, type Equation } from '../../../lib/statement/report/equation';
import { count } from '../../reading/money';
import { useSession } from '../../session';
import { Go, Money } from '../parts';

/** Both sides of the day and their difference. */
export function Balance({ tally }: { readonly tally: RunTally }) {
  const { words } = useSession();
  return (
    <>
      <div class="scroll">
        <table class="balance">
          <thead>
            <tr>
              <th scope="col" />
              <th scope="col">{words.run.theirs}</th>
              <th scope="col">{words.run.ours}</th>
              <th scope="col">{words.run.difference}</th>
            </tr>
          </thead>
          <tbody>
            {balanceOf(tally).map(({ what, theirs, ours, difference }) => (
              <tr key={what} class={what}>
                <th scope="row">{words.run[what]}</th>
                <td>
                  <Money fen={theirs.sum} />
                  <small>{count(theirs.count)}</small>
                </td>
                <td>
                  <Money fen={ours.sum} />
                  <small>{count(ours.count)}</small>
                </td>
                <td class={difference.sum === 0 && difference.count === 0 ? 'even' : 'uneven'}>
                  <Money fen={difference.sum} />
                  <small>{count(difference.count)}</small>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {agrees(tally) ? <p class="agree">{words.run.agree}</p> : null}
    </>
  );
}

/** Where each row of each side ended: all rows are the sum of the columns beside them. */
export function Equations({ equations }: { readonly equations: readonly Equation[] }) {
  const { words } = useSession();
  const { bucket } = words.run.report;
  return (
    <div class="scroll">
      <table class="balance">
        <thead>
          <tr>
            <th scope="col" />
            <th scope="col">{words.run.all}</th>
            {BUCKETS.map((one) => (
              <th key={one} scope="col">
                {bucket[one]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {equations.map(({ side, all, buckets }) => (
            <tr key={side} class={side}>
              <th scope="row">{words.run[side]}</th>
              {[all, ...BUCKETS.map((one) => buckets[one])].map((sum, n) => (
                <td key={n} class={n < 2 || sum.count === 0 ? 'even' : 'uneven'}>
                  {count(sum.count)}
                  <small>
                    <Money fen={sum.sum} />
                  </small>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The bridge from WeChat Pay's sum to ours; each step links to the discrepancies behind it. */
export function Steps({ tally, runId }: { readonly tally: RunTally; readonly runId: string }) {
  const { words } = useSession();
  return (
    <ol class="steps">
      {stepsOf(tally).map(({ what, amount, count: n, classes }) => (
        <li key={what} class={what}>
          <span>
            {words.run.step[what]}
            {classes.map((discrepancyClass) => (
              <Go
                key={discrepancyClass}
                to={{ screen: 'run', id: runId, class: discrepancyClass, after: null }}
              >
                {words.discrepancy.class[discrepancyClass]}
              </Go>
            ))}
          </span>
          <small>{n === null ? '' : count(n)}</small>
          <Money fen={amount} />
        </li>
      ))}
    </ol>
  );
}
