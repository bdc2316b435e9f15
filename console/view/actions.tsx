import { useState } from 'preact/hooks';
import type { OpsAction } from '../../lib/ops/api';
import type { Fen } from '../../lib/values/fen';
import { useSession } from '../session';
import { ActDialog, type ActWish } from './act-dialog';

/** The buttons of what the server says may be done to an item. */
export function Actions({
  name,
  actions,
  refundable = null,
}: {
  readonly name: string;
  readonly actions: readonly OpsAction[];
  readonly refundable?: Fen | null;
}) {
  const { words } = useSession();
  const [wish, setWish] = useState<ActWish | null>(null);
  if (actions.length === 0 && wish === null) return null;
  return (
    <div class="actions">
      {actions.map((action) => (
        <button key={action} type="button" onClick={() => setWish({ action, names: [name], refundable })}>
          {words.action[action]}
        </button>
      ))}
      {wish === null ? null : <ActDialog wish={wish} onClose={() => setWish(null)} />}
    </div>
  );
}
