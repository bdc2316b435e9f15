import { fundRefusal } from './cash/words';
import type { StatementRefusal } from '../lib/bill/refusal';
import { ZH_REFUSALS } from '../lib/statement/report/refusals-zh';
import type { InputError, InputProblem, InputProblems } from './input-error';
import { COLUMN_OPTIONS } from './orders/order-columns';
import type { Language } from '../lib/values/language';

type Sentences = { readonly [Problem in InputProblem]: (facts: InputProblems[Problem]) => string };

/** What is wrong with the input and what to do, in the reader's language. */
export function sentenceOf(error: InputError, language: Language): string {
  return sentence(language === 'zh' ? ZH : EN, error.problem, error.facts);
}

function sentence<Problem extends InputProblem>(
  sentences: { readonly [One in Problem]: (facts: InputProblems[One]) => string },
  problem: Problem,
  facts: InputProblems[Problem],
): string {
  return sentences[problem](facts);
}

/** Headers named in a sentence, and the characters of each: a file may have a megabyte in one. */
const HEADERS_NAMED = 12;
const CHARS_NAMED = 40;

function listed(names: readonly string[]): string {
  const named = names.slice(0, HEADERS_NAMED);
  return (
    named.map((name) => (name.length > CHARS_NAMED ? `${name.slice(0, CHARS_NAMED)}…` : name)).join(' | ') ||
    '—'
  );
}

