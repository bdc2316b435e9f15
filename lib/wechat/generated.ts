import { isRecord, parseJson } from '../values/json';

/*
 * What CloudBase's own payment integrations make of a notification of API v3. They hand over its
 * contents without WeChat Pay's signature, so nothing here is believed before a query.
 *
 *   Integration Center  {ParsedContent, ParsedNotify, Plaintext, rawData}
 *   templates           {id, create_time, event_type, summary, resource: {…}}, or resource.json
 *   hand-written        the payment or refund itself: {out_trade_no, …, amount: {total}}
 */

/** The shapes; each says how its sender wants to be answered. */
export const GENERATED_SHAPES = ['integration_center', 'template', 'flat'] as const;

/** A notification as an integration hands it over. */
export interface GeneratedNotification {
  readonly shape: (typeof GENERATED_SHAPES)[number];
  readonly id: string | null;
  readonly createTime: string | null;
  readonly eventType: string | null;
  /** WeChat Pay's own encrypted resource, where it was handed over too; null otherwise. */
  readonly encrypted: unknown;
  /** The payment or refund in the integration's reading, with the field names of API v3. */
  readonly plain: unknown;
}

/**
 * Recognises and reads such a notification; null for any other event. Field names may be in
 * camelCase or snake_case, parts may be JSON text or parsed. Pure. Never throws.
 */
export function readGenerated(event: unknown): GeneratedNotification | null {
  try {
    return isRecord(event) ? read(event) : null;
  } catch {
    // An object that throws when it is looked at. None comes from JSON.
    return null;
  }
}

function read(event: Readonly<Record<string, unknown>>): GeneratedNotification | null {
  const shape = shapeOf(event);
  if (shape === null) return null;
  const rawData = objectOf(event['rawData']);
  const notify = objectOf(event['ParsedNotify']);
  const envelopes = [rawData, notify, event].filter((one) => one !== null);
  const resource = objectOf(event['resource']);
  const encrypted = [resource, objectOf(rawData?.['resource']), objectOf(notify?.['resource'])];
  const text = (name: string, camel: string): string | null => {
    const named = envelopes.flatMap((one) => [one[name], one[camel]]);
    return named.find((value): value is string => typeof value === 'string')?.slice(0, 64) ?? null;
  };
  return {
    shape,
    id: text('id', 'id'),
    createTime: text('create_time', 'createTime'),
    eventType: text('event_type', 'eventType'),
    encrypted: encrypted.find((one) => typeof one?.['ciphertext'] === 'string') ?? null,
    plain: withV3Names(plainOf(event, resource)),
  };
}

const PARTS = ['ParsedContent', 'ParsedNotify', 'Plaintext', 'rawData'] as const;

function shapeOf(event: Readonly<Record<string, unknown>>): GeneratedNotification['shape'] | null {
  if (PARTS.some((part) => Object.hasOwn(event, part))) return 'integration_center';
  const isEvent = typeof (event['event_type'] ?? event['eventType']) === 'string';
  if (isEvent && objectOf(event['resource']) !== null) return 'template';
  // The notifications of cloudpay and Cloud Run have no amount of this kind.
  return isRecord(event['amount']) ? 'flat' : null;
}

/** The first of the places where integrations put the payment or refund itself. */
function plainOf(
  event: Readonly<Record<string, unknown>>,
  resource: Readonly<Record<string, unknown>> | null,
): unknown {
  const inside = objectOf(resource?.['json']);
  if (inside !== null) return inside;
  if (resource !== null && typeof resource['ciphertext'] !== 'string') return resource;
  return objectOf(event['ParsedContent']) ?? objectOf(event['Plaintext']) ?? event;
}

/** An object, or the object that a JSON text holds; null for anything else. */
function objectOf(value: unknown): Readonly<Record<string, unknown>> | null {
  const parsed = typeof value === 'string' ? parseJson(value) : value;
  return isRecord(parsed) ? parsed : null;
}

/** The field names of payments and refunds of API v3 that are read. */
const V3_NAMES: ReadonlyMap<string, string> = new Map(
  [
    ...['mchid', 'appid', 'sp_mchid', 'sp_appid', 'sub_mchid', 'sub_appid'],
    ...['out_trade_no', 'transaction_id', 'trade_type', 'trade_state', 'bank_type', 'attach', 'success_time'],
    ...['payer', 'openid', 'sp_openid', 'sub_openid'],
    ...['amount', 'total', 'payer_total', 'currency', 'payer_currency'],
    ...['promotion_detail', 'coupon_id', 'name', 'scope', 'type'],
    ...['wechatpay_contribute', 'merchant_contribute', 'other_contribute'],
    ...[
      'out_refund_no',
      'refund_id',
      'refund_status',
      'status',
      'refund',
      'payer_refund',
      'settlement_refund',
    ],
  ].map((name) => [plainName(name), name]),
);

function plainName(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

/** The deepest nesting read: promotions lie two levels down. */
const MAX_DEPTH = 4;

/** The value with known fields under the names of API v3; what nobody reads is dropped. */
function withV3Names(value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map((one) => withV3Names(one, depth + 1));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      const name = V3_NAMES.get(plainName(key));
      return name === undefined ? [] : [[name, withV3Names(inner, depth + 1)]];
    }),
  );
}
