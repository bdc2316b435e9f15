import { useState } from 'preact/hooks';
import type { DeathReason } from '../../../lib/model/message';
import { failureText } from '../../language/say';
import { fieldInstant } from '../../reading/time';
import { CHOICES } from '../../route';
import { useSession } from '../../session';
import { Dialog } from './dialog';
import { ReasonField } from './dialog-parts';
import { TimeField } from '../filters';

/**
 * Replays dead messages by a filter. Each call replays at most 500 and the next needs a click:
 * messages that die again at once must not be replayed endlessly without a look.
 */
export function ReplayMatching({
  reason: given,
  from,
  to,
  onClose,
}: {
  readonly reason: DeathReason | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly onClose: () => void;
}) {
  const { client, words, refresh, failed } = useSession();
  const [span, setSpan] = useState({ from: from ?? '', to: to ?? '' });
  const [reason, setReason] = useState(given);
  const [why, setWhy] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [working, setWorking] = useState(false);
  const [done, setDone] = useState<{ readonly replayed: number; readonly remaining: boolean } | null>(null);
  const replay = async (): Promise<void> => {
    if (why.trim() === '') {
      setProblem(words.act.needReason);
      return;
    }
    setProblem(null);
    setWorking(true);
    const outcome = await client.ask('replay_matching', {
      from: fieldInstant(span.from),
      to: fieldInstant(span.to),
      reason,
      why: why.trim(),
    });
    setWorking(false);
    if (outcome.ok) {
      setDone((before) => ({
        replayed: (before?.replayed ?? 0) + outcome.answer.replayed,
        remaining: outcome.answer.remaining,
      }));
      refresh('acting');
    } else {
      setProblem(failureText(words, outcome.failure));
      failed(outcome.failure);
    }
  };
  return (
    <Dialog title={words.act.replayMatching} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void replay();
        }}
      >
        <p>{words.act.replayMatchingHelp}</p>
        <div class="row">
          <TimeField
            name={words.filter.from}
            value={span.from}
            onValue={(value) => setSpan({ ...span, from: value })}
          />
          <TimeField
            name={words.filter.to}
            value={span.to}
            onValue={(value) => setSpan({ ...span, to: value })}
          />
        </div>
        <label class="field">
          <span>{words.act.deathReason}</span>
          <select
            value={reason ?? ''}
            onChange={(event) => {
              const { value } = event.currentTarget;
              setReason(CHOICES.death.find((one) => one === value) ?? null);
            }}
          >
            <option value="">{words.act.anyReason}</option>
            {CHOICES.death.map((one) => (
              <option key={one} value={one}>
                {words.message.death[one]}
              </option>
            ))}
          </select>
        </label>
        <ReasonField reason={why} needed onReason={setWhy} />
        <p class="problem" role="alert">
          {problem}
        </p>
        <p class="tally" role="status">
          {done === null
            ? null
            : `${words.act.replayed(done.replayed)} ${done.remaining ? words.act.remaining : ''}`}
        </p>
        <footer>
          <button type="button" onClick={onClose}>
            {done === null ? words.act.cancel : words.page.close}
          </button>
          {done === null || done.remaining ? (
            <button type="submit" class="primary" disabled={working}>
              {working ? words.act.working : done === null ? words.action.replay_message : words.act.goOn}
            </button>
          ) : null}
        </footer>
      </form>
    </Dialog>
  );
}
