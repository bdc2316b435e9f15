import type { BankLine } from '../../lib/statement/cash/bank';
import { dayOf } from '../../lib/values/day';
import { tablesOf } from '../files/orders-source';
import { openInput } from '../files/input';
import { HEADER_LINES, type Table, type TableRow } from '../files/table';
import { InputError } from '../input-error';
import { namesSum } from '../orders/footers';
import { cleaned, yuanCell } from '../orders/order-cells';
import { orderTimeReader } from '../orders/order-times';

/** How banks head the columns that are read. */
const NAMES = {
  day: /^(交易|记账|入账|起息|发生)?(日期|时间)$|^交易日$|date/i,
  income: /^(收入|贷方|转入|存入|收方|入账)(金额|发生额)?$|credit|deposit/i,
  amount: /^(交易|发生|记账)?(金额|额)$|^amount$/i,
  direction:
    /^(借贷|收支|收付|往来账|来往账|资金)(标志|标识|方向|类型|别)?$|^(借\/贷|收\/支|收\/付|方向)(标志|标识|方向)?$|^(d\/c|dr\/cr|cr\/dr|debit\/credit)$/i,
  currency: /^(交易)?(币种|货币|币别|货币种类)$|^currency$/i,
  /** Some banks name the direction here, others a kind of transfer. */
  kind: /^(交易|业务)类型$/,
  text: /摘要|用途|备注|附言|对方|交易对手|户名|description|memo|payee|counterparty/i,
} as const;

/** Beside a date some banks have a column with the time of day alone. */
const NAMES_DATE = /日|date/i;
/** In another unit than yuan. */
const OTHER_UNIT = /万元|千元/;
/** Money of another currency never shows that a withdrawal arrived. */
const YUAN = /^(?:|cny|rmb|人民币(?:元)?|元|156|01|001|¥|￥)$/i;

/** What a header says after its name: `记账金额(收入)` is money in, `记账金额(支出)` is not. */
const SAYS_IN = /(金额|额)\((收入|贷方|存入|转入)/;
const SAYS_OUT = /(金额|额)\((支出|借方|支取|转出)/;
/** Unit and translation: `贷方发生额/元(收入)`, `交易金额[ Trade Amount ]`. */
const AFTER_NAME = /[([【].*$|\/元.*$/;

/** Words for the direction of a row. */
const OUT = /^(借|借方|借记|支|支出|付|付款|付出|往账|转出|d|dr|debit|out)$/i;
const IN = /^(贷|贷方|贷记|收|收入|收款|来账|转入|c|cr|credit|in)$/i;

interface BankHeader {
  readonly day: number;
  /** The column of money in; else of signed amounts. */
  readonly amount: number;
  /** The columns that may say whether a row is money in; none beside a column of money in. */
  readonly directions: readonly { readonly at: number; readonly saysOnlyThat: boolean }[];
  readonly currency: number | null;
  readonly texts: readonly number[];
}

/** Reads the lines of bank statements that bring money in. Rejects with `InputError`. */
export async function readBankFiles(paths: readonly string[]): Promise<{
  readonly lines: readonly BankLine[];
  /** Rows with money in whose date or amount cannot be read. */
  readonly unread: number;
}> {
  const lines: BankLine[] = [];
  let unread = 0;
  for (const path of paths) {
    for (const input of await openInput(path, () => undefined)) {
      for (const table of await tablesOf(input, scoreOf, () => undefined)) {
        unread += await readTable(table, lines);
      }
    }
  }
  return { lines, unread };
}

async function readTable(table: Table, lines: BankLine[]): Promise<number> {
  const readTime = orderTimeReader();
  const first: TableRow[] = [];
  let header: BankHeader | null = null;
  let unread = 0;
  const use = ({ cells, line }: TableRow, at: BankHeader): void => {
    const written = cleaned(cells[at.amount] ?? '');
    if (written === '') return;
    const amount = yuanCell(written);
    const day = cleaned(cells[at.day] ?? '');
    const time = readTime(day, table.from1904());
    if (amount === null || time === null) {
      // Sums below the rows have an amount and no date. Any other row without a readable one is
      // missed, unless it says that the money went out.
      const isMissed = time !== null || ((amount ?? 0) > 0 && !cells.some((cell) => namesSum(cleaned(cell))));
      if (isMissed && directionOf(cells, at) !== 'out') unread += 1;
      return;
    }
    const direction = directionOf(cells, at);
    if (direction === 'unclear') unread += 1;
    if (amount <= 0 || direction !== 'in') return;
    if (at.currency !== null && !YUAN.test(cleaned(cells[at.currency] ?? ''))) return;
    const text = at.texts.map((column) => cleaned(cells[column] ?? '')).join(' ');
    lines.push({ file: table.name, line, day: dayOf(time), amount, text: text.trim() });
  };
  for await (const batch of table.rows) {
    for (const row of batch) {
      if (header !== null) use(row, header);
      else {
        header = headerOf(row.cells);
        first.push(row);
        if (header === null && first.length >= HEADER_LINES) throw noHeader(table, first);
      }
    }
  }
  if (header === null) throw noHeader(table, first);
  return unread;
}

/**
 * Whether a row is money in. Failure policy: fail closed. An amount beside a word that is not known
 * is counted as unread, because what was paid out never shows that a withdrawal arrived.
 */
function directionOf(cells: readonly string[], { directions }: BankHeader): 'in' | 'out' | 'unclear' {
  for (const { at, saysOnlyThat } of directions) {
    const word = cleaned(cells[at] ?? '');
    if (OUT.test(word)) return 'out';
    if (saysOnlyThat && word !== '' && !IN.test(word)) return 'unclear';
  }
  return 'in';
}

function noHeader({ name }: Table, first: readonly TableRow[]): InputError {
  const widest = first.reduce<readonly string[]>(
    (best, { cells }) => (cells.length > best.length ? cells : best),
    [],
  );
  return new InputError('no_bank_header', { file: name, headers: widest });
}

function scoreOf(cells: readonly string[]): number {
  return headerOf(cells) === null ? 0 : cells.length;
}

function headerOf(cells: readonly string[]): BankHeader | null {
  const whole = cells.map((cell) => cleaned(cell).replace(/\s+/g, ''));
  const names = cells.map((cell) => cleaned(cell).replace(AFTER_NAME, '').trim());
  const places = (pattern: RegExp) => names.flatMap((name, at) => (pattern.test(name) ? [at] : []));
  const isOut = (at: number) => SAYS_OUT.test(whole[at] ?? '') || OTHER_UNIT.test(whole[at] ?? '');
  const said = whole.flatMap((name, at) => (SAYS_IN.test(name) ? [at] : []));
  const income = [...places(NAMES.income), ...said].filter((at) => !isOut(at));
  const days = places(NAMES.day);
  const day = days.find((at) => NAMES_DATE.test(names[at] ?? '')) ?? days[0];
  const [currency = null] = places(NAMES.currency);
  const [amount] = [...income, ...places(NAMES.amount).filter((at) => !isOut(at))];
  if (day === undefined || amount === undefined) return null;
  const directions = [
    ...places(NAMES.direction).map((at) => ({ at, saysOnlyThat: true })),
    ...places(NAMES.kind).map((at) => ({ at, saysOnlyThat: false })),
  ];
  return {
    day,
    amount,
    directions: income.length > 0 ? [] : directions,
    currency,
    texts: places(NAMES.text),
  };
}
