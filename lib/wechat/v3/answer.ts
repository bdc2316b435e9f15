import { isRecord } from '../../values/json';
import { parseStrictJson } from '../../values/strict-json';
import type { RefusedAnswer, UnknownAnswer } from '../port';
import { readableText } from '../readable-text';
import { OPEN, type Declined, type Open } from './refusals';
import type { V3HttpAnswer } from './transport';
import type { Verification } from './verify';

/**
 * What WeChat Pay said:
 * - `said`: it did what was asked, and its signature holds. `body` is undefined for an empty one;
 * - `declined`: it did not;
 * - or an answer from which nothing may be concluded.
 */
export type Said =
  | { readonly kind: 'said'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'declined'; readonly declined: Declined }
  | UnknownAnswer;

type Answer = Extract<V3HttpAnswer, { kind: 'answer' }>;

/** An answer from which nothing may be concluded. */
export function unknown(reason: UnknownAnswer['reason'], detail: string): UnknownAnswer {
  return { kind: 'unknown', reason, detail: readableText(detail) };
}

/** `Request-ID`, by which WeChat Pay's support finds a call; null without a plausible one. */
export function requestIdOf(headers: Answer['headers']): string | null {
  const id = headers['request-id'];
  return id !== undefined && /^[0-9A-Za-z._-]{1,128}$/.test(id) ? id : null;
}

/**
 * Reads an answer by status first, then signature, then JSON. Pure, and never throws. Of its text
 * it keeps one bounded line without payers.
 *
 * A refusal before authentication is not signed, and front ends refuse unsigned too: such a refusal
 * is kept as `signed: false`, and `verdict` lets it end nothing.
 *
 * Failure policy: fail closed. A success that is not provably WeChat Pay's is unknown, and so is a
 * refusal whose signature is wrong.
 */
export function readAnswer(answer: Answer, verification: Verification): Said {
  const { status } = answer;
  if (status === 202) return unknown('system', 'HTTP 202: in progress');
  if (status >= 500) return unknown('system', `HTTP ${status} ${codeOf(answer)}`);
  if (status === 429) return declinedBy(answer, verification.kind === 'valid');
  if (status < 200 || (status >= 300 && status < 400)) return unknown('unreadable', `HTTP ${status}`);
  const unproven = unprovenBy(answer, verification);
  if (unproven !== null) return unproven;
  if (status >= 400) return refusalIn(answer, verification.kind === 'valid');
  if (answer.body.length === 0) return { kind: 'said', status, body: undefined };
  const body = parseStrictJson(answer.body.toString('utf8'));
  return body === undefined
    ? unknown('unreadable', `HTTP ${status}: not JSON, or ambiguous`)
    : { kind: 'said', status, body };
}

/** Null for an answer that is signed, or a refusal that carries no signature at all. */
function unprovenBy({ status, headers }: Answer, verification: Verification): UnknownAnswer | null {
  switch (verification.kind) {
    case 'valid':
      return null;
    case 'clock': {
      const minutes = Math.round(verification.skewMs / 60_000);
      return unknown('clock', `HTTP ${status}: signed ${minutes} minutes before our clock`);
    }
    case 'missing': {
      const isUnsigned = headers['wechatpay-signature'] === undefined;
      if (status >= 400 && isUnsigned) return null;
      return unknown('unverified', `HTTP ${status}: ${verification.header} is missing`);
    }
    case 'unknown_key':
      return unknown('unverified', `HTTP ${status}: signed with ${verification.serial}, which is not ours`);
    case 'invalid':
    case 'signtest':
      return unknown('unverified', `HTTP ${status}: ${verification.kind}`);
  }
}

/** A body without a code is none of API v3's: a proxy, or an address that does not exist. */
function refusalIn(answer: Answer, signed: boolean): Said {
  return codeOf(answer) === ''
    ? unknown('unreadable', `HTTP ${answer.status} without a code`)
    : declinedBy(answer, signed);
}

function declinedBy(answer: Answer, signed: boolean): Said {
  const { status, headers } = answer;
  const tail = /-(\d{1,12})$/.exec(requestIdOf(headers) ?? '')?.[1] ?? null;
  return {
    kind: 'declined',
    declined: { status, code: codeOf(answer), text: textOf(answer, 'message'), tail, signed },
  };
}

function codeOf(answer: Answer): string {
  const code = textOf(answer, 'code');
  return /^[0-9A-Z_]{1,64}$/.test(code) ? code : '';
}

function textOf({ body }: Answer, name: 'code' | 'message'): string {
  const parsed = parseStrictJson(body.subarray(0, MOST_ERROR_BYTES).toString('utf8'));
  const text = isRecord(parsed) ? parsed[name] : undefined;
  return typeof text === 'string' ? text : '';
}

/** An error has a few hundred bytes. */
const MOST_ERROR_BYTES = 65_536;

/** Refusals that end nothing, so an unsigned answer may carry them. */
export type Harmless = 'not_authorised' | 'other' | 'bad_request';

/**
 * A refusal in our words or, when its words decide nothing or its origin is unproven, an unknown.
 * `unsigned`: the refusals of this call that may be believed without a signature.
 */
export function verdict<Means extends string>(
  declined: Declined,
  means: Means | null,
  unsigned: readonly Harmless[] = ['not_authorised', 'other', 'bad_request'],
): RefusedAnswer<Exclude<Means, Open>> | UnknownAnswer {
  const detail = readableText(`HTTP ${declined.status} ${declined.code} ${declined.text}`);
  if (means === null) return unknown('unreadable', detail);
  if (!decides(means)) return unknown(OPEN.find((open) => open === means) ?? 'unreadable', detail);
  if (!declined.signed && !unsigned.some((one) => one === means)) return unknown('unverified', detail);
  return { kind: 'refused', code: means, detail };
}

function decides<Means extends string>(means: Means): means is Exclude<Means, Open> {
  return !OPEN.some((open) => open === means);
}
