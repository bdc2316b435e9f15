import { price } from '#merchant/price';
import type { PriceCart, PriceHook } from '../../orders/price';
import type { MerchantPorts } from '../ports';

/** The signature that the merchant's code must fit. It may leave out parameters. */
const hook: PriceHook = price;

/** Prices by `merchant/price.ts`, with look-ups in the merchant's own data. */
export function merchantPrice({ merchantDb }: Pick<MerchantPorts, 'merchantDb'>): PriceCart {
  return (cart, payer) => hook(cart, payer, merchantDb);
}
