import { CASH_BUCKETS_EN, CASH_BUCKETS_ZH } from '../../lib/statement/month/bucket-words';
import type { FundRefusal, FundRefusalCode } from '../../lib/bill/fund-flow/read';
import type { CashBucket } from '../../lib/model/statement/cash';
import type { BankBucket } from '../../lib/statement/cash/bank';
import type { Language } from '../../lib/values/language';

/** The texts of the close. */
export interface CashWords {
  readonly usage: string;
  readonly wrong: Readonly<Record<'files' | 'form' | 'lang', string>>;
  readonly title: string;
  readonly gross: string;
  readonly coupons: string;
  readonly settlement: string;
  readonly refunds: string;
  readonly netFees: string;
  readonly expected: string;
  readonly opening: string;
  readonly movement: string;
  readonly closing: string;
  readonly gap: string;
  readonly excluded: string;
  readonly buckets: Readonly<Record<CashBucket, string>>;
  readonly columns: readonly string[];
  readonly more: (n: number) => string;
  readonly closes: string;
  /** It closes but for items at the edge of the days. */
  readonly closesBut: (n: number, yuan: string) => string;
  readonly open: string;
  readonly bankTitle: string;
  readonly bank: Readonly<Record<BankBucket, string>>;
  readonly bankOthers: string;
  readonly bankUnread: string;
}

const EN: CashWords = {
  usage: `npm run match -- cash --fundflow <file> --bill <file> [more of both] [options]

Closes the account: proves each fund-flow bill of WeChat Pay by its summary and running balance, and
ties every movement to a row of the trade bills.

  --fundflow <file>  fund-flow bill (资金账单) as downloaded: CSV, gzip or zip; may be given again
  --bill <file>      trade bill (交易账单) of all trades of these days; may be given again
  --bank <file>      bank statement (CSV or xlsx): withdrawals are looked for by amount and day
  --json, --csv      the whole report, or one line per item for a spreadsheet
  --out <file>       writes to a file, never over one that is read
  --lang zh|en       the language of the report and of messages

Exit: 0 the account closes, 1 something differs, is missing, in doubt or left at the edge of the
days, 2 the input must be fixed first.
`,
  wrong: {
    files: 'Give at least one --fundflow and one --bill.',
    form: 'Choose one of --json and --csv.',
    lang: '--lang must be zh or en.',
  },
  title: 'Close of the account',
  gross: 'order amounts',
  coupons: 'coupons',
  settlement: 'settlement amounts',
  refunds: 'settlement refunds',
  netFees: 'net fees',
  expected: 'the trades should move',
  opening: 'opening balance',
  movement: 'movement',
  closing: 'closing balance',
  gap: 'A bill does not begin with the balance that the one before it ended with',
  excluded: 'rows of trade bills that could not be read',
  buckets: CASH_BUCKETS_EN,
  columns: [
    ...['where', 'name', 'number', 'WeChat Pay number', 'time', 'should move', 'moved', 'difference'],
    ...['trade line', 'fund-flow lines', 'date at the bank'],
  ],
  more: (n) => `… and ${n} more: --csv or --json lists all`,
  closes: 'The account closes.',
  closesBut: (n, yuan) =>
    `The account closes but for ${n} ${n === 1 ? 'item' : 'items'} at the edge of the days (${yuan} yuan): check ${n === 1 ? 'it' : 'them'} with the bills of the neighbouring days.`,
  open: 'The account does not close.',
  bankTitle: 'Withdrawals and the bank',
  bank: {
    arrived: 'arrived',
    other_amount: 'arrived with another amount',
    not_arrived: 'not in the bank statement',
    only_at_bank: 'in the bank statement alone',
    not_due: 'withdrawn too late for this bank statement',
  },
  bankOthers: 'other income at the bank',
  bankUnread: 'rows of the bank statement that could not be read',
};

