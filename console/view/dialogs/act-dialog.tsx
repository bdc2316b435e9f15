import { useRef, useState } from 'preact/hooks';
import { ACTION_RULES, type OpsAction } from '../../../lib/ops/actions';
import { API_LIMITS } from '../../../lib/ops/api';
import { isUnchanged, type ActResult } from '../../../lib/ops/changed';
import type { AuditSubject } from '../../../lib/model/operators/audit';
import { isPayableFen, type Fen } from '../../../lib/values/fen';
import type { Failure } from '../../api/client';
import { newRequestId } from '../../api/request-id';
import { doneText, resultText } from '../../language/changed';
import { failureText } from '../../language/say';
import { yuan } from '../../../lib/values/yuan';
import { draftKey, draftOf, dropDraft, keepDraft } from '../../drafts';
import { typedYuan } from '../../reading/money';
import { itemName } from '../../reading/names';
import { useSession } from '../../session';
import { Dialog } from './dialog';
import { DialogEnd, ReasonField } from './dialog-parts';
import { Chip, Code } from '../parts';
import { ReleasePreview } from './release-preview';

/** The action, and its items. */
export interface PlannedAction {
  readonly action: OpsAction;
  readonly names: readonly string[];
  /** What is refundable of the order, for a refund. */
  readonly refundable: Fen | null;
}

/** Asks for a reason, acts, and shows the result for each item. */
export function ActDialog({
  planned,
  onClose,
}: {
  readonly planned: PlannedAction;
  readonly onClose: () => void;
}) {
  const { client, words, me, refresh, say, failed } = useSession();
  const { action, names, refundable } = planned;
  const key = draftKey(me.name, action, names);
  const [first] = useState(() => draftOf(key));
  const [reason, setReason] = useState(first?.reason ?? '');
  const [part, setPart] = useState<string | null>(first?.part ?? null);
  const [problem, setProblem] = useState<string | null>(null);
  const [working, setWorking] = useState(false);
  const [results, setResults] = useState<readonly ActResult[] | null>(null);
  // One per dialog: when it is sent again after a lost answer, it is the same refund.
  const requestId = useRef(first?.requestId ?? newRequestId());
  const needsReason = ACTION_RULES[action].needsReason;
  const type = (reason: string, part: string | null) => {
    setReason(reason);
    setPart(part);
    keepDraft(key, { reason, part, requestId: requestId.current });
  };

  const leave = (isActed: boolean) => {
    dropDraft(key);
    if (isActed) refresh('acting');
    onClose();
  };
  const close = () => leave(results !== null);
  const act = async (): Promise<void> => {
    const why = reason.trim();
    if (needsReason && why === '') {
      setProblem(words.act.needReason);
      return;
    }
    const amount = part === null ? null : typedYuan(part);
    if (part !== null && (amount === null || !isPayableFen(amount) || amount > (refundable ?? 0))) {
      setProblem(words.act.badAmount(refundable === null ? '—' : yuan(refundable)));
      return;
    }
    setProblem(null);
    setWorking(true);
    const all: ActResult[] = [];
    let failure: Failure | null = null;
    for (let begin = 0; begin < names.length && failure === null; begin += API_LIMITS.names) {
      const outcome = await client.ask('act', {
        action,
        names: names.slice(begin, begin + API_LIMITS.names),
        ...(why === '' ? {} : { reason: why }),
        ...(amount === null ? {} : { amount, requestId: requestId.current }),
      });
      if (outcome.ok) all.push(...outcome.answer.results);
      else failure = outcome.failure;
    }
    setWorking(false);
    if (failure !== null) {
      setProblem(failureText(words, failure));
      if (all.length > 0) setResults(all);
      failed(failure);
      return;
    }
    const [only] = all;
    if (all.length === 1 && only?.ok === true) {
      say(doneText(words, only.changed));
      leave(true);
      return;
    }
    setResults(all);
  };

  return (
    <Dialog title={words.act.title(words.action[action], names.length)} onClose={close}>
      {results === null ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void act();
          }}
        >
          <p>{words.actionHelp[action]}</p>
          {action === 'release_hold' && names.length > 1 ? (
            <ReleasePreview names={names} />
          ) : (
            <Names names={names.map((name) => itemName(ACTION_RULES[action].subject, name))} />
          )}
          {action === 'refund_order' && refundable !== null && names.length === 1 ? (
            <RefundAmount refundable={refundable} part={part} onPart={(typed) => type(reason, typed)} />
          ) : null}
          <ReasonField reason={reason} needed={needsReason} onReason={(typed) => type(typed, part)} />
          <DialogEnd problem={problem} send={words.action[action]} working={working} onClose={close} />
        </form>
      ) : (
        <Results kind={ACTION_RULES[action].subject} results={results} problem={problem} onClose={close} />
      )}
    </Dialog>
  );
}

function Names({ names }: { readonly names: readonly string[] }) {
  return (
    <ul class="names">
      {names.slice(0, NAMES_SHOWN).map((name) => (
        <li key={name}>
          <Code>{name}</Code>
        </li>
      ))}
      {names.length > NAMES_SHOWN ? <li>+ {names.length - NAMES_SHOWN}</li> : null}
    </ul>
  );
}

const NAMES_SHOWN = 5;

function RefundAmount({
  refundable,
  part,
  onPart,
}: {
  readonly refundable: Fen;
  readonly part: string | null;
  readonly onPart: (part: string | null) => void;
}) {
  const { words } = useSession();
  return (
    <fieldset class="choice">
      <legend>{words.column.amount}</legend>
      <label>
        <input type="radio" name="amount" checked={part === null} onChange={() => onPart(null)} />
        {words.act.all} <span class="money">{yuan(refundable)}</span>
      </label>
      <label>
        <input type="radio" name="amount" checked={part !== null} onChange={() => onPart('')} />
        {words.act.part}
      </label>
      <input
        type="text"
        inputMode="decimal"
        aria-label={words.act.amount}
        disabled={part === null}
        value={part ?? ''}
        onInput={(event) => onPart(event.currentTarget.value)}
      />
    </fieldset>
  );
}

function Results({
  kind,
  results,
  problem,
  onClose,
}: {
  readonly kind: AuditSubject['kind'];
  readonly results: readonly ActResult[];
  readonly problem: string | null;
  readonly onClose: () => void;
}) {
  const { words } = useSession();
  const refused = results.filter((result) => !result.ok);
  const unchanged = results.filter((result) => result.ok && isUnchanged(result.changed));
  const done = results.length - refused.length - unchanged.length;
  return (
    <div>
      <p class="tally" role="status">
        {done > 0 ? <Chip tone="good">{words.act.doneN(done)}</Chip> : null}
        {unchanged.length > 0 ? <Chip tone="warn">{words.act.unchangedN(unchanged.length)}</Chip> : null}
        {refused.length > 0 ? <Chip tone="bad">{words.act.refusedN(refused.length)}</Chip> : null}
      </p>
      {problem === null ? null : <p class="problem">{problem}</p>}
      <ul class="results">
        {results.map((result) => (
          <li key={result.name} class={result.ok ? 'good' : 'bad'}>
            <Code>{itemName(kind, result.name)}</Code>
            <span>{resultText(words, result)}</span>
          </li>
        ))}
      </ul>
      <footer>
        <button type="button" class="primary" data-first onClick={onClose}>
          {words.page.close}
        </button>
      </footer>
    </div>
  );
}
