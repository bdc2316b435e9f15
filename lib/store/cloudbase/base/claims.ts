import type { Instant } from '../../../values/instant';
import { StoreError } from '../../errors';
import type { ClaimRequest } from '../../requests';
import { MOST_PER_QUERY, modify, selectAtMost, type Database, type Fields, type Query } from './database';
import { readEach, type Report } from './documents';
import { requireAtMost1000 } from './limits';
import { newPlace, type Place } from './place';
import { matchingAmong } from './proofs';
import type { CollectionName } from '../schema';

/** A kind of item that can be claimed, and how a claim is stored. */
export interface Claimable<Item> {
  readonly collection: CollectionName;
  /** Where state and lease are: '' for the document itself, `fulfilment.` for that part of it. */
  readonly prefix: '' | 'fulfilment.';
  /** The state that can be claimed. */
  readonly state: string;
  /** Which fields of a document to read; absent: all. */
  readonly fields?: Readonly<Record<string, true>>;
  /** The field that counts the claims. */
  readonly counter: 'attempts' | 'claims';
  /** Only documents that match this. */
  readonly having?: Fields;
  /** Which to claim first; absent: the earliest due. */
  readonly first?: string;
  /**
   * Documents to set aside instead of returning them, and the fields to write then. 1 request for
   * all of them, and 1 more to read others.
   */
  readonly setAside?: { readonly is: (document: Fields) => boolean; readonly as: Fields };
  /** What a claim changes in addition to lease and counter. */
  readonly alsoSet?: Fields;
  /**
   * Reads a document as it was before the claim, and returns it as it is after. Throws `StoreError`
   * `invalid`.
   */
  readonly read: (document: Fields) => Item;
  /** The fields with which an unreadable document goes dead. */
  readonly deadFields: (now: Instant) => Fields;
}

/** The fields of a lease that has ended. */
export function leaseGone(prefix: Claimable<unknown>['prefix']): Fields {
  return { [`${prefix}leaseToken`]: null, [`${prefix}leaseUntil`]: 0 };
}

/** How often a claim that won nothing is repeated at another place. */
const TRIES = 6;

/**
 * Claims items that are due at `now` and not leased, oldest due first, at the `place` where this
 * process claims. `keys`, when given, replace "due". Between the two steps below a document may
 * change in fields the condition does not test, such as `confirmedBy`. Rejects with `StoreError`. 1
 * request when nothing is due, else 2, or 3 when a concurrent claim won some, and as many again
 * when it won all.
 *
 * Without `keys`, an empty result means that nothing was due but what concurrent claims took, or
 * that they won every one of `TRIES` places: the next run claims what is left. A short one means
 * nothing.
 *
 * A document that does not fit goes dead, which takes 1 more request. Left as it is it would come
 * first in every claim, and a hundred of them would block all others permanently.
 *
 * A claim that rejects after it may have leased gives its leases back, which takes 1 more request.
 *
 * Failure policy: fail closed. An unreadable document is evidence of money: it goes complete to
 * where an operator sees it, and is replayed once it is fixed or a version that reads it runs. When
 * that fails, the others are still returned, and the lease keeps these out of the way while it
 * lasts.
 */
export async function claimDue<Item>(
  db: Database,
  report: Report,
  items: Claimable<Item>,
  request: ClaimRequest,
  keys?: readonly string[],
  place: Place = newPlace(),
): Promise<readonly Item[]> {
  const before = new Set<string>();
  for (let tries = 1; ; tries += 1) {
    const batchesBefore = keys === undefined ? place.next() : 0;
    const { leased, read, isWhole } = await leaseDue(db, items, request, keys, batchesBefore, before);
    for (const { id } of leased) before.add(id);
    const claimed = await readLeased(db, report, items, request, leased);
    if (keys !== undefined) return claimed;
    if (isWhole && batchesBefore > 0) place.ended();
    else if (leased.length * 2 < read) place.lost();
    const isNothingLeft = isWhole && batchesBefore === 0;
    if (claimed.length > 0 || isNothingLeft || tries === TRIES) return claimed;
  }
}

/** Reads what was leased, and lets go dead what does not fit. */
async function readLeased<Item>(
  db: Database,
  report: Report,
  items: Claimable<Item>,
  request: ClaimRequest,
  leased: readonly Leased[],
): Promise<readonly Item[]> {
  const problems: StoreError[] = [];
  const unreadable: string[] = [];
  const claimed = leased.flatMap(({ id, document }) =>
    readEach([document], items.read, (problem) => {
      problems.push(problem);
      unreadable.push(id);
    }),
  );
  if (unreadable.length > 0) {
    const { collection, prefix, state } = items;
    const ours = db.collection(collection).where({
      _id: db.command.in(unreadable),
      [`${prefix}state`]: state,
      [`${prefix}leaseToken`]: request.token,
    });
    try {
      await modify(collection, ours, { ...items.deadFields(request.now), ...leaseGone(prefix) });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      problems.push(error);
    }
  }
  problems.forEach(report);
  return claimed;
}

/** How often due items are read again because some had to be set aside. */
const READS = 3;

/**
 * The due items that may be returned. The others are set aside first, so that they take nobody's
 * place. A read that is behind still shows those, so the next one asks for as many more.
 */
