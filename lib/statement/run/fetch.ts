import type { Instant } from '../../values/instant';
import type { ClaimedRun, HistoryNote } from './claimed-run';
import type { StatementDeps } from './deps';
import { mayBeDamaged, retryAt, readBillAnswer, refusalText, refusedEvidence } from './download';
import { verifyStatement, type VerifiedStatement } from '../../bill/read';
import type { RowProblem } from '../../model/statement/row-problem';
import type { ArchivedFile } from '../../model/statement/archived-file';
import type { ProvedStatement, StatementRun, WaitReason } from '../../model/statement/statement-run';
import { finalFrom } from './calendar';
import type { Invocation } from './invocation';

/** Why a file is not a valid bill. */
export interface Corruption {
  /** Stable identifier. */
  readonly code: string;
  readonly line: number | null;
  readonly text: string;
  /** Problems of its rows, as far as they were read. */
  readonly problems: readonly RowProblem[];
}

/** The result of requesting a bill. */
export type Fetched =
  | { readonly kind: 'proved'; readonly file: ArchivedFile; readonly statement: ProvedStatement }
  | {
      readonly kind: 'corrupt';
      readonly file: ArchivedFile;
      readonly statement: ProvedStatement | null;
      readonly reason: Corruption;
    }
  | {
      readonly kind: 'wait';
      readonly reason: WaitReason;
      readonly detail: string;
      readonly dueAt: Instant;
      readonly isRefused: boolean;
      readonly note: HistoryNote;
    }
  | { readonly kind: 'no_statement' | 'gone'; readonly detail: string };

/**
 * Requests the bill of a run's day, archives the file unchanged and verifies it. Rejects with
 * `ArchiveError`.
 *
 * Failure policy: fail closed. A file that fails verification is archived but compared with
 * nothing. A file that may have been damaged in transit is downloaded up to `fileTries` times
 * before it is reported as invalid; one valid download in between is the bill.
 */
export async function fetchStatement(invocation: Invocation, claim: ClaimedRun): Promise<Fetched> {
  const own = await fetchOwn(invocation, claim);
  const { work, day } = claim.current;
  if (work.state !== 'waiting' || work.kept === undefined) return own;
  const { log, clock, settings } = invocation.deps;
  const isGiven = work.kept.statement.from === 'operator';
  const counts = isGiven ? countsGiven(own, clock.now() >= finalFrom(day, settings)) : own.kind === 'gone';
  if (!counts) return own;
  log.warn('kept_bill_used', { outTradeNo: null, run: claim.current.id, instead: own.kind, isGiven });
  return { kind: 'proved', ...work.kept };
}

/**
 * Whether the bill that a person gave counts, beside what WeChat Pay answered. Pure.
 *
 * Failure policy: fail closed. A valid bill of WeChat Pay's own is never replaced, and neither is
 * one that it is still making, that was damaged on the way or that it could not be asked for: those
 * are waited for.
 */
function countsGiven(own: Fetched, isFinal: boolean): boolean {
  switch (own.kind) {
    case 'proved':
      return false;
    case 'corrupt':
    case 'no_statement':
    case 'gone':
      return true;
    case 'wait':
      return isFinal && own.isRefused;
  }
}

async function fetchOwn(invocation: Invocation, claim: ClaimedRun): Promise<Fetched> {
  const { deps } = invocation;
  const run = claim.current;
  const { wechat, settings, clock } = deps;
  if (invocation.withoutToken.has(run.subMchId)) return tokenMissing(deps, run);
  logIfStuck(deps, run);
  const answer = await wechat.downloadBill({
    subMchId: run.subMchId,
    day: run.day,
    type: 'ALL',
    gzip: true,
  });
  const haveTrades = answer.kind !== 'no_bill' || (await hasTrades(deps, run));
  const reading = readBillAnswer(answer, run, settings, clock.now(), deps.random(), haveTrades);
  switch (reading.kind) {
    case 'file':
      return proveFile(deps, run, reading.bytes);
    case 'wait': {
      if (reading.reason === 'missing_api_token') {
        if (invocation.withoutToken.size === 0) {
          deps.log.error('api_token_missing', { outTradeNo: null, worker: 'reconcileStatement', fix: FIX });
        }
        invocation.withoutToken.add(run.subMchId);
      }
      return { ...reading, note: null };
    }
    case 'no_statement':
    case 'gone':
      return reading;
  }
}

