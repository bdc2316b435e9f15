import type { Approval, ApprovalDecision, AskedItem } from '../model/approval';
import { approvalState } from '../model/approval';
import type { Person } from '../model/principal';
import { may } from '../model/principal';
import type { ApprovalRefusal } from '../rules/second-person';
import { bulkNeedsSecondPerson, whyNotApprovable, whyNotDeclinable } from '../rules/second-person';
import { fen } from '../values/fen';
import { later } from '../values/instant';
import type { ActionRequest } from './act';
import { actOnEach } from './act';
import type { OpsAction, OpsOperations, OpsReply } from './api';
import { ACTION_RULES, OPS_ACTIONS } from './api';
import type { AskedState } from './asked-items';
import { askedState, isBegun } from './asked-items';
import type { ActResult } from './changed';
import type { OpsDeps } from './deps';
import { recorded } from './record';
import { refused } from './refused';
import { canonical } from '../values/canonical';

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
  const isBulk = bulkNeedsSecondPerson(deps.secondPerson.bulkAbove, all.length);
  const states = new Map<string, AskedState>();
  if (isBulk || mayNeedOne(deps, request.action)) {
    for (const name of all) states.set(name, await askedState(deps, by, request.action, name, request.part));
  }
  if (isBulk) return ask(deps, by, all, request, states);
  const above = all.filter((name) => states.get(name)?.isAbove === true);
  const results = new Map<string, ActResult>();
  for (const name of above)
    for (const one of await ask(deps, by, [name], request, states)) results.set(name, one);
  const rest = all.filter((name) => !results.has(name));
  for (const one of await actOnEach(deps, by, rest, request)) results.set(one.name, one);
  return all.flatMap((name) => results.get(name) ?? []);
}

/** Without a limit for its kind of action no item is read for it. */
function mayNeedOne(deps: OpsDeps, action: OpsAction): boolean {
  switch (ACTION_RULES[action].needs) {
    case 'refund':
      return deps.secondPerson.refundAbove !== null;
    case 'accept':
      return deps.secondPersonAbove !== null;
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
  const items = page.items.map((approval) => ({
    ...approval,
    state: approvalState(approval, now),
    isApprovable: isPermitted(approval, by) && whyNotApprovable(approval, by, now) === null,
    isDeclinable: isPermitted(approval, by) && whyNotDeclinable(approval, now) === null,
  }));
  return { items, next: page.next };
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
 * Approves a request and carries it out as its asker's action. Answers each item's result.
 *
 * Failure policy: fail closed. Nothing happens unless the decision could be written over the
 * version that was read. An item that is not as its asker saw it is refused. When the call breaks
 * off after the decision, the request can be approved again after two minutes: a refund has a name
 * of its own and is made once, and every other action checks the item's state.
 */
export async function approve(deps: OpsDeps, by: Person, id: string): Promise<OpsReply<'approve'>> {
  const decided = await decide(deps, by, id, 'approved', null);
  if (!decided.ok) return decided;
  const { approval } = decided;
  const subject = { kind: 'approval', name: id } as const;
  let results: readonly ActResult[] = [];
  const done = await recorded(deps, by, 'approve', subject, null, async () => {
    results = await carryOut(deps, by, approval);
    const failed = results.filter((one) => !one.ok).length;
    const after = { action: approval.action, asker: approval.asker.name, items: results.length, failed };
    return { ok: true, before: null, after, changed: null };
  });
  if (!done.ok) return refused(done.code === 'NOT_RECORDED' ? 'NOT_RECORDED' : 'INTERNAL', done.message);
  await end(deps, approval, results);
  return { ok: true, results };
}

/** Declines a request, or withdraws one's own: nothing of it will happen. */
export async function decline(
  deps: OpsDeps,
  by: Person,
  id: string,
  reason: string,
): Promise<OpsReply<'decline'>> {
  const decided = await decide(deps, by, id, 'declined', reason);
  if (!decided.ok) return decided;
  const subject = { kind: 'approval', name: id } as const;
  await recorded(deps, by, 'decline', subject, reason, () =>
    Promise.resolve({ ok: true, before: null, after: { action: decided.approval.action }, changed: null }),
  );
  return { ok: true };
}

type Decided = { readonly ok: true; readonly approval: Approval } | ReturnType<typeof refused>;

async function decide(
  deps: OpsDeps,
  by: Person,
  id: string,
  kind: ApprovalDecision['kind'],
  reason: string | null,
): Promise<Decided> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const found = await deps.store.approvals.find(id);
    if (found === null) return refused('NOT_FOUND', 'there is no such request');
    if (!isPermitted(found, by)) return refused('NOT_PERMITTED', 'your role does not include this action');
    const at = deps.clock.now();
    const why = kind === 'approved' ? whyNotApprovable(found, by, at) : whyNotDeclinable(found, at);
    if (why !== null) return refused(why, MESSAGES[why]);
    const decision = { kind, who: by.name, reason, at };
    const approval = { ...found, version: found.version + 1, decision };
    if (await deps.store.approvals.save(approval)) return { ok: true, approval };
  }
  return refused('APPROVED', MESSAGES.APPROVED);
}

const MESSAGES: Readonly<Record<ApprovalRefusal, string>> = {
  SAME_PERSON: 'you have asked for it: another person must decide',
  EXPIRED: 'it has expired: ask for it again',
  DECLINED: 'it was declined',
  APPROVED: 'another person is approving it or has done so: reload it',
  OVER_OWN_LIMIT: 'it is above what you may refund yourself',
};

async function carryOut(deps: OpsDeps, by: Person, approval: Approval): Promise<readonly ActResult[]> {
  const { asker, items, reason, requestId = approval.id } = approval;
  const action = actionOf(approval);
  if (action === null) return [];
  const isSingleRefund = action === 'refund_order' && items.length === 1;
  const results: ActResult[] = [];
  const names: string[] = [];
  for (const { name, seen } of items) {
    const amount = isSingleRefund ? approval.amount : null;
    const now = await askedState(deps, asker, action, name, null);
    // What an interrupted approval reserved has changed the order itself.
    const isSame = canonical(now.seen) === canonical(seen);
    if (isSame || (isSingleRefund && amount !== null && (await isBegun(deps, name, requestId))))
      names.push(name);
    else results.push({ name, ok: false, code: 'CHANGED_SINCE', message: CHANGED, said: [] });
  }
  const part = isSingleRefund && approval.amount !== null ? { amount: approval.amount, requestId } : null;
  return [...(await actOnEach(deps, asker, names, { action, reason, part, approver: by })), ...results];
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
