import { CASH_BUCKETS_EN, CASH_BUCKETS_ZH } from '../../lib/statement/month/bucket-words';
import type { CashBucket, CashFile, CashResult } from '../../lib/model/statement/cash';
import type { CashAccount } from '../../lib/values/cash-account';

/** The texts of a day's cash. */
export interface CashTexts {
  readonly title: string;
  readonly account: Readonly<Record<CashAccount, string>>;
  readonly state: Readonly<Record<CashFile['state'], string>>;
  readonly result: Readonly<Record<CashResult, string>>;
  readonly bucket: Readonly<Record<CashBucket, string>>;
  readonly head: Readonly<Record<'file' | 'opening' | 'movement' | 'closing' | 'count' | 'sum', string>>;
  readonly notGiven: string;
  readonly unproved: string;
}

/** In English. */
export const CASH_EN: CashTexts = {
  title: 'Cash of the day',
  account: { BASIC: 'Basic account', OPERATION: 'Operating account', FEES: 'Fee account' },
  state: {
    waiting: 'Waiting for the bill',
    none: 'No movement',
    missing: 'Fund-flow bill missing',
    refused: 'Invalid fund-flow bill',
    proved: 'Valid fund-flow bill',
  },
  result: {
    closes: 'Every fen is explained.',
    closes_but: 'Every fen is explained but for items at the edge of the day, which wait for the next day.',
    open: 'Not every fen is explained: see the discrepancies.',
  },
  bucket: CASH_BUCKETS_EN,
  head: {
    file: 'Fund-flow bill',
    opening: 'Opening balance',
    movement: 'Movement',
    closing: 'Closing balance',
    count: 'Count',
    sum: 'Amount',
  },
  notGiven: 'No fund-flow bill: give it below, or with ops give-funds.',
  unproved: 'Proved once all bills of the day are there.',
};

/** In Chinese. */
export const CASH_ZH: CashTexts = {
  title: '当日资金',
  account: { BASIC: '基本账户', OPERATION: '运营账户', FEES: '手续费账户' },
  state: {
    waiting: '等待账单',
    none: '无资金变动',
    missing: '资金账单缺失',
    refused: '资金账单校验失败',
    proved: '资金账单校验通过',
  },
  result: {
    closes: '每一分钱都有对应。',
    closes_but: '除首尾时刻的项目等待次日账单外，每一分钱都有对应。',
    open: '并非每一分钱都有对应，请查看差异。',
  },
  bucket: CASH_BUCKETS_ZH,
  head: {
    file: '资金账单',
    opening: '期初结余',
    movement: '本期变动',
    closing: '期末结余',
    count: '笔数',
    sum: '金额',
  },
  notGiven: '没有资金账单：请在下面的“手工提供账单”中提供，或用 ops give-funds。',
  unproved: '当天的账单齐全后才会校验。',
};
