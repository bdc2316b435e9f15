import { LANGUAGES } from '../values/language';
import { z } from 'zod';
import type { DiscrepancyClass, DiscrepancyId } from '../model/discrepancy';
import { ALARM_CAUSES } from '../model/alarm';
import { DISCREPANCY_STATES, isDiscrepancyClass, isDiscrepancyId } from '../model/discrepancy';
import { SIGN_INS } from './api';
import type { InboxKey } from '../model/message';
import { DEATH_REASONS, isInboxKey, MESSAGE_STATES } from '../model/message';
import { FULFILMENT_STATES, PAYMENT_STATES } from '../model/order';
import type { Pausable } from '../model/operators/pause';
import { isPausable } from '../model/operators/pause';
import type { Permission, Person } from '../model/operators/principal';
import { REFUND_STATES } from '../model/refund';
import { bulkNeedsSecondPerson } from '../rules/second-person';
import { standingPauses } from '../store/pauses';
import { LATE_KINDS } from '../store/requests';
import { CASH_ACCOUNTS } from '../values/cash-account';
import type { Fen } from '../values/fen';
import { isPayableFen } from '../values/fen';
import type { OutRefundNo, OutTradeNo, SubMchId } from '../values/ids';
import { isOutRefundNo, isOutTradeNo, isSubMchId } from '../values/ids';
import { actOrAsk, approve, decline, listApprovals, showApproval } from './people/approvals';
import type { OpsName, OpsOperations, OpsReply } from './api';
import { ACTION_RULES, OPS_ACTIONS } from './actions';
import { API_LIMITS } from './api';
import { MESSAGE_PARTS, ORDER_SORTS } from './lists/list-api';
import { BULK_OPERATIONS } from './bulk/operations';
import { IMPORT_OPERATIONS } from './import/operations';
import { showCashMonth, takeFundFlow } from './cash';
import { findingInChinese } from './check-words';
import type { OpsDeps } from './deps';
import { handleIssue } from './running/issues';
import { listAudit } from './people/list-audit';
import { listOrders } from './lists/list-orders';
import type { Operation } from './operation';
import { instantParam, ok, reasonParam, span } from './operation';
import { history, overview } from './today/overview';
import { BOOKS_OPERATIONS, givenFile } from './books/operations';
import { previewRelease } from './preview';
import { pauseWork, resumeWork } from './running/pausing';
import { exportPayer } from './personal';
import * as look from './lists/queries';
import { recorded } from './record';
import { search } from './lists/search';
import { testFulfilment } from './running/test-fulfilment';
import type { Refused } from './refused';
import { refused } from './refused';
import { testNotices } from './running/test-notices';
import { verifyRecord } from './people/verify-record';
import { ISSUE_STEPS } from './running/work-api';

const orderParam = z.custom<OutTradeNo>(isOutTradeNo);
const namesParam = z.array(z.string().min(1).max(200)).min(1).max(API_LIMITS.names);
const approvalParam = z.string().regex(/^[0-9A-Za-z_-]{1,64}$/);
const hashParam = z.string().regex(/^[0-9a-f]{64}$/);
const pausableParam = z.custom<Pausable>(isPausable);
const page = {
  after: z.string().max(200).nullable().exactOptional(),
  limit: z.int().min(1).max(API_LIMITS.page).exactOptional(),
};
/** How many messages one call of `replay_matching` replays. */
const REPLAYED_AT_ONCE = 500;

/** Showing a payer unmasked has a permission of its own. */
const unmasking = ({ unmask = false }: { readonly unmask?: boolean }): Permission =>
  unmask ? 'unmask' : 'look';

/**
 * Every operation, under its name: the one place that a new one is added to. One of `OpsOperations`
 * that is missing here does not compile.
 */
