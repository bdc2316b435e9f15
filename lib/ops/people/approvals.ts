import type { Approval, ApprovalDecision, AskedItem } from '../../model/operators/approval';
import { approvalState } from '../../model/operators/approval';
import type { Bulk } from '../../model/operators/bulk';
import type { Person } from '../../model/operators/principal';
import { may } from '../../model/operators/principal';
import type { ApprovalRefusal } from '../../rules/second-person';
import { bulkNeedsSecondPerson, whyNotApprovable, whyNotDeclinable } from '../../rules/second-person';
import { fen } from '../../values/fen';
import type { Instant } from '../../values/instant';
import { later } from '../../values/instant';
import type { ActionRequest } from '../act';
import { actOnEach, notBegun } from '../act';
import type { OpsAction } from '../actions';
import type { OpsOperations, OpsReply } from '../api';
import { ACTION_RULES, OPS_ACTIONS } from '../actions';
import type { AskedState } from './asked-items';
import { askedStates, isBegun } from './asked-items';
import { approveBulk, requestOf } from '../bulk/bulk';
import type { ActResult } from '../changed';
import type { OpsDeps } from '../deps';
import type { ApprovalLine } from './people-api';
import { recorded } from '../record';
import type { Refused } from '../refused';
import { refused } from '../refused';
import { canonical } from '../../values/canonical';
import type { Json } from '../../values/json';
import { isRecord } from '../../values/json';

/*
 * The second person. What needs one is stored as a request and done when another person approves
 * it, as the asker's action:
 *
 *   act ──▶ request ──▶ approve, by version ──▶ done once ──▶ outcome stored
 *              │              │
 *              │              └ of two who approve at once, one writes the decision and carries it
 *              │                out; a crash in between leaves it to be approved again
 *              └ declined, or expired: nothing happens
 */

/** How often a request that keeps changing is read again: each time another person was first. */
const ROUNDS = 20;

/**
 * Applies an action to each item, or asks for a second person where one is needed: once for all
 * items of a bulk action, otherwise once for each item that needs one.
 */
export async function actOrAsk(
  deps: OpsDeps,
  by: Person,
  names: readonly string[],
  request: ActionRequest,
): Promise<readonly ActResult[]> {
  const all = [...new Set(names)];
  const until = later(deps.clock.now(), deps.actForMs);
  const isBulk = bulkNeedsSecondPerson(deps.secondPerson.bulkAbove, all.length);
  const states: ReadonlyMap<string, AskedState> =
    isBulk || mayNeedOne(deps, request.action)
      ? await askedStates(deps, by, request.action, all, request.part)
      : new Map();
  if (isBulk) return ask(deps, by, all, request, states);
  const above = all.filter((name) => states.get(name)?.isAbove === true);
  const results = new Map<string, ActResult>();
  for (const name of above) {
    const isLate = results.size > 0 && deps.clock.now() >= until;
    const asked = isLate ? [notBegun(name)] : await ask(deps, by, [name], request, states);
    for (const one of asked) results.set(name, one);
  }
  const rest = all.filter((name) => !results.has(name));
  for (const one of await actOnEach(deps, by, rest, request, until)) results.set(one.name, one);
  return all.flatMap((name) => results.get(name) ?? []);
}

/** Without a limit for its kind of action no item is read for it. */
function mayNeedOne(deps: OpsDeps, action: OpsAction): boolean {
  switch (ACTION_RULES[action].needs) {
    case 'refund':
      return deps.secondPerson.refundAbove !== null;
    case 'accept':
      return deps.secondPersonAbove !== null;
    case 'erase':
      return deps.secondPerson.bulkAbove !== null;
    case 'look':
    case 'export':
    case 'resolve':
    case 'sign':
    case 'operate':
    case 'unmask':
    case 'see_sign_ins':
    case 'speak_for_payers':
      return false;
  }
}

