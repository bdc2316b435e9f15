import type { Person } from '../../model/operators/principal';
import type { Amendment, Signature, SignOff, SignOffId, SignOffPeriod } from '../../model/operators/sign-off';
import { AMENDMENTS_OPEN, EARLIER_KEPT, signOffId } from '../../model/operators/sign-off';
import type { StatementRunId } from '../../model/statement/statement-run-id';
import type { AuditSubject } from '../../model/operators/audit';
import type { Store } from '../../store/port';
import { isBeijingDay } from '../../values/day';
import { isSubMchId } from '../../values/ids';
import { isBeijingMonth, monthOf } from '../../values/month';
import type { OpsOperations, OpsReply } from '../api';
import type { ShownSignOff } from '../books-api';
import type { OpsDeps } from '../deps';
import { recorded } from '../record';
import type { Refused } from '../refused';
import { refused } from '../refused';
import { dayStanding, monthStanding, type ReadBooks } from './standing';

/*
 * Signing books off:
 *
 *   look ──▶ digest ──▶ sign, with that digest ──▶ signed ──▶ something changes ──▶ amended ─┐
 *                          │                          ▲                                        │
 *                          └ the books have changed   └───────────── sign again ◀──────────────┘
 *                            since: refused
 *
 * That something changed is never written by what changes it: it follows from the books and the
 * digest whenever somebody looks, so no way of changing them can be forgotten.
 */

/** The books that an id names. Null: of a merchant or time that does not exist. */
export function booksNamed(id: SignOffId): SignOffPeriod | null {
  const [subMchId, period = ''] = id.split(':');
  if (!isSubMchId(subMchId)) return null;
  if (isBeijingDay(period)) return { kind: 'day', subMchId, day: period };
  return isBeijingMonth(period) ? { kind: 'month', subMchId, month: period } : null;
}

/** The books of an id as they stand; null when nothing is kept of them. */
export function standingOfBooks(deps: OpsDeps, by: Person, id: SignOffId): Promise<ReadBooks | null> {
  const named = booksNamed(id);
  if (named === null) return Promise.resolve(null);
  return named.kind === 'day' ? dayStanding(deps, by, named) : monthStanding(deps, by, named);
}

/**
 * Signs the books of a day or month as they were shown.
 *
 * Failure policy: fail closed. Books that changed since are refused, and so is a signature that
 * could not be recorded, that nobody in particular gives, or that another person's overtook. The
 * same person's signature on the same books, sent again after its answer was lost, is the one that
 * is stored.
 */
export async function signOff(
  deps: OpsDeps,
  by: Person,
  { id, seen, ...asked }: OpsOperations['sign_off']['params'],
): Promise<OpsReply<'sign_off'>> {
  const note = asked.note ?? null;
  const read = await standingOfBooks(deps, by, id);
  if (read === null) return refused('NOT_FOUND', 'there are no books of this merchant and time');
  const { shown } = read;
  const stored = shown.signOff;
  if (shown.standing === 'signed' && stored?.signature.digest === seen) {
    return stored.signature.who === by.name ? { ok: true, signOff: stored } : refused('BUSY', OVERTAKEN);
  }
  const refusal = whyRefused(shown, seen, note);
  if (refusal !== null) return refusal;
  const signature: Signature = { who: by.name, at: deps.clock.now(), note, digest: seen, files: shown.files };
  const next = signedAgain(id, stored, signature);
  return write(deps, by, { action: 'sign_off', id, reason: note, before: stored, next });
}

/**
 * Opens an amendment of signed books.
 *
 * Failure policy: fail closed. It is not opened when it cannot be recorded.
 */
export async function amend(
  deps: OpsDeps,
  by: Person,
  { id, reason }: OpsOperations['amend']['params'],
): Promise<OpsReply<'amend'>> {
  const [stored] = await deps.store.signOffs.find([id]);
  if (stored === undefined) return refused('NOT_SIGNED', 'nobody has signed it: there is nothing to amend');
  const amendment = { at: deps.clock.now(), who: by.name, reason, action: null, item: null };
  const next = amended(stored, amendment);
  if (next === null) return refused('BUSY', TOO_MANY_AMENDMENTS);
  return write(deps, by, { action: 'amend', id, reason, before: stored, next });
}

/** What opening an amendment before an action came to. */
export type Unlocked =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: 'SIGNED_OFF' | 'BUSY'; readonly message: string };

/**
 * Opens an amendment of the day of a run and of its month, as far as they are signed, before an
 * action changes them. CloudBase: 1 request, and 1 more for each of them that is signed.
 *
 * Failure policy: fail closed. Without a reason signed books are not changed by hand, and neither
 * where the amendment could not be stored. A read that misses a signature of a moment ago lets the
 * action pass; what it changes then shows by the digest.
 */
