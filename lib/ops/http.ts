import type { HttpEvent, HttpReply } from '../runtime/http-event';
import type { Log } from '../runtime/log';
import { asPerson } from '../model/operators/principal';
import { isRecord, parseJson } from '../values/json';
import type { OpsRefusalCode, OpsReply } from './api';
import type { OpsDeps } from './deps';
import { handleOps } from './handle';
import type { Operator } from '../model/operators/operator';
import { bearerOf, operatorByToken } from './people/tokens';

/** Who may use the `ops` function over HTTP. */
export interface HttpAccess {
  readonly people: readonly Operator[];
  /**
   * The one other origin whose pages a browser lets read the answers, such as
   * `https://ops.example.com`; null for none.
   */
  readonly consoleOrigin: string | null;
}

const STATUS: Readonly<Record<OpsRefusalCode, number>> = {
  NOT_ALLOWED: 401,
  READ_ONLY: 403,
  NOT_PERMITTED: 403,
  NEEDS_APPROVAL: 403,
  SAME_PERSON: 403,
  ASKER_NOT_PERMITTED: 403,
  OVER_OWN_LIMIT: 403,
  EXPIRED: 409,
  DECLINED: 409,
  APPROVED: 409,
  CHANGED_SINCE: 409,
  NOT_NAMED: 403,
  NOT_DONE: 409,
  TOO_MANY_ITEMS: 409,
  NEEDS_NOTE: 400,
  BOOKS_CHANGED: 409,
  SIGNED_OFF: 409,
  NOT_SIGNED: 409,
  BUSY: 409,
  NO_VOUCHER: 409,
  BAD_INPUT: 400,
  UNKNOWN_OPERATION: 404,
  NOT_FOUND: 404,
  NOT_RECORDED: 503,
  DAMAGED: 500,
  INTERNAL: 500,
};

/** The HTTP status of an answer. */
export function statusOf(reply: OpsReply): number {
  return reply.ok ? 200 : STATUS[reply.code];
}

/** A request is far smaller: a hundred item names, or a reason. */
const MAX_BODY_BYTES = 256 * 1024;

/** How long a browser may cache the preflight answer, in seconds. */
const PREFLIGHT_SECONDS = 600;

/**
 * Answers a request from CloudBase's HTTP access service: `POST …/api/<op>` with the operation's
 * parameters as JSON, like the server's `/ops/api/<op>`. `op` may be in the body instead. There are
 * no sessions: a page of another origin sends the bearer token with every request, and without
 * cookies another site has nothing to abuse.
 *
 * Only the token identifies the caller. The platform's mark of such a call is not documented and
 * not read.
 *
 * Failure policy: fail closed. Without a token the only answer is NOT_ALLOWED, and without tokens
 * in the environment there is no valid one. A page of an origin other than the configured one is
 * refused even with a token.
 */
export async function answerHttp(deps: OpsDeps, access: HttpAccess, request: HttpEvent): Promise<HttpReply> {
  const origin = request.header('origin');
  const cors = corsHeaders(access.consoleOrigin, origin);
  if (request.method === 'OPTIONS') return reply(204, '', cors);
  const token = bearerOf(request.header('authorization'));
  const known = token === null ? null : operatorByToken(access.people, token, deps.clock.now());
  const operator = known === null ? null : asPerson(known.operator);
  const foreign = access.consoleOrigin !== null && origin !== null && origin !== access.consoleOrigin;
  if (operator === null || foreign) {
    refusedInLog(deps.log, token === null ? 'no_token' : operator === null ? 'wrong_token' : 'origin');
    return refusal(401, 'NOT_ALLOWED', 'send an operator’s token as Authorization: Bearer …', cors);
  }
  if (request.method !== 'POST') return refusal(405, 'BAD_INPUT', 'use POST', { ...cors, allow: 'POST' });
  if (Buffer.byteLength(request.body) > MAX_BODY_BYTES) {
    return refusal(413, 'BAD_INPUT', 'send at most 256 KB', cors);
  }
  const params = paramsOf(request.body);
  if (params === null) return refusal(400, 'BAD_INPUT', 'send a JSON object', cors);
  const named = /\/api\/([^/]+)\/?$/.exec(request.path)?.[1];
  const answer = await handleOps(deps, operator, named === undefined ? params : { ...params, op: named });
  return reply(statusOf(answer), JSON.stringify(answer), cors);
}

/** Logs a request without a valid token: many of them mean that somebody is guessing. */
export function refusedInLog(log: Log, why: 'no_token' | 'wrong_token' | 'origin'): void {
  log.warn('ops_refused', { outTradeNo: null, why });
}

function paramsOf(body: string): Readonly<Record<string, unknown>> | null {
  if (body.trim() === '') return {};
  const value = parseJson(body);
  return isRecord(value) ? value : null;
}

/**
 * The headers a browser needs to let the console's page read the answer; none for any other page.
 */
function corsHeaders(allowed: string | null, origin: string | null): Readonly<Record<string, string>> {
  if (allowed === null) return {};
  const vary = { vary: 'Origin' };
  if (origin !== allowed) return vary;
  return {
    ...vary,
    'access-control-allow-origin': allowed,
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'authorization, content-type',
    'access-control-max-age': String(PREFLIGHT_SECONDS),
  };
}

function refusal(
  status: number,
  code: OpsRefusalCode,
  message: string,
  headers: Readonly<Record<string, string>>,
): HttpReply {
  return reply(status, JSON.stringify({ ok: false, code, message }), headers);
}

function reply(status: number, body: string, headers: Readonly<Record<string, string>>): HttpReply {
  return {
    isBase64Encoded: false,
    statusCode: status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
    body,
  };
}
