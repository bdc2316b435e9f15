import type { MerchantChannel } from '../../config/merchants';
import type { V3Party } from '../../config/v3-party';
import { collectorOf, signerOf } from '../../config/v3-party';
import type { Content, NewMessage } from '../../model/message';
import { keyOf, orderOf } from '../../model/message';
import { errorText } from '../../runtime/error-text';
import { within } from '../../runtime/timers';
import type { SubMchId } from '../../values/ids';
import { decryptResource } from '../../wechat/v3/decrypt';
import type { V3Keys, WeChatKey } from '../../wechat/v3/keys/keys';
import { isAbout, type NamedParty } from '../../wechat/v3/named-party';
import type { CheckSignature, Verification } from '../../wechat/v3/verify';
import { signedText, verifySignature } from '../../wechat/v3/verify';
import type { OriginSignals } from '../origin-signals';
import { CLOCK_DETAIL } from '../origin-signals';
import type { OpenResource, ReceiveDeps } from '../receive';
import { LEAST_STORE_MS, MAX_NOTIFICATION_CHARS } from '../receive';
import type { OpenedEnvelope, ResourceReading } from './v3-envelope';
import { evidenceOf, inDoubt, isOfRefund, keptText, openEnvelope, readResource } from './v3-envelope';

/** What receiving needs of the keys of a merchant number. */
export type ReceivingKeys = Pick<V3Keys, 'apiV3Keys' | 'wechatKeys'>;

/** A number that signs for v3 merchants: a merchant's own, or a service provider's. */
export interface V3Signer {
  readonly mchId: SubMchId;
  /** The merchants it signs for. A provider may have thousands, so its keys are tried only once. */
  readonly parties: readonly V3Party[];
  /** As they stand now: platform certificates are downloaded while we run. */
  readonly keys: () => ReceivingKeys;
  /**
   * Downloads WeChat Pay's certificates once more, unless any process just did, and returns the
   * keys. Absent with public keys, which nothing replaces. Never rejects.
   */
  readonly afterUnknownKey?: () => Promise<readonly WeChatKey[]>;
}

/** What receiving notifications of API v3 needs. */
export interface ReceiveV3Deps extends Pick<
  ReceiveDeps,
  'record' | 'clock' | 'timers' | 'log' | 'ackBudgetMs'
> {
  readonly signers: readonly V3Signer[];
  readonly signals: OriginSignals;
  /** How signatures are checked; here and at once. A server lets other threads do it. */
  readonly checkSignature?: CheckSignature;
}

/** A notification as it arrived. */
export interface V3Delivery {
  /** Headers by lower-case name. One that came twice must be left out: it proves nothing. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body, byte for byte. */
  readonly body: Buffer;
  /** The merchant number in the address; null where the address has none. */
  readonly mchId: string | null;
}

/**
 * What became of a notification, with the HTTP status it is answered with. WeChat Pay only tells
 * 2xx from the rest, and redelivers after the rest.
 * - `stored`, `repeat`: durable.
 * - `signtest`: WeChat Pay's probe, whose signature is wrong on purpose; expected to be refused.
 * - `unknown_key`, `clock`: kept as unverified, and to be redelivered.
 * - `undecryptable`: WeChat Pay signed it, and none of our APIv3 keys opens it.
 * - `foreign`: for a merchant number or an appid that is not ours.
 * - `no_such_merchant`: the address names a number without API v3 keys here.
 */
export const V3_OUTCOMES = {
  stored: 200,
  repeat: 200,
  too_large: 413,
  encoded: 415,
  no_such_merchant: 404,
  signtest: 401,
  bad_header: 400,
  invalid_signature: 401,
  not_json: 400,
  unknown_key: 503,
  clock: 503,
  undecryptable: 500,
  foreign: 403,
  not_stored: 503,
} as const;

/** One of `V3_OUTCOMES`. */
export type V3Outcome = keyof typeof V3_OUTCOMES;

/** The largest notification read, in bytes. WeChat Pay's own are below 4 KB. */
export const MAX_V3_BYTES = MAX_NOTIFICATION_CHARS;

