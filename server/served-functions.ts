import type { FunctionName, WorkerName } from '../lib/config/jobs';
import { FUNCTION_NAMES, FUNCTIONS, isFunctionName } from '../lib/config/jobs';
import type { FunctionHandler } from '../lib/hosting/ports';
import { NOBODY } from '../lib/model/operators/principal';
import { isPayerId } from '../lib/values/ids';
import { recordOf } from '../lib/values/record-of';
import { NOT_ACKED } from './door/intake';
import type { Metrics, NotificationResult } from './health/metrics';
import type { FunctionHost } from './registry';
import { SERVED_FUNCTIONS } from './registry';

/** Every function of this runtime, by name. */
export type ServedFunctions = Readonly<Record<FunctionName, FunctionHandler>>;

/** Calls a callback function as WeChat Pay does, with its source mark, and returns its answer. */
export type DeliverCallback = (
  notification: object,
  source: string,
  functionName: string,
) => Promise<unknown>;

/**
 * Opens every function. Callbacks are timed and counted; a function after which a worker may have
 * something to do wakes it.
 */
export function serveFunctions(
  host: FunctionHost,
  metrics: Metrics,
  wake: (worker: WorkerName) => void,
): ServedFunctions {
  return recordOf(FUNCTION_NAMES, (name) => {
    const { open, wakes } = SERVED_FUNCTIONS[name];
    const handler = open(host);
    if (FUNCTIONS[name].calledBy === 'wechat_pay') return timed(metrics, handler);
    if (wakes === undefined) return handler;
    return async (event, caller) => {
      const reply = await handler(event, caller);
      wake(wakes);
      return reply;
    };
  });
}

/** The callbacks by the paths at which a container receives what Cloud Run sends. */
const CALLBACK_PATHS: ReadonlyMap<string, FunctionName> = new Map([
  ['/callback/pay', 'payCallback'],
  ['/callback/refund', 'refundCallback'],
]);

/**
 * Delivers to the callbacks among `functions`, for the simulator. Rejects with `TypeError` for the
 * name of any other function. A path is one of a container, to which WeChat Cloud Run sends without
 * a mark that proves it.
 */
export function deliverTo(functions: ServedFunctions, metrics: Metrics): DeliverCallback {
  return async (notification, claimedSource, target) => {
    const ofPath = CALLBACK_PATHS.get(target);
    const functionName = ofPath ?? target;
    const source = ofPath === undefined ? claimedSource : '';
    if (!isFunctionName(functionName) || FUNCTIONS[functionName].calledBy !== 'wechat_pay') {
      throw new TypeError(`${functionName} is not a callback function`);
    }
    const openId: unknown = Reflect.get(notification, 'subOpenid');
    const reply = await functions[functionName](notification, {
      payer: isPayerId(openId) ? openId : null,
      source,
      ip: '127.0.0.1',
      by: NOBODY,
    });
    metrics.simulatorDelivered();
    return reply;
  };
}

/** Times the callback's answers and counts those without an ack, from any caller. */
function timed(metrics: Metrics, handler: FunctionHandler): FunctionHandler {
  return async (event, caller) => {
    const begun = performance.now();
    const reply = await handler(event, caller);
    metrics.answered((performance.now() - begun + (caller.waitedMs ?? 0)) / 1000);
    const result = 'errcode' in reply ? resultOf(reply.errcode) : undefined;
    if (result !== undefined) metrics.notified(result);
    return reply;
  };
}

function resultOf(errcode: unknown): NotificationResult | undefined {
  for (const [code, result] of NOT_ACKED) if (code === errcode) return result;
  return undefined;
}
