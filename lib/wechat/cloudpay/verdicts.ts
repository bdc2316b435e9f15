import { field } from '../fields';
import type { RefusedAnswer, UnknownAnswer } from '../port';
import { unknown, type Body } from './body';
import { readableText } from './readable-text';
import type { CommonMeaning } from './refusals';

/** What failures say that decides nothing. */
type Open = Extract<CommonMeaning, 'system' | 'rate_limited'>;

/** WeChat Pay said no: a refusal in our words, or, when its words leave everything open, an unknown. */
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

/** The answer is a text where fields were expected. */
export function notAnAnswer(): UnknownAnswer {
  return unknown('unreadable', 'the answer is not JSON');
}

/** The answer names another order, refund or merchant than the question. */
export function aboutSomethingElse(): UnknownAnswer {
  return unknown('unreadable', 'the answer is about something else than was asked');
}

/** True when an answer names a merchant or an order, and it is not the one that was asked about. */
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
