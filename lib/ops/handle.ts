import { z } from 'zod';
import { FULFILMENT_STATES } from '../model/order';
import type { DiscrepancyClass, DiscrepancyId } from '../model/discrepancy';
import { isDiscrepancyClass, isDiscrepancyId } from '../model/discrepancy';
import type { DeathReason, InboxKey } from '../model/message';
import { isInboxKey } from '../model/message';
import { errorText } from '../runtime/error-text';
import { PageMarkError, StoreError } from '../store/errors';
import type { Fen } from '../values/fen';
import { isPayableFen } from '../values/fen';
import type { OutTradeNo } from '../values/ids';
import { isOutTradeNo } from '../values/ids';
import type { Instant } from '../values/instant';
import { isInstant, later } from '../values/instant';
import { isRecord } from '../values/json';
import { actOnEach, NEEDS_REASON } from './act';
import { MESSAGE_PARTS } from './api';
import type { Operator, OpsName, OpsOperations, OpsRefusalCode, OpsReply } from './api';
import type { OpsDeps } from './deps';
import { measureFigures } from './figures-now';
import * as look from './queries';
import { recorded } from './record';
import { thinned } from './thin-figures';
import { runLine } from './views';

type Answer =
  { readonly ok: true } | { readonly ok: false; readonly code: OpsRefusalCode; readonly message: string };

const instantParam = z.custom<Instant>(isInstant);
const reasonParam = z.string().trim().min(1).max(200);
const page = {
  after: z.string().max(200).nullable().exactOptional(),
  limit: z.int().min(1).max(200).exactOptional(),
};
const span = { from: instantParam.nullable().exactOptional(), to: instantParam.nullable().exactOptional() };
const DEATHS = [
  'unusable_notification',
  'refunds_not_supported',
  'order_never_appeared',
  'mismatch',
  'not_confirmed_by_query',
  'too_many_attempts',
  'operator',
] as const satisfies readonly DeathReason[];

/** The parameters of each operation, as in `OpsOperations`. */
const PARAMS = {
  overview: z.object({}),
  history: z.object({
    from: instantParam,
    to: instantParam,
    points: z.int().min(2).max(2000).exactOptional(),
  }),
  list_messages: z.object({
    ...page,
    ...span,
    state: z.enum(['pending', 'done', 'dead']),
    reason: z.enum(DEATHS).nullable().exactOptional(),
    only: z.enum(MESSAGE_PARTS).nullable().exactOptional(),
  }),
  list_orders: z.object({
    ...page,
    payment: z.enum(['pending', 'paid', 'closed', 'failed']).nullable().exactOptional(),
    fulfilment: z.enum(FULFILMENT_STATES).nullable().exactOptional(),
  }),
  list_refunds: z.object({
    ...page,
    state: z.enum(['requested', 'processing', 'succeeded', 'closed', 'abnormal']).nullable().exactOptional(),
  }),
  list_discrepancies: z.object({
    ...page,
    state: z.enum(['open', 'carried_over', 'resolved']),
    class: z.custom<DiscrepancyClass>(isDiscrepancyClass).nullable().exactOptional(),
  }),
  list_runs: z.object(page),
  list_audit: z.object({ ...page, subject: z.string().max(200).nullable().exactOptional() }),
  search: z.object({ text: z.string().max(200) }),
  show_order: z.object({
    outTradeNo: z.custom<OutTradeNo>(isOutTradeNo),
    unmask: z.boolean().exactOptional(),
  }),
  show_message: z.object({ key: z.custom<InboxKey>(isInboxKey), unmask: z.boolean().exactOptional() }),
  show_discrepancy: z.object({ id: z.custom<DiscrepancyId>(isDiscrepancyId) }),
  show_run: z.object({ ...page, id: z.string().max(64) }),
  export_run: z.object({ ...page, id: z.string().max(64), part: z.enum(['report', 'differences']) }),
  act: z.object({
    action: z.enum([
      'replay_message',
      'bury_message',
      'retry_fulfilment',
      'ask_order',
      'close_order',
      'refund_order',
      'release_hold',
      'accept_payment',
      'return_payment',
      'ask_refund',
      'resolve_discrepancy',
      'run_statement_again',
    ]),
    names: z.array(z.string().min(1).max(200)).min(1).max(100),
    reason: reasonParam.exactOptional(),
    amount: z.custom<Fen>(isPayableFen).exactOptional(),
    requestId: z
      .string()
      .regex(/^[0-9A-Za-z_-]{8,64}$/)
      .exactOptional(),
  }),
  replay_matching: z.object({ ...span, reason: z.enum(DEATHS).nullable().exactOptional(), why: reasonParam }),
  doctor: z.object({}),
} satisfies { readonly [Name in OpsName]: z.ZodType<OpsOperations[Name]['params']> };

