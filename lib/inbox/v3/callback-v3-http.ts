import type { HttpReply } from '../../runtime/http-event';
import { readHttpEvent } from '../../runtime/http-event';
import { httpReply } from '../http-reply';
import type { GeneratedReply } from '../receive';
import type { V3Delivery, V3Outcome } from './receive-v3';
import { V3_OUTCOMES } from './receive-v3';
import { v3Reply } from './v3-reply';

/** Receives a notification of API v3. Never rejects. */
export type ReceiveV3 = (delivery: V3Delivery, waitedMs?: number) => Promise<V3Outcome>;

/** The headers that receiving reads. */
export const V3_HEADERS = [
  'wechatpay-timestamp',
  'wechatpay-nonce',
  'wechatpay-signature',
  'wechatpay-serial',
  'content-encoding',
] as const;

/**
 * Answers WeChat Pay's request, which arrives as an event. The merchant number is the last part of
 * the path, where it is one. Any other event is refused: nothing but a signature is believed here.
 */
export async function answerV3Event(
  receiveV3: ReceiveV3,
  event: unknown,
): Promise<HttpReply | GeneratedReply> {
  const request = readHttpEvent(event);
  if (request === null) return v3Reply('bad_header');
  if (request.method !== 'POST')
    return httpReply(405, { code: 'FAIL', message: 'use POST' }, { allow: 'POST' });
  const headers = Object.fromEntries(
    V3_HEADERS.flatMap((name) => {
      const value = request.header(name);
      return value === null ? [] : [[name, value]];
    }),
  );
  const mchId = /\/(\d{1,32})\/?$/.exec(request.path)?.[1] ?? null;
  const outcome = await receiveV3({ headers, body: request.bytes, mchId });
  return httpReply(V3_OUTCOMES[outcome], v3Reply(outcome));
}
