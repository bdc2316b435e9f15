import type { HttpAnswer } from '../runtime/http-post';
import { isRecord, parseJson } from '../values/json';

/** What the answer of the merchant's system says about the order. */
export type WebhookVerdict =
  | { readonly result: 'fulfilled'; readonly receipt: string | null }
  /** For good, or for now. */
  | { readonly result: 'refused' | 'declined'; readonly why: string }
  /**
   * It is not about the order, or cannot be read. `afterMs`: how long it asks to be left alone;
   * null: it does not. `isForAll`: it says so of all calls, whichever the order.
   */
  | {
      readonly result: 'unavailable';
      readonly why: string;
      readonly afterMs: number | null;
      readonly isForAll: boolean;
    };

/** There are too many calls: it is about the rate, and not about one order. */
const TOO_MANY = 429;

/**
 * Statuses with which a receiver may ask for time. A 503 may be one order that breaks it, which
 * must not stop the others.
 */
const ASKING: ReadonlySet<number> = new Set([TOO_MANY, 503]);

/** The most that a receiver may ask for, in ms. Longer is a mistake, or a date of another day. */
const LONGEST_ASKED_MS = 3_600_000;

/**
 * Reads an answer. Pure.
 *
 *   2xx, not read whole                  unavailable: it may say `ok: false`
 *   2xx                                  fulfilled, unless its body says `ok: false`
 *   2xx or 4xx, `ok: false, permanent`   refused for good
 *   2xx or 4xx, `ok: false`              declined: an attempt of the order is spent
 *   anything else                        unavailable: no attempt is spent
 *
 * Failure policy: fail closed. Only a body of the receiver's own making speaks about the order. A
 * status alone may come from a proxy, a firewall or a wrong address, and it answers so for every
 * order. Receivers answer 400 or 422 to a signature they do not accept, and 409 to a key they have
 * seen: a wrong secret must not end what is due. The order waits until somebody corrects it.
 */
export function readWebhookAnswer(
  { status, retryAfter, text, isWhole }: HttpAnswer,
  now: number,
): WebhookVerdict {
  const isSuccess = status >= 200 && status < 300;
  if (isSuccess && !isWhole) {
    const why = `HTTP ${status} with an answer that is compressed or longer than 16 KB`;
    return { result: 'unavailable', why, afterMs: null, isForAll: false };
  }
  const body = isSuccess || (status >= 400 && status < 500) ? parseJson(text) : undefined;
  if (isRecord(body) && body['ok'] === false) {
    const { permanent, message } = body;
    const why = typeof message === 'string' && message !== '' ? message : `HTTP ${status}, without a message`;
    return { result: permanent === true ? 'refused' : 'declined', why };
  }
  if (isSuccess) {
    const receipt = isRecord(body) ? body['receipt'] : undefined;
    return { result: 'fulfilled', receipt: typeof receipt === 'string' ? receipt : null };
  }
  const why = `HTTP ${status}`;
  const afterMs = ASKING.has(status) ? askedMs(retryAfter, now) : null;
  return { result: 'unavailable', why, afterMs, isForAll: status === TOO_MANY };
}

/** A `Retry-After` in ms from `now`, 1 s to an hour: seconds or an HTTP date; null without one. */
function askedMs(retryAfter: string | null, now: number): number | null {
  const text = retryAfter?.trim() ?? '';
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : httpDate(text) - now;
  return Number.isFinite(ms) ? Math.min(LONGEST_ASKED_MS, Math.max(1_000, ms)) : null;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A date such as `Sun, 01 Mar 2026 04:02:00 GMT` in ms; NaN for anything else. */
function httpDate(text: string): number {
  const parts = /^\w{3}, (\d\d) (\w{3}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/.exec(text);
  if (parts === null) return NaN;
  const [, day, month = '', year, ...time] = parts;
  const [hours, minutes, seconds] = time.map(Number);
  const at = MONTHS.indexOf(month);
  return at < 0 ? NaN : Date.UTC(Number(year), at, Number(day), hours, minutes, seconds);
}
