import type { Fen } from '../values/fen';

/*
 * Who may do what, for every way in: a call of a cloud function, an HTTP request, the command line
 * over it. Each way in proves who calls and says so with a `Principal`; what follows from it is
 * decided here.
 */

/** What people may do, each role including those before it: `read` looks, `act` also changes. */
export const ROLES = ['read', 'act'] as const;

/** One of `ROLES`. */
export type Role = (typeof ROLES)[number];

/** A person of the shop who has signed in. */
export interface Person {
  /** How records name them. Never a token; of an OPENID only a part. */
  readonly name: string;
  readonly role: Role;
}

/**
 * Who calls, as the way in proved it: a person, the merchant's own code, or nobody that may do more
 * than their own payments. Never taken from what the call itself says.
 */
export type Principal =
  ({ readonly kind: 'person' } & Person) | { readonly kind: 'merchant' } | { readonly kind: 'nobody' };

/** Nobody in particular: a payer, or a stranger. */
export const NOBODY: Principal = { kind: 'nobody' };

/** True when this role may do what that one may. */
export function mayAs({ role }: Pick<Person, 'role'>, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}

/** The person, or null for anybody else: the merchant's code is no person. */
export function personOf(by: Principal): Person | null {
  switch (by.kind) {
    case 'person':
      return { name: by.name, role: by.role };
    case 'merchant':
    case 'nobody':
      return null;
  }
}

/** On whose behalf money is given back. */
export interface Refunder {
  readonly origin: 'operator' | 'merchant';
  /** The name to store and show: no whole OPENID. */
  readonly who: string;
}

/** Who gives money back on this authority; null for who may not. */
export function refunderOf(by: Principal): Refunder | null {
  switch (by.kind) {
    case 'person':
      return mayAs(by, 'act') ? { origin: 'operator', who: by.name } : null;
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
 * The limits that bind who refunds; null for none. Merchant code has none, and its refunds are not
 * counted: what it refunds follows from the shop's own rules, and a limit would strand them half
 * done.
 */
export function limitsOf({ origin }: Refunder, configured: RefundLimits): RefundLimits | null {
  switch (origin) {
    case 'operator':
      return configured;
    case 'merchant':
      return null;
  }
}
