import { checkFundFlow } from '../cash';
import type { OpsOperations, OpsReply } from '../api';
import type { OpsDeps } from '../deps';
import { refused } from '../refused';
import { dropParts, givenBytes, NO_RUN, runNamed } from './given-file';
import { checkTradeBill } from './trade-bill';

/**
 * Says what a file would prove of a run's day, before a person gives it. Changes nothing; parts of
 * a file that would not be taken are removed. Failure policy: fail closed. The file is judged again
 * when it is given.
 */
export async function checkFile(
  deps: OpsDeps,
  asked: OpsOperations['check_file']['params'],
): Promise<OpsReply<'check_file'>> {
  const run = await runNamed(deps, asked.id);
  if (run === null) return refused('NOT_FOUND', NO_RUN);
  const given = await givenBytes(deps, run, asked);
  if (!given.ok) return given;
  const check =
    asked.what === 'trade_bill'
      ? await checkTradeBill(given.bytes, run)
      : await checkFundFlow(given.bytes, run, asked.what);
  if (!check.isProved) await dropParts(deps, run, asked);
  return { ok: true, check };
}
