import type { HttpReply } from '../runtime/http-event';
import { readHttpEvent } from '../runtime/http-event';
import { parseJson } from '../values/json';
import { httpReply } from './http-reply';
import type { CallbackReply, GeneratedReply, ReceiveDeps } from './receive';
import { receive, replyTo, statusTo } from './receive';

/*
 * What an integration of CloudBase passes on to a callback function, also through the HTTP access
 * service.
 */

/**
 * Answers an event of a callback function: WeChat Pay's own, another function's or, through the
 * HTTP access service, a request of an integration, which has no authority whatever its mark says.
 */
export async function answerEvent(
  deps: ReceiveDeps,
  event: unknown,
  { source, waitedMs = 0 }: { readonly source: string; readonly waitedMs?: number },
): Promise<CallbackReply | GeneratedReply | HttpReply> {
  const request = readHttpEvent(event);
  if (request === null) return replyTo(await receive(deps, event, source, waitedMs));
  if (request.method !== 'POST')
    return httpReply(405, { code: 'FAIL', message: 'use POST' }, { allow: 'POST' });
  const value = parseJson(request.body);
  if (value === undefined) return httpReply(400, { code: 'FAIL', message: 'the notification is not JSON' });
  const received = await receive(deps, value, markOf(source), waitedMs);
  return httpReply(statusTo(received), replyTo(received));
}

/**
 * Keeps the mark of a mini program's user, who may send an event of this shape; drops all others.
 */
function markOf(source: string): string {
  return source === 'wx_paycallback' ? '' : source;
}
