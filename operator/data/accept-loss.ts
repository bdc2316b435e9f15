import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { StoreError } from '../../lib/store/errors';
import { ownFolder } from '../../lib/store/sqlite/base/owner';
import { markOf, writeLowWaterMark } from '../../lib/store/sqlite/disk/low-water-mark';
import type { Shrinking } from '../../lib/store/sqlite/disk/shrunken';
import { openSqliteStore } from '../../lib/store/sqlite/open';
import type { Instant } from '../../lib/values/instant';
import type { DataFolder } from '../../server/data-folder';
import { compareData } from '../../server/shrunken-data';

/** What came of it. `whole`: nothing is missing, so nothing was changed. `left`: the operator thought better of it. */
export type Acceptance =
  | { readonly kind: 'whole' }
  | { readonly kind: 'left' }
  | { readonly kind: 'accepted'; readonly shrinking: Shrinking };

/**
 * Accepts that data has shrunk: what is there now is what the low-water mark speaks of from now on, and the next start goes on with it.
 * Who did it, why and what was missing is in the audit log before anything else is changed. A crash in between leaves the data refused;
 * the command is given again.
 *
 * Failure policy: fail closed. Throws `StoreError`: a server is running on the folder, or it cannot be read or written.
 */
export async function acceptLoss(
  names: DataFolder,
  by: { readonly who: string; readonly why: string; readonly now: () => Instant },
  confirm: (shrinking: Shrinking) => Promise<boolean>,
): Promise<Acceptance> {
  if (!existsSync(names.path))
    throw new StoreError('misconfigured', `${names.path} is not there: set DATA_DIR to the server's folder`);
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
