import type { PayerId } from '../values/ids';
import { isPayerId } from '../values/ids';
import { isRecord } from '../values/json';

/** What WeChat answers about a code from `wx.login`. */
export type LoginAnswer =
  | { readonly kind: 'payer'; readonly payer: PayerId }
  /** The code is invalid, used or expired (5 minutes). The mini program must get another. */
  | { readonly kind: 'refused' }
  /** WeChat does not accept our appid or its secret: an operator must fix that. */
  | { readonly kind: 'misconfigured'; readonly errcode: number }
  /** No readable answer. The same code may be tried again. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** Exchanges a code from `wx.login` for the payer's OPENID. */
export interface LoginExchange {
  /** Asks WeChat once (`code2Session`). Never rejects. */
  exchange(code: string): Promise<LoginAnswer>;
}

/** True for text that may be a code. WeChat documents no format. */
export function isLoginCode(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{1,128}$/.test(value);
}

/**
 * Errors that make a code useless: invalid (40029), used (40163), or its user is blocked (40226).
 */
const REFUSALS: ReadonlySet<unknown> = new Set([40029, 40163, 40226]);

/** Errors that say that appid (40013) or secret (40001, 40125) is wrong. */
const MISCONFIGURED: readonly unknown[] = [40001, 40013, 40125];

/**
 * Reads an answer of `code2Session`: `{openid, session_key, …}`, or `{errcode, errmsg}`.
 *
 * Failure policy: fail closed. Anything but an OPENID without an error identifies nobody.
 */
export function readCode2Session(answer: unknown): LoginAnswer {
  if (!isRecord(answer)) return { kind: 'unknown', reason: 'the answer is not an object' };
  const { errcode = 0, openid } = answer;
  if (REFUSALS.has(errcode)) return { kind: 'refused' };
  if (typeof errcode === 'number' && MISCONFIGURED.includes(errcode)) {
    return { kind: 'misconfigured', errcode };
  }
  if (errcode !== 0) return { kind: 'unknown', reason: `errcode ${String(errcode).slice(0, 20)}` };
  return isPayerId(openid) ? { kind: 'payer', payer: openid } : { kind: 'unknown', reason: 'no openid' };
}
