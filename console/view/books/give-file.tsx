import { useState } from 'preact/hooks';
import type { FileCheck, GivenFile, GivenKind } from '../../../lib/ops/books-api';
import type { StatementRun } from '../../../lib/model/statement/statement-run';
import { API_LIMITS } from '../../../lib/ops/api';
import { CASH_ACCOUNTS } from '../../../lib/values/cash-account';
import type { Fen } from '../../../lib/values/fen';
import type { Failure } from '../../api/client';
import { sendFile } from '../../api/send-file';
import { failureText } from '../../language/say';
import { count } from '../../reading/money';
import { dayText } from '../../reading/time';
import { useSession } from '../../session';
import { Code, Fact, Facts, Money, Panel } from '../parts';

const KINDS = ['trade_bill', ...CASH_ACCOUNTS] as const;

/** A file that was sent, and what it would prove. */
interface Checked {
  readonly given: GivenFile;
  readonly check: FileCheck;
}

/**
 * Takes a bill of a run's day from the browser: choose a file, see what it proves, then give it.
 * Nothing is given before the last step.
 */
export function GiveFile({ run }: { readonly run: StatementRun }) {
  const { client, words, refresh, say, failed } = useSession();
  const texts = words.books.give;
  const [what, setWhat] = useState<GivenKind>('trade_bill');
  const [file, setFile] = useState<File | null>(null);
  const [checked, setChecked] = useState<Checked | null>(null);
  const [why, setWhy] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [sent, setSent] = useState<number | null>(null);
  const working = sent !== null;
  const tell = (failure: Failure) => {
    setProblem(failureText(words, failure));
    failed(failure);
  };
  const look = async (chosen: File): Promise<void> => {
    setProblem(null);
    setSent(0);
    const sending = await sendFile(client, run.id, chosen, setSent);
    if (sending.kind === 'failed') tell(sending.failure);
    else if (sending.kind !== 'sent') setProblem(texts[sending.kind]);
    else {
      const { given } = sending;
      const outcome = await client.ask('check_file', { id: run.id, what, ...given });
      if (outcome.ok) setChecked({ given, check: outcome.answer.check });
      else tell(outcome.failure);
    }
    setSent(null);
  };
  const give = async ({ given }: Checked): Promise<void> => {
    setProblem(null);
    setSent(1);
    const asked = { id: run.id, ...given, ...(why.trim() === '' ? {} : { reason: why.trim() }) };
    const outcome =
      what === 'trade_bill'
        ? await client.ask('give_trade_bill', asked)
        : await client.ask('give_fund_flow', { ...asked, account: what });
    setSent(null);
    if (!outcome.ok) {
      tell(outcome.failure);
      return;
    }
    setChecked(null);
    setFile(null);
    setWhy('');
    say(what === 'trade_bill' ? texts.takenBill : texts.takenFunds);
    refresh('acting');
  };
  return (
    <Panel id="give" title={texts.title}>
      <p class="about">{texts.lead}</p>
      <form
        class="decide"
        onSubmit={(event) => {
          event.preventDefault();
          if (file !== null && !working) void look(file);
        }}
      >
        <label class="field">
          <span>{texts.what}</span>
          <select
            value={what}
            disabled={working}
            onChange={({ currentTarget: { value } }) => {
              setWhat(KINDS.find((kind) => kind === value) ?? 'trade_bill');
              setChecked(null);
            }}
          >
            {KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {kind === 'trade_bill' ? texts.bill : texts.funds(words.run.cash.account[kind])}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>{texts.file}</span>
          <input
            // A file that was given is chosen no more.
            key={file === null ? 'none' : 'chosen'}
            type="file"
            disabled={working}
            onChange={({ currentTarget: { files } }) => {
              setFile(files?.[0] ?? null);
              setChecked(null);
              setProblem(null);
            }}
          />
        </label>
        <p class="problem" role="alert">
          {problem}
        </p>
        {working ? <p role="status">{texts.sending(Math.round(sent * 100))}</p> : null}
        {checked === null ? null : <Proof run={run} file={file} check={checked.check} />}
        {checked?.check.isProved === true ? (
          <label class="field">
            <span>{texts.why}</span>
            <input
              type="text"
              maxLength={API_LIMITS.reason}
              value={why}
              onInput={(event) => setWhy(event.currentTarget.value)}
            />
          </label>
        ) : null}
        <div class="actions">
          {checked?.check.isProved === true ? (
            <button type="button" class="primary" disabled={working} onClick={() => void give(checked)}>
              {texts.give}
            </button>
          ) : (
            <button type="submit" disabled={file === null || working}>
              {texts.look}
            </button>
          )}
        </div>
      </form>
    </Panel>
  );
}

/** What the file would prove, or why it would not be taken. */
function Proof({
  run,
  file,
  check,
}: {
  readonly run: StatementRun;
  readonly file: File | null;
  readonly check: FileCheck;
}) {
  const { words } = useSession();
  const texts = words.books.give;
  const { opening, closing } = words.run.cash.head;
  if (!check.isProved) {
    return (
      <div class="trouble" role="alert">
        <strong>{texts.notTaken}</strong>
        <p>{texts.fault[check.fault]}</p>
        {check.fault === 'not_proved' ? <Code>{check.detail}</Code> : null}
      </div>
    );
  }
  const { rows, sums, balances } = check;
  return (
    <>
      <Facts>
        <Fact name={texts.file}>{file?.name ?? null}</Fact>
        <Fact name={words.column.merchant}>
          <Code>{run.subMchId}</Code>
        </Fact>
        <Fact name={texts.day}>{dayText(run.day)}</Fact>
        <Fact name={texts.rows}>{count(rows)}</Fact>
        {sums === null ? null : (
          <>
            <Fact name={texts.settled}>
              <Amount fen={sums.settled} />
            </Fact>
            <Fact name={texts.refunded}>
              <Amount fen={sums.refunded} />
            </Fact>
            <Fact name={texts.fee}>
              <Amount fen={sums.fee} />
            </Fact>
          </>
        )}
        {balances === null ? null : (
          <>
            <Fact name={opening}>
              <Amount fen={balances.opening} />
            </Fact>
            <Fact name={closing}>
              <Amount fen={balances.closing} />
            </Fact>
          </>
        )}
      </Facts>
      <p>{sums === null ? texts.provesFunds : texts.provesBill}</p>
    </>
  );
}

function Amount({ fen }: { readonly fen: Fen | null }) {
  return fen === null ? <>—</> : <Money fen={fen} />;
}
