import type { RefusalCode } from '../../bill/refusal';

/** Why a bill proves nothing and what to do, in Chinese. */
export const ZH_REFUSALS: Readonly<Record<RefusalCode, string>> = {
  empty: '文件是空的，请重新下载账单。',
  gzip_truncated: '压缩文件不完整，请重新下载账单。',
  gzip_corrupt: '压缩文件已损坏，请重新下载账单。',
  xml_answer: '这是 XML 返回结果，不是账单。请查看其中的错误，稍后重新下载。',
  json_answer: '这是 JSON 返回结果，不是账单。请查看其中的错误，稍后重新下载。',
  html_page: '这是网页，不是账单。请检查中间的代理或网关。',
  fund_flow: '这是资金账单（fund-flow），请改为下载交易账单（downloadBill）。',
  unknown_header: '第一行不是交易账单的表头，请核实文件。',
  duplicate_columns: '表头有重复的列，无法可靠读取。',
  missing_columns: '表头缺少核对所需的列。',
  line_too_long: '有超过 64 KiB 的行，账单没有这样的行，请核实文件。',
  too_large: '文本超过 4 GiB（约 1500 万笔交易），请核实文件及其覆盖的日期。',
  too_many_lines: '超过 2000 万行，请核实文件及其覆盖的日期，再重新下载。',
  gzip_bomb: '解压后超过原大小的 200 倍，账单不会如此，请核实来源后重新下载。',
  too_slow: '读取用时超过两分钟，请核实文件，或换一台更快的机器。',
  no_summary: '文件没有汇总行就结束了，请重新下载账单。',
  bad_summary: '汇总行无法读取，或不足以校验明细，请重新下载账单。',
  data_after_summary:
    '汇总行之后还有数据。如果是多份账单合并成的文件，请逐份用 --bill 指定；否则请重新下载账单。',
  changed: '文件与校验时不一致，请重新校验。',
};
