import type { IncomingMessage } from 'node:http';
import type { Person } from '../../lib/model/operators/principal';
import { handleOps, isChanging } from '../../lib/ops/handle';
import { statusOf } from '../../lib/ops/http';
import { isRecord } from '../../lib/values/json';
import type { Access } from '../door/access';
import type { System } from '../compose';
import type { Answer } from '../door/http';
import { json, pause, problem } from '../door/http';

/** `POST /ops/api/<op>` with the operation's parameters as its body. */
export async function answerOps(
  system: System,
  operator: Person,
  op: string,
  body: unknown,
): Promise<Answer> {
  const reply = await handleOps(system.opsDeps, operator, { ...(isRecord(body) ? body : {}), op });
  if (reply.ok && isChanging(op))
    for (const worker of ['processInbox', 'fulfillOrders', 'followRefunds'] as const)
      system.workers.wake(worker);
  return json(statusOf(reply), reply, PRIVATE);
}

/** No cache keeps what operators see. */
const PRIVATE = { 'cache-control': 'no-store' };

/**
 * `POST /ops/session/{begin,end}` for the console: `{token}` starts a session and sets its cookie.
 */
export function answerSession(
  access: Access,
  request: IncomingMessage,
  what: 'begin' | 'end',
  body: unknown,
): Answer {
  switch (what) {
    case 'begin': {
      const token = isRecord(body) ? body['token'] : undefined;
      if (typeof token !== 'string') return problem(401, 'UNAUTHORISED', 'send {token}');
      const begun = access.logIn(request, token);
      switch (begun.kind) {
        case 'begun':
          return json(200, { ok: true, you: begun.operator }, { ...PRIVATE, 'set-cookie': begun.cookie });
        case 'slowed':
          return pause(begun.seconds);
        case 'nobody':
          return problem(401, 'UNAUTHORISED', 'this token is not valid');
      }
    }
    case 'end':
      return json(200, { ok: true }, { ...PRIVATE, 'set-cookie': access.logOut(request) });
  }
}
