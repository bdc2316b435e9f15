import { API_LIMITS } from '../../../lib/ops/api';
import { useSession } from '../../session';

/** The field in which an operator says why, with the focus as its dialog opens. */
export function ReasonField({
  reason,
  needed,
  onReason,
}: {
  readonly reason: string;
  readonly needed: boolean;
  readonly onReason: (typed: string) => void;
}) {
  const { words } = useSession();
  return (
    <label class="field">
      <span>{words.act.reason}</span>
      <textarea
        data-first
        rows={2}
        maxLength={API_LIMITS.reason}
        required={needed}
        value={reason}
        onInput={(event) => onReason(event.currentTarget.value)}
      />
      <small>{needed ? words.act.reasonNeeded : words.act.reasonFree}</small>
    </label>
  );
}

/** The end of a dialog's form: what went wrong, and the buttons that leave it and send it. */
export function DialogEnd({
  problem,
  send,
  working,
  disabled = false,
  onClose,
}: {
  readonly problem: string | null;
  /** What the button that sends the form says. */
  readonly send: string;
  readonly working: boolean;
  /** True while there is nothing to send. */
  readonly disabled?: boolean;
  readonly onClose: () => void;
}) {
  const { words } = useSession();
  return (
    <>
      <p class="problem" role="alert">
        {problem}
      </p>
      <footer>
        <button type="button" onClick={onClose}>
          {words.act.cancel}
        </button>
        <button type="submit" class="primary" disabled={working || disabled}>
          {working ? words.act.working : send}
        </button>
      </footer>
    </>
  );
}
