import { createHash, timingSafeEqual } from 'node:crypto';
import type { Operator } from '../../model/operators/operator';
import { isKeyValid } from '../../model/operators/operator';
import type { Role } from '../../config/roles';
import type { Instant } from '../../values/instant';

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

/** Who showed a token, and with which of their keys. */
export interface KnownToken {
  readonly operator: Operator;
  readonly sha256: string;
}

/**
 * The operator this token belongs to, or null. Compares all hashes in constant time, so the time
 * taken reveals nothing.
 *
 * One round of SHA-256 is enough: a token made by `npm run ops -- token` has 256 random bits, which
 * nobody can try out. Slow hashes are for passwords that people choose.
 */
export function operatorByToken(people: readonly Operator[], given: string, now: Instant): KnownToken | null {
  const hash = Buffer.from(sha256Of(given), 'hex');
  let found: KnownToken | null = null;
  for (const operator of people) {
    for (const key of operator.keys) {
      const isSame = timingSafeEqual(hash, Buffer.from(key.sha256, 'hex'));
      if (isSame && isKeyValid(key, now) && !operator.revoked) found = { operator, sha256: key.sha256 };
    }
  }
  return found;
}

/** A token's hash, as the settings hold it. */
export function sha256Of(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The names of the operators that `OPS_TOKEN` and `OPS_READ_TOKEN` are. */
export const TOKEN_NAMES = { act: 'operator', read: 'reader' } as const;

/** `OPS_TOKEN` and `OPS_READ_TOKEN`, each as one named operator. */
export function operatorsOfTokens({ act, read }: OpsTokens): readonly Operator[] {
  const one = (name: string, role: Role, token: string | null): readonly Operator[] =>
    token === null
      ? []
      : [
          {
            name,
            role,
            openIds: [],
            keys: [{ sha256: sha256Of(token), from: null, until: null }],
            revoked: false,
          },
        ];
  return [...one(TOKEN_NAMES.act, 'act', act), ...one(TOKEN_NAMES.read, 'read', read)];
}

/** The token of an `Authorization` header, or null when it has none. */
export function bearerOf(header: string | null | undefined): string | null {
  return /^Bearer (.+)$/.exec(header ?? '')?.[1] ?? null;
}
