import { parseArgs } from 'node:util';
import { readFeeRate, type RateMillionths } from '../lib/values/fee-rate';
import { isBeijingDay, startOf } from '../lib/values/day';
import { CANARY_PREFIX, mayBeCanary } from '../lib/values/canary';
import { isOutTradeNo, isSubMchId, type OutTradeNo, type SubMchId } from '../lib/values/ids';
import { dayNumber, type DayRange } from './compare/bill-days';
import { MOST_FILES } from './files/limits';
import { InputError } from './input-error';
import { COLUMN_OPTIONS, type GivenColumns } from './orders/order-columns';
import { ORDER_COLUMNS, type OrderColumn } from './orders/column-names';
import { ORDER_STATES, type OrderState } from './orders/order-row';
import { plainWord, type GivenStates } from './orders/order-states';
import { usage } from './usage';
import { isLanguage, type Language } from '../lib/values/language';

/** What the accountant asks for. */
export interface MatchRequest {
  readonly bills: readonly string[];
  readonly orders: readonly string[];
  readonly form: 'text' | 'json' | 'csv';
  readonly out: string | null;
  readonly merchant: SubMchId | null;
  readonly feeRate: RateMillionths | null;
  readonly days: DayRange | null;
  readonly canaries: ReadonlySet<OutTradeNo>;
  readonly columns: GivenColumns;
  readonly states: GivenStates;
  readonly language: Language;
}

const OPTIONS = {
  bill: { type: 'string', multiple: true },
  orders: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  csv: { type: 'boolean' },
  out: { type: 'string' },
  merchant: { type: 'string' },
  'fee-rate': { type: 'string' },
  canary: { type: 'string', multiple: true },
  from: { type: 'string' },
  to: { type: 'string' },
  columns: { type: 'string', multiple: true },
  states: { type: 'string', multiple: true },
  lang: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** The language of messages: `--lang`, or the one of the terminal. Does not fail. */
export function languageOf(args: readonly string[]): Language {
  const at = args.findIndex((arg) => arg === '--lang' || arg.startsWith('--lang='));
  const given = at < 0 ? undefined : args[at] === '--lang' ? args[at + 1] : args[at]?.slice('--lang='.length);
  if (isLanguage(given)) return given;
  return /^zh/i.test(process.env['LC_ALL'] || (process.env['LANG'] ?? '')) ? 'zh' : 'en';
}

/** Throws `InputError` for arguments that are not understood. */
export function readRequest(args: readonly string[]): MatchRequest | 'help' {
  const language = languageOf(args);
  const wrong = (en: string, zh: string): InputError =>
    new InputError('usage', { detail: `${language === 'zh' ? zh : en}\n\n${usage(language)}` });
  const values = parsed(args, wrong);
  if (values.help === true) return 'help';
  const { bill: bills = [], orders = [], json = false, csv = false, merchant } = values;
  if (bills.length === 0 || orders.length === 0) {
    throw wrong('Give at least one --bill and one --orders.', '请至少指定一个 --bill 和一个 --orders。');
  }
  if (bills.length > MOST_FILES || orders.length > MOST_FILES) {
    throw new InputError('too_many_files', { most: MOST_FILES });
  }
  if (json && csv) throw wrong('Choose one of --json and --csv.', '--json 和 --csv 只能选一个。');
  if (values.lang !== undefined && values.lang !== language) {
    throw wrong('--lang must be zh or en.', '--lang 只能是 zh 或 en。');
  }
  if (merchant !== undefined && !isSubMchId(merchant)) {
    throw wrong('--merchant must be a merchant number: digits only.', '--merchant 必须是商户号（纯数字）。');
  }
  const feeRate = values['fee-rate'] === undefined ? null : readFeeRate(values['fee-rate']);
  if (values['fee-rate'] !== undefined && feeRate === null) {
    throw wrong('--fee-rate must be a rate such as 0.60%.', '--fee-rate 必须是费率，例如 0.60%。');
  }
  return {
    ...{ bills, orders, language, feeRate },
    form: json ? 'json' : csv ? 'csv' : 'text',
    out: values.out ?? null,
    merchant: merchant ?? null,
    days: daysOf(values.from, values.to, wrong),
    canaries: canariesOf(values.canary ?? [], wrong),
    columns: givenColumns(values.columns ?? [], wrong),
    states: givenStates(values.states ?? [], wrong),
  };
}

/** Makes the error that says what is wrong, in the reader's language. */
export type Wrong = (en: string, zh: string) => Error;

function parsed(args: readonly string[], wrong: Wrong) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    const detail = error instanceof Error ? error.message : 'bad arguments';
    throw wrong(detail, `参数有误：${detail}`);
  }
}

