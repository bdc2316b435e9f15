import { DeliveryError } from '../ops/watch/notice';
import { isRecord } from '../values/json';
import type { PostAnswer } from './post';

/** Where a robot is, and what it proves itself by. Both come from the environment and are named nowhere. */
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
}

/** Reads a robot's answer. Throws `DeliveryError` unless it says that it took the message. `secrets` are cut out of what it says. */
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
  const words = typeof said === 'string' ? without(said, [url.search.slice(1), url.pathname, secret]) : '';
  throw new DeliveryError(
    dialect.tooMany.includes(code) ? 'rate_limited' : 'refused',
    `${code} ${words}`.trim(),
  );
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

/** The shortest part of an address that may be a secret: nobody's words are cut for a slash. */
const SECRET_LENGTH = 8;

/** A text without any of these, or any value among their `name=value` pairs. */
function without(text: string, secrets: readonly (string | null)[]): string {
  const parts = secrets
    .flatMap((secret) => (secret === null ? [] : [secret, ...secret.split(/[&=/]/)]))
    .filter((part) => part.length >= SECRET_LENGTH)
    .sort((a, b) => b.length - a.length);
  return parts.reduce((rest, part) => rest.replaceAll(part, '***'), text);
}
