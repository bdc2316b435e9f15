import type { AuditEntry } from '../model/audit';
import { MOST_SEALED } from '../model/audit-seal';
import { nextSeal } from '../rules/audit-chain';
import { errorText } from '../runtime/error-text';
import type { Log } from '../runtime/log';
import type { Store } from '../store/port';
import type { Clock } from '../values/instant';
import { later } from '../values/instant';

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

/** Seals that are read to know which entries are sealed. */
const RECENT_SEALS = 50;

/** Pages of 1,000 entries that are read at most. */
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
  const recent = await audit.seals({ before: null, limit: RECENT_SEALS });
  const [last = null] = recent;
  const known = new Set(recent.flatMap(({ entries }) => entries.map(({ id }) => id)));
  const floor = later(last === null || last.at > now ? now : last.at, -LATE_MS);
  const due: AuditEntry[] = [];
  let after: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const listed: Awaited<ReturnType<Store['audit']['list']>> = await audit.list({
      subject: null,
      after,
      limit: 1000,
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
