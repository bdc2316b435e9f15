import { DeliveryError } from '../ops/watch/notice';
import { isRecord, parseJson } from '../values/json';
import type { PostAnswer } from './post';

/** A robot's address and secret. Both come from the environment and must never be logged. */
export interface RobotAddress {
  readonly url: URL;
  /** The secret that signs requests, if it has one. */
  readonly secret: string | null;
}

/** How to read a robot's responses: it answers HTTP 200 to everything it can parse. */
export interface RobotDialect {
  /** Fields that may hold its code, in order of precedence. */
  readonly codes: readonly string[];
  readonly message: string;
  /** Codes that mean "rate limited". */
  readonly tooMany: readonly number[];
  /** Codes that mean an internal error: trying again may help. */
  readonly busy?: readonly number[];
  /**
   * Fixes for its other codes; the first match counts. One code may have several causes, which the
   * text tells apart.
   */
  readonly causes?: readonly RobotCause[];
}

/** One cause of a refusal, and its fix. */
export interface RobotCause {
  readonly codes: readonly number[];
  readonly words?: RegExp;
  readonly fix: string;
}

/**
 * Reads a robot's response. Throws `DeliveryError` unless the robot accepted the message. Removes
 * the address's secrets from its text.
 */
export function readRobotAnswer(
  { status, text }: PostAnswer,
  dialect: RobotDialect,
  { url, secret }: RobotAddress,
): void {
  if (status === 429) throw new DeliveryError('rate_limited', 'HTTP 429');
  const answer = parsed(text);
  const code = dialect.codes.map((field) => answer?.[field]).find((value) => typeof value === 'number');
  if (code === 0 && status === 200) return;
  if (typeof code !== 'number') {
    if (status !== 200) throw new DeliveryError('http_error', `HTTP ${status}`);
    throw new DeliveryError(
      'unreadable',
      'HTTP 200, but the response does not say whether the message was accepted',
    );
  }
  const said = answer?.[dialect.message];
  const whole = typeof said === 'string' ? said : '';
  const words = without(whole, secretsIn(url, secret));
  if (dialect.busy?.includes(code) === true) throw new DeliveryError('http_error', `${code} ${words}`.trim());
  if (dialect.tooMany.includes(code)) throw new DeliveryError('rate_limited', `${code} ${words}`.trim());
  const cause = dialect.causes?.find(
    (one) => one.codes.includes(code) && (one.words === undefined || one.words.test(whole)),
  );
  // The fix comes first: the robot's text may be long and is shown shortened.
  const fix = cause === undefined ? '' : `${cause.fix}: `;
  throw new DeliveryError('refused', `${fix}${code} ${words}`.trim());
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  const value = parseJson(text);
  return isRecord(value) ? value : null;
}

/**
 * The shortest text treated as a secret, so that short values such as a slash are not removed from
 * the text.
 */
const SECRET_LENGTH = 8;

/**
 * The parts of an address and its secret that must not be shown: parameter values, and path parts
 * that look random (Feishu's address ends in one). Names such as `access_token` are not secret and
 * help to find the problem.
 */
function secretsIn(url: URL, secret: string | null): readonly string[] {
  const path = url.pathname.split('/').filter((part) => /^(?=.*\d)[\w-]{16,}$/.test(part));
  return [...(secret === null ? [] : [secret]), ...url.searchParams.values(), ...path];
}

/** Removes these from a text, both plain and URL-encoded. */
function without(text: string, secrets: readonly string[]): string {
  return secrets
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .filter((part) => part.length >= SECRET_LENGTH)
    .sort((a, b) => b.length - a.length)
    .reduce((rest, part) => rest.replaceAll(part, '***'), text);
}
