import { isIP } from 'node:net';
import { collectorOf, signerOf, type V3Party } from '../config/v3-party';
import type { Finding } from '../ops/api';
import type { SubMchId } from '../values/ids';
import { isRecord, parseJson } from '../values/json';
import { httpDate, type Clock } from '../values/instant';
import type { SigningKey, KeySet } from '../wechat/v3/keys/read-keys';
import { authorization } from '../wechat/v3/sign';
import type { V3HttpAnswer, V3Transport } from '../wechat/v3/transport';
import { signedText, verifySignature } from '../wechat/v3/verify';
import { passed, problem } from './finding';
import { checkClock } from './runtime';

/** What the checks of API v3 need. */
export interface ApiV3Parts {
  /** The merchants on the channel v3; one at least. */
  readonly parties: readonly [V3Party, ...V3Party[]];
  readonly keysOf: (signer: SubMchId) => KeySet;
  readonly transport: V3Transport;
  /** The base address of WeChat Pay. */
  readonly host: string;
  /** What to correct if the address is wrong: its setting, and what is in front of the server. */
  readonly addressSetting: string;
  readonly notifyUrl: (signer: SubMchId) => string;
  readonly clock: Clock;
  /** A fresh random text of at most 32 letters and digits. */
  readonly nonce: () => string;
}

/** Time limit of each call, in ms. */
const CALL_MS = 5_000;

/** An answer is a few hundred bytes. */
const MOST_BYTES = 64 * 1024;

/** A date in a header is in whole seconds, rounded down. */
const HEADER_PRECISION_MS = 1_000;

/**
 * Checks keys, address, signature and clock for every signing number. Asks WeChat Pay for an order
 * that does not exist, which changes nothing. Never rejects. One finding per check: the worst.
 */
export async function examineApiV3(parts: ApiV3Parts): Promise<readonly Finding[]> {
  const bySigner = new Map(parts.parties.map((party) => [signerOf(party), party] as const));
  const all = await Promise.all(
    [...bySigner].map(async ([signer, party]) => [
      keysHeld(parts.keysOf(signer)),
      await notifyUrl(parts, signer),
      ...(await signedCalls(parts, party)),
      ...(await echo(parts, party)),
    ]),
  );
  return worstOfEach(all.flat());
}

const LEVELS: readonly Finding['level'][] = ['error', 'warning', 'unknown', 'ok'];

function worstOfEach(findings: readonly Finding[]): readonly Finding[] {
  const worst = new Map<string, Finding>();
  for (const finding of findings) {
    const known = worst.get(finding.check);
    if (known === undefined || LEVELS.indexOf(finding.level) < LEVELS.indexOf(known.level))
      worst.set(finding.check, finding);
  }
  return [...worst.values()];
}

function keysHeld({ keys, nextSigner }: KeySet): Finding {
  const changes = [
    keys.apiV3Keys.length > 1 ? 'two APIv3 keys' : null,
    keys.wechatKeys.length > 1 ? 'two public keys of WeChat Pay' : null,
    keys.mode === 'certificates' && keys.wechatKeys.length > 0
      ? 'platform certificates and a public key'
      : null,
    nextSigner === null ? null : 'a next certificate of ours',
  ].filter((held) => held !== null);
  const mode = keys.mode === 'public_key' ? 'WeChat Pay’s public key' : 'platform certificates';
  return changes.length === 0
    ? passed('api_keys', `${keys.mchId} verifies with ${mode}`)
    : problem(
        'api_keys',
        'warning',
        `${keys.mchId} is in a change of keys, with both present: ${changes.join(', ')}`,
        'finish it and remove the variables with _NEXT (docs/keys.md)',
      );
}

