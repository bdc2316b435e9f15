import { useState } from 'preact/hooks';
import type { DiscrepancyId } from '../../lib/model/discrepancy';
import type { ItemNotes } from '../../lib/model/operators/item-notes';
import { API_LIMITS } from '../../lib/ops/api';
import type { Failure } from '../api/client';
import { failureText } from '../language/say';
import { useSession } from '../session';
import { Fact, Facts, Moment, Panel } from './parts';

/** Who looks after a discrepancy, and what people wrote about it. */
export function ItemNotesPanel({
  id,
  notes,
}: {
  readonly id: DiscrepancyId;
  readonly notes: ItemNotes | null;
}) {
  const { client, words, me, overview, refresh, say, failed } = useSession();
  const texts = words.books.notes;
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [working, setWorking] = useState(false);
  const owner = notes?.owner ?? null;
  const tell = (failure: Failure) => {
    setProblem(failureText(words, failure));
    failed(failure);
  };
  const ended = (done: string) => {
    setProblem(null);
    say(done);
    refresh('acting');
  };
  const to = owner === me.name ? null : me.name;
  const assign = async (): Promise<void> => {
    setWorking(true);
    const outcome = await client.ask('assign', { names: [id], owner: to });
    setWorking(false);
    if (outcome.ok) ended(texts.assigned(to));
    else tell(outcome.failure);
  };
  const add = async (): Promise<void> => {
    if (text.trim() === '') return;
    setWorking(true);
    const outcome = await client.ask('comment', { id, text: text.trim() });
    setWorking(false);
    if (!outcome.ok) {
      tell(outcome.failure);
      return;
    }
    setText('');
    ended(texts.added);
  };
  return (
    <Panel id="notes" title={texts.title}>
      <Facts>
        <Fact name={texts.owner}>{owner ?? words.books.open.nobody}</Fact>
      </Facts>
      {notes === null || notes.comments.length === 0 ? (
        <p class="about">{texts.none}</p>
      ) : (
        <ul class="plain-list">
          {notes.comments.map(({ who, at, text: said }, n) => (
            <li key={n}>
              <Moment at={at} whole /> <strong>{who}</strong> <q>{said}</q>
            </li>
          ))}
        </ul>
      )}
      {overview.may.includes('resolve') ? (
        <form
          class="decide"
          onSubmit={(event) => {
            event.preventDefault();
            void add();
          }}
        >
          <label class="field">
            <span>{texts.comment}</span>
            <input
              type="text"
              maxLength={API_LIMITS.comment}
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          </label>
          <p class="problem" role="alert">
            {problem}
          </p>
          <div class="actions">
            <button type="submit" class="primary" disabled={working}>
              {texts.add}
            </button>
            <button type="button" disabled={working} onClick={() => void assign()}>
              {to === null ? words.issue.giveBack : words.issue.take}
            </button>
          </div>
        </form>
      ) : null}
    </Panel>
  );
}
