import type { SubMchId } from '../../../values/ids';

/** What a merchant number needs to sign and verify, by the names of the variables. */
export const KEY_PARTS = ['KEY', 'SERIAL', 'APIV3_KEY', 'PUBLIC_KEY', 'PUBLIC_KEY_ID'] as const;

/** One of `KEY_PARTS`. */
export type KeyPart = (typeof KEY_PARTS)[number];

/** `next`: what replaces the current one in a rotation. */
export const KEY_GENERATIONS = ['current', 'next'] as const;

/** One of `KEY_GENERATIONS`. */
export type KeyGeneration = (typeof KEY_GENERATIONS)[number];

/**
 * The name under which a key part is found, such as `WXPAY_1900000109_APIV3_KEY_NEXT`: an
 * environment variable of the server, or a file of the key folder of cloud functions.
 */
export function keyVariable(mchId: SubMchId, part: KeyPart, generation: KeyGeneration = 'current'): string {
  return `WXPAY_${mchId}_${part}${generation === 'next' ? '_NEXT' : ''}`;
}

/** Every name under which something of this merchant number may be found. */
export function keyVariables(mchId: SubMchId): readonly string[] {
  return KEY_GENERATIONS.flatMap((generation) =>
    KEY_PARTS.map((part) => keyVariable(mchId, part, generation)),
  );
}

/**
 * The text under a name of `keyVariables`, or null when there is none. Throws `KeyError` when it
 * exists and cannot be read.
 */
export type KeySource = (variable: string) => string | null;

/** Why a key is refused. Stable codes; each has one sentence with its fix. */
export const KEY_PROBLEMS = [
  'KEY_MISSING',
  'KEY_FILE_UNREADABLE',
  'KEY_GIVEN_TWICE',
  'PRIVATE_KEY_UNREADABLE',
  'PRIVATE_KEY_IS_CERTIFICATE',
  'PRIVATE_KEY_IS_PUBLIC',
  'PRIVATE_KEY_ENCRYPTED',
  'PRIVATE_KEY_NOT_RSA',
  'SERIAL_INVALID',
  'SERIAL_OF_ANOTHER_KEY',
  'APIV3_KEY_LENGTH',
  'PUBLIC_KEY_UNREADABLE',
  'PUBLIC_KEY_IS_CERTIFICATE',
  'PUBLIC_KEY_IS_PRIVATE',
  'PUBLIC_KEY_NOT_RSA',
  'PUBLIC_KEY_IS_OURS',
  'PUBLIC_KEY_ID_INVALID',
  'PUBLIC_KEY_ID_MISSING',
  'PUBLIC_KEY_MISSING',
  'NEXT_INCOMPLETE',
  'NEXT_EQUALS_CURRENT',
  'SIMULATED_KEY',
  'WEBHOOK_SECRET_INVALID',
] as const;

/** One of `KEY_PROBLEMS`. */
export type KeyProblemCode = (typeof KEY_PROBLEMS)[number];

/** What is wrong with one key. Never quotes a value. */
export interface KeyProblem {
  readonly code: KeyProblemCode;
  /** The variable to correct. */
  readonly variable: string;
  /** What is wrong, and what to do. */
  readonly why: string;
}

/** Unusable keys. Lists each by its variable. Holds no part of any key, and has no cause. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
  readonly code = 'KEYS_INVALID';
  constructor(readonly problems: readonly [KeyProblem, ...KeyProblem[]]) {
    super(problems.map(({ variable, why, code }) => `${variable}: ${why} (${code})`).join('\n'));
  }
}
