import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { pathOf } from '../../../lib/archive/archived-file';
import type { Discrepancy } from '../../../lib/model/discrepancy';
import { keyOf } from '../../../lib/model/message';
import type { LedgerOrder, OrderPayment, WholeOrder } from '../../../lib/model/order';
import type { Budget } from '../../../lib/runtime/budget';
import type { Timers } from '../../../lib/runtime/timers';
import { ArchiveError, type StatementArchive } from '../../../lib/statement/run/archive';
import type { StatementDeps } from '../../../lib/statement/run/deps';
import type { StatementTurnReport } from '../../../lib/statement/run/reconcile';
import { reconcileStatement } from '../../../lib/statement/run/reconcile';
import type { StatementReport, StatementRun } from '../../../lib/model/statement/statement-run';
import { isStatementRunId } from '../../../lib/model/statement/statement-run-id';
import type { StatementSettings } from '../../../lib/statement/run/settings';
import { leaseToken } from '../../../lib/model/lease';
import type { Store } from '../../../lib/store/port';
import type { BeijingDay } from '../../../lib/values/day';
import { isBeijingDay } from '../../../lib/values/day';
import { fen } from '../../../lib/values/fen';
import type { OutTradeNo, SubMchId, TransactionId } from '../../../lib/values/ids';
import { isOutTradeNo, isSubMchId, isTransactionId } from '../../../lib/values/ids';
import type { Instant } from '../../../lib/values/instant';
import { beijingTime, later } from '../../../lib/values/instant';
import type { BillAnswer, BillRequest } from '../../../lib/wechat/port';
import { rememberedLog, type RememberedLog } from '../../inbox/stage';
import { order } from '../../store/builders';
import { emptyState, type ModelState, type Step } from '../../simulation/model/state';
import { modelStore } from '../../simulation/model/store';
import { bytesOf, numbers, trade, writeBill, type Trade } from '../bill';

function guarded<T extends string>(guard: (value: unknown) => value is T, text: string): T {
  if (!guard(text)) throw new TypeError(`not valid for a test: ${text}`);
  return text;
}

/** The merchant that test bills are of. */
export const MERCHANT: SubMchId = guarded(isSubMchId, '1600012345');
/** The day that test bills are of. */
export const DAY: BeijingDay = guarded(isBeijingDay, '20261123');

/** A day, from its text. */
export const day = (text: string): BeijingDay => guarded(isBeijingDay, text);

/** An instant, from its Beijing time. */
export function at(text: string): Instant {
  const instant = beijingTime(text);
  if (instant === null) throw new TypeError(`no such time: ${text}`);
  return instant;
}

/** When the stories begin: the day after, when its statement is there. */
export const MORNING: Instant = at('2026-11-24 10:05:00');

/** The number of a trade's order. */
export const orderNo = (t: Trade): OutTradeNo => guarded(isOutTradeNo, numbers(t).outTradeNo);
/** The number of a trade's payment. */
export const transactionNo = (t: Trade): TransactionId => guarded(isTransactionId, numbers(t).transactionId);

/** The `n`th payment of the day, of an amount of its own. */
export function sale(n: number, over: Partial<Trade> = {}): Trade {
  return trade({ number: n, amount: 1_000 + n, fee: 6, ...over });
}

/** Our order of a trade, pending. */
export function orderOf(t: Trade, over: Partial<WholeOrder> = {}): WholeOrder {
  const total = fen(t.amount);
  const createdAt = later(at(t.time), -60_000);
  return {
    ...order(t.number),
    outTradeNo: orderNo(t),
    subMchId: MERCHANT,
    total,
    createdAt,
    expiresAt: later(createdAt, 1_800_000),
    ...over,
  };
}

/** Our order of a trade as a callback that told us of it left it. */
export function paidOrderOf(t: Trade, over: Partial<WholeOrder> = {}): WholeOrder {
  return orderOf(t, { payment: paymentOf(t), ...over });
}

/** The message of a trade's payment. */
export function heardOf(t: Trade, paidAt: Instant = at(t.time)) {
  const payment = {
    outTradeNo: orderNo(t),
    transactionId: transactionNo(t),
    subMchId: MERCHANT,
    total: fen(t.amount),
    currency: 'CNY',
    paidAt,
    payer: null,
    cash: null,
    coupon: null,
    settlementTotal: null,
    bankType: null,
    attach: null,
  } as const;
  return { kind: 'payment', payment } as const;
}

