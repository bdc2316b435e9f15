import type { CashBucket, DayCash } from '../../../lib/model/statement/cash';
import { allOf } from '../../../lib/values/all-of';
import { CASH_ACCOUNTS } from '../../../lib/values/cash-account';
import { fen } from '../../../lib/values/fen';
import { count } from '../../reading/money';
import { useSession } from '../../session';
import { Money } from '../parts';

/** Where trades and movements end, in the order they are shown. */
const BUCKETS = allOf<CashBucket>()(
  'booked',
  'nothing',
  'named',
  'cut_off',
  'other_days',
  'differs',
  'not_booked',
  'without_trade',
  'in_doubt',
);

/** A day's cash: each account's balances, and where its trades and movements ended. */
export function Cash({ cash }: { readonly cash: DayCash | null }) {
  const { words } = useSession();
  const { account, state, head, bucket, result, notGiven, unproved } = words.run.cash;
  if (cash === null || Object.keys(cash.accounts).length === 0) return <p class="advice">{notGiven}</p>;
  const { proof } = cash;
  return (
    <>
      <div class="scroll">
        <table class="balance">
          <thead>
            <tr>
              <th scope="col" />
              <th scope="col">{head.file}</th>
              <th scope="col">{head.opening}</th>
              <th scope="col">{head.movement}</th>
              <th scope="col">{head.closing}</th>
            </tr>
          </thead>
          <tbody>
            {CASH_ACCOUNTS.flatMap((name) => {
              const file = cash.accounts[name];
              if (file === undefined) return [];
              const balances = file.state === 'proved' ? file : null;
              const { opening = null, closing = null } = balances ?? {};
              return [
                <tr key={name}>
                  <th scope="row">{account[name]}</th>
                  <td>{state[file.state]}</td>
                  <td>{opening === null ? null : <Money fen={opening} />}</td>
                  <td>
                    {opening === null || closing === null ? null : <Money fen={fen(closing - opening)} />}
                  </td>
                  <td>{closing === null ? null : <Money fen={closing} />}</td>
                </tr>,
              ];
            })}
          </tbody>
        </table>
      </div>
      {proof === null ? (
        <p class="advice">{unproved}</p>
      ) : (
        <>
          <div class="scroll">
            <table class="balance">
              <thead>
                <tr>
                  <th scope="col" />
                  <th scope="col">{head.count}</th>
                  <th scope="col">{head.sum}</th>
                </tr>
              </thead>
              <tbody>
                {BUCKETS.filter((one) => proof.buckets[one].count > 0).map((one) => (
                  <tr key={one}>
                    <th scope="row">{bucket[one]}</th>
                    <td>{count(proof.buckets[one].count)}</td>
                    <td>
                      <Money fen={proof.buckets[one].sum} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <p class={proof.result === 'closes' ? 'agree' : 'advice'}>{result[proof.result]}</p>
        </>
      )}
    </>
  );
}
