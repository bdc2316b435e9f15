import { fulfill } from '#merchant/fulfill';
import { sparingCanaries } from '../../orders/canary/canary';
import type { Fulfil, FulfilHook, MerchantSystem } from '../../orders/fulfil';
import type { MerchantPorts } from '../ports';

/** What the merchant's code is held to, however few of the parameters it takes. */
const hook: FulfilHook = fulfill;

/** What this runtime can fulfil by beside `merchant/fulfill.ts`; null: it is not configured. */
export interface FulfilmentHost {
  readonly webhook: MerchantSystem | null;
  /** The merchant's own cloud function. */
  readonly ownFunction: Fulfil | null;
}

/**
 * How orders are fulfilled: the only place that chooses. The settings allow one of the webhook and
 * the cloud function; without either it is `merchant/fulfill.ts`, with look-ups in the merchant's
 * own data. None of them sees a canary.
 */
export function merchantFulfil(
  { merchantDb }: Pick<MerchantPorts, 'merchantDb'>,
  { webhook, ownFunction }: FulfilmentHost,
): MerchantSystem {
  if (webhook !== null) return { ...webhook, fulfil: sparingCanaries(webhook.fulfil) };
  if (ownFunction !== null) return { fulfil: sparingCanaries(ownFunction) };
  return { fulfil: sparingCanaries((order, key, signal) => hook(order, key, signal, merchantDb)) };
}
