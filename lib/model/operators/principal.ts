import type { Role } from '../../config/roles';
import type { Fen } from '../../values/fen';

/*
 * Who may do what, for every way in: a call of a cloud function, an HTTP request, the command line
 * over it. Each way in proves who calls and says so with a `Principal`; what follows from it is
 * decided here.
 */

/**
 * What an operation can need. `operate` covers everything that changes something and has no
 * permission of its own; `speak_for_payers` lets a merchant's own backend name the payer.
 */
export const PERMISSIONS = [
  'look',
  'export',
  'resolve',
  'sign',
  'refund',
  'accept',
  'operate',
  'unmask',
  'erase',
  'see_sign_ins',
  'speak_for_payers',
] as const;

/** One of `PERMISSIONS`. */
export type Permission = (typeof PERMISSIONS)[number];

/** What one person may refund on top of the shop's own limits, in fen; null for no limit. */
export interface PersonalLimits {
  /** One refund. */
  readonly single: Fen | null;
  /** All their refunds of one Beijing day. */
  readonly day: Fen | null;
}

/** A person of the shop who has signed in. */
export interface Person {
  /** How records name them. Never a token; of an OPENID only a part. */
  readonly name: string;
  readonly role: Role;
  /** Absent: only the shop's limits bind them. */
  readonly refundLimits?: PersonalLimits;
}

/**
 * Who calls, as the way in proved it: a person, the merchant's own code, or nobody that may do more
 * than their own payments. Never taken from what the call itself says.
 */
export type Principal =
  ({ readonly kind: 'person' } & Person) | { readonly kind: 'merchant' } | { readonly kind: 'nobody' };

/** Nobody in particular: a payer, or a stranger. */
export const NOBODY: Principal = { kind: 'nobody' };

/** The permissions of a role: the one place that says who may do what. */
export function permissionsOf(role: Role): readonly Permission[] {
  switch (role) {
    case 'read':
      return ['look', 'export'];
    case 'accountant':
      return ['look', 'export', 'resolve', 'sign'];
    case 'refund':
      return ['look', 'export', 'refund'];
    case 'act':
      return PERMISSIONS;
  }
}

/** True when this person may do what needs that permission. */
export function may({ role }: Pick<Person, 'role'>, permission: Permission): boolean {
  return permissionsOf(role).includes(permission);
}

/** The person, or null for anybody else: the merchant's code is no person. */
export function personOf(by: Principal): Person | null {
  switch (by.kind) {
    case 'person':
      return asPerson(by);
    case 'merchant':
    case 'nobody':
      return null;
  }
}

/** Of anything that is a person, only what a person is. */
export function asPerson({ name, role, refundLimits }: Person): Person {
  return refundLimits === undefined ? { name, role } : { name, role, refundLimits };
}

/** On whose behalf money is given back. */
export interface Refunder {
  readonly origin: 'operator' | 'merchant';
  /** The name to store and show: no whole OPENID. */
  readonly who: string;
  /** The person's own limits, in addition to the shop's. */
  readonly refundLimits?: PersonalLimits;
  /** The second person who approved it; absent: none did. */
  readonly approver?: string;
}

/** This person, as somebody who gives money back. */
export function refundsAs({ name, refundLimits }: Person, approver: Person | null = null): Refunder {
  const refunder = {
    origin: 'operator',
    who: name,
    ...(approver === null ? {} : { approver: approver.name }),
  } as const;
  return refundLimits === undefined ? refunder : { ...refunder, refundLimits };
}

/** Who refunds on this authority; null if it may not. */
export function refunderOf(by: Principal): Refunder | null {
  switch (by.kind) {
    case 'person':
      return may(by, 'refund') ? refundsAs(by) : null;
    case 'merchant':
      return { origin: 'merchant', who: 'merchant' };
    case 'nobody':
      return null;
  }
}

/** What people may refund, in fen; null for no limit. */
export interface RefundLimits {
  /** One refund. */
  readonly single: Fen | null;
  /** All refunds of one person on one Beijing day. */
  readonly operatorDay: Fen | null;
  /** The refunds of all people on one Beijing day. */
  readonly day: Fen | null;
}

/** The limits, by their names in the configuration. */
export const REFUND_LIMITS = [
  'single',
  'operatorDay',
  'day',
] as const satisfies readonly (keyof RefundLimits)[];

/** One of `REFUND_LIMITS`. */
export type RefundLimit = (typeof REFUND_LIMITS)[number];

/**
 * The limits that bind who refunds, the lower of the shop's and the person's own; null for none.
 * Merchant code has none, and its refunds are not counted: what it refunds follows from the shop's
 * own rules, and a limit would strand them half done.
 */
export function limitsOf({ origin, refundLimits }: Refunder, configured: RefundLimits): RefundLimits | null {
  switch (origin) {
    case 'operator':
      if (refundLimits === undefined) return configured;
      return {
        ...configured,
        single: lower(configured.single, refundLimits.single),
        operatorDay: lower(configured.operatorDay, refundLimits.day),
      };
    case 'merchant':
      return null;
  }
}

function lower(one: Fen | null, other: Fen | null): Fen | null {
  if (one === null) return other;
  return other === null || one <= other ? one : other;
}