/** The longest span of a chart, in ms: 40 days, slightly more than figures are kept. */
const LONGEST_SPAN_MS = 40 * 86_400_000;

/**
 * As many points as a chart has room for. 40 days of single figures would exceed a function's
 * answer.
 */
const POINTS = 500;

/** The span of the figures in an overview, in ms. */
const OVERVIEW_SPAN_MS = 3_600_000;

/** How many messages one call of `replay_matching` replays. */
const REPLAYED_AT_ONCE = 500;

/** The name of every operation. */
export const OPS_NAMES: readonly string[] = Object.keys(PARAMS);

/**
 * Answers one request of an operator: `{op, ...params}`. `by`: the operator as the runtime proved
 * them, or null.
 *
 * Failure policy: fail closed. Without an operator the only answer is NOT_ALLOWED, and a read-only
 * operator changes nothing. Never rejects, and never reveals an internal error, which is in the
 * log.
 */
export async function handleOps(deps: OpsDeps, by: Operator | null, request: unknown): Promise<OpsReply> {
  if (by === null) return refused('NOT_ALLOWED', 'only an operator may ask this: see "ops" in config.json');
  const op = isRecord(request) ? request['op'] : undefined;
  if (!isOpsName(op)) return refused('UNKNOWN_OPERATION', `op must be one of ${OPS_NAMES.join(', ')}`);
  try {
    return await answer(deps, by, op, request);
  } catch (error) {
    deps.log.error('ops_failed', { outTradeNo: null, action: op, error: errorText(error) });
    if (error instanceof StoreError && error.code === 'damaged') {
      return refused('DAMAGED', `${error.message} (docs/backup.md)`);
    }
    if (error instanceof PageMarkError) {
      return refused('BAD_INPUT', 'invalid page mark: start again from the first page');
    }
    return refused('INTERNAL', 'an internal error occurred; the log says why: try again');
  }
}

function isOpsName(value: unknown): value is OpsName {
  return typeof value === 'string' && Object.hasOwn(PARAMS, value);
}

/** One case per operation, so that each has its own parameter type. */
async function answer(deps: OpsDeps, by: Operator, op: OpsName, request: unknown): Promise<OpsReply> {
  switch (op) {
    case 'overview':
      return overview(deps, by);
    case 'history':
      return withParams(PARAMS.history, request, (asked) => history(deps, asked));
    case 'list_messages':
      return withParams(PARAMS.list_messages, request, async (asked) =>
        ok(await look.listMessages(deps, by, asked)),
      );
    case 'list_orders':
      return withParams(PARAMS.list_orders, request, async (asked) =>
        ok(await look.listOrders(deps, by, asked)),
      );
    case 'list_refunds':
      return withParams(PARAMS.list_refunds, request, async (asked) =>
        ok(await look.listRefunds(deps, by, asked)),
      );
    case 'list_discrepancies':
      return withParams(PARAMS.list_discrepancies, request, async (asked) =>
        ok(await look.listDiscrepancies(deps, by, asked)),
      );
    case 'list_runs':
      return withParams(PARAMS.list_runs, request, async (asked) => ok(await look.listRuns(deps, by, asked)));
    case 'list_audit':
      return withParams(PARAMS.list_audit, request, async (asked) => ok(await look.listAudit(deps, asked)));
    case 'search':
      return withParams(PARAMS.search, request, async (asked) => ok(await look.search(deps, asked)));
    case 'show_order':
      return withParams(PARAMS.show_order, request, async (asked) =>
        asked.unmask === true && by.role !== 'act'
          ? readOnly()
          : found(await look.showOrder(deps, by, asked)),
      );
    case 'show_message':
      return withParams(PARAMS.show_message, request, async (asked) =>
        asked.unmask === true && by.role !== 'act'
          ? readOnly()
          : found(await look.showMessage(deps, by, asked)),
      );
    case 'show_discrepancy':
      return withParams(PARAMS.show_discrepancy, request, async (asked) =>
        found(await look.showDiscrepancy(deps, by, asked)),
      );
    case 'show_run':
      return withParams(PARAMS.show_run, request, async (asked) =>
        found(await look.showRun(deps, by, asked)),
      );
    case 'export_run':
      return withParams(PARAMS.export_run, request, async (asked) =>
        found(await look.exportRun(deps, asked)),
      );
    case 'act':
      if (by.role !== 'act') return readOnly();
      return withParams(PARAMS.act, request, (asked) => act(deps, by, asked));
    case 'replay_matching':
      if (by.role !== 'act') return readOnly();
      return withParams(PARAMS.replay_matching, request, (asked) => replayMatching(deps, by, asked));
    case 'doctor':
      return ok({ findings: await deps.examine() });
  }
}

