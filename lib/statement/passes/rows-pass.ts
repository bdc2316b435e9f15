import type { Matching, PassEnd } from '../run/matching';
import { workOf } from '../run/matching';
import { paymentsChunk } from './payments-chunk';
import type { StatementBatch } from '../../bill/read';
import { readStatementRows } from '../../bill/read';
import { refundsChunk } from './refunds-chunk';
import type { RepairEnd } from './repair';
import type { ArchivedFile } from '../../model/statement/archived-file';
import type { ProvedStatement } from '../../model/statement/statement-run';
import type { TradeState } from '../../bill/totals';

/** One pass over the rows of a file: the kinds of rows it reads, and how it handles a chunk. */
interface RowsPass {
  readonly name: 'payments' | 'refunds';
  readonly kinds: readonly TradeState[];
  readonly chunk: (matching: Matching, batch: StatementBatch) => Promise<RepairEnd>;
}

/** The passes, in order. Rows of undocumented kinds belong to the payments pass. */
export const ROWS_PASSES: readonly RowsPass[] = [
  { name: 'payments', kinds: ['payment', 'revoked', 'other'], chunk: paymentsChunk },
  { name: 'refunds', kinds: ['refund'], chunk: refundsChunk },
];

/**
 * Walks the rows of a file after a line, chunk by chunk, saving the run after each. It handles at
 * least one chunk, however little time is left, so that every invocation makes progress. Rejects
 * with `ArchiveError`, `LeaseLost` and `StoreError`.
 *
 * CloudBase: 3 requests per 1,000 rows that agree.
 */
export async function passOverRows(
  matching: Matching,
  pass: RowsPass,
  file: ArchivedFile,
  { sha1 }: ProvedStatement,
  afterLine: number,
): Promise<PassEnd> {
  const { invocation, claim } = matching;
  const { archive, settings } = invocation.deps;
  const bytes = await archive.read(file);
  const options = { batchRows: settings.chunkRows, sha1, afterLine, kinds: pass.kinds };
  for await (const event of readStatementRows(bytes, options)) {
    switch (event.kind) {
      case 'refused':
        return 'changed';
      case 'verified':
        return 'done';
      case 'rows': {
        if (!claim.isValid()) return 'lost';
        const end = await retryWhileBusy(matching, () => pass.chunk(matching, event));
        if (end !== 'settled') return end;
        if (invocation.isShort()) return 'time';
        if (!(await claim.keep(workOf(matching)))) return 'lost';
        break;
      }
    }
  }
  return 'changed';
}

/** The most pauses for one chunk: enough for the lease of a dead worker to expire. */
const MAX_PAUSES = 90;

/**
 * Repeats a chunk, which is safe, while another worker processes one of its messages and there is
 * time to wait.
 */
async function retryWhileBusy(
  { invocation, claim }: Matching,
  chunk: () => Promise<RepairEnd>,
): Promise<RepairEnd> {
  for (let pauses = 1; ; pauses += 1) {
    const end = await chunk();
    if (end !== 'busy' || pauses > MAX_PAUSES || !(await invocation.pause())) return end;
    await claim.hold();
  }
}
