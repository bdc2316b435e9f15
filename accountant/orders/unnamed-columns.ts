import type { MoneyBack } from './order-row';
import { moneyBackOfWord, stateOfWord, type GivenStates } from './order-states';

/** What the cells of a row say that stand under no header. */
export interface UnnamedSaying {
  readonly moneyBack: MoneyBack;
  /** One of them says that the order was not paid. */
  readonly saysUnpaid: boolean;
}

const NOTHING: UnnamedSaying = { moneyBack: 'none', saysUnpaid: false };

/**
 * Words that are about a payment whatever the column is called. `no`, `new` or `失败` may be about
 * anything.
 */
const ABOUT_PAYMENT = /[付支退撤冲]|取消|关闭|pay|paid|refund|cancel|clos|revok|revers/i;

/**
 * The columns without a header, in a file that lost one or merges the header of two columns. Such a
 * column is not read, but a word in it that denies what the others say is not passed over: its row
 * would agree with the bill by mistake.
 */
export function unnamedColumns(
  cells: readonly string[],
  given: GivenStates,
): (row: readonly string[]) => UnnamedSaying {
  const known = new Map<string, UnnamedSaying>();
  const said = (word: string): UnnamedSaying => {
    if (!ABOUT_PAYMENT.test(word)) return NOTHING;
    const state = stateOfWord(word, given);
    return {
      moneyBack: moneyBackOfWord(word, given),
      saysUnpaid: state === 'pending' || state === 'closed' || state === 'failed',
    };
  };
  const saying = (cell: string): UnnamedSaying => {
    const before = known.get(cell);
    if (before !== undefined) return before;
    const now = said(cell.trim());
    // Words are few; texts that differ in every row are not worth keeping.
    if (known.size < MOST_WORDS) known.set(cell, now);
    return now;
  };
  const unnamed = cells.flatMap((cell, at) => (cell.trim() === '' ? [at] : []));
  return (row) => {
    if (unnamed.length === 0 && row.length <= cells.length) return NOTHING;
    const beyond = row.slice(cells.length);
    let all = NOTHING;
    for (const cell of [...unnamed.map((at) => row[at] ?? ''), ...beyond]) {
      if (cell === '') continue;
      const { moneyBack, saysUnpaid } = saying(cell);
      if (moneyBack === 'none' && !saysUnpaid) continue;
      all = {
        moneyBack: all.moneyBack === 'none' ? moneyBack : all.moneyBack,
        saysUnpaid: all.saysUnpaid || saysUnpaid,
      };
    }
    return all;
  };
}

/** How many different words are remembered. */
const MOST_WORDS = 1_000;
