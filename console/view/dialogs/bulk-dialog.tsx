import { useRef, useState } from 'preact/hooks';
import { ACTION_RULES } from '../../../lib/ops/actions';
import type { BulkAction, BulkFilter } from '../../../lib/ops/bulk/bulk-api';
import { yuan } from '../../../lib/values/yuan';
import { newRequestId } from '../../api/request-id';
import { useAsk } from '../../api/use-ask';
import { failureText } from '../../language/say';
import { count } from '../../reading/money';
import { useSession } from '../../session';
import { Dialog } from './dialog';
import { DialogEnd, ReasonField } from './dialog-parts';
import { Pending } from '../parts';

/** Shows how many items and how much money an action would be taken on, and starts it. */
export function BulkDialog({
  action,
  filter,
  onClose,
}: {
  readonly action: BulkAction;
  readonly filter: BulkFilter;
  readonly onClose: () => void;
}) {
  const { client, words, go, failed } = useSession();
  const { answer: preview, failure } = useAsk('preview_bulk', { action, filter });
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [working, setWorking] = useState(false);
  // One per dialog: when it is sent again after a lost answer, it is the same bulk action.
  const id = useRef(newRequestId());
  const { needsReason } = ACTION_RULES[action];
  const start = async (): Promise<void> => {
    if (preview === null || preview.count === 0) return;
    const why = reason.trim();
    if (needsReason && why === '') {
      setProblem(words.act.needReason);
      return;
    }
    setWorking(true);
    const { count: n, amount } = preview;
    const asked = {
      id: id.current,
      action,
      filter,
      count: n,
      amount,
      ...(why === '' ? {} : { reason: why }),
    };
    const outcome = await client.ask('start_bulk', asked);
    setWorking(false);
    if (outcome.ok) {
      onClose();
      go({ screen: 'bulk', id: id.current });
      return;
    }
    setProblem(failureText(words, outcome.failure));
    failed(outcome.failure);
  };
  return (
    <Dialog title={words.bulk.title(words.action[action])} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void start();
        }}
      >
        <p>{words.actionHelp[action]}</p>
        {preview === null ? (
          <Pending failure={failure} />
        ) : (
          <div role="status">
            <p class="tally">
              <strong>
                {preview.count === 0
                  ? words.bulk.none
                  : words.bulk.count(
                      count(preview.count),
                      preview.amount === null
                        ? null
                        : preview.more
                          ? words.bulk.atLeast(yuan(preview.amount))
                          : yuan(preview.amount),
                    )}
              </strong>
            </p>
            {preview.leftOut === 0 ? null : <p>{words.bulk.leftOut(count(preview.leftOut))}</p>}
            {preview.more ? <p>{words.bulk.more(count(preview.count))}</p> : null}
            {preview.needsApproval ? <p>{words.bulk.needsApproval}</p> : null}
          </div>
        )}
        <ReasonField reason={reason} needed={needsReason} onReason={setReason} />
        <DialogEnd
          problem={problem}
          send={words.bulk.start(count(preview?.count ?? 0))}
          working={working}
          disabled={preview === null || preview.count === 0}
          onClose={onClose}
        />
      </form>
    </Dialog>
  );
}
