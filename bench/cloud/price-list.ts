/**
 * Tencent CloudBase, pay as you go, in yuan (tencentyun/qcloud-documents, 购买指南/产品定价, 2021–23).
 * Newer price lists count resource points, whose rates we could not find: the figures show
 * proportions, not an invoice.
 */
export const PRICES = {
  gigabyteSecond: 0.00011108,
  invocation: 0.0133 / 10_000,
  read: 0.015 / 10_000,
  write: 0.05 / 10_000,
} as const;

/**
 * WeChat's call packs (wxcloud/billing/package.md, 2026), in yuan: a function and each of its
 * requests count as one call each.
 */
export const CALL_PACKS = { small: 40 / 1_000_000, large: 25 / 1_000_000 } as const;

/** Functions are charged per started 100 ms. */
export const STARTED_MS = 100;
