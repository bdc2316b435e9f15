import { z } from 'zod';
import { isPayableFen, type Fen } from '../../lib/values/fen';
import { zonedTime } from '../../lib/values/instant';

/**
 * A text of at most so many **bytes** of UTF-8, whatever the pages say of characters.
 * `detail.value` of the refusal is the number of bytes.
 */
export function bytes(most: number, least = 1) {
  return z.string().superRefine((text, context) => {
    const value = Buffer.byteLength(text);
    if (value > most) {
      context.addIssue({
        code: 'custom',
        message: `字节数 ${value}，大于最大值 ${most}`,
        params: { value },
      });
    } else if (value < least) {
      context.addIssue({
        code: 'custom',
        message: `字节数 ${value}，小于最小值 ${least}`,
        params: { value },
      });
    }
  });
}

/** 商户订单号: 6 to 32 of these. */
export const orderNumberV3 = bytes(32, 6).regex(/^[0-9A-Za-z_\-|*]*$/);

/** 商户退款单号: 1 to 64 of these. */
export const refundNumberV3 = bytes(64).regex(/^[0-9A-Za-z_\-|*@]*$/);

/** An amount of at least one fen. Texts are refused. */
export const payable = z.custom<Fen>(isPayableFen);

/** RFC 3339 with a zone. */
export const zoned = z.string().refine((text) => zonedTime(text) !== null);

/** A notify_url: https, without a query. */
export function notifyUrl(most: number) {
  return bytes(most).refine((text) => /^https:\/\/[^/?#\s]+(?:\/[^?#\s]*)?$/.test(text));
}

/** A day as v3 writes it: `yyyy-MM-dd`. */
export const dashedDay = z.string().regex(/^\d{4}-\d\d-\d\d$/);

/** True for JSON text that API v3 takes: no `null`, no character beyond 3 bytes of UTF-8. */
export function isPlainText(text: string): boolean {
  return !/[\u{10000}-\u{10ffff}]/u.test(text);
}

/** True when a parsed body holds `null` anywhere: API v3 refuses it. */
export function holdsNull(value: unknown): boolean {
  if (value === null) return true;
  if (typeof value !== 'object') return false;
  return Object.values(value).some(holdsNull);
}
