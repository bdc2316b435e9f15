/** Sums, averages and counts, as the lines below a table begin or end with them. */
const BEGINS =
  /^(?:合计|总计|小计|共计|累计|汇总|总和|总额|总数|合共|总金额|总订单|总笔|总单|总件|本页|平均|均值|共\d+[条笔行单个件]|(?:订单|笔|单|件|记录|行|条)数)/;
const ENDS = /^(?:\S{0,20}(?:合计|总计|小计|共计)|\d+[条笔行单个件](?:订单)?):?$/;
const IN_ENGLISH = /^(?:(?:sub|grand)?[ -]?totals?|sum|average|avg|count)\b(?![\w-])/i;

/** True for a cell that names a sum or a count: `合 计`, `【总计】`, `3月1日小计`, `Total (2)`. */
export function namesSum(cell: string): boolean {
  const text = cell.replace(/^[^\p{L}\p{N}]+/u, '');
  if (IN_ENGLISH.test(text)) return true;
  const plain = text.replace(/[\s)\]】]+/g, '');
  return BEGINS.test(plain) || ENDS.test(plain);
}

/** The amounts above a line of a table. */
export interface SumsAbove {
  /** The number of rows. */
  readonly rows: () => number;
  /** Counts a row. `amount`: null when it has none that can be read. */
  add(amount: number | null): void;
  /** A line of sums was read: the next subtotal begins below it. */
  endPart(): void;
  /**
   * True when the amount is the sum of all rows above, or of those since the last line of sums: a
   * line that says nothing but this is a total, whatever it is called. One row proves nothing.
   */
  areSummedUpBy(amount: number | null): boolean;
}

/** Creates the sums of no row. */
export function sumsAbove(): SumsAbove {
  const all = { rows: 0, sum: 0 };
  let part = { rows: 0, sum: 0 };
  return {
    rows: () => all.rows,
    add(amount) {
      all.rows += 1;
      all.sum += amount ?? 0;
      part.rows += 1;
      part.sum += amount ?? 0;
    },
    endPart() {
      part = { rows: 0, sum: 0 };
    },
    areSummedUpBy: (amount) => [all, part].some(({ rows, sum }) => rows > 1 && amount === sum),
  };
}
