import { SIGN_INS } from '../../lib/ops/api';
import { listAudit } from '../../lib/ops/people/list-audit';
import type { Store } from '../../lib/store/port';
import { auditEntry } from '../store/operations-builders';

test('one page of the audit log is one page of the store, without the sign-ins', async () => {
  const asked: unknown[] = [];
  const unused = () => Promise.reject(new Error('only lists are read here'));
  const audit: Store['audit'] = {
    append: unused,
    find: unused,
    addSeal: unused,
    seals: unused,
    list: async (query) => {
      asked.push(query);
      return { items: [auditEntry(2), auditEntry(1)], next: '7 x' };
    },
  };
  const store = { audit };
  expect(await listAudit({ store }, { limit: 2 })).toEqual({
    items: [auditEntry(2), auditEntry(1)],
    next: '7 x',
  });
  await listAudit({ store }, { subject: SIGN_INS });
  expect(asked).toEqual([
    { subject: null, except: SIGN_INS, after: null, limit: 2 },
    { subject: SIGN_INS, except: null, after: null, limit: 50 },
  ]);
});
