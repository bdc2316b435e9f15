import type { PayOutAnswer } from './port';

/** What stands for the answer of a channel that cannot pay out an abnormal refund. */
export const PAY_OUT_NOT_OFFERED: PayOutAnswer = {
  kind: 'refused',
  code: 'not_offered',
  detail: 'this channel has no such call: use the merchant platform',
};
