import type { FundRefusal, FundRefusalCode } from '../../bill/fund-flow/read';

const WRONG_IN_ITSELF: ReadonlySet<FundRefusalCode> = new Set(['not_fund_flow', 'too_large']);

/** True for a refusal that damage on the way may explain: a byte that was cut off or changed. */
export function mayBeDamagedFund({ code }: FundRefusal): boolean {
  return !WRONG_IN_ITSELF.has(code);
}