async function notifyUrl(parts: ApiV3Parts, signer: SubMchId): Promise<Finding> {
  const address = parts.notifyUrl(signer);
  const wrong = (what: string, level: 'error' | 'warning' = 'error'): Finding =>
    problem('notify_url', level, what, `correct ${parts.addressSetting}`);
  if (!URL.canParse(address)) return wrong('it is no address');
  const url = new URL(address);
  if (url.protocol !== 'https:' || url.search !== '' || url.hash !== '' || address.length > 255)
    return wrong(`${url.origin}… must be https, without a query, and at most 255 characters`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 || !host.includes('.') || /\.(local|internal|localhost)$/.test(host))
    return wrong(`${host} is no public name: WeChat Pay cannot reach it`);
  // WeChat Pay's own probe, which a receiver refuses without storing it or raising an alarm.
  const answer = await parts.transport({
    method: 'POST',
    url: address,
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': 'wxpay-inbox doctor',
      'Wechatpay-Timestamp': String(Math.floor(parts.clock.now() / 1000)),
      'Wechatpay-Nonce': parts.nonce(),
      'Wechatpay-Serial': 'DOCTOR',
      'Wechatpay-Signature': `WECHATPAY/SIGNTEST/${parts.nonce()}`,
    },
    body: Buffer.from('{"doctor":true}'),
    timeoutMs: CALL_MS,
    maxBytes: MOST_BYTES,
  });
  if (answer.kind === 'failure')
    return wrong(`not reached from here: ${answer.message}; see whether it is from outside`, 'warning');
  if (answer.status >= 300 && answer.status < 400)
    return wrong(`answers ${answer.status}, a redirect, which WeChat Pay does not follow`);
  const said = parseJson(answer.body.toString('utf8'));
  if (answer.status < 400 || answer.status >= 500 || !isRecord(said) || typeof said['code'] !== 'string')
    return wrong(`answers ${answer.status} to a wrong signature: something else than our callback answers`);
  return passed('notify_url', `${url.origin} leads here`);
}

async function signedCalls(parts: ApiV3Parts, party: V3Party): Promise<readonly Finding[]> {
  const { keys, nextSigner } = parts.keysOf(signerOf(party));
  const sentAt = parts.clock.now();
  const answer = await ask(parts, party, keys);
  const heardAt = parts.clock.now();
  const clock = clockOf(answer, sentAt, heardAt);
  const now = judged(parts, party, answer, 'the current certificate');
  if (nextSigner === null || now.level === 'error') return [clock, now];
  return [clock, now, judged(parts, party, await ask(parts, party, nextSigner), 'the next certificate')];
}

function clockOf(answer: V3HttpAnswer, sentAt: number, heardAt: number): Finding {
  const theirs = answer.kind === 'answer' ? httpDate(answer.headers['date'] ?? '') : null;
  return theirs === null
    ? problem(
        'wechat_clock',
        'unknown',
        'WeChat Pay sent no date',
        'compare the clock of a log line with yours',
      )
    : checkClock({ sentAt, heardAt, theirs }, HEADER_PRECISION_MS, 'WeChat Pay', 'wechat_clock');
}

/** A query for an order that does not exist. */
function ask(parts: ApiV3Parts, party: V3Party, signer: SigningKey): Promise<V3HttpAnswer> {
  const number = `doctor-${parts.nonce()}`.slice(0, 32);
  const path =
    party.mode === 'direct'
      ? `/v3/pay/transactions/out-trade-no/${number}?mchid=${party.mchId}`
      : `/v3/pay/partner/transactions/out-trade-no/${number}?sp_mchid=${party.spMchId}&sub_mchid=${party.subMchId}`;
  return call(parts, party, signer, 'GET', path, null);
}

