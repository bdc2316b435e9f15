import type { Instant } from '../../values/instant';
import type { Person } from './principal';
import { asPerson } from './principal';

/** One token of an operator, as its SHA-256 hash: the token itself is stored nowhere. */
export interface OperatorKey {
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  /** It is valid from here on, and until there; null: without this bound. */
  readonly from: Instant | null;
  readonly until: Instant | null;
}

/** A named operator as the settings give them: who they are, and what proves it. */
export interface Operator extends Person {
  /** What proves it in a mini program: the platform names the caller's OPENID. */
  readonly openIds: readonly string[];
  /** What proves it over HTTP. Two at the same time let a token be rotated without a gap. */
  readonly keys: readonly OperatorKey[];
  /** True: none of these is accepted any more, and their sessions have ended. */
  readonly revoked: boolean;
}

/** True while this key lets somebody in. */
export function isKeyValid({ from, until }: OperatorKey, now: Instant): boolean {
  return (from === null || now >= from) && (until === null || now < until);
}

/** Everybody of these who can come in now: not revoked, with an OPENID or a valid token. Pure. */
export function peopleIn(operators: readonly Operator[], now: Instant): readonly Person[] {
  return operators
    .filter(({ revoked, openIds, keys }) => {
      return !revoked && (openIds.length > 0 || keys.some((key) => isKeyValid(key, now)));
    })
    .map(asPerson);
}
