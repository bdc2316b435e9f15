import { readStatementRows } from '../../bill/read';
import type { Person } from '../../model/operators/principal';
import type { GivenBill, StatementRun } from '../../model/statement/statement-run';
import { provedStatement } from '../../statement/run/fetch';
import { refusalText } from '../../statement/run/download';
import { dayOf } from '../../values/day';
import type { OpsOperations, OpsReply } from '../api';
import type { FileCheck } from '../books-api';
import type { OpsDeps } from '../deps';
import { recorded } from '../record';
import { refused } from '../refused';
import { dropParts, givenBytes, NO_RUN, runNamed } from './given-file';
import { unlock } from './sign-off';

/**
 * Takes a trade bill that a person downloaded in the merchant platform, for a day that ended
 * without a valid bill: WeChat Pay has none, no longer keeps it, or gave one that proves nothing.
 * The day starts again. It asks WeChat Pay first, and is compared with the given bill where WeChat
 * Pay still has no valid one.
 *
 * Failure policy: fail closed. A file that does not add up to its summary, lacks refunds or
 * payments, has a row of another day or none of this merchant is refused. None replaces a valid
 * bill of WeChat Pay's own: a thief could hide a theft with a file of their own. Signed books need
 * a reason, which opens an amendment first.
 */
export async function takeTradeBill(
  deps: OpsDeps,
  by: Person,
  asked: OpsOperations['give_trade_bill']['params'],
): Promise<OpsReply<'give_trade_bill'>> {
  const run = await runNamed(deps, asked.id);
  if (run === null) return refused('NOT_FOUND', NO_RUN);
  const early = whyNot(run);
  if (early !== null) {
    await dropParts(deps, run, asked);
    return refused('BAD_INPUT', early.detail);
  }
  const given = await givenBytes(deps, run, asked);
  if (!given.ok) return given;
  const reply = await take(deps, by, run, given.bytes, asked.reason ?? null);
  if (reply.ok || reply.code === 'BAD_INPUT') await dropParts(deps, run, asked);
  return reply;
}

/** Says what a trade bill would prove of a run's day if it were given. Changes nothing. */
export async function checkTradeBill(bytes: Buffer, run: StatementRun): Promise<FileCheck> {
  const proof = whyNot(run) ?? (await proved(bytes, run));
  if ('fault' in proof) return proof;
  return { isProved: true, rows: proof.rows, sums: proof.totals ?? null, balances: null };
}

type Fault = Extract<FileCheck, { readonly isProved: false }>;

function fault(cause: Fault['fault'], detail: string): Fault {
  return { isProved: false, fault: cause, detail };
}

function whyNot({ work, day }: StatementRun): Fault | null {
  if (work.state !== 'done')
    return fault('not_done', `the statement run of ${day} is not done: it waits for WeChat Pay’s own bill`);
  const { statement } = work.report;
  return statement === null || statement.from === 'operator'
    ? null
    : fault('ours_counts', 'the bill that WeChat Pay gave us counts: it is here and valid');
}

async function take(
  deps: OpsDeps,
  by: Person,
  run: StatementRun,
  bytes: Buffer,
  reason: string | null,
): Promise<OpsReply<'give_trade_bill'>> {
  const proof = await proved(bytes, run);
  if ('fault' in proof) return refused('BAD_INPUT', proof.detail);
  const subject = { kind: 'run', name: run.id } as const;
  const result = await recorded(deps, by, 'give_trade_bill', subject, reason, async () => {
    const before = { state: run.work.state, round: run.round };
    const unlocked = await unlock(deps, by, run.id, { action: 'give_trade_bill', item: run.id, reason });
    if (!unlocked.ok) return { ...unlocked, before };
    const file = await deps.archive.keep(run.subMchId, run.day, bytes);
    const given = { file, statement: proof };
    const round = await deps.store.statementRuns.again(run.id, by.name, deps.clock.now(), given);
    if (round === null) {
      const message = 'somebody else changed this day at the same time: look at it and try again';
      return { ok: false, code: 'BUSY', message, before };
    }
    return { ok: true, before, after: { round, sha256: file.sha256, rows: proof.rows }, changed: round };
  });
  if (result.ok) return { ok: true, round: result.changed, rows: proof.rows };
  const { code, message } = result;
  const isKnown = code === 'NOT_RECORDED' || code === 'SIGNED_OFF' || code === 'BUSY';
  return refused(isKnown ? code : 'INTERNAL', message);
}

/** What the bill proves of the run's day, or why it proves nothing. */
async function proved(bytes: Buffer, run: StatementRun): Promise<GivenBill['statement'] | Fault> {
  let ofOtherDay = 0;
  let isOurs = false;
  for await (const read of readStatementRows([bytes])) {
    if (read.kind === 'refused')
      return fault('not_proved', `this bill does not prove itself: ${refusalText(read)}`);
    if (read.kind === 'verified') {
      if (read.type !== 'ALL') {
        const what = `this is a bill of the type ${read.type}: download the one of all trades`;
        return fault('other_type', what);
      }
      if (ofOtherDay > 0)
        return fault('other_day', `not of ${run.day}: line ${ofOtherDay} is of another day`);
      if (!isOurs) return fault('other_merchant', `no row of this bill is of the merchant ${run.subMchId}`);
      return { ...provedStatement(read), from: 'operator' };
    }
    for (const { line, tradedAt, paidTo } of read.rows) {
      if (ofOtherDay === 0 && dayOf(tradedAt) !== run.day) ofOtherDay = line;
      isOurs ||= paidTo === null || paidTo === run.subMchId;
    }
  }
  return fault('not_proved', 'this bill does not prove itself');
}
