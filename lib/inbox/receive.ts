import { createHash } from 'node:crypto';
import { errorText } from '../runtime/error-text';
import type { Log } from '../runtime/log';
import type { Timers } from '../runtime/timers';
import { within } from '../runtime/timers';
import type { Inbox } from '../store/port';
import type { Clock } from '../values/instant';
import type { GeneratedNotification } from '../wechat/generated';
import { readGenerated } from '../wechat/generated';
import { readNotification } from '../wechat/notification';
import type { Envelope } from '../model/envelope';
import type { Content, NewMessage, Trust } from '../model/message';
import { isVouchedFor, keyOf, merchantOf, orderOf } from '../model/message';
import type { AdmitUnverified } from './quota';
import { MAX_UNVERIFIED_BYTES } from './quota';
import { contentOf as resourceContent, evidenceOf, keptText, readResource } from './v3/v3-envelope';

/** The answer WeChat Pay reads. Only the Number 0 stops redelivery (paymentCallback reference). */
export interface CallbackReply {
  readonly errcode: number;
  readonly errmsg: string;
}

/** The answer CloudBase's payment integrations read. */
export interface GeneratedReply {
  readonly code: 'SUCCESS' | 'FAIL';
  readonly message: string;
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

/** Why a callback was or was not acknowledged. */
export type CallbackErrcode = (typeof CALLBACK_ERRCODE)[keyof typeof CALLBACK_ERRCODE];

/** What became of a notification, and in which form its sender is answered. */
export interface Received extends CallbackReply {
  readonly errcode: CallbackErrcode;
  /** `cloudpay`: WeChat Pay itself, also through Cloud Run. `generated`: an integration. */
  readonly asked: 'cloudpay' | 'generated';
}

/** The answer in the form its sender expects. */
export function replyTo({ errcode, errmsg, asked }: Received): CallbackReply | GeneratedReply {
  if (asked === 'cloudpay') return { errcode, errmsg };
  return { code: errcode === CALLBACK_ERRCODE.OK ? 'SUCCESS' : 'FAIL', message: errmsg };
}

/**
 * The HTTP status of that answer. WeChat Pay reads the body of a 200, integrations read the status;
 * an unreadable notification has another status than a refused one.
 */
export function statusTo({ errcode, asked }: Received): number {
  switch (errcode) {
    case CALLBACK_ERRCODE.UNREADABLE:
      return 400;
    case CALLBACK_ERRCODE.TOO_LARGE:
      return 413;
    case CALLBACK_ERRCODE.OK:
      return 200;
    case CALLBACK_ERRCODE.REFUSED:
      return asked === 'cloudpay' ? 200 : 403;
    case CALLBACK_ERRCODE.OVER_QUOTA:
      return asked === 'cloudpay' ? 200 : 429;
    case CALLBACK_ERRCODE.NOT_STORED:
      return asked === 'cloudpay' ? 200 : 503;
  }
}

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
  /**
   * Opens a resource that an integration of CloudBase handed over encrypted, with any of our APIv3
   * keys; null when none fits. Absent: no merchant of ours has one.
   */
  readonly open?: OpenResource;
}

/** Decrypts a resource with our keys, as `decryptResource`. Never throws. */
export type OpenResource = (resource: unknown) => string | null;

/**
 * The least time for the store, in ms, even when a notification's time is over: a healthy store
 * answers sooner, and a late ack is never wrong.
 */
export const LEAST_STORE_MS = 1_000;

/**
 * The largest notification that is stored, in characters of JSON. WeChat Pay's own are below 2,000.
 */
export const MAX_NOTIFICATION_CHARS = 64 * 1024;

/** `receive`, answered in the form the sender expects. */
export async function receiveNotification(
  deps: ReceiveDeps,
  event: unknown,
  source: string,
  waitedMs = 0,
): Promise<CallbackReply | GeneratedReply> {
  return replyTo(await receive(deps, event, source, waitedMs));
}

