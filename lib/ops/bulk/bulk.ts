import type { Approval } from '../../model/operators/approval';
import type { Bulk, BulkItem, BulkStanding } from '../../model/operators/bulk';
import { standingOf, standingOfBulk, tallyOf, UNKNOWN } from '../../model/operators/bulk';
import type { Person } from '../../model/operators/principal';
import { may } from '../../model/operators/principal';
import type { Stored } from '../../store/bulks';
import { BULK_CHUNK, chunksOf, readBulk, readItems, writeBulk, writeItems } from '../../store/bulks';
import type { Instant } from '../../values/instant';
import { later } from '../../values/instant';
import { actOnEach } from '../act';
import { ACTION_RULES } from '../actions';
import type { OpsOperations, OpsReply } from '../api';
import type { ActResult } from '../changed';
import { isUnchanged } from '../changed';
import type { OpsDeps } from '../deps';
import { recorded } from '../record';
import { refused } from '../refused';
import type { BulkAction, BulkPreview, ShownBulk } from './bulk-api';
import { BULK_ACTIONS } from './bulk-api';
import { collect, digestOf, standNow, sumOf } from './collect';

/** Items that are begun by one write: the outcomes of so many may be lost to a crash. */
const AT_ONCE = 5;

/** How often a part that others keep writing is read again. */
const TRIES = 20;

/** What a bulk action would do now. */
export async function previewBulk(
  deps: OpsDeps,
  by: Person,
  { action, filter }: OpsOperations['preview_bulk']['params'],
): Promise<BulkPreview> {
  const { items, leftOut, more, needsApproval } = await collect(deps, by, action, filter);
  return { count: items.length, leftOut, amount: sumOf(items), more, needsApproval };
}

/**
 * Stores a bulk action and its items, and asks for a second person where one is needed (`ask`).
 *
 * Failure policy: fail closed. Nothing begins before its items are stored, and what could not be
 * recorded does not start. The same `id` again is the same action, whatever the filter lists by
 * then.
 */
export async function startBulk(
  deps: OpsDeps,
  by: Person,
  asked: OpsOperations['start_bulk']['params'],
  ask: (bulk: Bulk) => Promise<void>,
): Promise<OpsReply<'start_bulk'>> {
  const { id, action, filter, reason = null } = asked;
  if (ACTION_RULES[action].needsReason && reason === null)
    return refused('BAD_INPUT', 'say why: send a reason');
  const known = await readBulk(deps, id);
  if (known !== null) {
    // The call before may have broken off before it asked. Only its starter asks, because a person
    // who asks may not approve.
    if (known.value.state === 'waiting' && known.value.by === by.name) await ask(known.value);
    return answered(deps, by, known.value);
  }
  const { items, needsApproval } = await collect(deps, by, action, filter);
  const amount = sumOf(items);
  if (items.length === 0) return refused('NOT_FOUND', 'the action applies to no item of this list');
  if (items.length !== asked.count || amount !== asked.amount)
    return refused('CHANGED_SINCE', 'the list has changed since the preview: look at it again');
  const bulk: Bulk = {
    id,
    action,
    by: by.name,
    approver: null,
    reason,
    state: needsApproval ? 'waiting' : 'running',
    createdAt: deps.clock.now(),
    items: items.length,
    amount,
    digest: digestOf(action, items),
    itemsOf: deps.newId(),
  };
  const subject = { kind: 'bulk', name: id } as const;
  const started = await recorded(deps, by, 'start_bulk', subject, reason, async () => {
    for (let n = 0; n < chunksOf(bulk); n += 1) {
      const part = items.slice(n * BULK_CHUNK, (n + 1) * BULK_CHUNK);
      const stored = part.map(({ name, seen }): BulkItem => ({ name, seen, begunAt: null, result: null }));
      await writeItems(deps, bulk.itemsOf, n, stored, null);
    }
    // Of two calls with one id, one stores the action; the items of the other are never begun.
    const isFirst = await writeBulk(deps, bulk, null);
    if (isFirst && needsApproval) await ask(bulk);
    return { ok: true, before: null, after: { action, items: bulk.items, amount }, changed: null };
  });
  if (!started.ok)
    return refused(started.code === 'NOT_RECORDED' ? 'NOT_RECORDED' : 'INTERNAL', started.message);
  const stored = await readBulk(deps, id);
  return answered(deps, by, stored?.value ?? bulk);
}

