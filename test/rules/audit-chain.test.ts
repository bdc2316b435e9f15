import type { AuditSeal } from '../../lib/model/operators/audit-seal';
import { entryFaults, nextSeal, sealFaults } from '../../lib/rules/audit-chain';
import { START } from '../store/builders';
import { auditEntry } from '../store/operations-builders';

const ENTRIES = [1, 2, 3, 4].map((n) => auditEntry(n));
const [, SECOND = auditEntry(2)] = ENTRIES;

function chain(): readonly [AuditSeal, AuditSeal, AuditSeal] {
  const first = nextSeal(null, ENTRIES.slice(0, 1), START);
  const second = nextSeal(first, ENTRIES.slice(1, 3), START);
  return [nextSeal(second, ENTRIES.slice(3), START), second, first];
}

const stored = (entries = ENTRIES) => new Map(entries.map((one) => [one.id, one]));

describe('the chain over the audit log', () => {
  it('finds nothing where nothing was changed, whatever the order of an object’s keys', () => {
    const [third, second, first] = chain();
    expect(sealFaults([third, second, first], null, true)).toEqual([]);
    expect(sealFaults([second, first], { n: third.n, previous: third.previous }, true)).toEqual([]);
    const turned = ENTRIES.map(({ outcome, ...rest }) => ({ outcome, ...rest }));
    for (const seal of chain()) expect(entryFaults(seal, stored(turned))).toEqual([]);
  });

  it('finds an entry that was changed or deleted', () => {
    const [, second] = chain();
    const changed = ENTRIES.map((one) => (one === SECOND ? { ...one, who: 'somebody else' } : one));
    expect(entryFaults(second, stored(changed))).toEqual([
      { fault: 'entry_changed', n: 2, entry: SECOND.id },
    ]);
    expect(entryFaults(second, stored(ENTRIES.filter((one) => one !== SECOND)))).toEqual([
      { fault: 'entry_missing', n: 2, entry: SECOND.id },
    ]);
  });

  it('finds a seal that was changed, made anew or taken out, and a beginning that was cut off', () => {
    const [third, second, first] = chain();
    const faultsOf = (seals: readonly AuditSeal[]) =>
      sealFaults(seals, null, true).map(({ fault, n }) => `${fault} ${n}`);
    expect(faultsOf([third, { ...second, entries: [] }, first])).toEqual(['seal_changed 2']);
    const anew = nextSeal(first, ENTRIES.slice(2, 3), START);
    expect(faultsOf([third, anew, first])).toEqual(['seal_unlinked 3']);
    expect(faultsOf([third, first])).toEqual(['seal_missing 2']);
    expect(faultsOf([third, second])).toEqual(['seal_missing 1']);
  });
});