async function ask(
  deps: OpsDeps,
  by: Person,
  names: readonly string[],
  { action, reason, part }: ActionRequest,
  states: ReadonlyMap<string, AskedState>,
): Promise<readonly ActResult[]> {
  const items = names.map((name): AskedItem => ({ name, seen: states.get(name)?.seen ?? null }));
  const amounts = names.flatMap((name) => states.get(name)?.amount ?? []);
  const askedAt = deps.clock.now();
  const id = deps.newId();
  const approval: Approval = {
    id,
    version: 1,
    action,
    items,
    amount: amounts.length === 0 ? null : fen(amounts.reduce((sum, one) => sum + one, 0)),
    reason,
    asker: by,
    askedAt,
    expiresAt: later(askedAt, deps.secondPerson.expireMs),
    decision: null,
    outcome: null,
    ...(part === null ? {} : { requestId: part.requestId }),
  };
  const { expiresAt } = approval;
  const subject = { kind: 'approval', name: id } as const;
  const changed = { action: 'ask_approval', of: action, approval: { id, expiresAt } } as const;
  const result = await recorded(deps, by, 'ask_approval', subject, reason, async () => {
    await deps.store.approvals.create(approval);
    const after = { action, names: names.slice(0, 10), items: names.length, amount: approval.amount };
    return { ok: true, before: null, after, changed };
  });
  return names.map((name): ActResult => ({ name, ...result }));
}

/** The requests for approval: those that wait or have expired, or those that were decided. */
export async function listApprovals(
  deps: OpsDeps,
  by: Person,
  { decided = false, after = null, limit = 50 }: OpsOperations['list_approvals']['params'],
): Promise<OpsOperations['list_approvals']['answer']> {
  const now = deps.clock.now();
  const page = await deps.store.approvals.list({ isDecided: decided, after, limit });
  return { items: page.items.map((approval) => lineOf(deps, by, approval, now)), next: page.next };
}

/** One request for approval; null when there is none of this id. */
export async function showApproval(
  deps: OpsDeps,
  by: Person,
  id: string,
): Promise<OpsOperations['show_approval']['answer'] | null> {
  const approval = await deps.store.approvals.find(id);
  return approval === null ? null : { approval: lineOf(deps, by, approval, deps.clock.now()) };
}

function lineOf(deps: OpsDeps, by: Person, approval: Approval, now: Instant): ApprovalLine {
  return {
    ...approval,
    state: approvalState(approval, now),
    isApprovable:
      isPermitted(approval, by) && whyNotApprovable(approval, by, askerNow(deps, approval), now) === null,
    isDeclinable: isPermitted(approval, by) && whyNotDeclinable(approval, now) === null,
  };
}

/** How many requests wait, at most 100; none is looked for where nothing needs a second person. */
export async function countWaiting(deps: OpsDeps): Promise<number> {
  const { refundAbove, bulkAbove } = deps.secondPerson;
  if (refundAbove === null && bulkAbove === null && deps.secondPersonAbove === null) return 0;
  const now = deps.clock.now();
  const { items } = await deps.store.approvals.list({ isDecided: false, after: null, limit: 100 });
  return items.filter((one) => approvalState(one, now) === 'waiting').length;
}

function actionOf({ action }: Approval): OpsAction | null {
  return OPS_ACTIONS.find((one) => one === action) ?? null;
}

function isPermitted(approval: Approval, by: Person): boolean {
  const action = actionOf(approval);
  return action !== null && may(by, ACTION_RULES[action].needs);
}

/**
 * Who asked, with the role and the limits they have now; null when they may not do it any more.
 * Several people of one name are nobody in particular: only masked OPENIDs can be alike.
 */
function askerNow(deps: OpsDeps, approval: Approval): Person | null {
  const named = deps.people().filter(({ name }) => name === approval.asker.name);
  const [asker] = named;
  return asker !== undefined && named.length === 1 && isPermitted(approval, asker) ? asker : null;
}

/**
 * Approves a request and carries it out as its asker's action, within the limits that its asker has
 * now. Answers each item's result.
 *
 * Failure policy: fail closed. Nothing is decided that could not be recorded, and nothing happens
 * unless the decision could be written over the version that was read. An item that is not as its
 * asker saw it is refused. When the call breaks off after the decision, the request can be approved
 * again after two minutes, or declined: a refund has a name of its own and is made once, and every
 * other action checks the item's state.
 */