/** Makes a bulk action run that was approved. False when it is not what they saw. */
export async function approveBulk(
  deps: OpsDeps,
  approver: Person,
  { id, digest }: Pick<Bulk, 'id' | 'digest'>,
): Promise<boolean> {
  const stored = await readBulk(deps, id);
  if (stored === null || stored.value.digest !== digest) return false;
  if (stored.value.state === 'running') return stored.value.approver !== null;
  if (stored.value.state !== 'waiting') return false;
  const action = actionOf(stored.value);
  const items = await allItems(deps, stored.value);
  if (action === null || digestOf(action, items) !== digest) return false;
  const running = { ...stored.value, state: 'running', approver: approver.name } as const;
  return writeBulk(deps, running, stored.version);
}

/**
 * Carries a bulk action on for the time of one call, as the action of who started it, within what
 * they and their approver may do now.
 *
 * Failure policy: fail closed. Items are marked as begun before anything is done to them, by a
 * conditional write that one caller wins. An item that was begun and has no outcome is not begun
 * again, whether or not anything happened to it: a person looks.
 */
export async function stepBulk(deps: OpsDeps, by: Person, id: string): Promise<OpsReply<'step_bulk'>> {
  const until = later(deps.clock.now(), deps.actForMs);
  const stored = await readBulk(deps, id);
  if (stored === null) return refused('NOT_FOUND', 'there is no such bulk action');
  const bulk = stored.value;
  const action = actionOf(bulk);
  if (action === null || !may(by, ACTION_RULES[action].needs))
    return refused('NOT_PERMITTED', 'your role does not include this action');
  if (bulk.state !== 'running') return answered(deps, by, bulk);
  const people = peopleOf(deps, by, bulk, action);
  if (people === null)
    return refused('ASKER_NOT_PERMITTED', 'who started or approved it has left or may not do it any more');
  for (let n = 0; n < chunksOf(bulk); n += 1) {
    while (deps.clock.now() < until) {
      const now = await readBulk(deps, id);
      if (now?.value.state !== 'running') break;
      const begun = await beginSome(deps, bulk.itemsOf, n);
      if (begun.length === 0) break;
      const names = new Set(begun.map(({ name }) => name));
      const stands = await standNow(deps, people.starter, action, [...names]).catch(
        async (error: unknown) => {
          // Nothing was done to them yet, so a store that cannot read leaves them to the next call.
          await changeItems(deps, bulk.itemsOf, n, (item) =>
            names.has(item.name) ? { ...item, begunAt: null } : item,
          );
          throw error;
        },
      );
      const results = await carryOut(deps, people, bulk, action, { begun, stands });
      // Failure policy: fail open. What was done is done; an outcome that is not kept is unknown.
      await changeItems(deps, bulk.itemsOf, n, (item) => ({
        ...item,
        result: results.get(item.name) ?? item.result,
      }));
    }
  }
  return answered(deps, by, await ended(deps, id, bulk));
}

/** The id of the request that a second person decides. */
export function requestOf({ id }: Pick<Bulk, 'id'>): string {
  return `bulk-${id}`;
}

