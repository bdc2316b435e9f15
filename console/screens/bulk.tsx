import { useEffect, useRef, useState } from 'preact/hooks';
import type { BulkItem } from '../../lib/model/operators/bulk';
import { ACTION_RULES } from '../../lib/ops/actions';
import { BULK_ACTIONS, type ShownBulk } from '../../lib/ops/bulk/bulk-api';
import { yuan } from '../../lib/values/yuan';
import { attend } from '../api/client';
import { useAsk } from '../api/use-ask';
import { failureText } from '../language/say';
import { count } from '../reading/money';
import { itemName } from '../reading/names';
import type { Route } from '../route';
import { useSession } from '../session';
import { subjectRoute } from '../view/audit-columns';
import { Chip, Code, Fact, Facts, Go, Moment, Panel, Pending, Trouble, type Tone } from '../view/parts';

const TALLY = ['done', 'unchanged', 'refused', 'unknown', 'begun', 'left'] as const;

const TONES: Readonly<Record<(typeof TALLY)[number], Tone>> = {
  done: 'good',
  unchanged: 'warn',
  refused: 'bad',
  unknown: 'bad',
  begun: 'plain',
  left: 'quiet',
};

/** No answer came, or a gateway's: the next call may well have one. */
const PASSING: readonly string[] = ['UNREACHABLE', 'TIMED_OUT', 'UNREADABLE'];

/** A bulk action: carries it on while somebody looks, and shows each item's outcome. */
export function BulkScreen({ route: { id } }: { readonly route: Extract<Route, { screen: 'bulk' }> }) {
  const { client, words, say, failed, refresh } = useSession();
  const [part, setPart] = useState(0);
  const [stepped, setStepped] = useState<ShownBulk | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const left = useRef(Number.POSITIVE_INFINITY);
  const { answer, failure } = useAsk('show_bulk', { id, part });
  const bulk = stepped ?? answer?.bulk ?? null;
  const mayGoOn = bulk?.mayGoOn ?? false;
  useEffect(() => {
    if (!mayGoOn) return;
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const goOn = (): void => {
      void client.ask('step_bulk', { id }, leaving.signal).then((outcome) => {
        if (leaving.signal.aborted) return;
        if (!outcome.ok) {
          setProblem(failureText(words, outcome.failure));
          failed(outcome.failure);
          if (PASSING.includes(outcome.failure.code)) timer = setTimeout(goOn, 2_000);
          return;
        }
        const { bulk: now } = outcome.answer;
        setProblem(null);
        if (now.tally.left < left.current) attend();
        left.current = now.tally.left;
        setStepped(now);
        // What others have begun ends by itself: no call is made for it every moment.
        if (now.mayGoOn) timer = setTimeout(goOn, now.tally.left === 0 ? 5_000 : 200);
        // Over: the items are read again, with their outcomes.
        else refresh('reading');
      });
    };
    goOn();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [client, id, mayGoOn]);
  if (answer === null || bulk === null) return <Pending failure={failure} />;
  const cancel = async (): Promise<void> => {
    const outcome = await client.ask('cancel_bulk', { id });
    if (outcome.ok) setStepped(outcome.answer.bulk);
    else failed(outcome.failure);
    say(outcome.ok ? words.bulk.state[outcome.answer.bulk.state] : failureText(words, outcome.failure));
  };
  return (
    <>
      <div class="bar">
        <h1>{words.recorded.subject.bulk}</h1>
      </div>
      <Progress bulk={bulk} onCancel={() => void cancel()} />
      {problem === null ? null : <p class="problem">{problem}</p>}
      {failure === null ? null : <Trouble failure={failure} />}
      <Panel id="items" title={words.bulk.count(count(bulk.items), null)}>
        <ul class="results">
          {answer.items.map((item) => (
            <Outcome key={item.name} item={item} action={bulk.action} />
          ))}
        </ul>
        <nav class="pages">
          {part === 0 ? null : (
            <button type="button" onClick={() => setPart(0)}>
              {words.table.first}
            </button>
          )}
          {part + 1 >= answer.parts ? null : (
            <button type="button" onClick={() => setPart(part + 1)}>
              {words.table.next}
            </button>
          )}
        </nav>
      </Panel>
    </>
  );
}

function Progress({ bulk, onCancel }: { readonly bulk: ShownBulk; readonly onCancel: () => void }) {
  const { words } = useSession();
  const { tally, state } = bulk;
  const action = BULK_ACTIONS.find((one) => one === bulk.action);
  return (
    <Panel
      id="bulk"
      title={action === undefined ? bulk.action : words.action[action]}
      aside={<Chip tone={state === 'done' ? 'good' : 'warn'}>{words.bulk.state[state]}</Chip>}
    >
      <Facts>
        <Fact name={words.column.amount}>{bulk.amount === null ? null : yuan(bulk.amount)}</Fact>
        <Fact name={words.people.approval.asker}>
          {bulk.by} · <Moment at={bulk.createdAt} />
        </Fact>
        <Fact name={words.people.approval.decidedBy}>{bulk.approver}</Fact>
        <Fact name={words.act.reason}>{bulk.reason}</Fact>
      </Facts>
      <progress
        max={bulk.items}
        value={bulk.items - tally.left - tally.begun}
        aria-label={words.bulk.state[state]}
      />
      <p class="tally" role="status">
        {TALLY.map((name) =>
          tally[name] === 0 ? null : (
            <Chip key={name} tone={TONES[name]}>
              {count(tally[name])} {words.bulk.tally[name]}
            </Chip>
          ),
        )}
      </p>
      {state === 'waiting' ? <p>{words.bulk.waits}</p> : null}
      {bulk.declined === null ? null : (
        <p>{words.bulk.declined(bulk.declined.who, bulk.declined.reason ?? '')}</p>
      )}
      {state === 'expired' ? <p>{words.bulk.expired}</p> : null}
      {state === 'running' ? <p>{words.bulk.goesOn}</p> : null}
      {tally.unknown === 0 ? null : <p>{words.bulk.unknown}</p>}
      {!bulk.mayCancel ? null : (
        <p class="actions">
          <button type="button" onClick={onCancel}>
            {words.bulk.cancel}
          </button>
        </p>
      )}
    </Panel>
  );
}

function Outcome({ item, action }: { readonly item: BulkItem; readonly action: string }) {
  const { words } = useSession();
  const known = BULK_ACTIONS.find((one) => one === action);
  const kind = known === undefined ? null : ACTION_RULES[known].subject;
  const to = kind === null ? null : subjectRoute({ kind, name: item.name });
  const name = <Code>{kind === null ? item.name : itemName(kind, item.name)}</Code>;
  const { result, begunAt } = item;
  const text =
    result === null
      ? words.bulk.tally[begunAt === null ? 'left' : 'begun']
      : result === 'done' || result === 'unchanged'
        ? words.bulk.tally[result]
        : failureText(words, { code: result, message: '' });
  return (
    <li class={result === 'done' ? 'good' : result === null ? undefined : 'bad'}>
      {to === null ? name : <Go to={to}>{name}</Go>} <span>{text}</span>
    </li>
  );
}