export async function unlock(
  { store, clock }: { readonly store: Pick<Store, 'signOffs'>; readonly clock: OpsDeps['clock'] },
  by: Person,
  run: StatementRunId,
  {
    action,
    item,
    reason,
  }: { readonly action: string; readonly item: string; readonly reason: string | null },
): Promise<Unlocked> {
  const [subMchId, day] = run.split(':');
  if (!isSubMchId(subMchId) || !isBeijingDay(day)) return { ok: true };
  const ids = [signOffId(subMchId, day), signOffId(subMchId, monthOf(day))];
  for (let round = 0; round < ROUNDS; round += 1) {
    const stored = await store.signOffs.find(ids);
    if (stored.length === 0) return { ok: true };
    if (reason === null || reason === '') return { ok: false, code: 'SIGNED_OFF', message: SAY_WHY };
    const at = clock.now();
    const amendment = { at, who: by.name, reason, action, item };
    const open = stored.filter((one) => !hasAmendment(one, amendment));
    const next = open.map((one) => amended(one, amendment));
    if (next.includes(null)) return { ok: false, code: 'BUSY', message: TOO_MANY_AMENDMENTS };
    const saved = await Promise.all(next.flatMap((one) => (one === null ? [] : [store.signOffs.save(one)])));
    if (saved.every(Boolean)) return { ok: true };
  }
  return { ok: false, code: 'BUSY', message: OVERTAKEN };
}

/** How often books that others change at the same moment are read again. */
const ROUNDS = 5;

/** An amendment of the same call, which a round before this one stored. */
const SAME_CALL_MS = 60_000;

function hasAmendment({ amendments }: SignOff, { at, who, reason, action, item }: Amendment): boolean {
  return amendments.some(
    (one) =>
      one.who === who &&
      one.reason === reason &&
      one.action === action &&
      one.item === item &&
      at - one.at < SAME_CALL_MS,
  );
}

const SAY_WHY = 'this day or its month is signed: say why it changes, which opens an amendment';
const OVERTAKEN = 'another person changed it at the same moment: reload it and try again';
const TOO_MANY_AMENDMENTS = 'it has too many open amendments: somebody must sign it again first';

function whyRefused(shown: ShownSignOff, seen: string, note: string | null): Refused | null {
  switch (shown.whyNot) {
    case 'NOT_NAMED':
      return refused(
        'NOT_NAMED',
        'sign with a name of your own: add yourself to ops.operators in config.json',
      );
    case 'NOT_DONE':
      return refused('NOT_DONE', 'it is not over, or a statement run in it is not done');
    case 'TOO_MANY_ITEMS':
      return refused('TOO_MANY_ITEMS', 'it has more items than one signature can cover: resolve them first');
    case null:
      if (shown.digest !== seen)
        return refused('BOOKS_CHANGED', 'the books have changed: look at them again');
      if (shown.needsNote && (note ?? '') === '') {
        return refused('NEEDS_NOTE', 'something is open or missing: say why you sign all the same');
      }
      return null;
  }
}

function signedAgain(id: SignOffId, stored: SignOff | null, signature: Signature): SignOff {
  if (stored === null) return { id, version: 1, signature, amendments: [], earlier: [] };
  const { amendments, earlier, version } = stored;
  const before = { signature: stored.signature, amendments };
  return {
    id,
    version: version + 1,
    signature,
    amendments: [],
    earlier: [...earlier, before].slice(-EARLIER_KEPT),
  };
}

function amended(stored: SignOff, amendment: Amendment): SignOff | null {
  const { amendments, version } = stored;
  if (amendments.length >= AMENDMENTS_OPEN) return null;
  return { ...stored, version: version + 1, amendments: [...amendments, amendment] };
}

async function write(
  deps: OpsDeps,
  by: Person,
  what: {
    readonly action: 'sign_off' | 'amend';
    readonly id: SignOffId;
    readonly reason: string | null;
    readonly before: SignOff | null;
    readonly next: SignOff;
  },
): Promise<{ readonly ok: true; readonly signOff: SignOff } | Refused> {
  const { action, id, reason, before, next } = what;
  const done = await recorded(deps, by, action, subjectOf(id), reason, async () => {
    const { signOffs } = deps.store;
    const isStored = before === null ? await signOffs.create(next) : await signOffs.save(next);
    if (!isStored) return { ok: false, code: 'BUSY', message: OVERTAKEN, before: lineOf(before) };
    return { ok: true, before: lineOf(before), after: lineOf(next), changed: null };
  });
  if (done.ok) return { ok: true, signOff: next };
  const { code, message } = done;
  return refused(code === 'NOT_RECORDED' || code === 'BUSY' ? code : 'INTERNAL', message);
}

/** A day is recorded under its statement run, so that both have one history. */
function subjectOf(id: SignOffId): AuditSubject {
  return { kind: booksNamed(id)?.kind === 'day' ? 'run' : 'month', name: id };
}

/** What the record says: who signed what, by its hashes. */
function lineOf(signOff: SignOff | null) {
  if (signOff === null) return null;
  const { version, signature, amendments } = signOff;
  const { who, at, digest, files } = signature;
  return {
    version,
    who,
    at,
    digest,
    amendments: amendments.length,
    files: files.map(({ kind, sha256 }) => `${kind} ${sha256}`),
  };
}
