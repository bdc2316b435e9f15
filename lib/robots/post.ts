import { DeliveryError } from '../ops/watch/notice';
import type { HttpAnswer, Post } from '../runtime/http-post';
import { postJson } from '../runtime/http-post';
import type { Timers } from '../runtime/timers';

/** The dependencies of sending a notice. */
export interface PostParts {
  readonly timers: Timers;
  /** Time limit of one attempt, from its start to the last byte of the response, in ms. */
  readonly timeoutMs: number;
}

/** The response. */
export type PostAnswer = Pick<HttpAnswer, 'status' | 'text'>;

/**
 * Posts JSON. Resolves with any response; rejects with `DeliveryError` `timeout` or `unreachable`
 * when there is none.
 */
export async function post(parts: PostParts, request: Post): Promise<PostAnswer> {
  const posted = await postJson(parts, request);
  switch (posted.kind) {
    case 'answer':
      return posted;
    case 'timeout':
      throw new DeliveryError('timeout', `no answer within ${parts.timeoutMs} ms`);
    case 'unreachable':
      throw new DeliveryError('unreachable', posted.code);
  }
}
