import type { Price } from '../lib/orders/price';
import { PriceRefused } from '../lib/orders/price';
import { fen } from '../lib/values/fen';
import { isSubMchId } from '../lib/values/ids';
import type { Json } from '../lib/values/json';
import { isRecord } from '../lib/values/json';

/** What the demo shop sells, in fen. Put your own catalogue here, or look it up in `db`. */
const CATALOGUE: ReadonlyMap<string, { readonly name: string; readonly price: number }> = new Map([
  ['tea', { name: '龙井茶 50g', price: 5800 }],
  ['cup', { name: '青瓷杯', price: 3200 }],
  ['cake', { name: '绿豆糕', price: 990 }],
]);

/**
 * Calculates the price of a cart. Yours to edit. The cart comes from the mini program: trust what
 * the user wants, never its prices. Throw `PriceRefused` for what you cannot sell. A second
 * parameter is the payer; a third, `db: MerchantDb`, reads your own data. The demo's cart is `[{
 * "sku": "tea", "count": 2 }]`; with several merchants, each line also names the `merchant` to pay,
 * which your shop would know by the article.
 */
export function price(cart: Json): Price {
  if (!Array.isArray(cart) || cart.length === 0) throw new PriceRefused('the cart is empty');
  const lines = cart.map((line: unknown) => {
    const item = isRecord(line) && typeof line['sku'] === 'string' ? CATALOGUE.get(line['sku']) : undefined;
    const count = isRecord(line) ? line['count'] : undefined;
    if (item === undefined) throw new PriceRefused('the cart holds something we do not sell');
    if (typeof count !== 'number' || !Number.isInteger(count) || count < 1 || count > 99) {
      throw new PriceRefused('the count of each article must be 1 to 99');
    }
    const merchant = isRecord(line) ? line['merchant'] : undefined;
    return { name: item.name, amount: item.price * count, merchant };
  });
  const total = lines.reduce((sum, line) => sum + line.amount, 0);
  const name = lines[0]?.name ?? '';
  const merchant: unknown = lines[0]?.merchant;
  return {
    total: fen(total),
    body: lines.length === 1 ? name : `${name} 等 ${lines.length} 件`,
    ...(isSubMchId(merchant) ? { subMchId: merchant } : {}),
  };
}
