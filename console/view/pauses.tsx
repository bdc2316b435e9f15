import { useState } from 'preact/hooks';
import type { Pausable, Pause } from '../../lib/model/operators/pause';
import { later } from '../../lib/values/instant';
import { failureText } from '../language/say';
import { moment } from '../reading/time';
import { placeRoute } from '../route';
import { useSession } from '../session';
import { Dialog } from './dialogs/dialog';
import { DialogEnd, ReasonField } from './dialogs/dialog-parts';
import { Chip, Go } from './parts';

/** On every screen while something is paused: what, by whom and why. */
export function PauseBanner() {
  const { words, overview } = useSession();
  const { pauses } = overview;
  if (pauses.length === 0) return null;
  return (
    <aside class="paused" aria-label={words.alarm.paused_work}>
      <Go to={placeRoute('checks')}>{words.pause.banner(pauses.length)}</Go>
      {pauses.slice(0, BANNER_PAUSES).map((pause) => (
        <span key={pause.of.name}>
          <b>
            <Name of={pause.of} />
          </b>{' '}
          <PauseText pause={pause} />
        </span>
      ))}
    </aside>
  );
}

const BANNER_PAUSES = 3;

function PauseText({ pause: { who, reason, until } }: { readonly pause: Pause }) {
  const { words } = useSession();
  return (
    <small>
      {words.pause.by(who, reason)} {until === null ? '' : words.pause.ends(moment(until))}
    </small>
  );
}

function Name({ of }: { readonly of: Pausable }) {
  return <>{useName(of)}</>;
}

/** What is paused, in words. */
function useName(pausable: Pausable): string {
  const { words } = useSession();
  return pausable.kind === 'worker'
    ? (words.workers.name[pausable.name] ?? pausable.name)
    : `${words.pause.merchant} ${pausable.name}`;
}

/** Whether this is paused, by whom and why, with the button for people who may change it. */
export function PauseOf({ of, pauses }: { readonly of: Pausable; readonly pauses: readonly Pause[] }) {
  const { words, overview, client, say, failed, refresh } = useSession();
  const [isAsking, setAsking] = useState(false);
  const name = useName(of);
  const pause = pauses.find((one) => one.of.kind === of.kind && one.of.name === of.name) ?? null;
  const resume = async (): Promise<void> => {
    const outcome = await client.ask('resume', { of });
    if (!outcome.ok) failed(outcome.failure);
    say(outcome.ok ? words.pause.resumed(name) : failureText(words, outcome.failure));
    refresh('acting');
  };
  return (
    <>
      {pause === null ? null : (
        <>
          <Chip tone="warn">{words.pause.paused}</Chip> <PauseText pause={pause} />{' '}
        </>
      )}
      {!overview.may.includes('operate') ? null : pause === null ? (
        <button type="button" aria-label={words.pause.title(name)} onClick={() => setAsking(true)}>
          {words.pause.pause}
        </button>
      ) : (
        <button type="button" aria-label={`${words.pause.resume} ${name}`} onClick={() => void resume()}>
          {words.pause.resume}
        </button>
      )}
      {isAsking ? <PauseDialog of={of} onClose={() => setAsking(false)} /> : null}
    </>
  );
}

const HOURS = [1, 4, 24] as const;
const HOUR_MS = 3_600_000;

function PauseDialog({ of, onClose }: { readonly of: Pausable; readonly onClose: () => void }) {
  const { words, client, now, say, failed, refresh } = useSession();
  const name = useName(of);
  const [reason, setReason] = useState('');
  const [hours, setHours] = useState<number | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [working, setWorking] = useState(false);
  const pause = async (): Promise<void> => {
    if (reason.trim() === '') {
      setProblem(words.act.needReason);
      return;
    }
    setWorking(true);
    const until = hours === null ? null : later(now(), hours * HOUR_MS);
    const outcome = await client.ask('pause', { of, reason: reason.trim(), until });
    setWorking(false);
    if (!outcome.ok) {
      setProblem(failureText(words, outcome.failure));
      failed(outcome.failure);
      return;
    }
    say(words.pause.done(name));
    refresh('acting');
    onClose();
  };
  return (
    <Dialog title={words.pause.title(name)} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void pause();
        }}
      >
        <p>{words.pause.help[helpOf(of)]}</p>
        <ReasonField reason={reason} needed onReason={setReason} />
        <label class="field">
          <span>{words.pause.until}</span>
          <select
            value={hours ?? ''}
            onChange={({ currentTarget: { value } }) => setHours(value === '' ? null : Number(value))}
          >
            <option value="">{words.pause.untilResumed}</option>
            {HOURS.map((one) => (
              <option key={one} value={one}>
                {words.pause.hours(one)}
              </option>
            ))}
          </select>
        </label>
        <DialogEnd problem={problem} send={words.pause.pause} working={working} onClose={onClose} />
      </form>
    </Dialog>
  );
}

function helpOf(pausable: Pausable): 'worker' | 'merchant' | 'fulfillOrders' | 'watchdog' {
  if (pausable.kind === 'merchant') return 'merchant';
  return pausable.name === 'fulfillOrders' || pausable.name === 'watchdog' ? pausable.name : 'worker';
}
