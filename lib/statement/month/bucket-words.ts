import type { CashBucket } from '../../model/statement/cash';

/** Where trades and movements end, for people, in English. */
export const CASH_BUCKETS_EN: Readonly<Record<CashBucket, string>> = {
  booked: 'Booked as the trade says',
  differs: 'Booked otherwise',
  not_booked: 'Trade not booked (should move)',
  without_trade: 'Booked without a trade',
  cut_off: 'At the edge of the days',
  in_doubt: 'Fee of the trade unreadable',
  nothing: 'Trade that moves nothing',
  named: 'Other movements',
  other_days: 'Trade of other days (should move)',
};

/** In Chinese. */
export const CASH_BUCKETS_ZH: Readonly<Record<CashBucket, string>> = {
  booked: '与交易一致',
  differs: '与交易不符',
  not_booked: '交易未入账（应变动）',
  without_trade: '入账但无对应交易',
  cut_off: '处于首尾时刻',
  in_doubt: '交易手续费无法读取',
  nothing: '无资金变动的交易',
  named: '其他资金变动',
  other_days: '其他日期的交易（应变动）',
};
