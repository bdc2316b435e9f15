import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { StoreError } from '../../lib/store/errors';
import { ownFolder } from '../../lib/store/sqlite/base/owner';
import { markOf, writeLowWaterMark } from '../../lib/store/sqlite/disk/low-water-mark';
import type { Shrinking } from '../../lib/store/sqlite/disk/shrunken';
import { openSqliteStore } from '../../lib/store/sqlite/open';
import type { Instant } from '../../lib/values/instant';
import type { DataFolder } from '../../server/data/data-folder';
import { compareData } from '../../server/data/shrunken-data';

/**
 * The result. `whole`: nothing is missing, so nothing was changed. `left`: the operator decided
 * against it.
 */
export type AcceptedLoss =
  | { readonly kind: 'whole' }
  | { readonly kind: 'left' }
  | { readonly kind: 'accepted'; readonly shrinking: Shrinking };

/**
 * Accepts that data has shrunk: the low-water mark is set to the current data, so that the next
 * start succeeds. Who did it, why and what was missing enters the audit log before anything else
 * changes. After a crash in between the data is still refused, and the command is repeated.
 *
 * Failure policy: fail closed. Throws `StoreError` when a server is running on the folder, or when
 * it cannot be read or written.
 */
export async function acceptLoss(
  names: DataFolder,
  by: { readonly who: string; readonly why: string; readonly now: () => Instant },
  confirm: (shrinking: Shrinking) => Promise<boolean>,
): Promise<AcceptedLoss> {
  if (!existsSync(names.path))
    throw new StoreError(
      'misconfigured',
      `${names.path} does not exist: set DATA_DIR to the server's folder`,
    );
  const owner = ownFolder(names.path);
  try {
    const { shrinking, reading } = compareData(names, by.now());
    if (shrinking === null) return { kind: 'whole' };
    if (!(await confirm(shrinking))) return { kind: 'left' };
    const store = openSqliteStore({ file: names.database, owner });
    try {
      const mark =
        reading.kind === 'mark' ? { ...reading.mark, message: reading.mark.message?.key ?? null } : null;
      const id = randomUUID();
      const entry = {
        who: by.who,
        action: 'accept_loss',
        subject: { kind: 'database', name: shrinking },
        reason: by.why,
      } as const;
      await store.audit.append({ ...entry, id, at: by.now(), before: mark, after: null, outcome: 'begun' });
      const standing = markOf(await store.standings.accept(mark?.epoch ?? 0));
      const after = { ...standing, message: standing.message?.key ?? null };
      await store.audit.append({
        ...entry,
        id: `${id}-end`,
        at: by.now(),
        before: mark,
        after,
        outcome: 'done',
      });
      await writeLowWaterMark(names.mark, markOf(await store.standings.raise()));
      return { kind: 'accepted', shrinking };
    } finally {
      store.close();
    }
  } finally {
    owner.release();
  }
}