export const OPERATIONS: { readonly [Name in OpsName]: Operation<Name> } = {
  ...BOOKS_OPERATIONS,
  overview: { params: z.object({}), needs: 'look', run: overview },
  history: {
    params: z.object({
      from: instantParam,
      to: instantParam,
      points: z.int().min(2).max(2000).exactOptional(),
    }),
    needs: 'look',
    run: history,
  },
  list_messages: {
    params: z.object({
      ...page,
      ...span,
      state: z.enum(MESSAGE_STATES),
      reason: z.enum(DEATH_REASONS).nullable().exactOptional(),
      only: z.enum(MESSAGE_PARTS).nullable().exactOptional(),
    }),
    needs: 'look',
    run: async (deps, by, asked) => ok(await look.listMessages(deps, by, asked)),
  },
  list_orders: {
    params: z.object({
      ...page,
      payment: z.enum(PAYMENT_STATES).nullable().exactOptional(),
      fulfilment: z.enum(FULFILMENT_STATES).nullable().exactOptional(),
      late: z.enum(LATE_KINDS).nullable().exactOptional(),
      ...span,
      sort: z.enum(ORDER_SORTS).exactOptional(),
      prefix: z
        .string()
        .regex(/^[0-9A-Za-z_\-|*]{1,32}$/)
        .nullable()
        .exactOptional(),
      amount: z.custom<Fen>(isPayableFen).nullable().exactOptional(),
      payer: z
        .string()
        .regex(/^[0-9A-Za-z_-]{3}$/)
        .nullable()
        .exactOptional(),
    }),
    needs: 'look',
    run: listOrders,
  },
  list_refunds: {
    params: z.object({ ...page, state: z.enum(REFUND_STATES).nullable().exactOptional() }),
    needs: 'look',
    run: async (deps, by, asked) => ok(await look.listRefunds(deps, by, asked)),
  },
  list_discrepancies: {
    params: z.object({
      ...page,
      state: z.enum(DISCREPANCY_STATES),
      class: z.custom<DiscrepancyClass>(isDiscrepancyClass).nullable().exactOptional(),
    }),
    needs: 'look',
    run: async (deps, by, asked) => ok(await look.listDiscrepancies(deps, by, asked)),
  },
  list_runs: {
    params: z.object(page),
    needs: 'look',
    run: async (deps, by, asked) => ok(await look.listRuns(deps, by, asked)),
  },
  list_audit: {
    params: z.object({ ...page, subject: z.string().max(200).nullable().exactOptional() }),
    needs: ({ subject }) => (subject === SIGN_INS ? 'see_sign_ins' : 'look'),
    run: async (deps, _by, asked) => ok(await listAudit(deps, asked)),
  },
  search: {
    params: z.object({ text: z.string().max(200) }),
    needs: 'look',
    run: async (deps, _by, asked) => ok(await search(deps, asked)),
  },
  show_order: {
    params: z.object({ outTradeNo: orderParam, unmask: z.boolean().exactOptional() }),
    needs: unmasking,
    run: async (deps, by, asked) => found(await look.showOrder(deps, by, asked)),
  },
  show_refund: {
    params: z.object({ outRefundNo: z.custom<OutRefundNo>(isOutRefundNo) }),
    needs: 'look',
    run: async (deps, by, asked) => found(await look.showRefund(deps, by, asked)),
  },
  show_message: {
    params: z.object({ key: z.custom<InboxKey>(isInboxKey), unmask: z.boolean().exactOptional() }),
    needs: unmasking,
    run: async (deps, by, asked) => found(await look.showMessage(deps, by, asked)),
  },
  show_discrepancy: {
    params: z.object({ id: z.custom<DiscrepancyId>(isDiscrepancyId) }),
    needs: 'look',
    run: async (deps, by, asked) => found(await look.showDiscrepancy(deps, by, asked)),
  },
  show_run: {
    params: z.object({ ...page, id: z.string().max(64) }),
    needs: 'look',
    run: async (deps, by, asked) => found(await look.showRun(deps, by, asked)),
  },
  export_run: {
    params: z.object({
      ...page,
      id: z.string().max(64),
      part: z.enum(['report', 'differences']),
      language: z.enum(LANGUAGES).exactOptional(),
    }),
    needs: 'export',
    run: async (deps, _by, asked) => found(await look.exportRun(deps, asked)),
  },
  act: {
    params: z.object({
      action: z.enum(OPS_ACTIONS),
      names: namesParam,
      reason: reasonParam.exactOptional(),
      amount: z.custom<Fen>(isPayableFen).exactOptional(),
      requestId: z
        .string()
        .regex(/^[0-9A-Za-z_-]{8,64}$/)
        .exactOptional(),
    }),
    needs: ({ action }) => ACTION_RULES[action].needs,
    changes: true,
    run: act,
  },
  export_payer: { params: z.object({ ...page, outTradeNo: orderParam }), needs: 'unmask', run: exportPayer },
  list_approvals: {
    params: z.object({ ...page, decided: z.boolean().exactOptional() }),
    needs: 'look',
    run: async (deps, by, asked) => ok(await listApprovals(deps, by, asked)),
  },
  show_approval: {
    params: z.object({ id: approvalParam }),
    needs: 'look',
    run: async (deps, by, { id }) => found(await showApproval(deps, by, id)),
  },
  // Each checks that its person may do what was asked for.
  approve: {
    params: z.object({ id: approvalParam }),
    needs: 'look',
    changes: true,
    run: (deps, by, { id }) => approve(deps, by, id),
  },
  decline: {
    params: z.object({ id: approvalParam, reason: reasonParam }),
    needs: 'look',
    changes: true,
    run: (deps, by, { id, reason }) => decline(deps, by, id, reason),
  },
  verify_record: {
    params: z.object({
      after: z
        .object({ n: z.int().min(1), previous: hashParam.nullable() })
        .nullable()
        .exactOptional(),
      anchor: z
        .object({ n: z.int().min(1), hash: hashParam })
        .nullable()
        .exactOptional(),
    }),
    needs: 'export',
    run: async (deps, _by, asked) => ok(await verifyRecord(deps.store, asked)),
  },
  preview_release: {
    params: z.object({ names: namesParam }),
    needs: 'look',
    run: async (deps, _by, { names }) => ok({ items: await previewRelease(deps, names) }),
  },
  replay_matching: {
    params: z.object({
      ...span,
      reason: z.enum(DEATH_REASONS).nullable().exactOptional(),
      why: reasonParam,
    }),
    needs: 'operate',
    run: replayMatching,
  },
  ...BULK_OPERATIONS,
  ...IMPORT_OPERATIONS,
  workers: {
    params: z.object({}),
    needs: 'look',
    run: async (deps) => {
      const [standings, pauses] = await Promise.all([deps.workers(), standingPauses(deps)]);
      return ok({ ...standings, pauses: pauses.all, merchants: deps.merchants });
    },
  },
  pause: {
    params: z.object({
      of: pausableParam,
      reason: reasonParam,
      until: instantParam.nullable().exactOptional(),
    }),
    needs: 'operate',
    run: pauseWork,
  },
  resume: {
    params: z.object({ of: pausableParam, reason: reasonParam.exactOptional() }),
    needs: 'operate',
    run: resumeWork,
  },
  handle_issue: {
    params: z.object({
      cause: z.enum(ALARM_CAUSES),
      step: z.enum(ISSUE_STEPS),
      until: instantParam.nullable().exactOptional(),
      reason: reasonParam.exactOptional(),
    }),
    needs: 'operate',
    run: handleIssue,
  },
  test_notices: {
    params: z.object({}),
    needs: 'operate',
    run: async (deps, by) => {
      const targets = await testNotices(deps, by);
      return targets === null
        ? refused('NOT_RECORDED', 'it could not be recorded, so nothing was sent: try again')
        : ok({ targets });
    },
  },
  test_fulfilment: {
    params: z.object({}),
    needs: 'operate',
    run: async (deps, by) => {
      const tested = await testFulfilment(deps, by);
      return tested === null
        ? refused('NOT_RECORDED', 'it could not be recorded, so nothing was sent: try again')
        : ok({ tested: tested === 'none' ? null : tested });
    },
  },
  give_fund_flow: {
    params: z.object({
      id: z.string().max(64),
      account: z.enum(CASH_ACCOUNTS),
      ...givenFile,
      reason: reasonParam.exactOptional(),
    }),
    needs: 'resolve',
    run: takeFundFlow,
  },
  cash_month: {
    params: z.object({
      subMchId: z.custom<SubMchId>(isSubMchId),
      month: z.string().regex(/^\d{6}$/),
    }),
    needs: 'look',
    run: async (deps, _by, asked) => showCashMonth(deps, asked),
  },
  doctor: {
    params: z.object({}),
    needs: 'look',
    run: async (deps) => {
      const findings = await deps.examine();
      return ok({ findings: findings.map((one) => ({ ...one, chinese: findingInChinese(one) })) });
    },
  },
};

