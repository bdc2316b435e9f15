import { parseJson } from '../../lib/values/json';
import type { InboxMessage } from '../../lib/model/message';
import type { WithActions } from '../../lib/ops/lists/list-api';
import type { Words } from '../language/en';
import { causeText, pathText } from '../language/say';
import { useSession } from '../session';
import { Actions } from './dialogs/actions';
import { Chip, Code, Fact, Facts, Fold, Go, Moment } from './parts';
import { MESSAGE_TONE } from './tones';

/**
 * A complete message; the notification itself is collapsed. `linked`: its key links to its own
 * page.
 */
export function MessageCard({
  message,
  linked,
}: {
  readonly message: WithActions<InboxMessage>;
  readonly linked: boolean;
}) {
  const { words } = useSession();
  const { key, state, content } = message;
  return (
    <article class="card">
      <header>
        <Chip tone={MESSAGE_TONE[state]}>{words.message.state[state]}</Chip>
        {linked ? (
          <Go to={{ screen: 'message', key }}>
            <Code>{key}</Code>
          </Go>
        ) : null}
        <Actions name={key} actions={message.actions} />
      </header>
      {message.state === 'dead' ? (
        <p class="advice">
          <strong>{words.message.death[message.reason]}</strong> {words.message.deathAdvice[message.reason]}
        </p>
      ) : null}
      <Facts>
        <Fact name={words.column.kind}>{words.message.kind[content.kind]}</Fact>
        <Fact name={words.column.trust}>{words.message.trust[message.trust]}</Fact>
        <Fact name={words.column.received}>
          <Moment at={message.receivedAt} whole />
        </Fact>
        <Fact name={words.column.deliveries}>
          {words.message.heard(
            message.deliveries,
            message.confirmedBy.map((path) => pathText(words, path)).join(words.list.comma),
          )}
          {message.deliveries > 1 ? (
            <>
              {words.list.comma}
              <Moment at={message.lastDeliveredAt} />
            </>
          ) : null}
        </Fact>
        <Fact name={words.column.attempts}>
          {triesOf(words, message).length === 0 ? null : triesOf(words, message).join(words.list.comma)}
        </Fact>
        {message.claims > 0 && message.state === 'pending' ? (
          <Fact name={words.column.claims}>
            {message.claims}
            {message.alone ? `${words.list.comma}${words.message.alone}` : ''}
          </Fact>
        ) : null}
        <Standing message={message} />
        <Origin envelope={message.envelope} />
        {content.kind === 'unusable' ? (
          <Fact name={words.message.problems}>
            {[content.reason, ...content.problems].join(words.list.comma)}
          </Fact>
        ) : null}
      </Facts>
      <Fold title={words.message.raw}>
        {message.raw === '' ? (
          <p>{words.message.rawHidden}</p>
        ) : (
          <pre tabIndex={0}>{pretty(message.raw)}</pre>
        )}
      </Fold>
    </article>
  );
}

/** The failures of a message itself, and how often it was taken up again; empty without either. */
function triesOf({ message: texts }: Words, { attempts, replays }: InboxMessage): readonly string[] {
  return [...(attempts > 0 ? [texts.tries(attempts)] : []), ...(replays > 0 ? [texts.replays(replays)] : [])];
}

/** What the envelope of the first delivery says, and what proves its origin. */
function Origin({ envelope }: Pick<InboxMessage, 'envelope'>) {
  const { words } = useSession();
  if (envelope === null) return null;
  const { id, eventType, serial, check } = envelope;
  return (
    <>
      <Fact name={words.message.origin}>{words.message.check[check]}</Fact>
      <Fact name={words.message.eventType}>{eventType}</Fact>
      <Fact name={words.message.envelope}>{id === null ? null : <Code>{id}</Code>}</Fact>
      <Fact name={words.message.serial}>{serial === null ? null : <Code>{serial}</Code>}</Fact>
    </>
  );
}

function Standing({ message }: { readonly message: InboxMessage }) {
  const { words } = useSession();
  switch (message.state) {
    case 'pending':
      return (
        <>
          <Fact name={words.message.due}>
            {message.lease === null ? <Moment at={message.dueAt} whole /> : words.message.leased}
          </Fact>
          <Fact name={words.message.lastError}>{message.lastError}</Fact>
        </>
      );
    case 'done':
      return (
        <Fact name={words.message.finished}>
          <Moment at={message.finishedAt} whole />
          {words.list.comma}
          {words.message.outcome[message.outcome]}
        </Fact>
      );
    case 'dead':
      return (
        <>
          <Fact name={words.message.finished}>
            <Moment at={message.finishedAt} whole />
          </Fact>
          <Fact name={words.message.lastError}>
            {message.lastError === null ? null : causeText(words, message.lastError)}
          </Fact>
        </>
      );
  }
}

function pretty(json: string): string {
  const value = parseJson(json);
  return value === undefined ? json : JSON.stringify(value, null, 2);
}