export async function approve(deps: OpsDeps, by: Person, id: string): Promise<OpsReply<'approve'>> {
  const until = later(deps.clock.now(), deps.actForMs);
  const carried: Approval[] = [];
  let results: readonly ActResult[] = [];
  const kept = await decideRecorded(deps, by, { id, kind: 'approved', reason: null }, async (decided) => {
    results = await carryOut(deps, by, decided, until);
    carried.push(decided.approval);
    const failed = results.filter((one) => !one.ok).length;
    const { action, asker } = decided.approval;
    return { action, asker: asker.name, items: results.length, failed };
  });
  if (kept !== null) return kept;
  for (const approval of carried) await end(deps, approval, results);
  return { ok: true, results };
}

/**
 * Declines a request, or withdraws one's own: nothing more of it will happen.
 *
 * Failure policy: fail closed. Nothing is decided that could not be recorded.
 */
export async function decline(
  deps: OpsDeps,
  by: Person,
  id: string,
  reason: string,
): Promise<OpsReply<'decline'>> {
  const kept = await decideRecorded(deps, by, { id, kind: 'declined', reason }, ({ approval }) =>
    Promise.resolve({ action: approval.action }),
  );
  return kept ?? { ok: true };
}

/** What somebody says to which request. */
interface Saying extends Pick<ApprovalDecision, 'kind' | 'reason'> {
  readonly id: string;
}

/** A request that was decided, and who asked for it, as they are now. */
interface Decided {
  readonly approval: Approval;
  readonly asker: Person;
}

/**
 * Records that somebody decides, writes the decision, and does what follows from it, which answers
 * what the record says. Null when all of that was done. What may not be decided is refused before
 * it is recorded.
 */
async function decideRecorded(
  deps: OpsDeps,
  by: Person,
  saying: Saying,
  follow: (decided: Decided) => Promise<Json>,
): Promise<Refused | null> {
  const found = await decidable(deps, by, saying);
  if (!('approval' in found)) return found;
  const refusals: Refused[] = [];
  const action = saying.kind === 'approved' ? 'approve' : 'decline';
  const subject = { kind: 'approval', name: saying.id } as const;
  const done = await recorded(deps, by, action, subject, saying.reason, async () => {
    const decided = await decide(deps, by, saying);
    if ('approval' in decided) return { ok: true, before: null, after: await follow(decided), changed: null };
    refusals.push(decided);
    return { ok: false, code: decided.code, message: decided.message, before: null };
  });
  if (done.ok) return null;
  const [why] = refusals;
  return why ?? refused(done.code === 'NOT_RECORDED' ? 'NOT_RECORDED' : 'INTERNAL', done.message);
}

/** The request as it is, when this person may say this to it now; otherwise why they may not. */
async function decidable(deps: OpsDeps, by: Person, { id, kind }: Saying): Promise<Decided | Refused> {
  const approval = await deps.store.approvals.find(id);
  if (approval === null) return refused('NOT_FOUND', 'there is no such request');
  if (!isPermitted(approval, by)) return refused('NOT_PERMITTED', 'your role does not include this action');
  const now = deps.clock.now();
  const asker = askerNow(deps, approval);
  const why =
    kind === 'approved' ? whyNotApprovable(approval, by, asker, now) : whyNotDeclinable(approval, now);
  // A request can be declined after its asker has left.
  return why === null ? { approval, asker: asker ?? approval.asker } : refused(why, MESSAGES[why]);
}

async function decide(deps: OpsDeps, by: Person, saying: Saying): Promise<Decided | Refused> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const found = await decidable(deps, by, saying);
    if (!('approval' in found)) return found;
    const { kind, reason } = saying;
    const decision = { kind, who: by.name, reason, at: deps.clock.now() };
    const approval = { ...found.approval, version: found.approval.version + 1, decision };
    if (await deps.store.approvals.save(approval)) return { ...found, approval };
  }
  return refused('APPROVED', MESSAGES.APPROVED);
}

