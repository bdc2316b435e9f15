import { useAsk } from '../api/use-ask';
import { pathText } from '../language/say';
import { sideWords, subjectText } from '../reading/evidence';
import { discrepancyNamed, runName } from '../reading/names';
import type { Route } from '../route';
import { useSession } from '../session';
import { Actions, Offers } from '../view/dialogs/actions';
import { AuditList } from '../view/audit-list';
import { ItemNotesPanel } from '../view/item-notes';
import { NoSuchItem } from '../view/no-such-item';
import { Chip, Code, Fact, Facts, Go, Moment, Pending, Waiting } from '../view/parts';

/** One discrepancy: both sides' values, when it was seen, and its resolution. */
export function DiscrepancyScreen({ route }: { readonly route: Extract<Route, { screen: 'discrepancy' }> }) {
  const { words, now } = useSession();
  const id = discrepancyNamed(route.id);
  const { answer, failure, waiting } = useAsk('show_discrepancy', id === null ? null : { id });
  if (id === null || failure?.code === 'NOT_FOUND') return <NoSuchItem name={route.id} />;
  const found = answer?.discrepancy ?? null;
  if (answer === null || found === null) {
    return (
      <>
        <div class="bar">
          <h1>{words.discrepancy.title}</h1>
        </div>
        <Pending failure={failure} />
      </>
    );
  }
  const { payment } = answer;
  const { resolution, subject, statementRun } = found;
  const state = resolution !== null ? 'resolved' : found.opensAt > now() ? 'carried_over' : 'open';
  const tone = { open: 'bad', carried_over: 'warn', resolved: 'good' } as const;
  return (
    <>
      <div class="bar">
        <h1>{words.discrepancy.class[found.class]}</h1>
        <Chip tone={tone[state]}>{words.discrepancy.state[state]}</Chip>
        {payment === null ? null : <Actions name={payment.name} actions={payment.actions} />}
        <Actions name={found.id} actions={found.actions} />
      </div>
      <Waiting waiting={waiting} />
      <div class="detail">
        {resolution === null ? (
          <div class="advice">
            <p>{words.discrepancy.advice[found.class]}</p>
            <Offers actions={[...(payment?.actions ?? []), ...found.actions]} />
          </div>
        ) : null}
        <div class="sides">
          <div>
            <span>{words.discrepancy.side.theirs}</span>
            <strong>{sideWords(words, found.class, found.theirs)}</strong>
          </div>
          <div>
            <span>{words.discrepancy.side.ours}</span>
            <strong>{sideWords(words, found.class, found.ours)}</strong>
          </div>
        </div>
        <section class="panel">
          <Facts>
            <Fact name={words.discrepancy.about}>
              {subject.kind === 'statement' ? (
                <Go
                  to={{ screen: 'run', id: `${subject.subMchId}:${subject.day}`, class: null, after: null }}
                >
                  <Code>{subjectText(found)}</Code>
                </Go>
              ) : (
                <Go to={{ screen: 'order', outTradeNo: subject.outTradeNo }}>
                  <Code>{subject.outTradeNo}</Code>
                </Go>
              )}
            </Fact>
            <Fact name={words.order.transaction}>
              {subject.kind === 'payment' ? <Code>{subject.transactionId}</Code> : null}
            </Fact>
            <Fact name={words.column.refund}>
              {subject.kind === 'refund' ? <Code>{subject.outRefundNo}</Code> : null}
            </Fact>
            <Fact name={words.column.firstSeen}>
              <Moment at={found.firstSeenAt} whole />
            </Fact>
            <Fact name={words.column.lastSeen}>
              <Moment at={found.lastSeenAt} whole />
            </Fact>
            <Fact name={words.discrepancy.by}>{pathText(words, found.path)}</Fact>
            <Fact name={words.discrepancy.statementOf}>
              {statementRun === null ? null : (
                <Go to={{ screen: 'run', id: statementRun, class: null, after: null }}>
                  {runName(statementRun)}
                </Go>
              )}
            </Fact>
            <Fact name={words.discrepancy.deadline}>
              {state === 'carried_over' ? <Moment at={found.opensAt} whole /> : null}
            </Fact>
            {resolution === null ? null : (
              <Fact name={words.discrepancy.ended}>
                <Moment at={resolution.at} whole /> · {words.discrepancy.endedBy[resolution.by]} ·{' '}
                <Code>{pathText(words, resolution.who)}</Code> <q>{resolution.reason}</q>
              </Fact>
            )}
          </Facts>
        </section>
        <ItemNotesPanel id={found.id} notes={answer.notes} />
        <AuditList entries={answer.audit} subject={found.id} />
      </div>
    </>
  );
}
