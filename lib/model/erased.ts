import type { PayerId } from '../values/ids';
import { isPayerId } from '../values/ids';

/** Stands for a payer whose personal data was erased. No OPENID is this short. */
export const ERASED_PAYER: PayerId = erasedPayer('erased');

/** Stands for the raw notification of a message whose personal data was erased. */
export const ERASED_RAW = '{"erased":true}';

function erasedPayer(text: string): PayerId {
  if (!isPayerId(text)) throw new TypeError('what stands for an erased payer has the form of one');
  return text;
}
