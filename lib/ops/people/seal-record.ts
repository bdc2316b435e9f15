import type { AuditEntry } from '../../model/operators/audit';
import type { AuditSeal } from '../../model/operators/audit-seal';
import { MOST_SEALED } from '../../model/operators/audit-seal';
import { nextSeal } from '../../rules/audit-chain';
import { errorText } from '../../runtime/error-text';
import type { Log } from '../../runtime/log';
import type { Store } from '../../store/port';
import type { Clock, Instant } from '../../values/instant';
import { later } from '../../values/instant';

/** What sealing needs. */
export interface SealDeps {
  readonly store: Pick<Store, 'audit'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * How long an entry may arrive after its time and still be sealed, in ms: a slow write, or a host
 * whose clock is behind. Entries that old already when the first seal is made stay outside.
 */
const LATE_MS = 2 * 3_600_000;

/** Seals of one page. They are read back to where entries are due, to know which are sealed. */
const SEALS_PAGE = 50;

/** Entries of the first page, which mostly is enough, and of each further one. */
const [FIRST_ENTRIES, FURTHER_ENTRIES] = [100, 1_000];

/** Pages that are read at most, of each. What is sealed beyond them is sealed once more. */
const MOST_PAGES = 20;

/**
 * Adds what is not sealed yet to the chain; answers how many entries that were. It runs after each
 * action and once a day.
 *
 * The chain is made after the entries and not with them. An entry is one unconditional write that
 * no other server can hold up, so an action never waits for the chain. Of several that seal at
 * once, one adds the next link, and what the others wanted to add is due again. The price is the
 * second between an action and its seal, in which a change would not be found.
 *
 * Failure policy: fail open. What could not be sealed is sealed after the next action, and is in
 * the log (`record_not_sealed`).
 */
export async function sealRecord(deps: SealDeps): Promise<number> {
  try {
    return await seal(deps);
  } catch (error) {
    deps.log.warn('record_not_sealed', { outTradeNo: null, error: errorText(error) });
    return 0;
  }
}

async function seal({ store: { audit }, clock, log }: SealDeps): Promise<number> {
  const now = clock.now();
  const newest = await audit.seals({ before: null, limit: SEALS_PAGE });
  const [last = null] = newest;
  const floor = later(last === null || last.at > now ? now : last.at, -LATE_MS);
  const known = await sealedSince(audit, newest, floor);
  const due: AuditEntry[] = [];
  let after: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const listed: Awaited<ReturnType<Store['audit']['list']>> = await audit.list({
      subject: null,
      after,
      limit: page === 0 ? FIRST_ENTRIES : FURTHER_ENTRIES,
    });
    due.push(...listed.items.filter(({ id, at }) => at >= floor && !known.has(id)));
    after = listed.next;
    const oldest = listed.items.at(-1);
    if (after === null || oldest === undefined || oldest.at < floor) break;
  }
  due.reverse();
  let head = last;
  let sealed = 0;
  while (sealed < due.length) {
    const part = due.slice(sealed, sealed + MOST_SEALED);
    const next = nextSeal(head, part, now);
    // Another server was first: it sealed these entries, too, or the next seal does.
    if (!(await audit.addSeal(next))) return sealed;
    log.info('record_sealed', { outTradeNo: null, n: next.n, hash: next.hash, entries: part.length });
    head = next;
    sealed += part.length;
  }
  return sealed;
}

/** The entries of these seals and of those before them that were made since `floor`. */
async function sealedSince(
  audit: Store['audit'],
  newest: readonly AuditSeal[],
  floor: Instant,
): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  let seals = newest;
  for (let page = 1; ; page += 1) {
    for (const { entries } of seals) for (const { id } of entries) known.add(id);
    const first = seals.at(-1);
    // Of servers whose clocks differ, a lower number can have a later time.
    const isPast = seals.every(({ at }) => at < floor);
    if (first === undefined || first.n === 1 || isPast || page === MOST_PAGES) return known;
    seals = await audit.seals({ before: first.n, limit: SEALS_PAGE });
  }
}
