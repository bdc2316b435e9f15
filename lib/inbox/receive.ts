import { createHash } from 'node:crypto';
import { errorText } from '../runtime/error-text';
import type { Log } from '../runtime/log';
import type { Timers } from '../runtime/timers';
import { within } from '../runtime/timers';
import type { Inbox } from '../store/port';
import type { Clock } from '../values/instant';
import { readNotification } from '../wechat/notification';
import type { Content, NewMessage, Trust } from '../model/message';
import { keyOf, merchantOf, orderOf } from '../model/message';
import type { AdmitUnverified } from './quota';
import { MAX_UNVERIFIED_BYTES } from './quota';

/** The answer WeChat Pay reads. Only the Number 0 stops redelivery (paymentCallback reference). */
export interface CallbackReply {
  readonly errcode: number;
  readonly errmsg: string;
}

/**
 * Why a callback was not acknowledged. The numbers are ours; WeChat Pay only tells 0 from the rest.
 * `REFUSED`: a client called. `TOO_LARGE`: larger than any notification of WeChat Pay.
 * `OVER_QUOTA`: unverified, and the quota of such messages is full. `NOT_STORED`: the store did not
 * confirm in time, so WeChat Pay must redeliver.
 */
export const CALLBACK_ERRCODE = {
  OK: 0,
  REFUSED: 40301,
  UNREADABLE: 40001,
  TOO_LARGE: 41301,
  OVER_QUOTA: 42901,
  NOT_STORED: 50301,
} as const;

/** What receiving needs. Only the store's `record`, so that the callback's bundle stays small. */
export interface ReceiveDeps {
  readonly record: Inbox['record'];
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /**
   * The time from a notification's arrival to our answer "not stored", in ms. WeChat Pay waits
   * about 5 s.
   */
  readonly ackBudgetMs: number;
  /**
   * Called for each unverified message and for no other. Absent: no quota, as in tests of believed
   * ones.
   */
  readonly admitUnverified?: AdmitUnverified;
}

/**
 * The least time for the store, in ms, even when a notification's time is over: a healthy store
 * answers sooner, and a late ack is never wrong.
 */
const LEAST_STORE_MS = 1_000;

/**
 * The largest notification that is stored, in characters of JSON. WeChat Pay's own are below 2,000.
 */
export const MAX_NOTIFICATION_CHARS = 64 * 1024;

/**
 * Receives one notification: determines its trust and content, makes it durable in one write, and
 * answers.
 *
 * Failure policy: fail closed. Unless the store confirms the write in time the answer is not 0, so
 * WeChat Pay redelivers. If the write succeeds after all, the redelivery finds it as a repeat.
 *
 * `waitedMs`: how long the notification already waited on this machine, which counts against its
 * budget. One whose budget is spent is stored all the same, so that its redelivery costs only a
 * read.
 *
 * `source` is the platform's mark (`TCB_SOURCE`), never part of the event. Never throws.
 */
export async function receiveNotification(
  deps: ReceiveDeps,
  event: unknown,
  source: string,
  waitedMs = 0,
): Promise<CallbackReply> {
  const trust = trustOf(source);
  if (trust === 'refused') {
    deps.log.warn('notification_refused', { outTradeNo: null, source, reason: 'client_call' });
    return { errcode: CALLBACK_ERRCODE.REFUSED, errmsg: 'only WeChat Pay may call this function' };
  }
  const raw = serialise(event);
  if (raw === null) {
    deps.log.warn('notification_refused', { outTradeNo: null, source, reason: 'unreadable' });
    return { errcode: CALLBACK_ERRCODE.UNREADABLE, errmsg: 'the notification is not JSON' };
  }
  const bytes = Buffer.byteLength(raw);
  if (raw.length > MAX_NOTIFICATION_CHARS || (trust === 'unverified' && bytes > MAX_UNVERIFIED_BYTES)) {
    deps.log.warn('notification_refused', {
      outTradeNo: null,
      source,
      reason: 'too_large',
      chars: raw.length,
      trust,
    });
    return { errcode: CALLBACK_ERRCODE.TOO_LARGE, errmsg: 'the notification is too large' };
  }
  const content = contentOf(event, raw);
  const outTradeNo = orderOf(content);
  const message: NewMessage = {
    key: keyOf(content, trust),
    content,
    outTradeNo,
    trust,
    raw,
    path: 'callback',
    receivedAt: deps.clock.now(),
  };
  const left = Math.min(deps.ackBudgetMs, Math.max(LEAST_STORE_MS, deps.ackBudgetMs - waitedMs));
  const stored = await within(deps.timers, left, () => keep(deps, message));
  if (stored.kind === 'value' && stored.value === 'over_quota') {
    deps.log.warn('notification_refused', { outTradeNo, source, reason: 'over_quota', key: message.key });
    return { errcode: CALLBACK_ERRCODE.OVER_QUOTA, errmsg: 'too many unverified notifications are waiting' };
  }
  if (stored.kind !== 'value') {
    const reason = stored.kind === 'timeout' ? 'timeout' : errorText(stored.error);
    deps.log.error('notification_not_stored', { outTradeNo, key: message.key, reason });
    return { errcode: CALLBACK_ERRCODE.NOT_STORED, errmsg: 'not stored yet, please deliver again' };
  }
  const fact = stored.value === 'stored' ? 'notification_stored' : 'notification_repeated';
  deps.log.info(fact, { outTradeNo, key: message.key, trust, kind: content.kind });
  return { errcode: CALLBACK_ERRCODE.OK, errmsg: 'ok' };
}

async function keep(deps: ReceiveDeps, message: NewMessage): Promise<'stored' | 'repeat' | 'over_quota'> {
  const { trust, content } = message;
  const isAdmitted =
    trust === 'platform' ||
    deps.admitUnverified === undefined ||
    (await deps.admitUnverified(merchantOf(content)));
  if (!isAdmitted) return 'over_quota';
  return deps.record(message);
}

/**
 * Whom to believe. Exactly `wx_paycallback` is WeChat Pay; a chain that only starts or ends with it
 * is not (`wx_client,scf` is a client's call through another function). A call that no client can
 * have made is stored as unverified.
 */
export function trustOf(source: string): Trust | 'refused' {
  if (source === 'wx_paycallback') return 'platform';
  if (source.split(',').some((hop) => hop.trim() === 'wx_client')) return 'refused';
  return 'unverified';
}

function contentOf(event: unknown, raw: string): Content {
  const reading = readNotification(event);
  if (reading.kind !== 'unusable') return reading;
  const digest = createHash('sha256').update(raw).digest('hex');
  return { ...reading, digest };
}

/**
 * JSON text of the event, or null when it has none: cyclic, nested too deeply, or not a JSON value.
 */
function serialise(event: unknown): string | null {
  try {
    const text: unknown = JSON.stringify(event);
    return typeof text === 'string' ? text : null;
  } catch {
    return null;
  }
}
