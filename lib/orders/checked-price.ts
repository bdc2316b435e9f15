import type { Log } from '../runtime/log';
import type { Refusal } from '../runtime/reply';
import { refuse, refuseForNow } from '../runtime/reply';
import { errorText } from '../runtime/error-text';
import { isPayableFen } from '../values/fen';
import type { OutTradeNo, PayerId, SubMchId } from '../values/ids';
import type { Json } from '../values/json';
import type { Price, PriceCart } from './price';
import { PriceRefused } from './price';

/** What asking for a price needs. */
export interface PriceDeps {
  readonly price: PriceCart;
  readonly log: Log;
  readonly merchants: readonly SubMchId[];
}

/**
 * What a cart costs, by the merchant's code. A price that WeChat Pay would not take never leaves here.
 *
 * - `PriceRefused` is for the payer, who reads its message.
 * - A fault of the code (`fen(19.9 * 100)`, a total of 0, a line break in the body) is for the developer: logged as `price_failed`
 *   with what to change, and refused without `retry`, since the same cart meets the same fault.
 * - Anything else, such as a database that does not answer, is logged alike and may pass by itself.
 *
 * Failure policy: fail closed. No order is made at a price that nobody can be sure of.
 */
export async function checkedPrice(
  { price: priceCart, log, merchants }: PriceDeps,
  outTradeNo: OutTradeNo,
  cart: Json,
  payer: PayerId,
): Promise<{ readonly ok: true; readonly price: Price } | Refusal> {
  let fault: string;
  try {
    const price = await priceCart(cart, payer);
    const wrong = wrongIn(price, merchants);
    if (wrong === null) return { ok: true, price };
    fault = wrong;
  } catch (error) {
    if (error instanceof PriceRefused) return refuse('PRICE_REFUSED', error.message);
    fault = errorText(error, payer);
    if (!isFaultOfCode(error)) {
      log.error('price_failed', { outTradeNo, error: fault, fix: 'see what merchant/price.ts depends on' });
      return refuseForNow('INTERNAL', 'the shop cannot price this cart right now, please try again');
    }
  }
  log.error('price_failed', { outTradeNo, error: fault, fix: 'correct merchant/price.ts' });
  return refuse('PRICE_BROKEN', 'the shop cannot price this cart; its developer finds the reason in the log');
}

/** Errors that the same cart meets again. `fetch` throws a TypeError with a cause for a network that failed: that passes. */
function isFaultOfCode(error: unknown): boolean {
  if (error instanceof TypeError) return error.cause === undefined;
  return error instanceof RangeError || error instanceof ReferenceError || error instanceof SyntaxError;
}

/**
 * Characters that no text for WeChat Pay may hold: control characters, line and paragraph separators, marks that turn the direction of
 * writing, and halves of characters. WeChat Pay writes the text into bills, where a line break makes two rows of one.
 */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202A-\u202E\u2066-\u2069]/u;

/** True for a text that may go to WeChat Pay as it is. */
export function isPrintable(text: string): boolean {
  return !UNPRINTABLE.test(text);
}

/** What is wrong with a price, in words for the developer; null when nothing is. */
function wrongIn(
  { total, body, attach = '', subMchId }: Price,
  merchants: readonly SubMchId[],
): string | null {
  if (!isPayableFen(total)) return 'merchant/price.ts must give a total of at least 1 fen, a whole number';
  if (Buffer.byteLength(body) < 1 || Buffer.byteLength(body) > 128) {
    return 'merchant/price.ts must give a body of 1 to 128 bytes';
  }
  if (Buffer.byteLength(attach) > 127) return 'merchant/price.ts must give an attach of at most 127 bytes';
  if (!isPrintable(body) || !isPrintable(attach)) {
    return 'merchant/price.ts must give a body and an attach without control characters, such as line breaks';
  }
  if (subMchId !== undefined && !merchants.includes(subMchId)) {
    return 'merchant/price.ts must give a subMchId that config.json lists';
  }
  return null;
}
