import { init } from '@cloudbase/node-sdk';
import type { Fulfil } from '../../orders/fulfil';
import { PermanentFulfilmentError } from '../../orders/fulfil';
import { isRecord } from '../../values/json';
import { builtConfig } from './built-config';
import { environmentId } from './environment';

/**
 * The SDK abandons a call this long after the fulfilment's own time limit, in ms, when nothing
 * waits for it any more.
 */
const GRACE_MS = 1_000;

/**
 * Fulfilment by a cloud function of the merchant's own, or null when none is named. The function is
 * called with `{order, idempotencyKey}` and answers `{ok: true, receipt?}` or `{ok: false,
 * permanent?, message}`.
 *
 * Failure policy: fail closed. Any other answer and any platform error proves nothing: it is thrown
 * as a temporary error, and the order is fulfilled again later with the same key.
 */
export function openOwnFunction(name: string | null): Fulfil | null {
  if (name === null) return null;
  // A separate app: wx-server-sdk has one time-out per process, and fulfilment may take longer than
  // a database request.
  const app = init({
    env: environmentId(),
    timeout: builtConfig.fulfilment.timeoutMs + GRACE_MS,
    keepalive: true,
  });
  return async (order, idempotencyKey) => {
    const { result: answer }: { result?: unknown } = await app.callFunction({
      name,
      data: { order, idempotencyKey },
    });
    if (!isRecord(answer)) throw new Error(`${name} did not answer with an object`);
    const { ok, receipt, permanent, message } = answer;
    if (ok === true) return typeof receipt === 'string' ? { receipt } : undefined;
    const why = typeof message === 'string' ? message : `${name} gave no message`;
    if (ok === false && permanent === true) throw new PermanentFulfilmentError(why);
    throw new Error(ok === false ? why : `${name} answered without ok: true or false`);
  };
}
