import type { Language } from '../lib/values/language';

/** How the command is used, in the reader's language. */
export function usage(language: Language): string {
  return language === 'zh' ? ZH : EN;
}

const EN = `npm run match -- --bill <file> --orders <file> [more of both] [options]

Compares trade bills of WeChat Pay with your orders, without a server or a network.

  --bill <file>       trade bill as downloaded: CSV, gzip or zip; may be given again for more days
  --orders <file>     orders or refunds: CSV, tab-separated text, xlsx, gzip or zip; may be given again
  --from, --to <day>  the days that the bills cover, such as 2026-03-01; both days included
  --merchant <no>     only this merchant number, on both sides
  --fee-rate <rate>   checks fees against a rate such as 0.60%
  --canary <no>       the order number of a canary, the test with one fen that your orders lack;
                      may be given again
  --columns <a=b,…>   which header is which column: order, transaction, amount, amount-fen, paid-at,
                      state, paid-by, currency, merchant, refund, refund-amount,
                      refund-amount-fen, refund-state, refunded-at; an empty header leaves a
                      column out
  --states <a=b,…>    what a word of the state column means: paid, pending, closed or failed
  --json, --csv       the whole report, or a table for a spreadsheet
  --out <file>        writes to a file, never over one that is compared
  --lang zh|en        the language of the report and of messages

npm run match -- cash --help says how the account is closed with its fund-flow bills.

Exit: 0 both sides agree and everything was looked for, 1 there are differences, doubts or items not
looked for, 2 the input must be fixed first.
`;

const ZH = `npm run match -- --bill <文件> --orders <文件> [可重复指定] [选项]

核对微信支付交易账单与您的订单，不需要服务器和网络。

  --bill <文件>       下载的交易账单：CSV、gzip 或 zip；多天的账单可重复指定
  --orders <文件>     订单或退款：CSV、制表符分隔文本、xlsx、gzip 或 zip；可重复指定
  --from, --to <日期> 账单覆盖的日期（含首尾），例如 2026-03-01
  --merchant <号码>   只核对该商户号，两边都按此筛选
  --fee-rate <费率>   按该费率检查手续费，例如 0.60%
  --canary <单号>     探测单的订单号（付 0.01 元的测试，您的订单表中没有）；可重复指定
  --columns <a=b,…>   指定表头对应的列：订单号、微信订单号、金额、金额分、支付时间、状态、支付方式、
                      币种、商户号、退款单号、退款金额、退款金额分、退款状态、退款时间；表头留空表示不用该列
  --states <a=b,…>    说明状态列中某个词的含义：paid、pending、closed 或 failed
  --json, --csv       输出完整报告，或供表格软件使用的表格
  --out <文件>        写入文件，不会覆盖参与核对的文件
  --lang zh|en        报告和提示的语言

用资金账单结账的用法见 npm run match -- cash --help。

退出码：0 两边一致且全部核对过；1 有差异、存疑或未核对的内容；2 需要先处理输入。
`;
