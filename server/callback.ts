import { NOBODY } from '../lib/model/principal';
import type { IncomingMessage } from 'node:http';
import { CALLBACK_ERRCODE } from '../lib/inbox/receive';
import { errorText } from '../lib/runtime/error-text';
import type { Log } from '../lib/runtime/log';
import type { System } from './compose';
import type { Answer, Body } from './http';
import { json, problem, readBody } from './http';
import type { Identity } from './identity';

/*
 * WeChat Pay's own entry. It bypasses the router: acks are sent thousands of times a second, and
 * the router's Request, Response and Headers objects would be most of their cost (docs/decisions:
 * the HTTP library).
 */

/** What answering WeChat Pay needs. */
export interface CallbackParts {
  readonly system: System;
  readonly log: Log;
  readonly identity: Identity;
}

/** The functions behind the callback's paths. */
const CALLBACKS = { '/callback/pay': 'payCallback', '/callback/refund': 'refundCallback' } as const;

/** The callback's paths. */
export const CALLBACK_PATHS: readonly string[] = Object.keys(CALLBACKS);

/** True for a path that `answerCallback` handles. */
export function isCallbackPath(path: string): path is keyof typeof CALLBACKS {
  return Object.hasOwn(CALLBACKS, path);
}

/**
 * Only 200 with 0 stops redelivery. Unreadable notifications have another status than refused ones.
 */
const STATUS: ReadonlyMap<unknown, number> = new Map([
  [CALLBACK_ERRCODE.UNREADABLE, 400],
  [CALLBACK_ERRCODE.TOO_LARGE, 413],
]);

/**
 * Answers one notification; `waitedMs`: how long ago it arrived. Never rejects: an error is logged
 * and answered as 500, after which WeChat Pay redelivers.
 */
export async function answerCallback(
  { system, log, identity }: CallbackParts,
  request: IncomingMessage,
  path: keyof typeof CALLBACKS,
  waitedMs: () => number,
): Promise<Answer> {
  if (request.method !== 'POST') {
    return { ...problem(405, 'METHOD_NOT_ALLOWED', 'use POST'), headers: { allow: 'POST' } };
  }
  try {
    const body = await readBody(request);
    if (body.kind !== 'json') return unreadable(system, body.kind);
    const reply = await system.functions[CALLBACKS[path]](body.value, {
      payer: null,
      source: identity.sourceOf(request),
      ip: identity.addressOf(request),
      by: NOBODY,
      waitedMs: waitedMs(),
    });
    const errcode = 'errcode' in reply ? reply.errcode : undefined;
    return json(STATUS.get(errcode) ?? 200, reply);
  } catch (error) {
    log.error('function_failed', { outTradeNo: null, path, error: errorText(error) });
    return problem(500, 'INTERNAL', 'something went wrong on our side, please try again');
  }
}

function unreadable(system: System, kind: Exclude<Body['kind'], 'json'>): Answer {
  const large = kind === 'too_large';
  system.metrics.notified(large ? 'too_large' : 'unreadable');
  return large
    ? json(
        413,
        { errcode: CALLBACK_ERRCODE.TOO_LARGE, errmsg: 'the notification is too large' },
        { connection: 'close' },
      )
    : json(400, { errcode: CALLBACK_ERRCODE.UNREADABLE, errmsg: 'the notification is not JSON' });
}