async function readWanted(
  db: Database,
  items: Claimable<unknown>,
  claimable: Fields,
  due: Query,
  wantedMost: number,
): Promise<Wanted> {
  const { collection, setAside } = items;
  const query = items.fields === undefined ? due : due.field({ ...items.fields });
  const aside = new Set<unknown>();
  for (let reads = 1; ; reads += 1) {
    const asked = Math.min(MOST_PER_QUERY, wantedMost + aside.size);
    const { found, limit } = await selectAtMost(collection, query, asked);
    const all = found.flatMap((document) => {
      const id = document['_id'];
      return typeof id === 'string' && !aside.has(id) ? [{ id, document }] : [];
    });
    const suspects = setAside === undefined ? [] : all.filter(({ document }) => setAside.is(document));
    const isWhole = found.length < limit && all.length <= wantedMost;
    if (setAside === undefined || suspects.length === 0) return { all: all.slice(0, wantedMost), isWhole };
    for (const { id } of suspects) aside.add(id);
    const ids = db.command.in(suspects.map(({ id }) => id));
    await modify(collection, db.collection(collection).where({ ...claimable, _id: ids }), setAside.as);
    if (reads === READS) {
      return { all: all.filter(({ id }) => !aside.has(id)).slice(0, wantedMost), isWhole: false };
    }
  }
}

/** Due items that may be claimed, and whether the list has no more behind them. */
interface Wanted {
  readonly all: readonly Leased[];
  readonly isWhole: boolean;
}

interface Leased {
  readonly id: string;
  /** As it was before the claim. */
  readonly document: Fields;
}

/**
 * No single request both changes several documents and returns them. So this reads due items, then
 * leases them under the same condition. When the second step changes fewer than the first read, a
 * concurrent claim won some, and a third step reads which are ours by the token. How many they are,
 * the second step has answered: a read that is behind cannot lose any. What was leased `before`
 * under the same token is left out, as the third step would take it for won now.
 */
async function leaseDue(
  db: Database,
  items: Claimable<unknown>,
  request: ClaimRequest,
  keys: readonly string[] | undefined,
  batchesBefore: number,
  before: ReadonlySet<string>,
): Promise<{ readonly leased: readonly Leased[]; readonly read: number; readonly isWhole: boolean }> {
  const { lte, in: oneOf, inc } = db.command;
  const { collection, prefix } = items;
  requireAtMost1000(request.limit, 'claims');
  requireAtMost1000(keys?.length ?? 0, 'keys');
  if (request.limit === 0 || keys?.length === 0) return NOTHING;

  const claimable = {
    ...items.having,
    [`${prefix}state`]: items.state,
    [`${prefix}leaseUntil`]: lte(request.now),
    ...(keys === undefined ? { [`${prefix}dueAt`]: lte(request.now) } : {}),
  };
  const listed = db
    .collection(collection)
    .where(keys === undefined ? claimable : { ...claimable, _id: oneOf([...keys]) });
  const sorted = items.first === undefined ? listed : listed.orderBy(items.first, 'asc');
  const inOrder = sorted.orderBy(`${prefix}dueAt`, 'asc');
  const due = batchesBefore === 0 ? inOrder : inOrder.skip(batchesBefore * request.limit);
  const { all, isWhole } = await readWanted(db, items, claimable, due, request.limit);
  const wanted = all.filter(({ id }) => !before.has(id));
  const read = wanted.length;
  if (read === 0) return { leased: [], read, isWhole };

  const ids = wanted.map(({ id }) => id);
  const leasing = db.collection(collection).where({ ...claimable, _id: oneOf(ids) });
  let taken: number | null = null;
  try {
    taken = await modify(collection, leasing, {
      [`${prefix}leaseToken`]: request.token,
      [`${prefix}leaseUntil`]: request.leaseUntil,
      [`${prefix}${items.counter}`]: inc(1),
      ...items.alsoSet,
    });
    if (taken === read) return { leased: wanted, read, isWhole };

    const won = await matchingAmong(db, collection, ids, { [`${prefix}leaseToken`]: request.token }, taken);
    return { leased: wanted.filter(({ id }) => won.has(id)), read, isWhole };
  } catch (error) {
    if (taken !== null || mayHaveLeased(error)) await giveBack(db, items, request, ids);
    throw error;
  }
}

/** Whether a lease that was refused or not answered may have been written. */
function mayHaveLeased(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'unavailable';
}

/**
 * Ends leases that nobody will use, since the claim failed after it wrote them: they would keep the
 * items from everybody for a lease's time, and the claim would count as an attempt. 1 request.
 *
 * Failure policy: fail open. When this fails, too, they end by themselves.
 */
export async function giveBack(
  db: Database,
  { collection, prefix, state, counter, alsoSet }: Claimable<unknown>,
  { token }: ClaimRequest,
  ids: readonly string[],
): Promise<void> {
  const { in: oneOf, inc } = db.command;
  const ours = { [`${prefix}state`]: state, [`${prefix}leaseToken`]: token, _id: oneOf([...ids]) };
  try {
    await modify(collection, db.collection(collection).where(ours), {
      ...leaseGone(prefix),
      [`${prefix}${counter}`]: inc(-1),
      ...alsoSet,
    });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}

const NOTHING = { leased: [], read: 0, isWhole: true } as const;
