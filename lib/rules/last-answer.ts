import type { CloseAnswer, OrderAnswer } from '../wechat/port';

type Word<Answer> = Answer extends { readonly kind: 'unknown'; readonly reason: infer Reason extends string }
  ? `unknown:${Reason}`
  : Answer extends { readonly kind: 'refused'; readonly code: infer Code extends string }
    ? `refused:${Code}`
    : Answer extends { readonly kind: infer Kind extends string }
      ? Kind
      : never;

/**
 * What WeChat Pay answered, without its own text: the kind, and the reason or code when it decides
 * nothing.
 */
export type AnswerWord = Word<OrderAnswer | CloseAnswer>;

/**
 * The outcome of a scheduled query; prefixed `close:` when it is the answer to a close request. At
 * most 120 characters.
 */
export type Said = Word<OrderAnswer> | `close:${Word<CloseAnswer>}`;

/** An answer to `queryOrder` in our words. Pure. */
export function saidOf(answer: OrderAnswer): Said {
  if (answer.kind === 'unknown') return `unknown:${answer.reason}`;
  if (answer.kind === 'refused') return `refused:${answer.code}`;
  return answer.kind;
}

/** An answer to `closeOrder` in our words. Pure. */
export function saidOfClosing(answer: CloseAnswer): Said {
  if (answer.kind === 'unknown') return `close:unknown:${answer.reason}`;
  if (answer.kind === 'refused') return `close:refused:${answer.code}`;
  return `close:${answer.kind}`;
}
