import { useState } from 'preact/hooks';
import type { ApprovalLine } from '../../lib/ops/people/people-api';
import { ACTION_RULES, OPS_ACTIONS } from '../../lib/ops/actions';
import { API_LIMITS } from '../../lib/ops/api';
import { isRecord } from '../../lib/values/json';
import { useAsk } from '../api/use-ask';
import { failureText } from '../language/say';
import { resultText } from '../language/changed';
import { itemName } from '../reading/names';
import { placeRoute, type Route } from '../route';
import { useSession } from '../session';
import { subjectRoute } from '../view/audit-columns';
import { Tabs } from '../view/filters';
import {
  Chip,
  Code,
  Empty,
  Fact,
  Facts,
  Go,
  Moment,
  Money,
  Panel,
  Pending,
  Trouble,
  Waiting,
  type Tone,
} from '../view/parts';

const TONES: Readonly<Record<ApprovalLine['state'], Tone>> = {
  waiting: 'warn',
  expired: 'quiet',
  approved: 'good',
  declined: 'quiet',
};

/** Items that one request shows; a bulk request has more. */
const ITEMS_SHOWN = 10;

/** What a second person must approve, or has decided. */
export function Approvals({ route }: { readonly route: Extract<Route, { screen: 'approvals' }> }) {
  const { words } = useSession();
  const { approval } = words.people;
  const params = { decided: route.decided, after: route.after };
  const { answer, failure, waiting } = useAsk('list_approvals', params);
  return (
    <>
      <div class="bar">
        <h1>{words.place.approvals}</h1>
        <Tabs
          name={words.filter.state}
          choices={['waiting', 'decided'] as const}
          chosen={route.decided ? 'decided' : 'waiting'}
          label={(state) => approval[state]}
          count={() => null}
          route={(state) => ({ screen: 'approvals', decided: state === 'decided', after: null })}
        />
        <p class="about">{approval.lead}</p>
      </div>
      {answer === null ? (
        <Pending failure={failure} />
      ) : (
        <div class="requests">
          <Waiting waiting={waiting} />
          {failure === null ? null : <Trouble failure={failure} />}
          {answer.items.length === 0 ? (
            <div class="list">
              <Empty what={approval.empty} />
            </div>
          ) : null}
          {answer.items.map((one) => (
            <Request key={one.id} request={one} />
          ))}
          {answer.next === null ? null : <Go to={{ ...route, after: answer.next }}>{words.page.more}</Go>}
        </div>
      )}
    </>
  );
}

/** One request: what an entry of the audit log leads to. */
export function ApprovalScreen({ route }: { readonly route: Extract<Route, { screen: 'approval' }> }) {
  const { words } = useSession();
  const { answer, failure, waiting } = useAsk('show_approval', { id: route.id });
  return (
    <>
      <div class="bar">
        <h1>{words.place.approvals}</h1>
        <Go to={placeRoute('approvals')}>{words.people.approval.waiting}</Go>
      </div>
      <Waiting waiting={waiting} />
      {answer === null ? <Pending failure={failure} /> : <Request request={answer.approval} />}
    </>
  );
}

function Request({ request }: { readonly request: ApprovalLine }) {
  const { words } = useSession();
  const { approval } = words.people;
  const { items, amount, reason, asker, askedAt, expiresAt, decision, state } = request;
  const action = OPS_ACTIONS.find((one) => one === request.action);
  const kind = action === undefined ? null : ACTION_RULES[action].subject;
  return (
    <Panel
      id={`request-${request.id}`}
      title={action === undefined ? request.action : words.action[action]}
      aside={<Chip tone={TONES[state]}>{approval.state[state]}</Chip>}
    >
      <Facts>
        <Fact name={words.column.amount}>{amount === null ? null : <Money fen={amount} />}</Fact>
        <Fact name={words.column.subject}>
          {items.slice(0, ITEMS_SHOWN).map(({ name }) => {
            const [, bulk] = /^bulk:(.+)$/.exec(name) ?? [];
            const to: Route | null =
              bulk !== undefined
                ? { screen: 'bulk', id: bulk }
                : kind === null
                  ? null
                  : subjectRoute({ kind, name });
            const text = <Code>{kind === null ? name : itemName(kind, name)}</Code>;
            return <span key={name}>{to === null ? text : <Go to={to}>{text}</Go>} </span>;
          })}
          {countOf(request) > ITEMS_SHOWN || items.length !== countOf(request)
            ? approval.items(countOf(request))
            : null}
        </Fact>
        <Fact name={approval.asker}>
          {asker.name} · <Moment at={askedAt} />
        </Fact>
        <Fact name={words.act.reason}>{reason}</Fact>
        <Fact name={approval.expires}>{decision === null ? <Moment at={expiresAt} /> : null}</Fact>
        <Fact name={approval.decidedBy}>
          {decision === null ? null : (
            <>
              {decision.who} · <Moment at={decision.at} /> {decision.reason}
            </>
          )}
        </Fact>
      </Facts>
      {request.isApprovable || request.isDeclinable ? <Decide request={request} /> : null}
    </Panel>
  );
}

/** How many items it is about: a bulk action is one item that names how many. */
function countOf({ items }: ApprovalLine): number {
  const [only] = items;
  const named = isRecord(only?.seen) ? only.seen['items'] : undefined;
  return items.length === 1 && typeof named === 'number' ? named : items.length;
}

/** Approve, or decline with a reason; the outcome says what was done. */
function Decide({ request }: { readonly request: ApprovalLine }) {
  const { id, isApprovable, isDeclinable } = request;
  const { client, words, refresh, say, failed, go } = useSession();
  const { approval } = words.people;
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [working, setWorking] = useState(false);
  const approve = async (): Promise<void> => {
    setWorking(true);
    const outcome = await client.ask('approve', { id });
    setWorking(false);
    if (!outcome.ok) {
      setProblem(failureText(words, outcome.failure));
      failed(outcome.failure);
      return;
    }
    const { results } = outcome.answer;
    const refused = results.filter(({ ok }) => !ok);
    const texts = refused.map((one) => resultText(words, one));
    say([approval.done(results.length - refused.length, refused.length), ...texts].join(' '));
    refresh('acting');
    // A bulk action goes on on its own page.
    for (const one of results)
      if (one.ok && one.changed.action === 'begin_bulk') go({ screen: 'bulk', id: one.changed.bulk });
  };
  const decline = async (): Promise<void> => {
    if (reason.trim() === '') {
      setProblem(words.act.needReason);
      return;
    }
    setWorking(true);
    const outcome = await client.ask('decline', { id, reason: reason.trim() });
    setWorking(false);
    if (outcome.ok) {
      say(approval.declined);
      refresh('acting');
      return;
    }
    setProblem(failureText(words, outcome.failure));
    failed(outcome.failure);
  };
  return (
    <div class="decide">
      {isDeclinable ? (
        <label class="field">
          <span>{approval.reason}</span>
          <input
            type="text"
            maxLength={API_LIMITS.reason}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </label>
      ) : null}
      <p class="problem" role="alert">
        {problem}
      </p>
      <div class="actions">
        {isApprovable ? (
          <button type="button" class="primary" disabled={working} onClick={() => void approve()}>
            {approval.approve}
          </button>
        ) : null}
        {isDeclinable ? (
          <button type="button" disabled={working} onClick={() => void decline()}>
            {approval.decline}
          </button>
        ) : null}
      </div>
    </div>
  );
}
