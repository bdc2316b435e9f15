import type { SubMchId } from '../../values/ids';

/**
 * Where WeChat Pay notifies one signing number. `base` is an https address without a slash at its
 * end. Pure.
 */
export function notifyUrl(base: string, what: 'pay' | 'refund', signer: SubMchId): string {
  return `${base}/callback/v3/${what}/${signer}`;
}
