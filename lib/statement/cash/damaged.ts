import type { FundRefusal, FundRefusalCode } from '../../bill/fund-flow/read';

const DAMAGES: ReadonlySet<FundRefusalCode> = new Set(['empty', 'damaged', 'no_summary']);

/** True for a refusal that more likely comes from a damaged download than from a wrong bill. */
export function looksDamagedFund({ code }: FundRefusal): boolean {
  return DAMAGES.has(code);
}