function call(
  { transport, host, keysOf, clock, nonce }: ApiV3Parts,
  party: V3Party,
  signer: SigningKey,
  method: 'GET' | 'POST',
  path: string,
  body: Buffer | null,
): Promise<V3HttpAnswer> {
  const url = new URL(`${host}${path}`);
  const { keys } = keysOf(signerOf(party));
  const [wechatKey] = keys.wechatKeys;
  return transport({
    method,
    url: url.href,
    headers: {
      Accept: 'application/json',
      'Accept-Encoding': 'identity',
      'User-Agent': 'wxpay-inbox doctor',
      ...(body === null ? {} : { 'Content-Type': 'application/json' }),
      ...(wechatKey === undefined ? {} : { 'Wechatpay-Serial': wechatKey.id }),
      Authorization: authorization(
        { mchId: keys.mchId, ...signer },
        {
          method,
          target: `${url.pathname}${url.search}`,
          body,
          seconds: Math.floor(clock.now() / 1000),
          nonce: nonce(),
        },
      ),
    },
    body,
    timeoutMs: CALL_MS,
    maxBytes: MOST_BYTES,
  });
}

function judged(parts: ApiV3Parts, party: V3Party, answer: V3HttpAnswer, which: string): Finding {
  const { keys } = parts.keysOf(signerOf(party));
  const wrong = (what: string, fix: string, level: 'error' | 'unknown' = 'error'): Finding =>
    problem('signed_call', level, `${keys.mchId}, ${which}: ${what}`, fix);
  if (answer.kind === 'failure')
    return wrong(`no answer: ${answer.message}`, 'let this server reach api.mch.weixin.qq.com, port 443');
  const { code, message } = wordsOf(answer);
  if (answer.status === 401)
    return wrong(
      `WeChat Pay refuses the signature: ${message}`,
      'private key and serial number must be of one certificate, and the clock right (docs/keys.md)',
    );
  if (answer.status !== 404 || code !== 'ORDER_NOT_EXIST')
    return wrong(
      `WeChat Pay answered ${answer.status} ${code}: ${message}`,
      `see whether ${collectorOf(party)} and its appid are bound, and JSAPI payment is open`,
      answer.status >= 500 ? 'unknown' : 'error',
    );
  const proof = verifySignature(signedText(answer.headers, answer.body), keys.wechatKeys, parts.clock.now());
  const byKey = `set WXPAY_${keys.mchId}_PUBLIC_KEY and _PUBLIC_KEY_ID to those of the merchant platform (docs/keys.md)`;
  switch (proof.kind) {
    case 'valid':
    case 'clock':
      return passed('signed_call', `WeChat Pay accepts ${keys.mchId}’s signature, and its own is verified`);
    case 'invalid':
      return wrong('the answer is not signed with the key we hold', byKey);
    case 'unknown_key':
      return keys.mode === 'certificates'
        ? passed('signed_call', `WeChat Pay accepts ${keys.mchId}’s signature`)
        : wrong(`the answer is signed with ${proof.serial}, which we do not hold`, byKey);
    case 'signtest':
    case 'missing':
      return wrong('accepted, but the answer has no usable signature', 'run this again', 'unknown');
  }
}

async function echo(parts: ApiV3Parts, party: V3Party): Promise<readonly Finding[]> {
  if (party.mode === 'direct') return [];
  const { keys } = parts.keysOf(party.spMchId);
  const body = Buffer.from(JSON.stringify({ echo_message: 'wxpay-inbox doctor' }));
  const answer = await call(parts, party, keys, 'POST', '/v3/security/echo', body);
  if (answer.kind === 'answer' && answer.status === 200)
    return [passed('echo_call', 'WeChat Pay echoes what we send')];
  const what =
    answer.kind === 'failure'
      ? answer.message
      : `${answer.status} ${Object.values(wordsOf(answer)).join(': ')}`;
  return [problem('echo_call', 'unknown', `no echo: ${what}`, 'not needed: signed_call says the same')];
}

/** WeChat Pay's own words, cut: they may be a page of HTML. */
function wordsOf({ body }: { readonly body: Buffer }): { readonly code: string; readonly message: string } {
  const said = parseJson(body.toString('utf8'));
  const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 120) : '');
  return isRecord(said)
    ? { code: text(said['code']), message: text(said['message']) }
    : { code: '', message: 'an answer that is no JSON' };
}
