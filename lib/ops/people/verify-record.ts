import type { AuditEntry } from '../../model/operators/audit';
import type { AuditSeal } from '../../model/operators/audit-seal';
import type { ChainFault } from '../../rules/audit-chain';
import { entryFaults, sealFaults } from '../../rules/audit-chain';
import type { Store } from '../../store/port';
import type { OpsOperations } from '../api';

/** Seals that one call checks. */
const SEALS_PER_CALL = 20;

/** What one call answers of the chain. */
export type VerifiedPart = OpsOperations['verify_record']['answer'];

/**
 * Checks a part of the chain over the audit log, newest first: that each seal is unchanged and
 * names the one before it, and that each sealed entry is stored as it was sealed.
 *
 * Failure policy: fail closed. An entry that cannot be read counts as changed or missing.
 */
export async function verifyRecord(
  { audit }: Pick<Store, 'audit'>,
  { after = null, anchor = null }: OpsOperations['verify_record']['params'],
): Promise<VerifiedPart> {
  const seals = await audit.seals({ before: after?.n ?? null, limit: SEALS_PER_CALL });
  const isLast = seals.length < SEALS_PER_CALL;
  const faults: ChainFault[] = [...sealFaults(seals, after, isLast)];
  let entries = 0;
  for (const seal of seals) {
    const stored = await storedOf(audit, seal);
    faults.push(...entryFaults(seal, stored));
    entries += seal.entries.length;
  }
  faults.push(...anchorFaults(seals, anchor, after?.n ?? null, isLast));
  const oldest = seals.at(-1);
  const [newest] = seals;
  return {
    seals: seals.length,
    entries,
    faults,
    head: newest === undefined ? null : { n: newest.n, hash: newest.hash, at: newest.at },
    since: oldest?.at ?? null,
    next: isLast || oldest === undefined ? null : { n: oldest.n, previous: oldest.previous },
  };
}

async function storedOf(audit: Store['audit'], seal: AuditSeal): Promise<ReadonlyMap<string, AuditEntry>> {
  const found = await audit.find(seal.entries.map(({ id }) => id));
  return new Map(found.map((entry) => [entry.id, entry]));
}

/** The seal that somebody wrote down must be there as it was. */
function anchorFaults(
  seals: readonly AuditSeal[],
  anchor: OpsOperations['verify_record']['params']['anchor'] | null,
  before: number | null,
  isLast: boolean,
): readonly ChainFault[] {
  if (anchor === null || anchor === undefined) return [];
  const found = seals.find(({ n }) => n === anchor.n);
  const differs = [{ fault: 'anchor_differs', n: anchor.n, entry: null }] as const;
  if (found !== undefined) return found.hash === anchor.hash ? [] : differs;
  const isAhead = before === null && anchor.n > (seals[0]?.n ?? 0);
  return isAhead || (isLast && anchor.n < (seals.at(-1)?.n ?? 1)) ? differs : [];
}