/**
 * Receives one notification: determines its trust and content, makes it durable in one write, and
 * says what to answer. Notifications that an integration of CloudBase hands over are always
 * unverified; one whose encrypted part our key opens is read from that part and queried first.
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
export async function receive(
  deps: ReceiveDeps,
  event: unknown,
  source: string,
  waitedMs = 0,
): Promise<Received> {
  const generated = readGenerated(event);
  const asked = generated === null ? 'cloudpay' : 'generated';
  const mark = trustOf(source);
  if (mark === 'refused') {
    deps.log.warn('notification_refused', { outTradeNo: null, source, reason: 'client_call' });
    return ended(asked, 'REFUSED', 'only WeChat Pay may call this function');
  }
  const trust = generated === null ? mark : 'unverified';
  const raw = serialise(event);
  if (raw === null) {
    deps.log.warn('notification_refused', { outTradeNo: null, source, reason: 'unreadable' });
    return ended(asked, 'UNREADABLE', 'the notification is not JSON');
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
    return ended(asked, 'TOO_LARGE', 'the notification is too large');
  }
  const said = generated === null ? { content: contentOf(event, raw), raw } : stated(deps, generated, raw);
  const { content } = said;
  const outTradeNo = orderOf(content);
  const message: NewMessage = {
    key: keyOf(content, trust),
    outTradeNo,
    trust,
    ...said,
    path: 'callback',
    receivedAt: deps.clock.now(),
  };
  const left = Math.min(deps.ackBudgetMs, Math.max(LEAST_STORE_MS, deps.ackBudgetMs - waitedMs));
  const stored = await within(deps.timers, left, () => keep(deps, message));
  if (stored.kind === 'value' && stored.value === 'over_quota') {
    deps.log.warn('notification_refused', { outTradeNo, source, reason: 'over_quota', key: message.key });
    return ended(asked, 'OVER_QUOTA', 'too many unverified notifications are waiting');
  }
  if (stored.kind !== 'value') {
    const reason = stored.kind === 'timeout' ? 'timeout' : errorText(stored.error);
    deps.log.error('notification_not_stored', { outTradeNo, key: message.key, reason });
    return ended(asked, 'NOT_STORED', 'not stored yet, please deliver again');
  }
  const fact = stored.value === 'stored' ? 'notification_stored' : 'notification_repeated';
  deps.log.info(fact, { outTradeNo, key: message.key, trust, kind: content.kind });
  return ended(asked, 'OK', 'ok');
}

function ended(asked: Received['asked'], code: keyof typeof CALLBACK_ERRCODE, errmsg: string): Received {
  return { errcode: CALLBACK_ERRCODE[code], errmsg, asked };
}

/**
 * What a notification states that an integration handed over. What our key opens counts, and not
 * the integration's own reading beside it, which anybody may have written.
 */
function stated(
  { open }: ReceiveDeps,
  generated: GeneratedNotification,
  raw: string,
): Pick<NewMessage, 'content' | 'raw'> & { readonly envelope: Envelope } {
  const { eventType, encrypted, plain } = generated;
  const text = encrypted === null ? null : (open?.(encrypted) ?? null);
  if (text === null) {
    return {
      content: resourceContent(eventType, plain, raw),
      raw,
      envelope: evidenceOf(generated, null, 'none'),
    };
  }
  const { content, isJson } = readResource(eventType, text);
  const kept = keptText(generated, text, isJson);
  return { content, raw: kept, envelope: evidenceOf(generated, null, 'decrypted') };
}

async function keep(deps: ReceiveDeps, message: NewMessage): Promise<'stored' | 'repeat' | 'over_quota'> {
  const { trust, content, envelope = null } = message;
  // What no stranger can have written takes no space that strangers could fill.
  const isAdmitted =
    trust === 'platform' ||
    isVouchedFor(trust, envelope) ||
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
