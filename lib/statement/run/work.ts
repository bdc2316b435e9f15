import { later } from '../../values/instant';
import { ABSENT_PASSES, passOverAbsent } from '../passes/absent-pass';
import { ArchiveError } from './archive';
import type { ClaimedRun } from './claimed-run';
import type { Corruption, Fetched } from './fetch';
import { fetchStatement } from './fetch';
import { retryAt } from './download';
import { finish, missedText, seeCorrupt } from './finish';
import { runContextOf } from './run-context';
import type { Matching, PassEnd } from './matching';
import { workedMs, workOf } from './matching';
import { passOverRows, ROWS_PASSES } from '../passes/rows-pass';
import { passOverStored, settleBooks, STORED_PASSES } from '../passes/stored-pass';
import { PASSES } from '../../model/statement/statement-run';
import type { BothSums, Checkpoint, KeptBill, RunOutcome } from '../../model/statement/statement-run';
import { addProblems, comparedRows, draftOf, EMPTY_TALLY, REPEATED_TALLY, tallyOf } from '../compare/tally';
import type { Invocation } from './invocation';
import { logWait } from './wait-log';

/**
 * A run claimed more often than this may be killing its workers: it is postponed before it is
 * touched.
 */
const CAREFUL_AFTER = 5;

/**
 * Works on a claimed run until it is done, must wait, or the invocation's time is over, and saves
 * it. False when another worker holds it: then nothing more was written. Rejects with `StoreError`
 * and `ArchiveError`; the run is then as last written.
 */
export async function workOn(invocation: Invocation, claim: ClaimedRun): Promise<boolean> {
  const { deps } = invocation;
  const { current } = claim;
  const { work } = current;
  const since = deps.clock.now();
  const context = runContextOf(current, deps.settings);
  if (current.attempts > CAREFUL_AFTER && !(await claim.keep(work))) return false;
  switch (work.state) {
    case 'done':
      return true;
    case 'matching': {
      const { file, statement, checkpoint, tally, workedMs: beforeMs } = work;
      const worked = { since, beforeMs };
      return comparePasses({
        invocation,
        claim,
        context,
        file,
        statement,
        worked,
        progress: { checkpoint, tally },
      });
    }
    case 'waiting': {
      const fetched = await fetchStatement(invocation, claim);
      if (!claim.isValid()) return false;
      const worked = { since, beforeMs: 0 };
      const progress = { checkpoint: FROM_THE_START, tally: EMPTY_TALLY };
      return handleFetched(fetched, {
        invocation,
        claim,
        context,
        file: null,
        statement: null,
        worked,
        progress,
      });
    }
  }
}

/**
 * Delay in ms before a run that another worker kept blocked until the invocation ended is due
 * again.
 */
const BUSY_MS = 5_000;

/** Delay in ms before a run that did not account for all of our books compares the day again. */
const REPEAT_MS = 60_000;

const FROM_THE_START: Checkpoint = { pass: 'payments', afterLine: 0 };
const WITHOUT_FILE: Checkpoint = { pass: 'absent_payments', after: null };

/** Acts on the response of WeChat Pay. */
async function handleFetched(fetched: Fetched, matching: Matching): Promise<boolean> {
  const { invocation, claim, context } = matching;
  const { deps } = invocation;
  switch (fetched.kind) {
    case 'proved': {
      const { file, statement } = fetched;
      const begun: Matching = { ...matching, file, statement };
      const note = { event: 'proved', evidence: statement.sha1 } as const;
      if (invocation.isShort()) return claim.giveBack(workOf(begun), deps.clock.now(), note);
      return (await claim.keep(workOf(begun), note)) && comparePasses(begun);
    }
    case 'corrupt': {
      const { file, statement, reason } = fetched;
      return endCorrupt({ ...matching, file, statement }, reason);
    }
    case 'wait': {
      const { reason, detail, dueAt, note } = fetched;
      logWait(deps, claim.current, reason, detail);
      return claim.giveBack({ ...keptIn(claim), state: 'waiting', reason, detail }, dueAt, note);
    }
    case 'no_statement': {
      if (!(await hasRecordsOfDay(matching))) return end(matching, 'none', null);
      const begun: Matching = {
        ...matching,
        progress: { checkpoint: WITHOUT_FILE, tally: EMPTY_TALLY },
      };
      const note = { event: 'no_statement', evidence: fetched.detail } as const;
      return (await claim.keep(workOf(begun), note)) && comparePasses(begun);
    }
    case 'gone':
      // Failure policy: fail closed. A bill that WeChat Pay no longer keeps proves nothing missing,
      // so nothing is carried over.
      return end(
        matching,
        'missing',
        `WeChat Pay no longer keeps the bill of ${context.day}: ${fetched.detail}`,
      );
  }
}

/** The bill that a waiting run has beside WeChat Pay's, for as long as it waits. */
function keptIn({ current: { work } }: ClaimedRun): { readonly kept?: KeptBill } {
  return work.state === 'waiting' && work.kept !== undefined ? { kept: work.kept } : {};
}

/** True when our books have records of the day that a bill would list. */
async function hasRecordsOfDay({ invocation, context }: Matching): Promise<boolean> {
  const { store } = invocation.deps;
  const { subMchId, day, round } = context;
  const query = { subMchId, day, round, after: null, limit: 1 };
  if ((await store.orders.absent(query)).items.length > 0) return true;
  return (await store.refunds.absent(query)).items.length > 0;
}