/** What a callback made of an order's payment. */
export function paymentOf(t: Trade, paidAt: Instant = at(t.time)): OrderPayment {
  return {
    state: 'paid',
    transactionId: transactionNo(t),
    paidAt,
    knownAt: later(paidAt, 2_000),
    knownBy: 'callback',
    evidence: keyOf(heardOf(t, paidAt), 'platform'),
    cash: fen(t.amount),
    coupon: null,
    settlementTotal: null,
  };
}

/** An answer with a bill. */
export const bill = (bytes: Uint8Array): BillAnswer => ({ kind: 'bill', bytes });

/** An answer with the gzipped bill of these trades, its text changed by `change` if given. */
export function billOf(
  trades: readonly Trade[],
  change: (text: string) => string = (text) => text,
): BillAnswer {
  return bill(gzipSync(change(bytesOf(writeBill(trades)).toString())));
}

/** WeChat Pay's 20002. */
export const NO_BILL: BillAnswer = { kind: 'not_available', detail: 'No Bill Exist' };

const NOT_OFFERED: BillAnswer = { kind: 'not_offered', detail: 'cloud development has none' };

/** An archive in memory, whose effects are steps. */
export function memoryArchive(
  step: Step,
  files = new Map<string, Uint8Array>(),
): StatementArchive & { readonly files: Map<string, Uint8Array> } {
  return {
    files,
    keep: (subMchId, of, bytes, kind) =>
      step('archive.keep', () => {
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        const location = pathOf(subMchId, of, bytes, { bytes: bytes.length, sha256 }, kind);
        files.set(location, Uint8Array.from(bytes));
        return { location, bytes: bytes.length, sha256 };
      }),
    read: (file) =>
      step('archive.read', () => {
        const bytes = files.get(file.location);
        if (bytes === undefined) throw new ArchiveError('not_found', 'there is no such file');
        return piecesOf(bytes);
      }),
    drop: (file) =>
      step('archive.drop', () => {
        files.delete(file.location);
      }),
    forget: (subMchId, of) =>
      step('archive.forget', () => {
        for (const name of files.keys()) if (name.startsWith(`${subMchId}/${of}-`)) files.delete(name);
      }),
  };
}

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += 10_000) yield bytes.subarray(from, from + 10_000);
}

/** Statement runs on a store, with a clock, an archive and a scripted WeChat Pay. */
export interface StatementStage {
  readonly store: Store;
  readonly deps: StatementDeps;
  readonly archive: ReturnType<typeof memoryArchive>;
  readonly log: RememberedLog;
  /**
   * The answer of `downloadBill` for each day, repeatedly; a list is answered one after the other.
   */
  readonly bills: Map<BeijingDay, BillAnswer | readonly BillAnswer[]>;
  /** What was asked. */
  readonly asked: BillRequest[];
  /** The fund-flow bill of each day; the channel has none of any other. */
  readonly funds: Map<BeijingDay, BillAnswer>;
  readonly now: () => Instant;
  readonly advance: (ms: number) => void;
  readonly goTo: (time: Instant) => void;
  /** One turn of the worker. */
  readonly turn: (budget?: Budget) => Promise<StatementTurnReport>;
  /** Turns until every run is done, the clock going to the next one that is due. */
  readonly untilDone: (budget?: () => Budget) => Promise<void>;
  /** The run of a day. */
  readonly run: (of?: BeijingDay) => Promise<StatementRun>;
  /** The report of a day that is done. */
  readonly report: (of?: BeijingDay) => Promise<StatementReport>;
}

/** Plenty of time. */
export const PLENTY: Budget = { remaining: () => 60_000, stopping: false };

/** Time to take up a run, and none to go on after its first chunk. */
export function tinyBudget(): Budget {
  let asked = 0;
  return { remaining: () => ((asked += 1) === 1 ? 60_000 : 0), stopping: false };
}

/** How the stories are set. */
export const SETTINGS: StatementSettings = {
  merchants: [{ subMchId: MERCHANT, feeRate: null }],
  carryOverDays: 3,
  fromHour: 10,
  finalHour: 12,
  notYetMs: 1_800_000,
  backoff: { firstMs: 60_000, maxMs: 1_800_000 },
  fileTries: 3,
  chunkRows: 1_000,
  leaseMs: 120_000,
  cashAccounts: ['BASIC'],
};

/** Nothing goes wrong. */
export const SMOOTH: Step = async (_name, effect) => effect();

/** What a stage may be given. */
export interface StageParts {
  readonly store?: Store;
  readonly archive?: ReturnType<typeof memoryArchive>;
  readonly state?: ModelState;
  readonly step?: Step;
  readonly settings?: Partial<StatementSettings>;
  readonly start?: Instant;
}

