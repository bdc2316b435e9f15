import type { AuditEntry } from '../../model/operators/audit';
import type { Store } from '../../store/port';
import type { OpsOperations } from '../api';
import { SIGN_INS } from '../api';

type Asked = OpsOperations['list_audit']['params'];
type Listed = OpsOperations['list_audit']['answer'];

/**
 * Operators' actions, newest first. Sign-ins have a list of their own, which not everybody may see:
 * a night of a stranger's wrong tokens hides nothing else. A page may have fewer items than
 * `limit`.
 */
export async function listAudit(
  { store }: { readonly store: Pick<Store, 'audit'> },
  { subject = null, after = null, limit = 50 }: Asked,
): Promise<Listed> {
  const except = subject === SIGN_INS ? null : SIGN_INS;
  const { items, next } = await store.audit.list({ subject, except, after, limit });
  return { items: settled(items), next };
}

/** Omits the start of an action whose outcome is listed too. */
export function settled(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  const ends = new Set(entries.map(({ id }) => id));
  return entries.filter(({ id, outcome }) => outcome !== 'begun' || !ends.has(`${id}-end`));
}
