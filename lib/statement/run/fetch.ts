import type { Instant } from '../../values/instant';
import type { ClaimedRun, Story } from './claimed-run';
import type { StatementDeps } from './deps';
import {
  failedUntil,
  FILE_REFUSED,
  looksDamaged,
  readBillAnswer,
  refusalText,
  refusedEvidence,
  refusedSoFar,
} from './download';
import { verifyStatement } from '../../bill/read';
import type { RowProblem } from '../../model/row-problem';
import type { ArchivedFile, ProvedStatement, StatementRun, WaitReason } from '../../model/statement-run';
import type { Turn } from './turn';

/** Why a file proves nothing. */
export interface Corruption {
  /** Stable word. */
  readonly code: string;
  readonly line: number | null;
  readonly text: string;
  /** What was odd about its rows, as far as that was looked at. */
  readonly problems: readonly RowProblem[];
}

/** What came of asking for a statement. */
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
      readonly story: Story;
    }
  | { readonly kind: 'no_statement' | 'gone'; readonly detail: string };

/**
 * Asks WeChat Pay for the statement of a run's day, keeps what came as it came, and has it prove
 * itself. Rejects with `ArchiveError`.
 *
 * Failure policy: fail closed. A file that was kept and does not prove itself is matched against
 * nothing; one that looks damaged on the way is downloaded again `fileTries` times before it is
 * believed.
 */
export async function fetchStatement(turn: Turn, claim: ClaimedRun): Promise<Fetched> {
  const { deps } = turn;
  const run = claim.current;
  const { wechat, settings, clock } = deps;
  if (turn.tokenMissing) return tokenMissing(deps, run);
  tellWhenStuck(deps, run);
  const answer = await wechat.downloadBill({
    subMchId: run.subMchId,
    day: run.day,
    type: 'ALL',
    gzip: true,
  });
  const reading = readBillAnswer(answer, run, settings, clock.now(), deps.random());
  switch (reading.kind) {
    case 'file':
      return proveFile(deps, run, reading.bytes);
    case 'wait': {
      if (reading.reason === 'missing_api_token') {
        turn.tokenMissing = true;
        deps.log.error('api_token_missing', { outTradeNo: null, worker: 'reconcileStatement', fix: FIX });
      }
      return { ...reading, story: {} };
    }
    case 'no_statement':
    case 'gone':
      return reading;
  }
}

/**
 * A run that was taken up so often and never written has killed its workers, unless they could not
 * reach the store.
 */
const STUCK_AFTER = 4;

/**
 * Every turn that comes to an end writes what it waits for. One that was begun again and again and
 * wrote nothing died over the file: it is held whole in memory while it is downloaded and kept, and
 * nothing can be said of its size before.
 */
function tellWhenStuck({ log }: StatementDeps, { subMchId, day, attempts, work }: StatementRun): void {
  if (work.state !== 'waiting' || work.reason !== 'not_asked' || attempts <= STUCK_AFTER) return;
  const fix =
    'its workers die while they download it: give reconcileStatement more memory (functions.reconcileStatement.memoryMb) or time';
  log.error('statement_stuck', { outTradeNo: null, subMchId, day, attempts, fix });
}

const FIX =
  'upload the trigger of reconcileStatement with the WeChat developer tools: only then may its runs download statements';

function tokenMissing({ settings, clock, random }: StatementDeps, run: StatementRun): Fetched {
  const dueAt = failedUntil(run, settings, clock.now(), random());
  const detail = 'not asked: this turn was found to have no token';
  return { kind: 'wait', reason: 'missing_api_token', detail, dueAt, story: {} };
}

async function proveFile(deps: StatementDeps, run: StatementRun, bytes: Uint8Array): Promise<Fetched> {
  const { archive, settings, clock, random } = deps;
  const file = await archive.keep(run.subMchId, run.day, bytes);
  const verdict = await verifyStatement([bytes]);
  if (verdict.kind === 'refused') {
    if (!looksDamaged(verdict) || refusedSoFar(run) + 1 >= settings.fileTries) {
      const { code, line } = verdict;
      const problems = code === 'totals_mismatch' ? verdict.problems.first : [];
      const reason = { code, line, text: refusalText(verdict), problems };
      return { kind: 'corrupt', file, statement: null, reason };
    }
    return {
      kind: 'wait',
      reason: 'download_failed',
      detail: refusalText(verdict),
      dueAt: failedUntil(run, settings, clock.now(), random()),
      story: { event: FILE_REFUSED, evidence: refusedEvidence(run, verdict, file) },
    };
  }
  const { type, rows, counts, gzipped, sha1 } = verdict;
  const statement = { type, rows, refundRows: counts.refund, gzipped, sha1 };
  if (type === 'ALL') return { kind: 'proved', file, statement };
  // The others lack rows, or date refunds by their payment: what they lack would be called missing.
  const text = `this is a statement of the type ${type}, and ALL was asked for`;
  return { kind: 'corrupt', file, statement, reason: { code: 'other_type', line: null, text, problems: [] } };
}
