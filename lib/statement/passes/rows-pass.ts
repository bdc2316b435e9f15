import type { Matching, PassEnd } from '../run/matching';
import { workOf } from '../run/matching';
import { paymentsChunk } from './payments-chunk';
import type { StatementBatch } from '../../bill/read';
import { readStatementRows } from '../../bill/read';
import { refundsChunk } from './refunds-chunk';
import type { RepairEnd } from './repair';
import type { ArchivedFile, ProvedStatement } from '../../model/statement-run';
import type { TradeState } from '../../bill/totals';

/**
 * One pass over the rows of a file: which rows it hands out, and what is done with a chunk of them.
 */
interface RowsPass {
  readonly name: 'payments' | 'refunds';
  readonly kinds: readonly TradeState[];
  readonly chunk: (matching: Matching, batch: StatementBatch) => Promise<RepairEnd>;
}

/** The passes, in their order. Rows of no kind of ours are looked at with the payments. */
export const ROWS_PASSES: readonly RowsPass[] = [
  { name: 'payments', kinds: ['payment', 'revoked', 'other'], chunk: paymentsChunk },
  { name: 'refunds', kinds: ['refund'], chunk: refundsChunk },
];

/**
 * Goes over the rows of a file from a line on, a chunk at a time, writing the run after each. At
 * least one chunk is done, however little time there is, so that every turn makes progress. Rejects
 * with `ArchiveError` and `StoreError`.
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
  const { turn, claim } = matching;
  const { archive, settings } = turn.deps;
  const bytes = await archive.read(file);
  const options = { batchRows: settings.chunkRows, sha1, afterLine, kinds: pass.kinds };
  for await (const event of readStatementRows(bytes, options)) {
    switch (event.kind) {
      case 'refused':
        return 'changed';
      case 'verified':
        return 'done';
      case 'rows': {
        if (!claim.stands()) return 'lost';
        const end = await untilFree(matching, () => pass.chunk(matching, event));
        if (end !== 'settled') return end;
        if (turn.isShort()) return 'time';
        if (!(await claim.keep(workOf(matching)))) return 'lost';
        break;
      }
    }
  }
  return 'changed';
}

/** So long is waited for one chunk: as long as whoever died over a message holds it. */
const MOST_MOMENTS = 90;

/**
 * Does a chunk again, which is safe, for as long as somebody else has a message of it in hand and
 * there is time to wait.
 */
async function untilFree(
  { turn, claim }: Matching,
  chunk: () => Promise<RepairEnd>,
): Promise<RepairEnd | 'lost'> {
  for (let moments = 1; ; moments += 1) {
    const end = await chunk();
    if (end !== 'busy' || moments > MOST_MOMENTS || !(await turn.moment())) return end;
    if (!claim.stands()) return 'lost';
  }
}