/**
 * Compares rows, then absent records, from the run's checkpoint, and ends the run or releases it.
 */
async function comparePasses(matching: Matching): Promise<boolean> {
  const { invocation, claim, statement, progress } = matching;
  const { clock, settings, random } = invocation.deps;
  const passed = await runPasses(matching);
  const now = clock.now();
  switch (passed) {
    case 'done': {
      const missed = await settleBooks(matching);
      if (missed !== null) return repeat(matching, missed);
      if (statement === null) return end(matching, 'missing', 'WeChat Pay has no bill of this day');
      return end(matching, 'reconciled', null);
    }
    case 'nothing_compared':
      return endCorrupt(matching, {
        code: 'nothing_comparable',
        line: null,
        text: `none of the ${statement?.rows ?? 0} rows could be compared: ${reasonsIn(matching)}`,
        problems: [],
      });
    case 'time':
      return claim.giveBack(workOf(matching), now);
    case 'busy':
      return claim.giveBack(workOf(matching), later(now, BUSY_MS));
    case 'changed': {
      const detail = `the archived file could not be read back after ${JSON.stringify(progress.checkpoint)}`;
      invocation.deps.log.error('statement_file_changed', {
        outTradeNo: null,
        run: claim.current.id,
        detail,
      });
      const dueAt = retryAt(claim.current, settings, now, random());
      const note = { event: 'file_changed', evidence: matching.file?.sha256 ?? null } as const;
      return claim.giveBack({ state: 'waiting', reason: 'download_failed', detail }, dueAt, note);
    }
    case 'lost':
      return false;
  }
}

/** True for a pass that the run has completed. */
function isCompleted(pass: Checkpoint['pass'], { checkpoint }: Matching['progress']): boolean {
  return PASSES.indexOf(pass) < PASSES.indexOf(checkpoint.pass);
}

async function runPasses(matching: Matching): Promise<PassEnd | 'nothing_compared'> {
  const { file, statement } = matching;
  if (file !== null && statement !== null) {
    for (const pass of ROWS_PASSES) {
      const { checkpoint } = matching.progress;
      const isEmpty = pass.name === 'refunds' && statement.refundRows === 0;
      if (isEmpty || isCompleted(pass.name, matching.progress)) continue;
      const afterLine = checkpoint.pass === pass.name ? checkpoint.afterLine : 0;
      const passed = await treatMissingAsChanged(passOverRows(matching, pass, file, statement, afterLine));
      if (passed !== 'done') return passed;
    }
    if (statement.rows > 0 && comparedRows(matching.progress.tally) === 0) return 'nothing_compared';
  }
  for (const pass of ABSENT_PASSES) {
    const { checkpoint } = matching.progress;
    if (isCompleted(pass.name, matching.progress)) continue;
    const after = checkpoint.pass === pass.name ? checkpoint.after : null;
    const passed = await passOverAbsent(matching, pass, after);
    if (passed !== 'done') return passed;
  }
  for (const pass of STORED_PASSES) {
    const { checkpoint } = matching.progress;
    if (isCompleted(pass.name, matching.progress)) continue;
    const after = checkpoint.pass === pass.name ? checkpoint.after : null;
    const passed = await passOverStored(matching, pass, after);
    if (passed !== 'done') return passed;
  }
  return 'done';
}

/**
 * Compares the day once more, as the next round: what was learned while it was compared may be the
 * reason. Only a second comparison that misses something too is believed.
 */
async function repeat(matching: Matching, missed: BothSums): Promise<boolean> {
  const { claim, invocation, statement } = matching;
  const checkpoint = statement === null ? WITHOUT_FILE : FROM_THE_START;
  const again: Matching = { ...matching, progress: { checkpoint, tally: REPEATED_TALLY } };
  return claim.giveBack(workOf(again), later(invocation.deps.clock.now(), REPEAT_MS), {
    event: 'compared_again',
    evidence: missedText(missed),
  });
}

/**
 * A file that is missing from the archive is treated as changed: the day starts again with another
 * download.
 */
async function treatMissingAsChanged(pass: Promise<PassEnd>): Promise<PassEnd> {
  try {
    return await pass;
  } catch (error) {
    if (error instanceof ArchiveError && error.code === 'not_found') return 'changed';
    throw error;
  }
}

function reasonsIn({ progress }: Matching): string {
  const reasons = Object.entries(progress.tally.setAside);
  return reasons.map(([reason, { count }]) => `${reason} ${count}`).join(', ');
}

async function endCorrupt(matching: Matching, { code, line, text, problems }: Corruption): Promise<boolean> {
  await seeCorrupt(matching.invocation.deps, matching.context, { code, line, message: text });
  const draft = draftOf(matching.progress.tally);
  addProblems(draft, problems);
  return end({ ...matching, progress: { ...matching.progress, tally: tallyOf(draft) } }, 'corrupt', text);
}

async function end(matching: Matching, outcome: RunOutcome, refusal: string | null): Promise<boolean> {
  const { invocation, claim, file, statement, progress } = matching;
  return finish(invocation.deps, claim, {
    outcome,
    statement,
    file,
    refusal,
    tally: progress.tally,
    workedMs: workedMs(matching),
  });
}