/**
 * Receives one notification of API v3.
 *
 *   size ─▶ probe ─▶ signature over the raw bytes ─▶ decrypt ─▶ one durable write ─▶ 200
 *
 * - An invalid signature: 4xx, nothing kept.
 * - A key we do not hold: if our APIv3 key opens the notification, WeChat Pay sent it. It is kept
 *   as unverified, so that a query can prove it, and answered 5xx; otherwise 4xx, nothing kept.
 * - A valid signature made at another time than ours: an old copy, or a wrong clock, which may be
 *   ours. As before.
 * - Anything WeChat Pay signed that cannot be read or taken in one way only is kept as unverified
 *   and acknowledged: redelivering would not change it. Of a refund it is believed that there is
 *   one, and nothing else, so that it holds its order.
 *
 * Failure policy: fail closed. 200 only when the store confirmed the write in time.
 *
 * `waitedMs`: how long it already waited on this machine, which counts against its time. Never
 * throws.
 */
export async function receiveV3(deps: ReceiveV3Deps, delivery: V3Delivery, waitedMs = 0): Promise<V3Outcome> {
  const { headers, body } = delivery;
  if (body.length > MAX_V3_BYTES) return refuse(deps, 'too_large', { bytes: body.length });
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') return refuse(deps, 'encoded', {});
  const candidates = candidatesOf(deps.signers, delivery.mchId);
  if (candidates.length === 0) return refuse(deps, 'no_such_merchant', {});

  const signed = signedText(headers, body);
  const known = candidates.flatMap(({ keys }) => keys().wechatKeys);
  const check = await (deps.checkSignature ?? verifySignature)(signed, known, deps.clock.now());
  switch (check.kind) {
    case 'signtest':
      deps.log.info('v3_notification_refused', { outTradeNo: null, reason: 'signtest' });
      return 'signtest';
    case 'missing':
      return refuse(deps, 'bad_header', { header: check.header });
    case 'invalid':
      return refuse(deps, 'invalid_signature', { serial: signed.serial });
    case 'valid':
    case 'clock':
    case 'unknown_key':
      return receiveSigned(deps, { delivery, candidates, check, serial: signed.serial, waitedMs });
  }
}

/** A notification that is not refused by its signature. */
interface Signed {
  readonly delivery: V3Delivery;
  readonly candidates: readonly V3Signer[];
  readonly check: Extract<Verification, { kind: 'valid' | 'clock' | 'unknown_key' }>;
  readonly serial: string;
  readonly waitedMs: number;
}

async function receiveSigned(deps: ReceiveV3Deps, signed: Signed): Promise<V3Outcome> {
  const { delivery, serial } = signed;
  const holders = holdersOf(signed);
  const envelope = openEnvelope(delivery.body.toString('utf8'));
  if (envelope === null) {
    const outcome = signed.check.kind === 'unknown_key' ? 'invalid_signature' : 'not_json';
    return refuse(deps, outcome, { serial });
  }
  const opened = open(envelope, holders);
  if (opened === null) {
    const outcome = signed.check.kind === 'unknown_key' ? 'invalid_signature' : 'undecryptable';
    return refuse(deps, outcome, { serial });
  }
  const reading = readResource(envelope.eventType, opened.text);
  const about = opened.signers.filter((signer) => signsFor(signer, reading.named));
  const check = await checkedAgain(deps, signed, about.length === 0 ? opened.signers : about);
  if (check === null) return refuse(deps, 'invalid_signature', { serial });
  const said = about.length > 0 ? reading.content : ascribed(reading, opened.signers);
  if (said === null) return refuse(deps, 'foreign', { serial, eventType: envelope.eventType });
  const content = envelope.isUnambiguous ? said : inDoubt(said);
  const isPlain = reading.isPlain && (envelope.isUnambiguous || isOfRefund(content));
  const isBelieved = check.kind === 'valid' && isPlain;
  const trust = isBelieved ? 'platform' : 'unverified';
  const message: NewMessage = {
    key: keyOf(content, trust),
    content,
    outTradeNo: orderOf(content),
    trust,
    raw: keptText(envelope, opened.text, reading.isJson),
    envelope: evidenceOf(envelope, serial, check.kind),
    path: 'callback',
    receivedAt: deps.clock.now(),
  };
  return keep(deps, { ...signed, check }, message);
}

