import type { MerchantDb } from '../store/merchant-db';
import type { Fen } from '../values/fen';
import type { PayerId, SubMchId } from '../values/ids';
import type { Json } from '../values/json';

/** The price of a cart, as the merchant's `price.ts` returns it. */
export interface Price {
  /** What the payer pays, in fen, at least 1. */
  readonly total: Fen;
  /** What the payer reads on the payment sheet (商品描述). Sent with at most 127 bytes. */
  readonly body: string;
  /** The merchant's own note, which WeChat Pay returns (附加数据), at most 127 bytes; 128 on API v3. */
  readonly attach?: string;
  /** Which of several merchant numbers is paid. */
  readonly subMchId?: SubMchId;
}

/**
 * Prices a cart. Throws `PriceRefused` for a cart that cannot be sold. A price sent by the client
 * is never used.
 */
export type PriceCart = (cart: Json, payer: PayerId) => Price | Promise<Price>;

/** `price` of `merchant/price.ts`: as `PriceCart`, with look-ups in the merchant's own data. */
export type PriceHook = (cart: Json, payer: PayerId, db: MerchantDb) => Price | Promise<Price>;

/** A cart that cannot be sold. The payer reads the message. */
export class PriceRefused extends Error {
  override readonly name = 'PriceRefused';
}