const EN: Sentences = {
  usage: ({ detail }) => detail,
  not_found: ({ file }) => `${file} cannot be found: check the name.`,
  not_a_file: ({ file }) => `${file} is not a file: check the name.`,
  empty_file: ({ file }) => `${file} is empty: export or download it again.`,
  gzip_truncated: ({ file }) => `${file}: the compressed file ends early. Download it again.`,
  gzip_corrupt: ({ file }) => `${file}: the compressed file is damaged. Download it again.`,
  old_excel: ({ file }) => `${file} is a workbook of the old kind (xls): save it as xlsx or as CSV.`,
  pdf: ({ file }) => `${file} is a PDF: export the data as CSV or xlsx instead.`,
  other_archive: ({ file }) =>
    `${file} is an archive of another kind than ZIP (such as RAR or 7z), or inside another one: unpack it and give the files in it.`,
  image: ({ file }) => `${file} is a picture: export the data as CSV or xlsx instead.`,
  web_page: ({ file }) =>
    `${file} is a web page or XML, even if its name says xls: open it with a spreadsheet and save it as xlsx or CSV.`,
  json_data: ({ file }) => `${file} is JSON: export the data as CSV or xlsx instead.`,
  sql_dump: ({ file }) => `${file} is a dump of a database: export the table as CSV instead.`,
  other_workbook: ({ file }) =>
    `${file} is a workbook of LibreOffice (ods) or Numbers: save it as xlsx or as CSV.`,
  encrypted_archive: ({ file }) => `${file} is locked with a password: unlock or unpack it first.`,
  archive_in_archive: ({ file, inner }) => `${file} contains ${inner}: unpack it and give the files in it.`,
  empty_archive: ({ file }) => `${file} contains no file: check the download.`,
  bad_archive: ({ file }) => `${file} is a damaged ZIP or xlsx file: download or save it again.`,
  hidden_sheets: ({ sheets }) =>
    `No visible sheet has orders, and these are hidden: ${listed(sheets)}. Unhide the sheet with the orders.`,
  not_a_workbook: ({ file }) =>
    `${file} is an Office document, but no workbook: save the table as xlsx or CSV.`,
  too_large: ({ file }) => `${file} holds more than can be compared (4 GiB of text): split it by days.`,
  bomb: ({ file }) =>
    `${file} decompresses to more than 200 times its size, which no such file does: check where it comes from.`,
  too_slow: ({ file }) => `${file} took too long to read: split it by days.`,
  too_many_lines: ({ file }) => `${file} has more than 20 million lines: split it by days.`,
  long_line: ({ file }) =>
    `${file} has a line of more than 1,000,000 characters, which is no row: check which file this is.`,
  too_many_files: ({ most }) => `More than ${most} files were given: compare a month at a time.`,
  no_rows: ({ file }) => `${file} has no rows: export the data again.`,
  no_header: ({ file, headers }) =>
    `${file} has no header with an order number and an amount (found: ${listed(headers)}). Add one, or name the columns: --columns order=<header>,amount=<header>.`,
  no_amount_column: ({ file, headers }) =>
    `${file} has no column for the amount (found: ${listed(headers)}). Name it: --columns amount=<header>, or amount-fen=<header> if it is in fen.`,
  no_number_column: ({ file, headers }) =>
    `${file} has no column for the order number (found: ${listed(headers)}). Name it: --columns order=<header>.`,
  no_refund_number: ({ file, headers }) =>
    `${file} has refund amounts but no column for the merchant's refund number (found: ${listed(headers)}). Add 商户退款单号, or name it: --columns refund=<header>.`,
  no_refund_amount: ({ file, headers }) =>
    `${file} has refund numbers but no column for the refund amount (found: ${listed(headers)}). Name it: --columns refund-amount=<header>, or leave the refunds out: --columns refund=.`,
  no_such_column: ({ file, header, headers }) =>
    `${file} has no column “${header}”, which --columns names (found: ${listed(headers)}).`,
  ambiguous_columns: ({ file, column, headers }) =>
    `${file} has several columns that may be the ${EN_COLUMNS[column]}: ${listed(headers)}. Choose one: --columns ${COLUMN_OPTIONS[column][0]}=${headers[0] ?? ''}.`,
  bill_as_orders: ({ file }) => `${file} is a bill of WeChat Pay, not an orders file: give it with --bill.`,
  fund_flow_as_orders: ({ file }) => `${file} is a fund-flow bill (资金账单), not an orders file.`,
  alipay_bill: ({ file }) =>
    `${file} is a bill of Alipay: give your orders with --orders and the bill of WeChat Pay with --bill.`,
  personal_bill: ({ file }) =>
    `${file} is the bill of a personal WeChat account: download the trade bill (交易账单) from the merchant platform, pay.weixin.qq.com.`,
  orders_as_bill: ({ file }) => `${file} is an orders file, not a bill: give it with --orders.`,
  bill_refused: ({ file, line, refusal }) => `${file}, line ${line} of the bill: ${refusal.message}`,
  fund_refused: ({ file, refusal }) => `${file}, ${fundRefusal(refusal, 'en')}`,
  no_bank_header: ({ file, headers }) =>
    `${file} is no bank statement that can be read: it needs a column of dates and one of income or amounts (found: ${headers.join(', ')}).`,
  same_bill_twice: ({ file, other }) => `${file} and ${other} are the same bill: give it once.`,
  nothing_asked: (asked) =>
    ({
      days: 'Nothing was compared: no row of either side is of the days asked for. Check --from and --to.',
      merchant: 'Nothing was compared: no row of either side is of the merchant asked for. Check --merchant.',
      both: 'Nothing was compared: no row of either side is of the merchant and days asked for. Check --merchant, --from and --to.',
    })[asked.for],
  refunds_only: () =>
    'The bill lists refunds only, and the orders file has none: add 商户退款单号 and 退款金额(元), or choose the bill of all trades.',
  out_is_input: ({ file }) =>
    `--out ${file} would overwrite one of the files that are compared: choose another name.`,
  out_failed: ({ file, detail }) => `${file} cannot be written: ${detail}.`,
};

const EN_COLUMNS = {
  outTradeNo: 'order number',
  yuan: 'order amount',
  fen: 'order amount in fen',
  transactionId: 'transaction ID',
  paidAt: 'payment time',
  state: 'order state',
  means: 'means of payment',
  currency: 'currency',
  subMchId: 'merchant number',
  outRefundNo: 'refund number',
  refundYuan: 'refund amount',
  refundFen: 'refund amount in fen',
  refundState: 'refund state',
  refundedAt: 'refund time',
} as const;