const ZH: CashWords = {
  usage: `npm run match -- cash --fundflow <文件> --bill <文件> [可重复指定] [选项]

结账：用汇总和逐行结余校验微信支付资金账单，并把每一笔资金变动对应到交易账单的行。

  --fundflow <文件>  下载的资金账单：CSV、gzip 或 zip；可重复指定
  --bill <文件>      这些天的全部交易账单；可重复指定
  --bank <文件>      银行流水（CSV 或 xlsx）：按金额和日期查找提现是否到账
  --json, --csv      输出完整报告，或供表格软件使用的逐项表格
  --out <文件>       写入文件，不会覆盖读取的文件
  --lang zh|en       报告和提示的语言

退出码：0 账平；1 有不符、缺失、存疑或处于首尾时刻的项目；2 需要先处理输入。
`,
  wrong: {
    files: '请至少指定一个 --fundflow 和一个 --bill。',
    form: '--json 和 --csv 只能选一个。',
    lang: '--lang 只能是 zh 或 en。',
  },
  title: '账户结账',
  gross: '订单金额',
  coupons: '代金券',
  settlement: '应结订单金额',
  refunds: '应结退款',
  netFees: '手续费净额',
  expected: '交易应使账户变动',
  opening: '期初结余',
  movement: '本期变动',
  closing: '期末结余',
  gap: '账单的期初结余与前一份的期末结余不符',
  excluded: '交易账单中无法读取的行',
  buckets: CASH_BUCKETS_ZH,
  columns: [
    ...['去向', '业务', '商户单号', '微信支付单号', '时间', '应变动', '实际变动', '差额'],
    ...['交易账单行', '资金账单行', '银行到账日'],
  ],
  more: (n) => `……另有 ${n} 项：用 --csv 或 --json 查看全部`,
  closes: '账平。',
  closesBut: (n, yuan) => `除首尾时刻的 ${n} 笔（${yuan} 元）外账平：请用相邻日的账单核对这些项目。`,
  open: '账不平。',
  bankTitle: '提现与银行流水',
  bank: {
    arrived: '已到账',
    other_amount: '到账金额不同',
    not_arrived: '银行流水中没有',
    only_at_bank: '仅银行流水中有',
    not_due: '提现较晚，本份银行流水可能尚未包含',
  },
  bankOthers: '银行的其他收入',
  bankUnread: '银行流水中无法读取的行',
};

/** The texts by language. */
export const CASH_WORDS: Readonly<Record<Language, CashWords>> = { zh: ZH, en: EN };

const REFUSALS: Readonly<Record<Language, Readonly<Record<FundRefusalCode, string>>>> = {
  en: {
    empty: 'the file has no content: download the bill again',
    not_fund_flow: 'this is no fund-flow bill (资金账单): its first line does not name the columns',
    damaged: 'the file is damaged: download the bill again',
    too_large: 'the file is larger than any bill',
    bad_row: 'a row cannot be read: give the file as downloaded, not saved by a spreadsheet',
    balance_break: 'the running balance breaks: a row is missing or was changed; download it again',
    no_summary: 'the file ends before its summary: download the bill again',
    bad_summary: 'the summary cannot be read: download the bill again',
    totals_mismatch: 'the rows do not add up to the summary: download the bill again',
    data_after_summary: 'there is data after the summary: download the bill again',
  },
  zh: {
    empty: '文件没有内容，请重新下载',
    not_fund_flow: '这不是资金账单：首行不是资金账单的表头',
    damaged: '文件已损坏，请重新下载',
    too_large: '文件超过账单可能的大小',
    bad_row: '有一行无法读取，请使用下载的原文件，不要用表格软件另存',
    balance_break: '逐行结余不连续：缺行或被改动，请重新下载',
    no_summary: '文件在汇总之前结束，请重新下载',
    bad_summary: '汇总无法读取，请重新下载',
    totals_mismatch: '各行合计与汇总不符，请重新下载',
    data_after_summary: '汇总之后还有内容，请重新下载',
  },
};

/** Why a fund-flow bill proves nothing, with the line. */
export function fundRefusal({ code, line, detail }: FundRefusal, language: Language): string {
  const named = `${REFUSALS[language][code]}${detail === '' ? '' : ` (${detail})`}`;
  return language === 'zh'
    ? `资金账单第 ${line} 行：${named}。`
    : `line ${line} of the fund-flow bill: ${named}.`;
}