/** The numbers whose notification it may be: those that hold the key that signed it. */
function holdersOf({ candidates, check }: Signed): readonly V3Signer[] {
  if (check.kind === 'unknown_key') return candidates;
  return candidates.filter(({ keys }) => keys().wechatKeys.some(({ id }) => id === check.keyId));
}

/**
 * The check of its signature; for a key we do not hold, once more with the certificates that are
 * listed now. Only a notification that our APIv3 key opened costs a download. Null when one of
 * those says that the signature is wrong.
 */
async function checkedAgain(
  deps: ReceiveV3Deps,
  { delivery, check }: Signed,
  signers: readonly V3Signer[],
): Promise<Signed['check'] | null> {
  if (check.kind !== 'unknown_key') return check;
  const listed = signers.flatMap(({ afterUnknownKey }) => afterUnknownKey ?? []);
  const [download] = listed;
  if (download === undefined) return check;
  const keys = await within(deps.timers, deps.ackBudgetMs * DOWNLOAD_SHARE, download);
  if (keys.kind !== 'value') return check;
  const signed = signedText(delivery.headers, delivery.body);
  const again = verifySignature(signed, keys.value, deps.clock.now());
  switch (again.kind) {
    case 'valid':
    case 'clock':
    case 'unknown_key':
      return again;
    case 'invalid':
    case 'missing':
    case 'signtest':
      return null;
  }
}

/**
 * The share of an ack's time that a download of certificates may take; the store needs the rest.
 */
const DOWNLOAD_SHARE = 0.5;

/** Makes the message durable and, meanwhile, tells the watchdog what its check showed. */
async function keep(deps: ReceiveV3Deps, signed: Signed, message: NewMessage): Promise<V3Outcome> {
  const { check, serial, waitedMs } = signed;
  const { outTradeNo, key, trust, content } = message;
  const left = Math.min(deps.ackBudgetMs, Math.max(LEAST_STORE_MS, deps.ackBudgetMs - waitedMs));
  const recording = within(deps.timers, left, () => deps.record(message));
  const telling = tell(deps.signals, check);
  if (telling !== null) await within(deps.timers, left, () => telling);
  const stored = await recording;
  if (stored.kind !== 'value') {
    const reason = stored.kind === 'timeout' ? 'timeout' : errorText(stored.error);
    deps.log.error('notification_not_stored', { outTradeNo, key, reason });
    return 'not_stored';
  }
  if (check.kind !== 'valid') {
    const skewMs = check.kind === 'clock' ? check.skewMs : null;
    return refuse(deps, check.kind, { outTradeNo, key, serial, skewMs });
  }
  const fact = stored.value === 'stored' ? 'notification_stored' : 'notification_repeated';
  deps.log.info(fact, { outTradeNo, key, trust, kind: content.kind });
  return stored.value;
}

function tell(signals: OriginSignals, check: Signed['check']): Promise<void> | null {
  switch (check.kind) {
    case 'valid':
      return signals.verified(check.keyId);
    case 'clock':
      return signals.show('clock_skew', CLOCK_DETAIL);
    case 'unknown_key':
      return signals.show('unknown_key', check.serial);
  }
}

/**
 * What an address may be for: the merchants with its number as their own or as their provider's.
 */
function candidatesOf(signers: readonly V3Signer[], mchId: string | null): readonly V3Signer[] {
  if (mchId === null) return signers;
  return signers.flatMap((signer) => {
    if (signer.mchId === mchId) return [signer];
    const parties = signer.parties.filter((party) => collectorOf(party) === mchId);
    return parties.length === 0 ? [] : [{ ...signer, parties }];
  });
}

