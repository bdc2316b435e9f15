import { closeOrder } from '../functions/closeOrder/function';
import { createOrder } from '../functions/createOrder/function';
import { ops } from '../functions/ops/function';
import { payCallback } from '../functions/payCallback/function';
import { payCallbackV3 } from '../functions/payCallbackV3/function';
import { queryOrder } from '../functions/queryOrder/function';
import { queryRefund } from '../functions/queryRefund/function';
import { refundCallback } from '../functions/refundCallback/function';
import { refundCallbackV3 } from '../functions/refundCallbackV3/function';
import { refundOrder } from '../functions/refundOrder/function';
import type { FunctionName, WorkerName } from '../lib/config/jobs';
import type { FunctionHandler, MerchantPorts, WorkerHandler } from '../lib/hosting/ports';
import type { ReceiveV3 } from '../lib/inbox/v3/callback-v3-http';
import type { ReceiveDeps } from '../lib/inbox/receive';
import type { OpsHost } from '../lib/hosting/ops-deps';
import type { AlarmTarget } from '../lib/ops/watch/notice';
import type { MerchantSystem } from '../lib/orders/fulfil';
import { refuse } from '../lib/runtime/reply';
import { followRefunds } from '../workers/followRefunds/worker';
import { fulfillOrders } from '../workers/fulfillOrders/worker';
import { processInbox } from '../workers/processInbox/worker';
import { reconcileOrders } from '../workers/reconcileOrders/worker';
import { reconcileStatement } from '../workers/reconcileStatement/worker';
import { retain } from '../workers/retain/worker';
import { watchdog } from '../workers/watchdog/worker';

/** What this runtime gives its workers beside the ports. */
export interface WorkerHost {
  readonly ports: MerchantPorts;
  /** Batches of the inbox that are processed concurrently. */
  readonly lanes: number;
  readonly targets: readonly AlarmTarget[];
  readonly merchant: MerchantSystem;
}

/** Every worker as the server runs it. One of `WORKERS` that is missing here does not compile. */
export const SERVED_WORKERS: Readonly<Record<WorkerName, (host: WorkerHost) => WorkerHandler>> = {
  processInbox: ({ ports, lanes }) => processInbox(ports, { lanes }),
  fulfillOrders: ({ ports, merchant }) => fulfillOrders(ports, merchant),
  followRefunds: ({ ports }) => followRefunds(ports),
  reconcileOrders: ({ ports }) => reconcileOrders(ports),
  reconcileStatement: ({ ports }) => reconcileStatement(ports),
  retain: ({ ports }) => retain(ports),
  watchdog: ({ ports, targets }) => watchdog(ports, targets),
};

/** What this runtime gives its functions beside the ports. */
export interface FunctionHost {
  readonly ports: MerchantPorts;
  readonly receiveDeps: ReceiveDeps;
  readonly receiveV3: ReceiveV3;
  readonly opsHost: OpsHost;
}

/** A function as the server serves it. */
interface Served {
  readonly open: (host: FunctionHost) => FunctionHandler;
  /** The worker that may have something to do after a call, rather than wait for its timer. */
  readonly wakes?: WorkerName;
}

/**
 * Every function as the server serves it. One of `FUNCTIONS` that is missing here does not compile.
 */
export const SERVED_FUNCTIONS: Readonly<Record<FunctionName, Served>> = {
  payCallback: { open: ({ receiveDeps }) => payCallback(receiveDeps) },
  refundCallback: { open: ({ receiveDeps }) => refundCallback(receiveDeps) },
  payCallbackV3: { open: ({ receiveV3 }) => payCallbackV3(receiveV3) },
  refundCallbackV3: { open: ({ receiveV3 }) => refundCallbackV3(receiveV3) },
  createOrder: { open: ({ ports }) => createOrder(ports) },
  // An order may become paid within these calls.
  queryOrder: { open: ({ ports }) => queryOrder(ports), wakes: 'fulfillOrders' },
  closeOrder: { open: ({ ports }) => closeOrder(ports), wakes: 'fulfillOrders' },
  refundOrder: { open: ({ ports }) => refundOrder(ports) },
  queryRefund: { open: ({ ports }) => queryRefund(ports) },
  ops: { open: ({ ports, opsHost }) => ops(ports, opsHost) },
  // It asks about a platform that is not here.
  probe: { open: () => async () => refuse('NOT_ALLOWED', 'probe runs in cloud functions only') },
};
