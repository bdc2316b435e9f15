import { DeliveryError } from '../ops/watch/notice';
import { isRecord } from '../values/json';
import type { PostAnswer } from './post';

/**
 * Where a robot is, and what it proves itself by. Both come from the environment and are named
 * nowhere.
 */
export interface RobotAddress {
  readonly url: URL;
  /** The secret of its signature, where it has one. */
  readonly secret: string | null;
}

/** How a robot says what became of a message: HTTP says 200 to everything it could read. */
export interface RobotDialect {
  /** The fields that may hold its code, the one that counts first. */
  readonly codes: readonly string[];
  readonly message: string;
  /** Codes by which it says that it was sent too much. */
  readonly tooMany: readonly number[];
  /** Codes by which it says that it has an error of its own: asking again may help. */
  readonly busy?: readonly number[];
  /**
   * What its other codes ask for; the first that fits. One code may stand for several causes, which
   * its words tell apart.
   */
  readonly causes?: readonly RobotCause[];
}

/** One reason for a refusal, and what ends it. */
export interface RobotCause {
  readonly codes: readonly number[];
  readonly words?: RegExp;
  readonly fix: string;
}

/**
 * Reads a robot's answer. Throws `DeliveryError` unless it says that it took the message. `secrets`
 * are cut out of what it says.
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
    throw new DeliveryError('unreadable', 'HTTP 200 with an answer that says nothing of the message');
  }
  const said = answer?.[dialect.message];
  const whole = typeof said === 'string' ? said : '';
  const words = without(whole, secretsIn(url, secret));
  if (dialect.busy?.includes(code) === true) throw new DeliveryError('http_error', `${code} ${words}`.trim());
  if (dialect.tooMany.includes(code)) throw new DeliveryError('rate_limited', `${code} ${words}`.trim());
  const cause = dialect.causes?.find(
    (one) => one.codes.includes(code) && (one.words === undefined || one.words.test(whole)),
  );
  // The fix first: what the robot said may be long, and what is shown of it is not.
  const fix = cause === undefined ? '' : `${cause.fix}: `;
  throw new DeliveryError('refused', `${fix}${code} ${words}`.trim());
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

/** The shortest value that may be a secret: nobody's words are cut for a slash. */
const SECRET_LENGTH = 8;

/**
 * What of an address and its secret must not be shown: the values of its parameters, and the parts
 * of its path that look drawn by lot (Feishu's end in one). Names such as `access_token` are no
 * secrets, and tell what is wrong.
 */
function secretsIn(url: URL, secret: string | null): readonly string[] {
  const path = url.pathname.split('/').filter((part) => /^(?=.*\d)[\w-]{16,}$/.test(part));
  return [...(secret === null ? [] : [secret]), ...url.searchParams.values(), ...path];
}

/** A text without any of these, as they are and as an address writes them. */
function without(text: string, secrets: readonly string[]): string {
  return secrets
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .filter((part) => part.length >= SECRET_LENGTH)
    .sort((a, b) => b.length - a.length)
    .reduce((rest, part) => rest.replaceAll(part, '***'), text);
}