/** A stage of its own, on the model store unless given another. */
export function stageOf(parts: StageParts = {}): StatementStage {
  const { step = SMOOTH, state = emptyState(), start = MORNING } = parts;
  const store = parts.store ?? modelStore(state, step);
  const archive = parts.archive ?? memoryArchive(step);
  const bills = new Map<BeijingDay, BillAnswer | readonly BillAnswer[]>();
  const funds = new Map<BeijingDay, BillAnswer>();
  const asked: BillRequest[] = [];
  const log = rememberedLog();
  let now = start;
  let tokens = 0;
  const clock = { now: () => now };
  const random = () => 0.5;
  const newToken = () => leaseToken(`token-${String((tokens += 1)).padStart(8, '0')}`);
  const settings = { ...SETTINGS, ...parts.settings };
  const wechat = {
    downloadBill: async (request: BillRequest) => {
      if (request.type === 'FUND_FLOW') return funds.get(request.day) ?? NOT_OFFERED;
      return step('wechat.downloadBill', (): BillAnswer => {
        asked.push(request);
        const answers = bills.get(request.day) ?? NO_BILL;
        if (!('length' in answers)) return answers;
        const [next = NO_BILL, ...rest] = answers;
        if (rest.length > 0) bills.set(request.day, rest);
        return next;
      });
    },
    queryOrder: async () => ({ kind: 'unknown', reason: 'transport', detail: 'nobody is asked' }) as const,
    queryRefund: async () => ({ kind: 'unknown', reason: 'transport', detail: 'nobody is asked' }) as const,
  };
  // Whoever waits makes the time pass.
  const timers: Timers = {
    after: (ms, then) => {
      now = later(now, ms);
      setImmediate(then);
      return () => undefined;
    },
  };
  const common = { store, wechat, clock, timers, random, newToken, log };
  const inboxSettings = {
    batch: 50,
    leaseMs: 60_000,
    attempts: 20,
    backoff: { firstMs: 1_000, maxMs: 60_000 },
    missingOrderMs: 600_000,
    queryConcurrency: 4,
    unverifiedMs: 7 * 86_400_000,
    merchants: [MERCHANT],
    lateMoney: 'hold',
    verifyAbove: null,
  } as const;
  const deps: StatementDeps = { ...common, archive, settings, inbox: { ...common, settings: inboxSettings } };
  const stage: StatementStage = {
    store,
    deps,
    archive,
    log,
    bills,
    asked,
    funds,
    now: clock.now,
    advance: (ms) => {
      now = later(now, ms);
    },
    goTo: (time) => {
      now = time;
    },
    turn: (budget = PLENTY) => reconcileStatement(deps, budget),
    async untilDone(budget = () => PLENTY) {
      for (let turns = 0; turns < 500; turns += 1) {
        await stage.turn(budget());
        const { items } = await store.statementRuns.list({ after: null, limit: 1_000 });
        const open = items.filter(({ work }) => work.state !== 'done');
        if (items.length > 0 && open.length === 0) return;
        const due = open.map((run) => Math.max(run.dueAt, run.lease?.until ?? 0));
        const wait = Math.min(...due) - now;
        if (wait > 0) now = later(now, wait);
      }
      throw new Error('the runs came to no end');
    },
    async run(of = DAY) {
      const id = `${MERCHANT}:${of}`;
      const run = isStatementRunId(id) ? await store.statementRuns.find(id) : null;
      if (run === null) throw new Error(`${id} has no run`);
      return run;
    },
    async report(of = DAY) {
      const { work } = await stage.run(of);
      if (work.state !== 'done') throw new Error(`not done: ${JSON.stringify(work)}`);
      return work.report;
    },
  };
  return stage;
}

/** A report without its times. */
export function timeless({ outcome, statement, file, refusal, tally }: StatementReport) {
  return { outcome, statement, file, refusal, tally };
}

/** All discrepancies of these trades' orders. */
export async function discrepanciesOf(
  { store }: Pick<StatementStage, 'store'>,
  ...trades: readonly Trade[]
): Promise<readonly Discrepancy[]> {
  const all = await Promise.all(trades.map((t) => store.discrepancies.ofOrder(orderNo(t))));
  return all.flat();
}

/** Our ledger's line of a trade's order. */
export async function ledgerOf({ store }: Pick<StatementStage, 'store'>, t: Trade): Promise<LedgerOrder> {
  const [found] = await store.orders.ledger([orderNo(t)]);
  if (found === undefined) throw new Error('no such order');
  return found;
}
