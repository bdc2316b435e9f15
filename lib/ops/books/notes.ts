import type { DiscrepancyId } from '../../model/discrepancy';
import type { ItemNotes } from '../../model/operators/item-notes';
import { COMMENTS_KEPT } from '../../model/operators/item-notes';
import type { Person } from '../../model/operators/principal';
import type { Json } from '../../values/json';
import type { OpsOperations, OpsReply } from '../api';
import type { OpsDeps } from '../deps';
import { recorded } from '../record';
import type { Refused } from '../refused';
import { refused } from '../refused';

/** How often notes that others change at the same moment are read again. */
const ROUNDS = 5;

/** Makes an operator the owner of each discrepancy, or nobody; recorded for each. */
export async function assign(
  deps: OpsDeps,
  by: Person,
  { names, owner }: OpsOperations['assign']['params'],
): Promise<OpsReply<'assign'>> {
  if (owner !== null && !deps.people().some(({ name }) => name === owner)) {
    return refused('NOT_FOUND', `there is no operator ${owner} here`);
  }
  const notes: ItemNotes[] = [];
  for (const id of new Set(names)) {
    const change = await changeNotes(deps, by, id, 'assign', (stored) => ({ ...stored, owner }));
    if (!('version' in change)) return change;
    notes.push(change);
  }
  return { ok: true, notes };
}

/**
 * Adds a comment to a discrepancy; recorded. Sent again after its answer was lost, the same comment
 * of the same person is added once.
 */
export async function comment(
  deps: OpsDeps,
  by: Person,
  { id, text }: OpsOperations['comment']['params'],
): Promise<OpsReply<'comment'>> {
  const added = await changeNotes(deps, by, id, 'comment', (stored) => {
    const last = stored.comments.at(-1);
    if (last?.who === by.name && last.text === text) return stored;
    if (stored.comments.length >= COMMENTS_KEPT) return null;
    return { ...stored, comments: [...stored.comments, { who: by.name, at: deps.clock.now(), text }] };
  });
  return 'version' in added ? { ok: true, notes: added } : added;
}

/**
 * Changes the notes of a discrepancy by a conditional write, and records it.
 *
 * Failure policy: fail closed. Nothing is changed that could not be recorded. Of two who write at
 * once the second reads again, so that neither's words are lost.
 */
async function changeNotes(
  deps: OpsDeps,
  by: Person,
  id: DiscrepancyId,
  action: 'assign' | 'comment',
  change: (stored: ItemNotes) => ItemNotes | null,
): Promise<ItemNotes | Refused> {
  const { store } = deps;
  if ((await store.discrepancies.find(id)) === null) return refused('NOT_FOUND', 'there is no such item');
  const written: ItemNotes[] = [];
  const done = await recorded(deps, by, action, { kind: 'discrepancy', name: id }, null, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const [stored = null] = await store.itemNotes.find([id]);
      const next = change(stored ?? { id, version: 0, owner: null, comments: [] });
      if (next === null) {
        return { ok: false, code: 'BAD_INPUT', message: `it has ${COMMENTS_KEPT} comments`, before: null };
      }
      const isSame = next === stored;
      const kept = isSame ? next : { ...next, version: next.version + 1 };
      const isStored =
        isSame || (stored === null ? await store.itemNotes.create(kept) : await store.itemNotes.save(kept));
      if (!isStored) continue;
      written.push(kept);
      return { ok: true, before: lineOf(stored), after: lineOf(kept), changed: null };
    }
    return { ok: false, code: 'BUSY', message: 'others write at the same moment: try again', before: null };
  });
  const [notes] = written;
  if (done.ok && notes !== undefined) return notes;
  if (done.ok) return refused('INTERNAL', 'an internal error occurred');
  const { code, message } = done;
  return refused(
    code === 'NOT_RECORDED' || code === 'BUSY' || code === 'BAD_INPUT' ? code : 'INTERNAL',
    message,
  );
}

function lineOf(notes: ItemNotes | null): Json {
  if (notes === null) return null;
  const { owner, comments } = notes;
  return { owner, comments: comments.length, last: comments.at(-1)?.text ?? null };
}