async function withParams<Params, Reply extends Answer>(
  schema: z.ZodType<Params>,
  request: unknown,
  work: (params: Params) => Promise<Reply>,
): Promise<Reply | Refused> {
  const reading = schema.safeParse(request);
  if (reading.success) return work(reading.data);
  const fields = [...new Set(reading.error.issues.map((issue) => issue.path.join('.') || 'the request'))];
  return refused('BAD_INPUT', `invalid parameters: ${fields.join(', ')}`);
}

async function overview(deps: OpsDeps, by: Operator): Promise<OpsReply<'overview'>> {
  const now = deps.clock.now();
  const [figures, alarms, runs] = await Promise.all([
    measureFigures(deps.store, now, OVERVIEW_SPAN_MS),
    deps.store.alarms.all(),
    deps.store.statementRuns.list({ after: null, limit: 10 }),
  ]);
  return ok({ now, you: by, figures, alarms, runs: runs.items.map(runLine) });
}

async function history(
  deps: OpsDeps,
  { from, to, points = POINTS }: OpsOperations['history']['params'],
): Promise<OpsReply<'history'>> {
  if (to <= from || to - from > LONGEST_SPAN_MS) {
    return refused('BAD_INPUT', 'ask for a span of at most 40 days, from before to');
  }
  const figures = [];
  for (let begin = from; begin < to;) {
    const some = await deps.store.figures.range(begin, to);
    figures.push(...some);
    const last = some.at(-1);
    if (some.length < 1000 || last === undefined) break;
    begin = later(last.at, 1);
  }
  return ok({ figures: thinned(figures, points) });
}

async function act(
  deps: OpsDeps,
  by: Operator,
  asked: OpsOperations['act']['params'],
): Promise<OpsReply<'act'>> {
  const { action, names, reason = null, amount, requestId } = asked;
  if (NEEDS_REASON.has(action) && reason === null) return refused('BAD_INPUT', 'say why: send a reason');
  if ((amount === undefined) !== (requestId === undefined)) {
    return refused('BAD_INPUT', 'a partial refund needs both amount and requestId');
  }
  if (amount !== undefined && names.length !== 1) {
    return refused('BAD_INPUT', 'a partial refund is of one order');
  }
  const part = amount === undefined || requestId === undefined ? null : { amount, requestId };
  return ok({ results: await actOnEach(deps, by, names, { action, reason, part }) });
}

async function replayMatching(
  deps: OpsDeps,
  by: Operator,
  { from = null, to = null, reason = null, why }: OpsOperations['replay_matching']['params'],
): Promise<OpsReply<'replay_matching'>> {
  const { inbox } = deps.store;
  const dead = await inbox.list({ state: 'dead', reason, from, to, after: null, limit: REPLAYED_AT_ONCE });
  const wanted = dead.items.map(({ key }) => key);
  let replayed = 0;
  const name = `dead ${from ?? ''}–${to ?? ''} ${reason ?? ''}`.trim();
  const result = await recorded(deps, by, 'replay_matching', { kind: 'message', name }, why, async () => {
    const brought = await inbox.replay(wanted, by.name, deps.clock.now());
    replayed = brought.filter((one) => one).length;
    return { ok: true, before: { matching: wanted.length }, after: { replayed } };
  });
  if (!result.ok)
    return refused(result.code === 'NOT_RECORDED' ? 'NOT_RECORDED' : 'INTERNAL', result.message);
  return ok({ replayed, remaining: dead.next !== null });
}

interface Refused {
  readonly ok: false;
  readonly code: OpsRefusalCode;
  readonly message: string;
}

function refused(code: OpsRefusalCode, message: string): Refused {
  return { ok: false, code, message };
}

function readOnly(): Refused {
  return refused('READ_ONLY', 'you may look, not act: see "ops" in config.json');
}

function ok<Value extends object>(value: Value): { readonly ok: true } & Value {
  return { ok: true, ...value };
}

function found<Value extends object>(
  value: Value | typeof look.NOT_RECORDED | null,
): ({ readonly ok: true } & Value) | Refused {
  if (value === null) return refused('NOT_FOUND', 'there is no such item');
  if (value === look.NOT_RECORDED)
    return refused('NOT_RECORDED', 'showing the payer could not be recorded, so nothing is shown: try again');
  return ok(value);
}
