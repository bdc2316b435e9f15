import type { Brand } from '../../values/brand';
import type { BeijingDay } from '../../values/day';
import type { SubMchId } from '../../values/ids';
import type { Instant } from '../../values/instant';
import type { BeijingMonth } from '../../values/month';
import { isBeijingMonth } from '../../values/month';
import { isBeijingDay } from '../../values/day';

/**
 * `<subMchId>:<day>` or `<subMchId>:<month>`: the books of one merchant's day or month. A day has
 * the id of its statement run.
 */
export type SignOffId = Brand<string, 'SignOffId'>;

/** A file that a signature covers, by its content. */
export interface SignedFile {
  /** What it is: the bill as WeChat Pay sent it, or a file that is made of the stored run. */
  readonly kind: (typeof SIGNED_FILES)[number];
  /** The day it is about; null for a file about a month. */
  readonly day: BeijingDay | null;
  readonly bytes: number;
  /** Hex SHA-256 of the file. */
  readonly sha256: string;
}

/** The kinds of signed files. */
export const SIGNED_FILES = ['bill', 'fund_flow', 'report', 'discrepancies', 'month', 'voucher'] as const;

/** That a person confirmed the books as they were. */
export interface Signature {
  readonly who: string;
  readonly at: Instant;
  /** What the person says about open items or missing bills; null where nothing had to be said. */
  readonly note: string | null;
  /** Hex SHA-256 of everything that was signed: another value means that something has changed. */
  readonly digest: string;
  readonly files: readonly SignedFile[];
}

/** A change of signed books that a person announced, with its reason. */
export interface Amendment {
  readonly at: Instant;
  readonly who: string;
  readonly reason: string;
  /** The action it was opened for, as the operator API names it; null for one opened by itself. */
  readonly action: string | null;
  /** The item of that action, or null. */
  readonly item: string | null;
}

/** A signature that a later one followed, with the amendments between the two. */
export interface EarlierSignature {
  readonly signature: Signature;
  readonly amendments: readonly Amendment[];
}

/** The sign-off of a day or month: created by its first signature, replaced by version. */
export interface SignOff {
  readonly id: SignOffId;
  /** 1 at first, and one more with every change. */
  readonly version: number;
  readonly signature: Signature;
  /** Opened since `signature`, oldest first. */
  readonly amendments: readonly Amendment[];
  /** The latest `EARLIER_KEPT`, oldest first. The audit log has all. */
  readonly earlier: readonly EarlierSignature[];
}

/** How many earlier signatures are kept. */
export const EARLIER_KEPT = 20;

/** How many amendments may be open: then somebody must sign again first. */
export const AMENDMENTS_OPEN = 200;

/** What an id names. */
export type SignOffPeriod =
  | { readonly kind: 'day'; readonly subMchId: SubMchId; readonly day: BeijingDay }
  | { readonly kind: 'month'; readonly subMchId: SubMchId; readonly month: BeijingMonth };

/** The id of a day or month. */
export function signOffId(subMchId: SubMchId, period: BeijingDay | BeijingMonth): SignOffId {
  const id: string = `${subMchId}:${period}`;
  if (!isSignOffId(id)) throw new TypeError('a sign-off is named by a merchant number and a day or month');
  return id;
}

/** Checks that outside text is the id of a day or month that exists. */
export function isSignOffId(value: unknown): value is SignOffId {
  if (typeof value !== 'string') return false;
  const [, period = ''] = /^\d{1,32}:(\d{6}(?:\d{2})?)$/.exec(value) ?? [];
  return isBeijingDay(period) || isBeijingMonth(period);
}
