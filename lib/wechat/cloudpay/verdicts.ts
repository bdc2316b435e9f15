import { field } from '../fields';
import type { RefusedAnswer, UnknownAnswer } from '../port';
import { unknown, type Body } from './body';
import { readableText } from '../readable-text';
import type { CommonMeaning } from './refusals';

/** Meanings of a failure that decide nothing. */
type Open = Extract<CommonMeaning, 'system' | 'rate_limited'>;

/** WeChat Pay declined: a refusal in our words or, when its words decide nothing, an unknown. */
export function declined<Meaning extends string>(
  means: Meaning | null,
  body: Extract<Body, { kind: 'declined' }>,
): RefusedAnswer<Exclude<Meaning, Open>> | UnknownAnswer {
  const detail = readableText(`${body.code} ${body.text}`);
  if (means === null) return unknown('unreadable', detail);
  if (decides(means)) return { kind: 'refused', code: means, detail };
  return unknown(means === 'rate_limited' ? 'rate_limited' : 'system', detail);
}

function decides<Meaning extends string>(means: Meaning): means is Exclude<Meaning, Open> {
  return means !== 'system' && means !== 'rate_limited';
}

/** The answer is text instead of fields. */
export function notAnAnswer(): UnknownAnswer {
  return unknown('unreadable', 'the answer is not JSON');
}

/** The answer names another order, refund or merchant than the request. */
export function aboutSomethingElse(): UnknownAnswer {
  return unknown('unreadable', 'the answer is about something else than the request');
}

/** True when an answer names another merchant or order than the request. */
export function isAboutSomethingElse(
  fields: object,
  asked: { readonly subMchId: string; readonly outTradeNo?: string },
): boolean {
  const merchant = field(fields, 'subMchId');
  const order = field(fields, 'outTradeNo');
  return (
    (merchant !== undefined && merchant !== asked.subMchId) ||
    (asked.outTradeNo !== undefined && order !== undefined && order !== asked.outTradeNo)
  );
}
