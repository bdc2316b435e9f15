import type { AuditEntry } from '../model/audit';
import type { Store } from '../store/port';
import type { OpsOperations } from './api';
import { SIGN_INS } from './api';

type Asked = OpsOperations['list_audit']['params'];
type Listed = OpsOperations['list_audit']['answer'];

/** Pages of nothing but sign-ins that one call reads past: a night of a stranger's wrong tokens. */
const PAGES_OF_SIGN_INS = 20;

/**
 * Operators' actions, newest first. Sign-ins have a list of their own, which not everybody may see.
 * A page may have fewer items than `limit`; one without any means that there are no more, or that
 * the next pages must be read for them.
 */
export async function listAudit(
  { store }: { readonly store: Pick<Store, 'audit'> },
  { subject = null, after = null, limit = 50 }: Asked,
): Promise<Listed> {
  const read = async (from: string | null): Promise<Listed> => {
    const { items, next } = await store.audit.list({ subject, after: from, limit });
    const shown = subject === SIGN_INS ? items : items.filter((one) => one.subject.kind !== 'session');
    return { items: settled(shown), next };
  };
  let page = await read(after);
  for (let n = 1; n < PAGES_OF_SIGN_INS && page.items.length === 0 && page.next !== null; n += 1) {
    page = await read(page.next);
  }
  return page;
}

/** Omits the start of an action whose outcome is listed too. */
export function settled(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  const ends = new Set(entries.map(({ id }) => id));
  return entries.filter(({ id, outcome }) => outcome !== 'begun' || !ends.has(`${id}-end`));
}
