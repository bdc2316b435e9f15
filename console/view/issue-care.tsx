import { useState } from 'preact/hooks';
import type { AlarmCause } from '../../lib/model/alarm';
import type { OpsOperations } from '../../lib/ops/api';
import { API_LIMITS } from '../../lib/ops/api';
import { later } from '../../lib/values/instant';
import { failureText } from '../language/say';
import { shortMoment } from '../reading/time';
import { useSession } from '../session';
import { Dialog } from './dialogs/dialog';
import { DialogEnd } from './dialogs/dialog-parts';
import { Chip } from './parts';

const HOURS = [1, 4, 12, 24] as const;
const HOUR_MS = 3_600_000;

/** Who is on an issue and until when it is muted, and the way to change either. */
export function IssueCare({ cause }: { readonly cause: AlarmCause }) {
  const { words, overview, now } = useSession();
  const [asking, setAsking] = useState(false);
  const handled = overview.issues.find((one) => one.cause === cause);
  const { owner = null, mute = null } = handled ?? {};
  return (
    <p class="care">
      {owner === null ? null : <Chip tone="plain">{words.issue.owner(owner.who)}</Chip>}
      {mute === null ? null : (
        <span title={words.pause.by(mute.who, mute.reason)}>
          <Chip tone="quiet">{words.issue.muted(shortMoment(mute.until, now()))}</Chip>
        </span>
      )}
      {!overview.may.includes('operate') ? null : (
        <button type="button" class="small" onClick={() => setAsking(true)}>
          {words.issue.care}
          <span class="hidden"> {words.alarm[cause]}</span>
        </button>
      )}
      {asking ? <CareDialog cause={cause} onClose={() => setAsking(false)} /> : null}
    </p>
  );
}

type Step = OpsOperations['handle_issue']['params']['step'];

function CareDialog({ cause, onClose }: { readonly cause: AlarmCause; readonly onClose: () => void }) {
  const { words, client, overview, me, now, say, failed, refresh } = useSession();
  const [reason, setReason] = useState('');
  const [hours, setHours] = useState<number>(HOURS[0]);
  const [problem, setProblem] = useState<string | null>(null);
  const [working, setWorking] = useState(false);
  const name = words.alarm[cause];
  const { owner = null, mute = null } = overview.issues.find((one) => one.cause === cause) ?? {};
  const isMine = owner?.who === me.name;
  const send = async (step: Step): Promise<void> => {
    const isMute = step === 'mute';
    if (isMute && reason.trim() === '') {
      setProblem(words.act.needReason);
      return;
    }
    setWorking(true);
    const silence = { reason: reason.trim(), until: later(now(), hours * HOUR_MS) };
    const outcome = await client.ask('handle_issue', { cause, step, ...(isMute ? silence : {}) });
    setWorking(false);
    if (!outcome.ok) {
      setProblem(failureText(words, outcome.failure));
      failed(outcome.failure);
      return;
    }
    say(words.issue.done[step](name));
    refresh('acting');
    onClose();
  };
  return (
    <Dialog title={name} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send('mute');
        }}
      >
        <p class="actions">
          <button
            type="button"
            data-first
            class="primary"
            disabled={working}
            onClick={() => void send(isMine ? 'give_back' : 'take')}
          >
            {isMine ? words.issue.giveBack : words.issue.take}
          </button>
          {mute === null ? null : (
            <button type="button" disabled={working} onClick={() => void send('unmute')}>
              {words.issue.unmute}
            </button>
          )}
        </p>
        <p>{words.issue.help}</p>
        <label class="field">
          <span>{words.issue.until}</span>
          <select
            value={hours}
            onChange={({ currentTarget: { value } }) =>
              setHours(HOURS.find((one) => String(one) === value) ?? 1)
            }
          >
            {HOURS.map((one) => (
              <option key={one} value={one}>
                {words.issue.hours(one)}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>{words.act.reason}</span>
          <input
            type="text"
            maxLength={API_LIMITS.reason}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </label>
        <DialogEnd problem={problem} send={words.issue.mute} working={working} onClose={onClose} />
      </form>
    </Dialog>
  );
}
