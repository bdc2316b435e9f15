import type { Brand } from '../values/brand';
import type { Instant } from '../values/instant';

/**
 * The fencing token of one claim. Every write under the claim carries it. The store refuses a write
 * whose token is not the document's, or whose lease has run out, so a worker that froze and comes
 * back late can finish nothing.
 */
export type LeaseToken = Brand<string, 'LeaseToken'>;

/** Who holds a document, and until when. */
export interface Lease {
  readonly token: LeaseToken;
  readonly until: Instant;
}

/** Checks a token read from a store. */
export function isLeaseToken(value: unknown): value is LeaseToken {
  return typeof value === 'string' && value.length >= 8 && value.length <= 64;
}

/**
 * Makes the token of a new claim from a unique text of 8 to 64 characters. Throws `TypeError`
 * otherwise.
 */
export function leaseToken(unique: string): LeaseToken {
  if (!isLeaseToken(unique)) throw new TypeError('a lease token has 8 to 64 characters');
  return unique;
}
