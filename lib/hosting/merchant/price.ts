import { price } from '#merchant/price';
import type { PriceCart, PriceHook } from '../../orders/price';
import type { MerchantPorts } from '../ports';

/** What the merchant's code is held to, however few of the parameters it takes. */
const hook: PriceHook = price;

/** Prices by `merchant/price.ts`, with look-ups in the merchant's own data. */
export function merchantPrice({ merchantDb }: Pick<MerchantPorts, 'merchantDb'>): PriceCart {
  return (cart, payer) => hook(cart, payer, merchantDb);
}
