import type { AuditEntry } from '../../lib/model/operators/audit';
import type { AuditSeal } from '../../lib/model/operators/audit-seal';
import { sealRecord } from '../../lib/ops/people/seal-record';
import type { Store } from '../../lib/store/port';
import { later } from '../../lib/values/instant';
import { rememberedLog } from '../inbox/stage';
import { START } from '../store/builders';
import { auditEntry } from '../store/operations-builders';

/** An audit log in memory, with the sizes of the pages of entries that were read. */
function memory() {
  const entries: AuditEntry[] = [];
  const seals: AuditSeal[] = [];
  const limits: number[] = [];
  const audit: Store['audit'] = {
    append: async (entry) => {
      entries.unshift(entry);
    },
    list: async ({ after, limit }) => {
      limits.push(limit);
      const from = Number(after ?? 0);
      const next = from + limit < entries.length ? String(from + limit) : null;
      return { items: entries.slice(from, from + limit), next };
    },
    find: () => Promise.reject(new Error('nothing is verified here')),
    addSeal: async (seal) => {
      seals.unshift(seal);
      return true;
    },
    seals: async ({ before, limit }) =>
      seals.filter(({ n }) => before === null || n < before).slice(0, limit),
  };
  return { audit, seals, limits };
}

test('in a busy hour every entry is sealed once, and one short page of entries is read', async () => {
  const { audit, seals, limits } = memory();
  const time = { now: START };
  const deps = { store: { audit }, clock: { now: () => time.now }, log: rememberedLog() };
  for (let n = 1; n <= 90; n += 1) {
    time.now = later(time.now, 40_000);
    await audit.append(auditEntry(n, { at: time.now }));
    expect(await sealRecord(deps)).toBe(1);
  }
  expect(seals.map(({ entries }) => entries.length)).toEqual(Array(90).fill(1));
  expect(limits).toEqual(Array(90).fill(100));
  // What one page does not hold is read in full.
  for (let n = 91; n <= 400; n += 1) await audit.append(auditEntry(n, { at: time.now }));
  expect(await sealRecord(deps)).toBe(310);
});
