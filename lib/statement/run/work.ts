import { later } from '../../values/instant';
import { ABSENT_PASSES, passOverAbsent } from '../passes/absent-pass';
import { ArchiveError } from './archive';
import type { ClaimedRun } from './claimed-run';
import type { Corruption, Fetched } from './fetch';
import { fetchStatement } from './fetch';
import { failedUntil } from './download';
import { finish, seeCorrupt } from './finish';
import { runContextOf } from './run-context';
import type { Matching, PassEnd } from './matching';
import { workedMs, workOf } from './matching';
import { passOverRows, ROWS_PASSES } from '../passes/rows-pass';
import type { Checkpoint, RunOutcome } from '../../model/statement-run';
import { addProblems, comparedRows, draftOf, EMPTY_TALLY, tallyOf } from '../compare/tally';
import type { Turn } from './turn';
import { logWait } from './wait-log';

/**
 * A run that was taken up more often than this may be one that kills its workers: it is put off
 * before it is touched.
 */
const CAREFUL_AFTER = 5;

/**
 * Works on a claimed run until it is done, has to wait, or the turn is over, and writes it. Answers
 * false when somebody else has it: then nothing more was written. Rejects with `StoreError` and
 * `ArchiveError`; the run is then as it was written last.
 */
export async function workOn(turn: Turn, claim: ClaimedRun): Promise<boolean> {
  const { deps } = turn;
  const { current } = claim;
  const { work } = current;
  const since = deps.clock.now();
  const frame = runContextOf(current, deps.settings);
  if (current.attempts > CAREFUL_AFTER && !(await claim.keep(work))) return false;
  switch (work.state) {
    case 'done':
      return true;
    case 'matching': {
      const { file, statement, checkpoint, tally, workedMs: beforeMs } = work;
      const worked = { since, beforeMs };
      return goOver({ turn, claim, frame, file, statement, worked, progress: { checkpoint, tally } });
    }
    case 'waiting': {
      const fetched = await fetchStatement(turn, claim);
      if (!claim.stands()) return false;
      const worked = { since, beforeMs: 0 };
      const progress = { checkpoint: FROM_THE_START, tally: EMPTY_TALLY };
      return takeUp(fetched, { turn, claim, frame, file: null, statement: null, worked, progress });
    }
  }
}

/**
 * A run that met a message in somebody else's hands until its turn was over is due again after so
 * long, in ms.
 */
const BUSY_MS = 5_000;

const FROM_THE_START: Checkpoint = { pass: 'payments', afterLine: 0 };
const WITHOUT_FILE: Checkpoint = { pass: 'absent_payments', after: null };

/** What is done about the answer of WeChat Pay. */
async function takeUp(fetched: Fetched, matching: Matching): Promise<boolean> {
  const { turn, claim, frame } = matching;
  const { deps } = turn;
  switch (fetched.kind) {
    case 'proved': {
      const { file, statement } = fetched;
      const begun: Matching = { ...matching, file, statement };
      const story = { event: 'proved', evidence: statement.sha1 };
      if (turn.isShort()) return claim.giveBack(workOf(begun), deps.clock.now(), story);
      return (await claim.keep(workOf(begun), story)) && goOver(begun);
    }
    case 'corrupt': {
      const { file, statement, reason } = fetched;
      return endCorrupt({ ...matching, file, statement }, reason);
    }
    case 'wait': {
      const { reason, detail, dueAt, story } = fetched;
      logWait(deps, claim.current, reason, detail);
      return claim.giveBack({ state: 'waiting', reason, detail }, dueAt, story);
    }
    case 'no_statement': {
      if (!(await isSomethingOurs(matching))) return end(matching, 'none', null);
      const begun: Matching = {
        ...matching,
        progress: { checkpoint: WITHOUT_FILE, tally: EMPTY_TALLY },
      };
      const story = { event: 'no_statement', evidence: fetched.detail };
      return (await claim.keep(workOf(begun), story)) && goOver(begun);
    }
    case 'gone':
      // Failure policy: fail closed. What WeChat Pay has thrown away proves nothing missing:
      // nothing is carried over.
      return end(
        matching,
        'missing',
        `WeChat Pay keeps no statement of ${frame.day} any more: ${fetched.detail}`,
      );
  }
}