/** Both days belong to the range; one alone leaves the other side open. */
function daysOf(from: string | undefined, to: string | undefined, wrong: Wrong): DayRange | null {
  if (from === undefined && to === undefined) return null;
  const day = (text: string | undefined, open: number): number => {
    if (text === undefined) return open;
    const compact = text.replace(/^(\d{4})[-/.](\d{2})[-/.](\d{2})$/, '$1$2$3');
    if (!isBeijingDay(compact)) {
      throw wrong(
        `--from and --to must be days such as 2026-03-01, not ${text}.`,
        `--from 和 --to 必须是日期，例如 2026-03-01，而不是 ${text}。`,
      );
    }
    return dayNumber(startOf(compact));
  };
  const range = { from: day(from, -Infinity), to: day(to, Infinity) };
  if (range.from > range.to) throw wrong('--from is later than --to.', '--from 晚于 --to。');
  return range;
}

/**
 * What `--canary` names. Failure policy: fail closed. Only numbers that no order of the shop can
 * have: no option declares a sale a test.
 */
function canariesOf(given: readonly string[], wrong: Wrong): ReadonlySet<OutTradeNo> {
  return new Set(
    given.map((number) => {
      if (isOutTradeNo(number) && mayBeCanary(number)) return number;
      throw wrong(
        `--canary must be the order number of a canary, which begins with ${CANARY_PREFIX}, not ${number}.`,
        `--canary 必须是探测单的订单号（以 ${CANARY_PREFIX} 开头），而不是 ${number}。`,
      );
    }),
  );
}

const COLUMN_OF: ReadonlyMap<string, OrderColumn> = new Map(
  ORDER_COLUMNS.flatMap((column) =>
    [column, ...COLUMN_OPTIONS[column]].map((name) => [name, column] as const),
  ),
);

/** What `--columns` says. Throws what `wrong` makes. */
export function givenColumns(given: readonly string[], wrong: Wrong): GivenColumns {
  const columns = new Map<OrderColumn, string>();
  for (const { name, value, text } of given.flatMap(pairs)) {
    const column = COLUMN_OF.get(name);
    if (column === undefined || value === null) {
      const names = ORDER_COLUMNS.map((one) => COLUMN_OPTIONS[one]);
      throw wrong(
        `--columns must be pairs such as amount=实付金额, not ${text}. Names: ${names.map(([en]) => en).join(', ')}.`,
        `--columns 的写法为 金额=实付金额，而不是 ${text}。可用的名称：${names.map(([, zh]) => zh).join('、')}。`,
      );
    }
    columns.set(column, value);
  }
  return columns;
}

/** What `--states` says. Throws what `wrong` makes. */
export function givenStates(given: readonly string[], wrong: Wrong): GivenStates {
  const states = new Map<string, OrderState>();
  for (const { name, value, text } of given.flatMap(pairs)) {
    const state = ORDER_STATES.find((one) => one === value);
    if (state === undefined || state === 'unknown' || state === 'unclear' || name === '') {
      throw wrong(
        `--states must be pairs such as 已核销=paid, not ${text}. Meanings: paid, pending, closed, failed.`,
        `--states 的写法为 已核销=paid，而不是 ${text}。可用的含义：paid（已付款）、pending（待付款）、closed（已关闭）、failed（付款失败）。`,
      );
    }
    states.set(plainWord(name), state);
  }
  return states;
}

/** `a=b,c=d` as pairs. */
function pairs(
  text: string,
): { readonly name: string; readonly value: string | null; readonly text: string }[] {
  return text.split(/[,，]/).map((pair) => {
    const equals = pair.indexOf('=');
    const name = (equals < 0 ? pair : pair.slice(0, equals)).trim();
    return { name, value: equals < 0 ? null : pair.slice(equals + 1).trim(), text: pair };
  });
}
