import { useState } from 'preact/hooks';
import type { OpsAction } from '../../../lib/ops/actions';
import type { Fen } from '../../../lib/values/fen';
import { useSession } from '../../session';
import { ActDialog, type PlannedAction } from './act-dialog';

/** What each offered action does. */
export function Offers({ actions }: { readonly actions: readonly OpsAction[] }) {
  const { words } = useSession();
  if (actions.length === 0) return null;
  return (
    <ul class="offers">
      {actions.map((action) => (
        <li key={action}>
          <strong>{words.action[action]}</strong> {words.actionHelp[action]}
        </li>
      ))}
    </ul>
  );
}

/** A button for each action the server allows on an item. */
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
  const [planned, setPlanned] = useState<PlannedAction | null>(null);
  if (actions.length === 0 && planned === null) return null;
  return (
    <div class="actions">
      {actions.map((action) => (
        <button key={action} type="button" onClick={() => setPlanned({ action, names: [name], refundable })}>
          {words.action[action]}
        </button>
      ))}
      {planned === null ? null : <ActDialog planned={planned} onClose={() => setPlanned(null)} />}
    </div>
  );
}
