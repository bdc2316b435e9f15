import type { AuditEntry } from '../../lib/model/audit';
import { SIGN_INS } from '../../lib/ops/api';
import { listAudit } from '../../lib/ops/list-audit';
import type { Store } from '../../lib/store/port';
import { auditEntry } from '../store/operations-builders';

/** An audit log of these entries, with how many pages were read of it. */
function logOf(entries: readonly AuditEntry[]) {
  const reads: (string | null)[] = [];
  const unused = () => Promise.reject(new Error('only lists are read here'));
  const audit: Store['audit'] = {
    append: unused,
    find: unused,
    addSeal: unused,
    seals: unused,
    list: async ({ after, limit }) => {
      reads.push(after);
      const from = Number(after ?? 0);
      const next = from + limit < entries.length ? String(from + limit) : null;
      return { items: entries.slice(from, from + limit), next };
    },
  };
  return { store: { audit }, reads };
}

const refusedSignIn = (n: number) => auditEntry(n, { subject: { kind: 'session', name: SIGN_INS } });

test('wrong tokens tried all night do not hide what operators did before', async () => {
  const action = auditEntry(1);
  const night = Array.from({ length: 500 }, (_, n) => refusedSignIn(502 - n));
  const { store, reads } = logOf([...night, action]);
  expect(await listAudit({ store }, {})).toEqual({ items: [action], next: null });
  expect(reads).toHaveLength(11);
  // A page with something to show ends the reading, and one call reads a bounded number of pages.
  const calm = logOf([action, ...night]);
  expect(await listAudit(calm, {})).toEqual({ items: [action], next: '50' });
  const flood = logOf(Array.from({ length: 5_000 }, (_, n) => refusedSignIn(5_000 - n)));
  expect(await listAudit(flood, {})).toEqual({ items: [], next: '1000' });
  expect(flood.reads).toHaveLength(20);
});
