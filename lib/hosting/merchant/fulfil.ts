import { fulfill } from '#merchant/fulfill';
import type { Fulfil, FulfilHook } from '../../orders/fulfil';
import type { MerchantPorts } from '../ports';

/** What the merchant's code is held to, however few of the parameters it takes. */
const hook: FulfilHook = fulfill;

/** Fulfils by `merchant/fulfill.ts`, with look-ups in the merchant's own data. */
export function merchantFulfil({ merchantDb }: Pick<MerchantPorts, 'merchantDb'>): Fulfil {
  return (order, key, signal) => hook(order, key, signal, merchantDb);
}
