import type { IncomingMessage } from 'node:http';
import { isClientCall } from '../../lib/model/caller';
import { V3_HEADERS } from '../../lib/inbox/v3/callback-v3-http';
import type { V3Outcome } from '../../lib/inbox/v3/receive-v3';
import { MAX_V3_BYTES, V3_OUTCOMES } from '../../lib/inbox/v3/receive-v3';
import type { Received } from '../../lib/inbox/receive';
import { CALLBACK_ERRCODE, replyTo, statusTo } from '../../lib/inbox/receive';
import { v3Reply } from '../../lib/inbox/v3/v3-reply';
import { errorText } from '../../lib/runtime/error-text';
import type { Log } from '../../lib/runtime/log';
import { isRecord } from '../../lib/values/json';
import type { CallbackAddress } from './callback-address';
import type { System } from '../compose';
import type { Answer, Body } from './http';
import { json, problem, readBody, readBytes } from './http';
import type { Identity } from './identity';

/*
 * WeChat Pay's own entry. It bypasses the router: acks are sent thousands of times a second, and
 * the router's Request, Response and Headers objects would be most of their cost (docs/decisions:
 * the HTTP library).
 */

/** What answering WeChat Pay needs. */
export interface CallbackParts {
  readonly system: CallbackSystem;
  readonly log: Log;
  readonly identity: Pick<Identity, 'sourceOf'>;
}

type CallbackSystem = Pick<System, 'receive' | 'receiveV3' | 'config'> & {
  readonly metrics: Pick<System['metrics'], 'notified'>;
};

/** What an answer says of its request. */
export interface CallbackTimes {
  /** How long ago the request arrived. */
  readonly waitedMs: () => number;
  /** Its body has arrived completely; called once at most. */
  readonly onRead: () => void;
}

/**
 * Answers one notification. Never rejects: an error is logged and answered as 500, after which
 * WeChat Pay redelivers.
 */
export async function answerCallback(
  parts: CallbackParts,
  request: IncomingMessage,
  address: CallbackAddress,
  times: CallbackTimes,
): Promise<Answer> {
  if (request.method !== 'POST') {
    return { ...problem(405, 'METHOD_NOT_ALLOWED', 'use POST'), headers: { allow: 'POST' } };
  }
  try {
    return address.kind === 'event'
      ? await answerEvent(parts, request, times)
      : await answerV3(parts, request, address.mchId, times);
  } catch (error) {
    const path = (request.url ?? '').slice(0, 100);
    parts.log.error('function_failed', { outTradeNo: null, path, error: errorText(error) });
    return problem(500, 'INTERNAL', 'something went wrong on our side, please try again');
  }
}

async function answerEvent(
  { system, identity }: CallbackParts,
  request: IncomingMessage,
  { waitedMs, onRead }: CallbackTimes,
): Promise<Answer> {
  const body = await readBody(request);
  onRead();
  if (body.kind !== 'json') return unreadable(system, body.kind);
  const source = identity.sourceOf(request) || cloudRunMark(system, request, body.value);
  const received = await system.receive(body.value, source, waitedMs());
  return json(statusTo(received), replyTo(received));
}

/**
 * The platform's mark for a notification that WeChat Cloud Run delivered, where the configuration
 * says that nobody else can reach this server: it carries `X-WX-SOURCE`, no user of a mini program
 * called, and it names a merchant of that channel. Empty otherwise.
 *
 * Failure policy: fail closed. Without the mark the notification is unverified, and a query
 * decides.
 */
function cloudRunMark({ config }: CallbackSystem, request: IncomingMessage, event: unknown): string {
  if (config.server.publicAccess) return '';
  const [source = '', ...more] = request.headersDistinct['x-wx-source'] ?? [];
  if (source === '' || more.length > 0) return '';
  if (isClientCall(source)) return source;
  // A proxy may have joined two lines into one.
  if (source.includes(',')) return '';
  if (request.headersDistinct['x-wx-openid'] !== undefined || !isRecord(event)) return '';
  const named = event['subMchId'] ?? event['sub_mch_id'];
  const isOurs = config.merchants.some(
    ({ subMchId, channel }) => channel.kind === 'cloudrun' && subMchId === named,
  );
  return isOurs ? 'wx_paycallback' : '';
}

async function answerV3(
  { system }: CallbackParts,
  request: IncomingMessage,
  mchId: string | null,
  { waitedMs, onRead }: CallbackTimes,
): Promise<Answer> {
  const body = await readBytes(request, MAX_V3_BYTES);
  onRead();
  if (body.kind !== 'bytes') {
    const outcome = body.kind === 'too_large' ? 'too_large' : 'not_json';
    system.metrics.notified(body.kind === 'too_large' ? 'too_large' : 'unreadable');
    return { ...v3Answer(outcome), headers: { connection: 'close' } };
  }
  const headers = onlyOnce(request.headersDistinct);
  return v3Answer(await system.receiveV3({ headers, body: body.bytes, mchId }, waitedMs()));
}

function v3Answer(outcome: V3Outcome): Answer {
  return json(V3_OUTCOMES[outcome], v3Reply(outcome));
}

/** The headers that are read and came once: one that came twice proves nothing. */
function onlyOnce(
  headers: Readonly<Record<string, readonly string[] | undefined>>,
): Readonly<Record<string, string>> {
  const read: Record<string, string> = {};
  for (const name of V3_HEADERS) {
    const values = headers[name] ?? [];
    const [value] = values;
    if (value === undefined) continue;
    // An encoding given twice is still one.
    if (name === 'content-encoding') read[name] = values.join(',');
    else if (values.length === 1) read[name] = value;
  }
  return read;
}

function unreadable(system: CallbackSystem, kind: Exclude<Body['kind'], 'json'>): Answer {
  const large = kind === 'too_large';
  system.metrics.notified(large ? 'too_large' : 'unreadable');
  const received: Received = large
    ? { errcode: CALLBACK_ERRCODE.TOO_LARGE, errmsg: 'the notification is too large', asked: 'cloudpay' }
    : { errcode: CALLBACK_ERRCODE.UNREADABLE, errmsg: 'the notification is not JSON', asked: 'cloudpay' };
  return json(statusTo(received), replyTo(received), large ? { connection: 'close' } : {});
}