/**
 * True when our books have a payment or refund of the run's day that no bill has shown. CloudBase:
 * 2 requests.
 */
async function hasTrades({ store }: StatementDeps, { subMchId, day, round }: StatementRun): Promise<boolean> {
  const query = { subMchId, day, round, after: null, limit: 1 };
  const pages = await Promise.all([store.orders.absent(query), store.refunds.absent(query)]);
  return pages.some(({ items, next }) => items.length > 0 || next !== null);
}

/**
 * A run that was claimed more often than this, and never written to, crashes its workers, unless
 * they could not reach the store.
 */
const STUCK_AFTER = 4;

/**
 * Every invocation that finishes saves what the run waits for. A run that starts again and again
 * and saves nothing dies on the file: the file is in memory as a whole during download and
 * archiving, and its size is unknown in advance.
 */
function logIfStuck({ log }: StatementDeps, { subMchId, day, attempts, work }: StatementRun): void {
  if (work.state !== 'waiting' || work.reason !== 'not_asked' || attempts <= STUCK_AFTER) return;
  const fix =
    'its workers die while downloading the bill: give reconcileStatement more memory (functions.reconcileStatement.memoryMb) or more time';
  log.error('statement_stuck', { outTradeNo: null, subMchId, day, attempts, fix });
}

const FIX =
  'upload the trigger of reconcileStatement with the WeChat developer tools: without it, its runs may not download bills';

function tokenMissing({ settings, clock, random }: StatementDeps, run: StatementRun): Fetched {
  const dueAt = retryAt(run, settings, clock.now(), random());
  const detail = 'not requested: this invocation has no cloud-call token';
  return { kind: 'wait', reason: 'missing_api_token', detail, dueAt, isRefused: false, note: null };
}

async function proveFile(deps: StatementDeps, run: StatementRun, bytes: Uint8Array): Promise<Fetched> {
  const { archive, settings, clock, random } = deps;
  const file = await archive.keep(run.subMchId, run.day, bytes);
  const verdict = await verifyStatement([bytes]);
  if (verdict.kind === 'refused') {
    if (!mayBeDamaged(verdict) || run.refusedDownloads + 1 >= settings.fileTries) {
      const { code, line } = verdict;
      const problems = code === 'totals_mismatch' ? verdict.problems.first : [];
      const reason = { code, line, text: refusalText(verdict), problems };
      return { kind: 'corrupt', file, statement: null, reason };
    }
    // What was waited for before this file came counts nothing: a late bill is repeated as soon.
    const attempts = run.refusedDownloads + 1;
    return {
      kind: 'wait',
      reason: 'download_failed',
      detail: refusalText(verdict),
      dueAt: retryAt({ attempts }, settings, clock.now(), random()),
      isRefused: false,
      note: { event: 'file_refused', evidence: refusedEvidence(run, verdict, file) },
    };
  }
  const statement = provedStatement(verdict);
  const { type } = statement;
  if (type === 'ALL') return { kind: 'proved', file, statement };
  // The other types lack rows, or date refunds by their payment: records that they lack would be
  // reported as missing.
  const text = `this is a bill of the type ${type}, but ALL was requested`;
  return { kind: 'corrupt', file, statement, reason: { code: 'other_type', line: null, text, problems: [] } };
}

/** What a run keeps of a verified bill. */
export function provedStatement({
  type,
  rows,
  counts,
  gzipped,
  sha1,
  totals: stated,
}: VerifiedStatement): ProvedStatement {
  const totals = {
    settled: stated.get('settled') ?? null,
    refunded: stated.get('refunded') ?? null,
    fee: stated.get('fee') ?? null,
  };
  return { type, rows, refundRows: counts.refund, gzipped, sha1, totals };
}