async function act(
  deps: OpsDeps,
  by: Person,
  asked: OpsOperations['act']['params'],
): Promise<OpsReply<'act'>> {
  const { action, names, reason = null, amount, requestId } = asked;
  if (ACTION_RULES[action].needsReason && reason === null)
    return refused('BAD_INPUT', 'say why: send a reason');
  if ((amount === undefined) !== (requestId === undefined)) {
    return refused('BAD_INPUT', 'a partial refund needs both amount and requestId');
  }
  if (amount !== undefined && names.length !== 1) {
    return refused('BAD_INPUT', 'a partial refund is of one order');
  }
  const part = amount === undefined || requestId === undefined ? null : { amount, requestId };
  return ok({ results: await actOrAsk(deps, by, names, { action, reason, part }) });
}

async function replayMatching(
  deps: OpsDeps,
  by: Person,
  { from = null, to = null, reason = null, why }: OpsOperations['replay_matching']['params'],
): Promise<OpsReply<'replay_matching'>> {
  const { inbox } = deps.store;
  const dead = await inbox.list({ state: 'dead', reason, from, to, after: null, limit: REPLAYED_AT_ONCE });
  const wanted = dead.items.map(({ key }) => key);
  if (bulkNeedsSecondPerson(deps.secondPerson.bulkAbove, wanted.length)) {
    const message = 'so many at once need a second person: name them in one action, which asks for it';
    return refused('NEEDS_APPROVAL', message);
  }
  let replayed = 0;
  const name = `dead ${from ?? ''}–${to ?? ''} ${reason ?? ''}`.trim();
  const result = await recorded(deps, by, 'replay_matching', { kind: 'message', name }, why, async () => {
    const brought = await inbox.replay(wanted, by.name, deps.clock.now());
    replayed = brought.filter((one) => one).length;
    return { ok: true, before: { matching: wanted.length }, after: { replayed }, changed: null };
  });
  if (!result.ok)
    return refused(result.code === 'NOT_RECORDED' ? 'NOT_RECORDED' : 'INTERNAL', result.message);
  return ok({ replayed, remaining: dead.next !== null });
}

function found<Value extends object>(
  value: Value | typeof look.NOT_RECORDED | null,
): ({ readonly ok: true } & Value) | Refused {
  if (value === null) return refused('NOT_FOUND', 'there is no such item');
  if (value === look.NOT_RECORDED)
    return refused('NOT_RECORDED', 'showing the payer could not be recorded, so nothing is shown: try again');
  return ok(value);
}