/**
 * The decrypted text, and all numbers whose APIv3 key opens it; null when none does. Several
 * numbers may share a key, so the one that is tried first need not be the one it names.
 */
function open(
  { resource }: OpenedEnvelope,
  holders: readonly V3Signer[],
): { readonly text: string; readonly signers: readonly V3Signer[] } | null {
  let text: string | null = null;
  const signers: V3Signer[] = [];
  for (const signer of holders) {
    const decrypted = decryptResource(resource, signer.keys().apiV3Keys);
    if (decrypted.kind !== 'text') continue;
    ({ text } = decrypted);
    signers.push(signer);
  }
  return text === null ? null : { text, signers };
}

/** Whether the number signs for the merchant that is named. */
function signsFor({ parties }: V3Signer, named: NamedParty): boolean {
  return parties.some((party) => isAbout(named, party));
}

/**
 * What a decrypted text states that names none of our merchants; null where it is not ours. An
 * event of another product names whom it likes: that our APIv3 key opened it is enough. Refund
 * notices of partners may name the provider alone: then they are about its only merchant.
 */
function ascribed({ content, named }: ResourceReading, signers: readonly V3Signer[]): Content | null {
  if (content.kind === 'other') return content;
  if (!isOfRefund(content) || named.subMchId !== null) return null;
  const provider = named.spMchId ?? named.mchId;
  const [only, ...more] = signers.find(({ mchId }) => mchId === provider)?.parties ?? [];
  if (only === undefined || more.length > 0 || only.mode !== 'partner') return null;
  return content.kind === 'refund'
    ? { kind: 'refund', refund: { ...content.refund, subMchId: collectorOf(only) } }
    : content;
}

/** Logs a refusal. Errors call for a person; the others are what strangers send. */
function refuse<Outcome extends V3Outcome>(
  { log }: ReceiveV3Deps,
  outcome: Outcome,
  fields: Readonly<Record<string, string | number | null>>,
): Outcome {
  const level = NEEDS_A_PERSON.has(outcome) ? 'error' : 'warn';
  log[level]('v3_notification_refused', { outTradeNo: null, reason: outcome, ...fields });
  return outcome;
}

const NEEDS_A_PERSON: ReadonlySet<V3Outcome> = new Set(['unknown_key', 'clock', 'undecryptable', 'foreign']);

/**
 * A merchant's keys with the platform certificates that are known so far. The first notification
 * that names one which is not costs a download.
 */
export function withCertificates(
  keys: ReceivingKeys,
  certificates: { afterUnknownKey(): Promise<readonly WeChatKey[]> },
): Omit<V3Signer, 'mchId' | 'parties'> {
  let latest: readonly WeChatKey[] = [];
  return {
    keys: () => ({ ...keys, wechatKeys: [...keys.wechatKeys, ...latest] }),
    async afterUnknownKey() {
      latest = await certificates.afterUnknownKey();
      return latest;
    },
  };
}

/** Opens a resource with the APIv3 key of any of these numbers. */
export function openWithKeysOf(signers: readonly V3Signer[]): OpenResource {
  return (resource) => {
    const decrypted = decryptResource(
      resource,
      signers.flatMap(({ keys }) => keys().apiV3Keys),
    );
    return decrypted.kind === 'text' ? decrypted.text : null;
  };
}

/** The numbers that sign for the v3 merchants of the configuration, each with its keys. */
export function v3Signers(
  merchants: readonly { readonly channel: MerchantChannel }[],
  keysOf: (signer: SubMchId) => Omit<V3Signer, 'mchId' | 'parties'>,
): readonly V3Signer[] {
  const parties = new Map<SubMchId, V3Party[]>();
  for (const { channel } of merchants) {
    if (channel.kind !== 'v3') continue;
    const mchId = signerOf(channel.party);
    const signedFor = parties.get(mchId);
    if (signedFor === undefined) parties.set(mchId, [channel.party]);
    else signedFor.push(channel.party);
  }
  return [...parties].map(([mchId, signedFor]) => ({ mchId, parties: signedFor, ...keysOf(mchId) }));
}
