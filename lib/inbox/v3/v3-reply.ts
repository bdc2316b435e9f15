import type { GeneratedReply } from '../receive';
import type { V3Outcome } from './receive-v3';
import { V3_OUTCOMES } from './receive-v3';

/** What each refusal says to the sender. WeChat Pay shows it in the merchant platform. */
const MESSAGES: Readonly<Record<V3Outcome, string>> = {
  stored: 'ok',
  repeat: 'ok',
  too_large: 'the notification is too large',
  encoded: 'send the body without Content-Encoding',
  no_such_merchant: 'no API v3 merchant has this number here',
  signtest: 'the signature is invalid',
  bad_header: 'a Wechatpay-* header is missing or malformed',
  invalid_signature: 'the signature is invalid',
  not_json: 'the notification is not a JSON object',
  unknown_key: 'the signing key is not configured here, please deliver again',
  clock: 'the signature was made at another time than ours, please deliver again',
  undecryptable: 'the resource cannot be decrypted here, please deliver again',
  foreign: 'the notification is for another merchant or appid',
  not_stored: 'not stored yet, please deliver again',
};

/** The body of the answer to a notification of API v3. The HTTP status decides. */
export function v3Reply(outcome: V3Outcome): GeneratedReply {
  return { code: V3_OUTCOMES[outcome] === 200 ? 'SUCCESS' : 'FAIL', message: MESSAGES[outcome] };
}
