import type { IncomingMessage } from 'node:http';
import { handleOps } from '../lib/ops/handle';
import { statusOf } from '../lib/ops/http';
import { isRecord } from '../lib/values/json';
import type { Access } from './access';
import type { System } from './compose';
import type { Answer } from './http';
import { badBody, json, problem, readBody } from './http';

/** What answering operators over HTTP needs. */
export interface OpsRouteParts {
  readonly system: System;
  readonly access: Access;
}

/**
 * `POST /ops/api/<op>` with the operation's parameters as its body, and `POST /ops/session/{begin,end}` for the console: `{token}` begins
 * a session and sets its cookie.
 */
export async function answerOps(
  { system, access }: OpsRouteParts,
  request: IncomingMessage,
  area: string,
  name: string,
): Promise<Answer> {
  const body = await readBody(request);
  if (body.kind !== 'json' && body.kind !== 'empty') return badBody(body.kind);
  const params = body.kind === 'json' && isRecord(body.value) ? body.value : {};
  switch (area) {
    case 'api': {
      const reply = await handleOps(system.opsDeps, access.operatorOf(request), { ...params, op: name });
      if (reply.ok && (name === 'act' || name === 'replay_matching'))
        for (const worker of ['processInbox', 'fulfillOrders', 'followRefunds'] as const)
          system.workers.wake(worker);
      return json(statusOf(reply), reply, PRIVATE);
    }
    case 'session':
      return session(access, request, name, params['token']);
    default:
      return problem(404, 'NOT_FOUND', 'there is nothing at this address');
  }
}

/** What operators see is kept by no cache. */
const PRIVATE = { 'cache-control': 'no-store' };

function session(access: Access, request: IncomingMessage, what: string, token: unknown): Answer {
  switch (what) {
    case 'begin': {
      const begun = typeof token === 'string' ? access.logIn(request, token) : null;
      if (begun === null) return problem(401, 'UNAUTHORISED', 'this is no operator’s token');
      return json(200, { ok: true, you: begun.operator }, { ...PRIVATE, 'set-cookie': begun.cookie });
    }
    case 'end':
      return json(200, { ok: true }, { ...PRIVATE, 'set-cookie': access.logOut(request) });
    default:
      return problem(404, 'NOT_FOUND', 'there is nothing at this address');
  }
}
