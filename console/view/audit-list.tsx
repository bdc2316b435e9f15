import type { AuditEntry } from '../../lib/model/operators/audit';
import { actionText } from '../language/say';
import { useSession } from '../session';
import { Go, Moment, Panel } from './parts';

/** The actions on one item; nothing when there are none. */
export function AuditList({
  entries,
  subject,
}: {
  readonly entries: readonly AuditEntry[];
  readonly subject: string;
}) {
  const { words } = useSession();
  if (entries.length === 0) return null;
  return (
    <Panel
      id="audit"
      title={words.place.audit}
      aside={<Go to={{ screen: 'audit', subject, after: null }}>{words.page.more}</Go>}
    >
      <ul class="plain-list">
        {entries.map((entry) => (
          <li key={entry.id}>
            <Moment at={entry.at} /> <strong>{actionText(words, entry.action)}</strong> · {entry.who} ·{' '}
            {words.recorded.outcome[entry.outcome]}
            {entry.reason === null ? null : <q>{entry.reason}</q>}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
