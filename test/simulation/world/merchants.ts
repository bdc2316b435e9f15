import type { Price } from '../../../lib/orders/price';
import type { Json } from '../../../lib/values/json';
import { isRecord } from '../../../lib/values/json';
import { isSubMchId } from '../../../lib/values/ids';
import { price } from '../../shop/price';
import type { OrderPlan } from '../plan/plan';

/** The merchants of a history; most have only the first. */
export const MERCHANTS = ['1606704502', '1606704503'] as const;

/** Whose a planned order is. */
export function merchantOf({ merchant }: Pick<OrderPlan, 'merchant'>): string {
  return MERCHANTS[merchant];
}

/** What the shop's `price.ts` says, for the merchant whose shop the cart is from. */
export function priceInShop(cart: Json): Price {
  const lines: readonly unknown[] = Array.isArray(cart) ? cart : [];
  const shop = isRecord(lines[0]) ? lines[0]['shop'] : undefined;
  const asked = price(cart);
  return isSubMchId(shop) ? { ...asked, subMchId: shop } : asked;
}