/** Begins no further item. One that was declined, or whose request expired, stays so. */
export async function cancelBulk(deps: OpsDeps, by: Person, id: string): Promise<OpsReply<'cancel_bulk'>> {
  const found = await readBulk(deps, id);
  if (found === null) return refused('NOT_FOUND', 'there is no such bulk action');
  const action = actionOf(found.value);
  if (action === null || !may(by, ACTION_RULES[action].needs))
    return refused('NOT_PERMITTED', 'your role does not include this action');
  const { state } = await standing(deps, found.value);
  if (!isOpen(state)) return answered(deps, by, found.value);
  const subject = { kind: 'bulk', name: id } as const;
  const done = await recorded(deps, by, 'cancel_bulk', subject, null, async () => {
    const after = await changeState(deps, id, 'cancelled');
    return { ok: true, before: { state: found.value.state }, after: { state: after.state }, changed: after };
  });
  return done.ok
    ? answered(deps, by, done.changed)
    : refused(done.code === 'NOT_RECORDED' ? 'NOT_RECORDED' : 'INTERNAL', done.message);
}

/** How it stands, and one part of its items. */
export async function showBulk(
  deps: OpsDeps,
  by: Person,
  { id, part = 0 }: OpsOperations['show_bulk']['params'],
): Promise<OpsReply<'show_bulk'>> {
  const found = await readBulk(deps, id);
  if (found === null) return refused('NOT_FOUND', 'there is no such bulk action');
  const items = (await readItems(deps, found.value.itemsOf, part))?.value ?? [];
  const now = deps.clock.now();
  const shown = items.map((item) =>
    standingOf(item, now) === 'unknown' ? { ...item, result: UNKNOWN } : item,
  );
  return { ok: true, bulk: await shownOf(deps, by, found.value), items: shown, parts: chunksOf(found.value) };
}

async function answered(
  deps: OpsDeps,
  by: Person,
  bulk: Bulk,
): Promise<{ readonly ok: true; readonly bulk: ShownBulk }> {
  return { ok: true, bulk: await shownOf(deps, by, bulk) };
}

async function shownOf(deps: OpsDeps, by: Person, bulk: Bulk): Promise<ShownBulk> {
  const action = actionOf(bulk);
  const isMine = action !== null && may(by, ACTION_RULES[action].needs);
  const { state, request } = await standing(deps, bulk);
  const { who, reason } = request?.decision ?? { who: '', reason: null };
  return {
    ...bulk,
    state,
    declined: state === 'declined' ? { who, reason } : null,
    tally: tallyOf(await allItems(deps, bulk), deps.clock.now()),
    mayGoOn: isMine && state === 'running',
    mayCancel: isMine && isOpen(state),
  };
}

/** How it stands by its own state and by its request for a second person; reads no items. */
async function standing(
  { store, clock }: OpsDeps,
  bulk: Bulk,
): Promise<{ readonly state: BulkStanding; readonly request: Approval | null }> {
  const request = bulk.state === 'waiting' ? await store.approvals.find(requestOf(bulk)) : null;
  return { state: standingOfBulk(bulk, request, clock.now()), request };
}

function isOpen(state: BulkStanding): boolean {
  return state === 'running' || state === 'waiting';
}

async function allItems(deps: OpsDeps, bulk: Bulk): Promise<readonly BulkItem[]> {
  const parts = Array.from({ length: chunksOf(bulk) }, (_, n) => readItems(deps, bulk.itemsOf, n));
  return (await Promise.all(parts)).flatMap((part) => part?.value ?? []);
}

function actionOf({ action }: Bulk): BulkAction | null {
  return BULK_ACTIONS.find((one) => one === action) ?? null;
}

/** Who started it and who approved it, as they are now; null when either may not any more. */
function peopleOf(
  deps: OpsDeps,
  reader: Person,
  { by, approver }: Bulk,
  action: BulkAction,
): { readonly starter: Person; readonly approver: Person | null } | null {
  const named = (name: string): Person | null => {
    const [one, ...more] = deps.people().filter((person) => person.name === name);
    return one !== undefined && more.length === 0 && may(one, ACTION_RULES[action].needs) ? one : null;
  };
  // A person who continues their own action is known from this call, even if no list names them.
  const starter = reader.name === by ? reader : named(by);
  const second = approver === null ? null : named(approver);
  if (starter === null || (approver !== null && second === null)) return null;
  return { starter, approver: second };
}

