import { createHash } from 'node:crypto';
import type { AuditEntry } from '../model/operators/audit';
import type { AuditSeal, SealedEntry } from '../model/operators/audit-seal';
import type { Instant } from '../values/instant';
import { canonical } from '../values/canonical';

/*
 * The chain over the audit log. Pure.
 *
 * It finds a sealed entry that was changed or deleted, and a seal that was changed or taken out. It
 * cannot find that the end of the chain was cut off, or that somebody who can write to the database
 * rebuilt all of it: for that, compare the hash of a seal with one that was written down elsewhere
 * (the log has each, and `ops record` prints the last).
 */

/** The next link over these entries. */
export function nextSeal(last: AuditSeal | null, entries: readonly AuditEntry[], at: Instant): AuditSeal {
  const seal = {
    n: (last?.n ?? 0) + 1,
    at,
    previous: last?.hash ?? null,
    entries: entries.map((entry) => ({ id: entry.id, hash: hashOf(entry) })),
  };
  return { ...seal, hash: hashOf(seal) };
}

/** What can be wrong with the chain. */
export const CHAIN_FAULTS = [
  'seal_missing',
  'seal_changed',
  'seal_unlinked',
  'entry_missing',
  'entry_changed',
  'anchor_differs',
] as const;

/** One thing that is wrong with the chain: which, at which seal, and of which entry. */
export interface ChainFault {
  readonly fault: (typeof CHAIN_FAULTS)[number];
  readonly n: number;
  readonly entry: string | null;
}

/** The seal after the ones to check: its number and the hash it names. */
export interface ChainEnd {
  readonly n: number;
  readonly previous: string | null;
}

/**
 * What is wrong with these seals, newest first. `after`: the seal that was checked before them, or
 * null when the first of them is the newest of all. `isLast`: no older seal is stored.
 */
export function sealFaults(
  seals: readonly AuditSeal[],
  after: ChainEnd | null,
  isLast: boolean,
): readonly ChainFault[] {
  const faults: ChainFault[] = [];
  let next = after;
  for (const seal of seals) {
    const { hash, ...content } = seal;
    if (next !== null) {
      for (let n = next.n - 1; n > seal.n; n -= 1) faults.push(fault('seal_missing', n));
      if (seal.n === next.n - 1 && hash !== next.previous) faults.push(fault('seal_unlinked', next.n));
    }
    if (hashOf(content) !== hash) faults.push(fault('seal_changed', seal.n));
    next = { n: seal.n, previous: seal.previous };
  }
  if (isLast && next !== null) for (let n = next.n - 1; n > 0; n -= 1) faults.push(fault('seal_missing', n));
  return faults;
}

/** What is wrong with the entries of a seal, given those that are stored. */
export function entryFaults(
  { n, entries }: Pick<AuditSeal, 'n' | 'entries'>,
  stored: ReadonlyMap<string, AuditEntry>,
): readonly ChainFault[] {
  return entries.flatMap(({ id, hash }: SealedEntry): readonly ChainFault[] => {
    const entry = stored.get(id);
    if (entry === undefined) return [{ fault: 'entry_missing', n, entry: id }];
    return hashOf(entry) === hash ? [] : [{ fault: 'entry_changed', n, entry: id }];
  });
}

function fault(what: ChainFault['fault'], n: number): ChainFault {
  return { fault: what, n, entry: null };
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}
