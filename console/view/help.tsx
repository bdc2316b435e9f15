import { useSession } from '../session';
import { Dialog } from './dialogs/dialog';

/** The keyboard shortcuts. */
export function Help({ onClose }: { readonly onClose: () => void }) {
  const { words } = useSession();
  return (
    <Dialog title={words.keys.title} onClose={onClose}>
      <dl class="keys">
        {words.keys.rows.map(([key = '', what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
