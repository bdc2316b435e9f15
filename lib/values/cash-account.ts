/**
 * The accounts of a merchant that WeChat Pay has fund-flow bills of: the basic account (基本账户),
 * the operating account (运营账户) and the fee account (手续费账户).
 */
export const CASH_ACCOUNTS = ['BASIC', 'OPERATION', 'FEES'] as const;

/** One of `CASH_ACCOUNTS`. */
export type CashAccount = (typeof CASH_ACCOUNTS)[number];