/** True when our books have something of the day that a statement would have. */
async function isSomethingOurs({ turn, frame }: Matching): Promise<boolean> {
  const { store } = turn.deps;
  const { subMchId, day, round } = frame;
  const query = { subMchId, day, round, after: null, limit: 1 };
  if ((await store.orders.absent(query)).items.length > 0) return true;
  return (await store.refunds.absent(query)).items.length > 0;
}

/** Goes over rows and what is absent from where the run stands, and ends it or puts it back. */
async function goOver(matching: Matching): Promise<boolean> {
  const { turn, claim, statement, progress } = matching;
  const { clock, settings, random } = turn.deps;
  const passed = await passOverAll(matching);
  const now = clock.now();
  switch (passed) {
    case 'done':
      if (statement === null) return end(matching, 'missing', 'WeChat Pay has no statement of this day');
      return end(matching, 'reconciled', null);
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
      turn.deps.log.error('statement_file_changed', { outTradeNo: null, run: claim.current.id, detail });
      const dueAt = failedUntil(claim.current, settings, now, random());
      const story = { event: 'file_changed', evidence: matching.file?.sha256 ?? null, nextRound: true };
      return claim.giveBack({ state: 'waiting', reason: 'download_failed', detail }, dueAt, story);
    }
    case 'lost':
      return false;
  }
}

const ORDER: readonly Checkpoint['pass'][] = ['payments', 'refunds', 'absent_payments', 'absent_refunds'];

/** True for a pass that a run has behind it. */
function isBehind(pass: Checkpoint['pass'], { checkpoint }: Matching['progress']): boolean {
  return ORDER.indexOf(pass) < ORDER.indexOf(checkpoint.pass);
}

async function passOverAll(matching: Matching): Promise<PassEnd | 'nothing_compared'> {
  const { file, statement } = matching;
  if (file !== null && statement !== null) {
    for (const pass of ROWS_PASSES) {
      const { checkpoint } = matching.progress;
      const isEmpty = pass.name === 'refunds' && statement.refundRows === 0;
      if (isEmpty || isBehind(pass.name, matching.progress)) continue;
      const afterLine = checkpoint.pass === pass.name ? checkpoint.afterLine : 0;
      const passed = await passOrChanged(passOverRows(matching, pass, file, statement, afterLine));
      if (passed !== 'done') return passed;
    }
    if (statement.rows > 0 && comparedRows(matching.progress.tally) === 0) return 'nothing_compared';
  }
  for (const pass of ABSENT_PASSES) {
    const { checkpoint } = matching.progress;
    if (isBehind(pass.name, matching.progress)) continue;
    const after = checkpoint.pass === pass.name ? checkpoint.after : null;
    const passed = await passOverAbsent(matching, pass, after);
    if (passed !== 'done') return passed;
  }
  return 'done';
}

/**
 * A file that is gone from the archive is as good as one that was changed: the day begins anew with
 * another download.
 */
async function passOrChanged(pass: Promise<PassEnd>): Promise<PassEnd> {
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
  await seeCorrupt(matching.turn.deps, matching.frame, { code, line, message: text });
  const draft = draftOf(matching.progress.tally);
  addProblems(draft, problems);
  return end({ ...matching, progress: { ...matching.progress, tally: tallyOf(draft) } }, 'corrupt', text);
}

async function end(matching: Matching, outcome: RunOutcome, refusal: string | null): Promise<boolean> {
  const { turn, claim, file, statement, progress } = matching;
  return finish(turn.deps, claim, {
    outcome,
    statement,
    file,
    refusal,
    tally: progress.tally,
    workedMs: workedMs(matching),
  });
}
