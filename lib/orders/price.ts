import type { Fen } from '../values/fen';
import type { PayerId, SubMchId } from '../values/ids';
import type { Json } from '../values/json';

/** What a cart costs, as the merchant's `price.ts` says. */
export interface Price {
  /** What the payer pays, in fen, at least 1. */
  readonly total: Fen;
  /** What the payer reads on the payment sheet (商品描述), 1 to 128 bytes of UTF-8. */
  readonly body: string;
  /** The merchant's own note, echoed by WeChat Pay (附加数据), at most 127 bytes. */
  readonly attach?: string;
  /** Which of several merchant numbers gets the money. */
  readonly subMchId?: SubMchId;
}

/** Prices a cart. Throws `PriceRefused` for a cart that cannot be sold; what the client says it costs is never asked. */
export type PriceCart = (cart: Json, payer: PayerId) => Price | Promise<Price>;

/** A cart that cannot be sold. The message is shown to the payer. */
export class PriceRefused extends Error {
  override readonly name = 'PriceRefused';
}
