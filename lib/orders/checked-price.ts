import type { Log } from '../runtime/log';
import type { Refusal } from '../runtime/reply';
import { refuse, refuseForNow } from '../runtime/reply';
import { errorText } from '../runtime/error-text';
import { isPayableFen } from '../values/fen';
import type { OutTradeNo, PayerId, SubMchId } from '../values/ids';
import type { Json } from '../values/json';
import type { Price, PriceCart } from './price';
import { PriceRefused } from './price';

/** What pricing a cart needs. */
export interface PriceDeps {
  readonly price: PriceCart;
  readonly log: Log;
  readonly merchants: readonly SubMchId[];
}

/**
 * The price of a cart, from the merchant's code. A price that WeChat Pay would refuse never gets
 * past here.
 *
 * - `PriceRefused` is for the payer, who reads its message.
 * - A bug in the code (`fen(19.9 * 100)`, a total of 0, a line break in the body) is for the
 *   developer: it is logged as `price_failed` with a fix, and refused without `retry`, since the
 *   same cart meets the same bug.
 * - Any other error, such as a database that does not answer, is logged too and may pass by itself.
 *
 * Failure policy: fail closed. No order is made at an uncertain price.
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
  return refuse('PRICE_BROKEN', 'the shop cannot price this cart; the log has the reason for its developer');
}

/**
 * Errors that the same cart meets again. A TypeError of `fetch` with a cause is a network failure,
 * which passes.
 */
function isFaultOfCode(error: unknown): boolean {
  if (error instanceof TypeError) return error.cause === undefined;
  return error instanceof RangeError || error instanceof ReferenceError || error instanceof SyntaxError;
}

/**
 * Characters that WeChat Pay must not receive: control characters, line and paragraph separators,
 * marks that change the writing direction, and unpaired surrogates. WeChat Pay copies the text into
 * bills, where a line break splits a row.
 */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202A-\u202E\u2066-\u2069]/u;

/** True for a text that WeChat Pay may receive unchanged. */
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
