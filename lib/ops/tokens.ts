import { createHash, timingSafeEqual } from 'node:crypto';
import type { Operator } from './api';

/** The bearer tokens of operators: of those who may act, and of those who may only look. Null: nobody may. */
export interface OpsTokens {
  readonly act: string | null;
  readonly read: string | null;
}

/** The names of the environment variables that hold them. They are never in config.json. */
export const TOKEN_VARIABLES = { act: 'OPS_TOKEN', read: 'OPS_READ_TOKEN' } as const;

/** A shorter token could be guessed. */
const LEAST_LENGTH = 16;

/** A token of fewer bits is found by somebody who tries for long enough, although wrong ones are slowed. */
const LEAST_BITS = 64;

/**
 * True for a token that is not random enough to be let into a server: as many bits as its length and the number of its different
 * characters could hold are too few, as in `aaaaaaaaaaaaaaaaaaaa` or `password12345678`.
 */
export function isGuessable(token: string): boolean {
  return token.length * Math.log2(new Set(token).size) < LEAST_BITS;
}

/** Tokens, and what was wrong with those that were left out. */
export interface ReadTokens {
  readonly tokens: OpsTokens;
  readonly problems: readonly string[];
}

/**
 * Reads both tokens from the environment.
 *
 * Failure policy: fail closed. A token that is too short, or empty, is no token; the same token for both roles is none for either, because nobody
 * could say which was meant.
 */
export function readTokens(environment: Readonly<Record<string, string | undefined>>): ReadTokens {
  const problems: string[] = [];
  const one = (name: string): string | null => {
    const token = environment[name];
    if (token === undefined) return null;
    if (token.length >= LEAST_LENGTH) return token;
    problems.push(
      `${name}: was shorter than ${LEAST_LENGTH} characters; must be a long random text, such as openssl rand -base64 32 makes`,
    );
    return null;
  };
  const act = one(TOKEN_VARIABLES.act);
  const read = one(TOKEN_VARIABLES.read);
  if (act !== null && act === read) {
    problems.push('OPS_READ_TOKEN: was the same as OPS_TOKEN; must be another');
    return { tokens: { act: null, read: null }, problems };
  }
  return { tokens: { act, read }, problems };
}

/** Whose token this is, or null. Takes as long for a near miss as for a far one: hashes are compared, and always both. */
export function operatorByToken(tokens: OpsTokens, given: string): Operator | null {
  const acts = tokens.act !== null && same(given, tokens.act);
  const reads = tokens.read !== null && same(given, tokens.read);
  if (acts) return { name: 'operator', role: 'act' };
  return reads ? { name: 'reader', role: 'read' } : null;
}

/** The token of an `Authorization` header, or null when it has none. */
export function bearerOf(header: string | null | undefined): string | null {
  return /^Bearer (.+)$/.exec(header ?? '')?.[1] ?? null;
}

function same(a: string, b: string): boolean {
  return timingSafeEqual(sha256(a), sha256(b));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
