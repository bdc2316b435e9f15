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
  readonly merchants: readonly [SubMchId, ...SubMchId[]];
  /** Those whose channel refuses characters of more than 3 bytes in UTF-8: API v3. */
  readonly narrowText: readonly SubMchId[];
}

/**
 * The price of a cart, from the merchant's code. A price that WeChat Pay would refuse never gets
 * past here.
 *
 * - `PriceRefused` is for the payer, who reads its message.
 * - A bug in the code (`fen(19.9 * 100)`, a total of 0, a line break in the body) is for the
 *   developer: it is logged as `price_failed` with a fix, and refused without `retry`, since the
 *   same cart meets the same bug.
 * - A body that is too long, or has characters its channel refuses, is sent shortened, and logged
 *   as `goods_description_changed`: a product's name must not keep it from being sold.
 * - Any other error, such as a database that does not answer, is logged too and may pass by itself.
 *
 * Failure policy: fail closed. No order is made at an uncertain price.
 */
export async function checkedPrice(
  { price: priceCart, log, merchants, narrowText }: PriceDeps,
  outTradeNo: OutTradeNo,
  cart: Json,
  payer: PayerId,
): Promise<{ readonly ok: true; readonly price: Price } | Refusal> {
  let fault: string;
  try {
    const price = await priceCart(cart, payer);
    const isNarrow = narrowText.includes(price.subMchId ?? merchants[0]);
    const body = fittingBody(price.body, isNarrow);
    const wrong = wrongIn({ ...price, body }, merchants, isNarrow);
    if (wrong === null) {
      if (body !== price.body) {
        const fix = `give a body of at most ${MAX_BODY_BYTES} bytes${isNarrow ? ' without emoji' : ''}`;
        log.warn('goods_description_changed', {
          outTradeNo,
          given: price.body.slice(0, 200),
          sent: body,
          fix,
        });
      }
      return { ok: true, price: { ...price, body } };
    }
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

/** The longest goods description, in bytes. API v3 documents characters and counts bytes. */
const MAX_BODY_BYTES = 127;

/** Characters of 4 bytes in UTF-8, with what joins emoji to one picture. */
const WIDE = /[\u200D\uFE0F]*[\u{10000}-\u{10FFFF}][\u200D\uFE0F]*/u;

/**
 * A goods description as its channel takes it: cut between characters and, where the channel is
 * `narrow`, without emoji and with a box for every other character of 4 bytes. Pure.
 */
export function fittingBody(body: string, isNarrow: boolean): string {
  if (!isPrintable(body)) return body;
  const narrowed = isNarrow
    ? body
        .replace(new RegExp(WIDE, 'gu'), (wide) => (/\p{Emoji}|\p{Emoji_Component}/u.test(wide) ? '' : '□'))
        .trim()
    : body;
  if (Buffer.byteLength(narrowed) <= MAX_BODY_BYTES) return narrowed;
  let kept = '';
  for (const { segment } of new Intl.Segmenter('zh', { granularity: 'grapheme' }).segment(narrowed)) {
    if (Buffer.byteLength(kept + segment) > MAX_BODY_BYTES) break;
    kept += segment;
  }
  return kept.trimEnd();
}

/** What is wrong with a price, in words for the developer; null when nothing is. */
function wrongIn(
  { total, body, attach = '', subMchId }: Price,
  merchants: readonly SubMchId[],
  isNarrow: boolean,
): string | null {
  if (!isPayableFen(total)) return 'merchant/price.ts must give a total of at least 1 fen, a whole number';
  if (body === '') return `merchant/price.ts must give a body${isNarrow ? ' of more than emoji' : ''}`;
  const most = isNarrow ? 128 : 127;
  if (Buffer.byteLength(attach) > most) {
    return `merchant/price.ts must give an attach of at most ${most} bytes`;
  }
  if (isNarrow && WIDE.test(attach)) {
    return 'merchant/price.ts must give an attach without emoji and other characters of 4 bytes: API v3 refuses them';
  }
  if (!isPrintable(body) || !isPrintable(attach)) {
    return 'merchant/price.ts must give a body and an attach without control characters, such as line breaks';
  }
  if (subMchId !== undefined && !merchants.includes(subMchId)) {
    return 'merchant/price.ts must give a subMchId that config.json lists';
  }
  return null;
}