const ZH: Sentences = {
  usage: ({ detail }) => detail,
  not_found: ({ file }) => `找不到文件 ${file}，请检查文件名。`,
  not_a_file: ({ file }) => `${file} 不是文件，请检查文件名。`,
  empty_file: ({ file }) => `${file} 是空文件，请重新导出或下载。`,
  gzip_truncated: ({ file }) => `${file} 压缩文件不完整，请重新下载。`,
  gzip_corrupt: ({ file }) => `${file} 压缩文件已损坏，请重新下载。`,
  old_excel: ({ file }) => `${file} 是旧版 Excel 文件（xls），请另存为 xlsx 或 CSV。`,
  pdf: ({ file }) => `${file} 是 PDF 文件，请改为导出 CSV 或 xlsx。`,
  other_archive: ({ file }) =>
    `${file} 是 ZIP 以外的压缩包（如 RAR、7z），或压缩包中的压缩包，请解压后使用其中的文件。`,
  image: ({ file }) => `${file} 是图片，请改为导出 CSV 或 xlsx。`,
  web_page: ({ file }) => `${file} 是网页或 XML（即使文件名是 xls），请用表格软件打开后另存为 xlsx 或 CSV。`,
  json_data: ({ file }) => `${file} 是 JSON 文件，请改为导出 CSV 或 xlsx。`,
  sql_dump: ({ file }) => `${file} 是数据库转储文件，请将该表导出为 CSV。`,
  other_workbook: ({ file }) => `${file} 是 LibreOffice（ods）或 Numbers 的工作簿，请另存为 xlsx 或 CSV。`,
  encrypted_archive: ({ file }) => `${file} 有密码保护，请先解除密码或解压。`,
  archive_in_archive: ({ file, inner }) => `${file} 中包含 ${inner}，请解压后使用其中的文件。`,
  empty_archive: ({ file }) => `${file} 中没有文件，请检查下载是否完整。`,
  bad_archive: ({ file }) => `${file} 是已损坏的 ZIP 或 xlsx 文件，请重新下载或保存。`,
  hidden_sheets: ({ sheets }) =>
    `可见的工作表中没有订单，以下工作表被隐藏：${listed(sheets)}。请取消隐藏订单所在的工作表。`,
  not_a_workbook: ({ file }) => `${file} 是 Office 文档，但不是工作簿，请将表格另存为 xlsx 或 CSV。`,
  too_large: ({ file }) => `${file} 内容过大（超过 4 GiB 文本），请按日期拆分。`,
  bomb: ({ file }) => `${file} 解压后超过原大小的 200 倍，正常文件不会如此，请核实来源。`,
  too_slow: ({ file }) => `${file} 读取时间过长，请按日期拆分。`,
  too_many_lines: ({ file }) => `${file} 超过 2000 万行，请按日期拆分。`,
  long_line: ({ file }) => `${file} 有超过 1000000 个字符的行，不是一行数据，请核实文件。`,
  too_many_files: ({ most }) => `文件超过 ${most} 个，请按月核对。`,
  no_rows: ({ file }) => `${file} 没有数据行，请重新导出。`,
  no_header: ({ file, headers }) =>
    `${file} 没有包含订单号和金额的表头（找到：${listed(headers)}）。请补充表头，或指定列：--columns 订单号=<表头>,金额=<表头>。`,
  no_amount_column: ({ file, headers }) =>
    `${file} 没有金额列（找到：${listed(headers)}）。请指定：--columns 金额=<表头>；单位为分时：--columns 金额分=<表头>。`,
  no_number_column: ({ file, headers }) =>
    `${file} 没有订单号列（找到：${listed(headers)}）。请指定：--columns 订单号=<表头>。`,
  no_refund_number: ({ file, headers }) =>
    `${file} 有退款金额，但没有商户退款单号列（找到：${listed(headers)}）。请补充该列，或指定：--columns 退款单号=<表头>。`,
  no_refund_amount: ({ file, headers }) =>
    `${file} 有退款单号，但没有退款金额列（找到：${listed(headers)}）。请指定：--columns 退款金额=<表头>；不核对退款时：--columns 退款单号=。`,
  no_such_column: ({ file, header, headers }) =>
    `${file} 没有 --columns 指定的列“${header}”（找到：${listed(headers)}）。`,
  ambiguous_columns: ({ file, column, headers }) =>
    `${file} 有多列可能是${ZH_COLUMNS[column]}：${listed(headers)}。请指定其一：--columns ${COLUMN_OPTIONS[column][1]}=${headers[0] ?? ''}。`,
  bill_as_orders: ({ file }) => `${file} 是微信支付账单，不是订单表，请用 --bill 指定。`,
  fund_flow_as_orders: ({ file }) => `${file} 是资金账单，不是订单表。`,
  alipay_bill: ({ file }) => `${file} 是支付宝账单，请用 --orders 指定订单表，用 --bill 指定微信支付账单。`,
  personal_bill: ({ file }) => `${file} 是个人微信账单，请在商户平台 pay.weixin.qq.com 下载交易账单。`,
  orders_as_bill: ({ file }) => `${file} 是订单表，不是账单，请用 --orders 指定。`,
  bill_refused: ({ file, line, refusal }) => `${file}，账单第 ${line} 行：${refusalInChinese(refusal)}`,
  fund_refused: ({ file, refusal }) => `${file}，${fundRefusal(refusal, 'zh')}`,
  no_bank_header: ({ file, headers }) =>
    `${file} 不是可以读取的银行流水：需要日期列，以及收入或金额列（现有：${headers.join('、')}）。`,
  same_bill_twice: ({ file, other }) => `${file} 与 ${other} 是同一份账单，请只指定一次。`,
  nothing_asked: (asked) =>
    ({
      days: '没有核对任何内容：两边都没有所选日期的数据，请检查 --from 和 --to。',
      merchant: '没有核对任何内容：两边都没有该商户的数据，请检查 --merchant。',
      both: '没有核对任何内容：两边都没有该商户在所选日期的数据，请检查 --merchant、--from 和 --to。',
    })[asked.for],
  refunds_only: () =>
    '账单只有退款，而订单表没有退款：请补充“商户退款单号”和“退款金额(元)”两列，或选用全部交易的账单。',
  out_is_input: ({ file }) => `--out ${file} 会覆盖参与核对的文件，请换一个文件名。`,
  out_failed: ({ file, detail }) => `无法写入 ${file}：${detail}。`,
};

const ZH_COLUMNS: Readonly<Record<keyof typeof EN_COLUMNS, string>> = {
  outTradeNo: '商户订单号',
  yuan: '订单金额',
  fen: '订单金额（分）',
  transactionId: '微信订单号',
  paidAt: '支付时间',
  state: '订单状态',
  means: '支付方式',
  currency: '币种',
  subMchId: '商户号',
  outRefundNo: '商户退款单号',
  refundYuan: '退款金额',
  refundFen: '退款金额（分）',
  refundState: '退款状态',
  refundedAt: '退款时间',
};

/** Lines named of the rows that may explain a difference. */
const LINES_NAMED = 5;

function refusalInChinese(refusal: StatementRefusal): string {
  if (refusal.code !== 'totals_mismatch') return ZH_REFUSALS[refusal.code];
  const { count, first } = refusal.problems;
  const lines = first.slice(0, LINES_NAMED).map(({ line }) => line);
  const odd =
    count === 0 ? '' : `；可疑的行：${lines.join('、')}${count > lines.length ? ` 等 ${count} 行` : ''}`;
  const totals = refusal.differences.map(({ total }) => total).join(', ');
  return `明细合计与汇总不一致（${totals}${odd}），未核对任何内容，请重新下载账单。`;
}
