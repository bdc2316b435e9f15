import { createHash, timingSafeEqual } from 'node:crypto';
import type { Person } from '../model/principal';

/** The bearer tokens of operators, for each right. Null: nobody has it. */
export interface OpsTokens {
  readonly act: string | null;
  readonly read: string | null;
}

/** The environment variables that hold them. They are never in config.json. */
export const TOKEN_VARIABLES = { act: 'OPS_TOKEN', read: 'OPS_READ_TOKEN' } as const;

/** A shorter token could be guessed. */
const LEAST_LENGTH = 16;

/** A token of fewer bits can be found by trying long enough, although failures are slowed down. */
const LEAST_BITS = 64;

/**
 * True for a token that is not random enough for a server: its length and its number of distinct
 * characters cannot hold enough bits, as in `aaaaaaaaaaaaaaaaaaaa` or `password12345678`.
 */
export function isGuessable(token: string): boolean {
  return token.length * Math.log2(new Set(token).size) < LEAST_BITS;
}

/** The tokens, and what was wrong with rejected ones. */
export interface ReadTokens {
  readonly tokens: OpsTokens;
  readonly problems: readonly string[];
}

/**
 * Reads both tokens from the environment.
 *
 * Failure policy: fail closed. A token that is empty or too short does not count. The same token
 * for both rights counts for neither, because it is unclear which was meant.
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

/**
 * The operator this token belongs to, or null. Always compares both hashes, so the time taken
 * reveals nothing.
 */
export function operatorByToken(tokens: OpsTokens, given: string): Person | null {
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
