import { createHash } from 'node:crypto';
import type { Envelope, OriginCheck } from '../../model/envelope';
import { ENVELOPE_TEXT } from '../../model/envelope';
import type { Content } from '../../model/message';
import { isRecord, parseJson } from '../../values/json';
import { isOutTradeNo, type OutTradeNo } from '../../values/ids';
import { parseStrictJson } from '../../values/strict-json';
import type { NamedParty } from '../../wechat/v3/named-party';
import { namedParty } from '../../wechat/v3/named-party';
import { readPaymentResource } from '../../wechat/v3/read-payment';
import { readRefundResource, readRefundState } from '../../wechat/v3/read-refund';

/*
 * What an API v3 notification states, once its resource is decrypted. Also reads what CloudBase's
 * integrations make of one. Everything here is pure and never throws.
 */

/** The readable part of a notification's envelope. */
export interface OpenedEnvelope {
  readonly id: string | null;
  readonly createTime: string | null;
  readonly eventType: string | null;
  readonly resource: unknown;
  /** False when the text names a field twice: then it says nothing reliable. */
  readonly isUnambiguous: boolean;
}

/** Reads the envelope; null for a text that is not a JSON object. */
export function openEnvelope(text: string): OpenedEnvelope | null {
  const strict = parseStrictJson(text);
  const value = strict ?? parseJson(text);
  if (!isRecord(value)) return null;
  return {
    id: textOf(value['id']),
    createTime: textOf(value['create_time']),
    eventType: textOf(value['event_type']),
    resource: value['resource'],
    isUnambiguous: strict !== undefined,
  };
}

/** The evidence of an envelope that is kept with its message. */
export function evidenceOf(
  { id, eventType }: Pick<OpenedEnvelope, 'id' | 'eventType'>,
  serial: string | null,
  check: OriginCheck,
): Envelope {
  return { id, eventType, serial: serial === null ? null : serial.slice(0, ENVELOPE_TEXT), check };
}

/** What a decrypted resource states. */
export interface ResourceReading {
  readonly content: Content;
  /** Whose it says it is. */
  readonly named: NamedParty;
  /**
   * False when the statement cannot be believed even from WeChat Pay itself, because a reader could
   * take it in two ways or its currency is not that of mainland merchants: a query decides. A
   * refund that could be taken in two ways is believed, without its state and amounts.
   */
  readonly isPlain: boolean;
  /** False for a text that is no JSON. */
  readonly isJson: boolean;
}

/**
 * Reads the text of a decrypted resource as what its event says: a payment, a refund, or an event
 * of another product or a later version.
 */
export function readResource(eventType: string | null, text: string): ResourceReading {
  const strict = parseStrictJson(text);
  const value = strict ?? parseJson(text);
  const named = namedParty(isRecord(value) ? value : {});
  const content = contentOf(eventType, value, text);
  const isJson = value !== undefined;
  if (strict === undefined && isJson)
    return { content: inDoubt(content), named, isPlain: isOfRefund(content), isJson };
  const isPlain =
    isJson &&
    (content.kind !== 'unusable' || isOfRefund(content)) &&
    (content.kind !== 'payment' || content.payment.currency === 'CNY');
  return { content, named, isPlain, isJson };
}

/** True for what is about a refund, whether or not its number can be read. */
export function isOfRefund(content: Content): boolean {
  return content.kind === 'refund' || (content.kind === 'unusable' && content.about === 'refund');
}

/**
 * What can be believed of a statement that contradicts itself: of a refund, that there is one. It
 * holds the order that it names until a query or the bill tells how it stands. Of anything else
 * nothing changes here. Pure.
 */
export function inDoubt(content: Content): Content {
  if (content.kind !== 'refund') return content;
  const silent = { state: 'unknown', total: null, refund: null, settled: null, succeededAt: null } as const;
  return { kind: 'refund', refund: { ...content.refund, ...silent } };
}

/** What a resource states, by its event. A digest of `text` tells two unreadable ones apart. */
export function contentOf(eventType: string | null, resource: unknown, text: string): Content {
  switch (kindOf(eventType, resource)) {
    case 'payment':
      return paymentOf(resource, text);
    case 'refund': {
      const content = refundOf(resource, text);
      return contradictsEvent(eventType, content) ? inDoubt(content) : content;
    }
    case 'other':
      return { kind: 'other', eventType: eventType ?? '', digest: digestOf(text) };
  }
}

/** Without an event's name, a refund is told from a payment by its own number. */
function kindOf(eventType: string | null, resource: unknown): 'payment' | 'refund' | 'other' {
  if (eventType === 'TRANSACTION.SUCCESS') return 'payment';
  if (eventType !== null && /^REFUND\.[A-Z_]+$/.test(eventType)) return 'refund';
  if (eventType !== null) return 'other';
  return isRecord(resource) && 'out_refund_no' in resource ? 'refund' : 'payment';
}

function paymentOf(resource: unknown, text: string): Content {
  const state = isRecord(resource) ? resource['trade_state'] : undefined;
  if (state !== undefined && state !== 'SUCCESS') {
    const named = isRecord(resource) ? resource['out_trade_no'] : null;
    const outTradeNo = isOutTradeNo(named) ? named : null;
    const problems = ['trade_state: not SUCCESS'];
    return { kind: 'unusable', reason: 'not_a_success', problems, outTradeNo, digest: digestOf(text) };
  }
  const reading = readPaymentResource(resource);
  if (reading.kind === 'read') return { kind: 'payment', payment: reading.payment };
  return unusable(reading, text);
}

/** Whether the event states another end of the refund than the resource does. */
function contradictsEvent(eventType: string | null, content: Content): boolean {
  if (content.kind !== 'refund' || content.refund.state === 'unknown') return false;
  const stated = readRefundState(/^REFUND\.(SUCCESS|ABNORMAL|CLOSED)$/.exec(eventType ?? '')?.[1]);
  return stated !== null && stated !== content.refund.state;
}

/**
 * A refund whose state, amounts or number cannot be read is still a refund of its order: nothing is
 * fulfilled before its end is known.
 */
function refundOf(resource: unknown, text: string): Content {
  const reading = readRefundResource(resource);
  if (reading.kind === 'read') return { kind: 'refund', refund: reading.refund };
  return reading.refund === null
    ? { ...unusable(reading, text), about: 'refund' }
    : { kind: 'refund', refund: reading.refund };
}

function unusable(
  { problems, outTradeNo }: { readonly problems: readonly string[]; readonly outTradeNo: OutTradeNo | null },
  text: string,
): Extract<Content, { kind: 'unusable' }> {
  return { kind: 'unusable', reason: 'unreadable_resource', problems, outTradeNo, digest: digestOf(text) };
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * The notification as it is kept: its envelope with the decrypted text as its resource, the shape
 * of CloudBase's templates. Nobody needs a key to read it later. `isJson`: of the text.
 */
export function keptText(
  { id, createTime, eventType }: Pick<OpenedEnvelope, 'id' | 'createTime' | 'eventType'>,
  resource: string,
  isJson: boolean,
): string {
  const envelope = JSON.stringify({ id, create_time: createTime, event_type: eventType });
  const inside = isJson ? resource : JSON.stringify(resource);
  return `${envelope.slice(0, -1)},"resource":${inside}}`;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value.slice(0, ENVELOPE_TEXT) : null;
}
