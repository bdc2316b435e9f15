import { init } from '@cloudbase/node-sdk';
import type { Fulfil } from '../../orders/fulfil';
import { PermanentFulfilmentError } from '../../orders/fulfil';
import { isRecord } from '../../values/json';
import { builtConfig } from './built-config';
import { environmentId } from './environment';

/** The SDK lets go of a call this much after the time a delivery has, in ms: by then nobody listens any more. */
const GRACE_MS = 1_000;

/**
 * Delivery by a cloud function of the merchant's own, or null when none is named. It is called with
 * `{order, idempotencyKey}` and answers `{ok: true, receipt?}` or `{ok: false, permanent?, message}`.
 *
 * Failure policy: fail closed. Any other answer, and any error of the platform, proves nothing: it is thrown as an
 * error that passes, and the order is delivered again later with the same key.
 */
export function openOwnFunction(name: string | null): Fulfil | null {
  if (name === null) return null;
  // An app of its own: wx-server-sdk has one time-out for a whole process, and a delivery may take longer than a database request.
  const app = init({
    env: environmentId(),
    timeout: builtConfig.fulfilment.timeoutSeconds * 1000 + GRACE_MS,
    keepalive: true,
  });
  return async (order, idempotencyKey) => {
    const { result: answer }: { result?: unknown } = await app.callFunction({
      name,
      data: { order, idempotencyKey },
    });
    if (!isRecord(answer)) throw new Error(`${name} answered with no object`);
    const { ok, receipt, permanent, message } = answer;
    if (ok === true) return typeof receipt === 'string' ? { receipt } : undefined;
    const why = typeof message === 'string' ? message : `${name} gave no message`;
    if (ok === false && permanent === true) throw new PermanentFulfilmentError(why);
    throw new Error(ok === false ? why : `${name} answered without ok: true or false`);
  };
}