const MESSAGES: Readonly<Record<ApprovalRefusal, string>> = {
  ASKER_NOT_PERMITTED:
    'who asked for it has left or may not do it any more: decline it, and ask for it yourself',
  SAME_PERSON: 'you have asked for it: another person must decide',
  EXPIRED: 'it has expired: ask for it again',
  DECLINED: 'it was declined',
  APPROVED: 'another person is approving it or has done so: reload it',
  OVER_OWN_LIMIT: 'it is above what you may refund yourself',
};

async function carryOut(
  deps: OpsDeps,
  by: Person,
  { approval, asker }: Decided,
  until: Instant,
): Promise<readonly ActResult[]> {
  const { items, reason, requestId = approval.id } = approval;
  const action = actionOf(approval);
  if (action === null) return [];
  const bulk = bulkIn(items);
  if (bulk !== null) return [await beginBulk(deps, by, action, bulk)];
  const isSingleRefund = action === 'refund_order' && items.length === 1;
  const results: ActResult[] = [];
  const names: string[] = [];
  const all = items.map(({ name }) => name);
  const states = await askedStates(deps, asker, action, all, null);
  for (const { name, seen } of items) {
    const amount = isSingleRefund ? approval.amount : null;
    // What an interrupted approval reserved has changed the order itself.
    const isSame = canonical(states.get(name)?.seen ?? null) === canonical(seen);
    if (isSame || (isSingleRefund && amount !== null && (await isBegun(deps, name, requestId))))
      names.push(name);
    else results.push({ name, ok: false, code: 'CHANGED_SINCE', message: CHANGED, said: [] });
  }
  const part = isSingleRefund && approval.amount !== null ? { amount: approval.amount, requestId } : null;
  const request = { action, reason, part, approver: by };
  return [...(await actOnEach(deps, asker, names, request, until)), ...results];
}

/** A request about a bulk action names it, and the hash of its items. */
function bulkIn([only]: Approval['items']): Pick<Bulk, 'id' | 'digest'> | null {
  const id = only === undefined ? undefined : /^bulk:(.+)$/.exec(only.name)?.[1];
  const digest = isRecord(only?.seen) ? only.seen['digest'] : undefined;
  return id === undefined || typeof digest !== 'string' ? null : { id, digest };
}

async function beginBulk(
  deps: OpsDeps,
  by: Person,
  action: OpsAction,
  bulk: Pick<Bulk, 'id' | 'digest'>,
): Promise<ActResult> {
  const name = `bulk:${bulk.id}`;
  return (await approveBulk(deps, by, bulk))
    ? { name, ok: true, changed: { action: 'begin_bulk', of: action, bulk: bulk.id } }
    : { name, ok: false, code: 'CHANGED_SINCE', message: CHANGED, said: [] };
}

/** Asks a second person for a bulk action; once, however often it is called. */
export async function askForBulk(deps: OpsDeps, by: Person, bulk: Bulk): Promise<void> {
  const id = requestOf(bulk);
  if ((await deps.store.approvals.find(id)) !== null) return;
  const { action, amount, reason, items, digest } = bulk;
  const askedAt = deps.clock.now();
  await deps.store.approvals.create({
    id,
    version: 1,
    action,
    items: [{ name: `bulk:${bulk.id}`, seen: { digest, items } }],
    amount,
    reason,
    asker: by,
    askedAt,
    expiresAt: later(askedAt, deps.secondPerson.expireMs),
    decision: null,
    outcome: null,
  });
}

const CHANGED = 'it has changed since it was asked for: look at it, and ask again';

/** Failure policy: fail open. What was done is done; only the request does not say so. */
async function end(deps: OpsDeps, approval: Approval, results: readonly ActResult[]): Promise<void> {
  const outcome = results.map(({ name, ...one }) => ({ name, result: one.ok ? 'done' : one.code }));
  const version = approval.version + 1;
  try {
    await deps.store.approvals.save({ ...approval, version, outcome: outcome.slice(0, 100) });
  } catch {
    deps.log.warn('approval_not_ended', { outTradeNo: null, approval: approval.id });
  }
}