/** Marks the next items of a part as begun; none when all are, or when others kept writing. */
async function beginSome(deps: OpsDeps, itemsOf: string, n: number): Promise<readonly BulkItem[]> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const part = await readItems(deps, itemsOf, n);
    if (part === null) return [];
    const next = part.value.filter(({ begunAt }) => begunAt === null).slice(0, AT_ONCE);
    if (next.length === 0) return [];
    const begunAt = deps.clock.now();
    const names = new Set(next.map(({ name }) => name));
    const after = part.value.map((item) => (names.has(item.name) ? { ...item, begunAt } : item));
    if (await writeItems(deps, itemsOf, n, after, part.version)) return next;
  }
  return [];
}

type Stands = Awaited<ReturnType<typeof standNow>>;

async function carryOut(
  deps: OpsDeps,
  { starter, approver }: { readonly starter: Person; readonly approver: Person | null },
  { reason }: Bulk,
  action: BulkAction,
  { begun, stands }: { readonly begun: readonly BulkItem[]; readonly stands: Stands },
): Promise<ReadonlyMap<string, string>> {
  const names = begun.map(({ name }) => name);
  const same = begun
    .filter(({ name, seen }) => {
      const now = stands.get(name);
      // Limits may have changed since it was started: then this item needs a second person now.
      return seen === (now?.seen ?? null) && (approver !== null || now?.isAbove !== true);
    })
    .map(({ name }) => name);
  const request = { action, reason, part: null, ...(approver === null ? {} : { approver }) };
  // All of them: an item that is marked as begun must not be left for want of time.
  const never: Instant = later(deps.clock.now(), 86_400_000);
  const acted = await actOnEach(deps, starter, same, request, never);
  const results = new Map(acted.map((one) => [one.name, outcomeOf(one)]));
  for (const name of names) if (!results.has(name)) results.set(name, 'CHANGED_SINCE');
  return results;
}

function outcomeOf(result: ActResult): string {
  // It failed with an unknown effect: nobody refused it.
  if (!result.ok) return result.code === 'INTERNAL' ? UNKNOWN : result.code;
  return isUnchanged(result.changed) ? 'unchanged' : 'done';
}

/** Changes the items of a part, unless others kept writing. */
async function changeItems(
  deps: OpsDeps,
  itemsOf: string,
  n: number,
  change: (item: BulkItem) => BulkItem,
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const part = await readItems(deps, itemsOf, n);
    if (part === null) return;
    if (await writeItems(deps, itemsOf, n, part.value.map(change), part.version)) return;
  }
}

/** Marks it as done once no item is left or under way. */
async function ended(deps: OpsDeps, id: string, bulk: Bulk): Promise<Bulk> {
  const items = await allItems(deps, bulk);
  const { left, begun } = tallyOf(items, deps.clock.now());
  // A part that this read missed may have items left.
  if (items.length < bulk.items || left + begun > 0) return (await readBulk(deps, id))?.value ?? bulk;
  return changeState(deps, id, 'done');
}

/** Ends it, unless it has ended. */
async function changeState(deps: OpsDeps, id: string, state: 'cancelled' | 'done'): Promise<Bulk> {
  let stored: Stored<Bulk> | null = null;
  for (let tries = 0; tries < TRIES; tries += 1) {
    stored = await readBulk(deps, id);
    if (stored === null) break;
    const { value } = stored;
    if (value.state === 'done' || value.state === 'cancelled') return value;
    const after: Bulk = { ...value, state };
    if (await writeBulk(deps, after, stored.version)) return after;
  }
  if (stored === null) throw new RangeError('a bulk action that was there is gone');
  return stored.value;
}
