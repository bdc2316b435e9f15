import type { DiscrepancyId } from '../../lib/model/discrepancy';
import type { InboxKey } from '../../lib/model/message';
import type { AuditSubject } from '../../lib/model/operators/audit';
import type { SignOffId } from '../../lib/model/operators/sign-off';
import { isBeijingDay } from '../../lib/values/day';
import { isBeijingMonth, type BeijingMonth } from '../../lib/values/month';
import { isOutRefundNo, isOutTradeNo, isSubMchId } from '../../lib/values/ids';
import type { OutRefundNo, OutTradeNo, SubMchId } from '../../lib/values/ids';
import { dayText } from './time';

/*
 * Names from an address, as the API takes them. The server validates them; here they only get
 * distinct types.
 */

/** An inbox key from an address. */
export function keyNamed(text: string): InboxKey | null {
  return isKey(text) ? text : null;
}

/** An order number from an address. */
export function orderNamed(text: string): OutTradeNo | null {
  return isOutTradeNo(text) ? text : null;
}

/** A refund number from an address. */
export function refundNamed(text: string): OutRefundNo | null {
  return isOutRefundNo(text) ? text : null;
}

/** A discrepancy id from an address. */
export function discrepancyNamed(text: string): DiscrepancyId | null {
  return isId(text) ? text : null;
}

/** The sign-off of a day, from an address; null for what names none. */
export function signOffOf(text: string): { readonly id: SignOffId } | null {
  return isDayOfMerchant(text) ? { id: text } : null;
}

/** A merchant's month from an address: `<subMchId>:<month>`. */
export function monthNamed(
  text: string,
): { readonly subMchId: SubMchId; readonly month: BeijingMonth } | null {
  const [subMchId, month] = text.split(':');
  return isSubMchId(subMchId) && isBeijingMonth(month) ? { subMchId, month } : null;
}

/**
 * The name of a statement run, from its id `<subMchId>:<day>`: `2026-03-01 · 1900000109`; with the
 * round where a `#<round>` follows. Any other text stays.
 */
export function runName(id: string): string {
  const [, merchant = '', day = '', round] = /^(\d{1,32}):(\d{8})(?:#(\d+))?$/.exec(id) ?? [];
  if (!isBeijingDay(day)) return id;
  return `${dayText(day)} · ${merchant}${round === undefined ? '' : ` #${round}`}`;
}

/** An item's name for people: a day's id is not one. */
export function itemName(kind: AuditSubject['kind'], name: string): string {
  return kind === 'run' ? runName(name) : name;
}

function isDayOfMerchant(text: string): text is SignOffId {
  return /^\d{1,32}:\d{8}$/.test(text);
}

function isKey(text: string): text is InboxKey {
  return text.includes(':');
}

function isId(text: string): text is DiscrepancyId {
  return text.split(':').length === 3;
}
