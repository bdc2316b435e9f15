import type { MerchantPorts } from '../../lib/hosting/ports';
import { openOriginSignals } from '../../lib/inbox/origin-signals';
import { quotaOfUnverified } from '../../lib/inbox/quota';
import type { CallbackErrcode, ReceiveDeps, Received } from '../../lib/inbox/receive';
import { CALLBACK_ERRCODE, receive } from '../../lib/inbox/receive';
import type { ReceiveV3 } from '../../lib/inbox/v3/callback-v3-http';
import type { ReceiveV3Deps, V3Signer, V3Outcome } from '../../lib/inbox/v3/receive-v3';
import { openWithKeysOf, receiveV3 } from '../../lib/inbox/v3/receive-v3';
import type { Inbox } from '../../lib/store/port';
import { checkSignaturesBeside } from '../../lib/wechat/v3/verify';
import type { Metrics, NotificationResult } from '../health/metrics';
import type { ReadinessCheck } from '../health/readiness';
import { tracedRecord } from '../health/tracing';

/** The ways in for notifications. */
export interface Intake {
  /** What the callback functions need to make a notification durable. */
  readonly receiveDeps: ReceiveDeps;
  /** Receives an event of cloudpay, Cloud Run or an integration of CloudBase; timed and counted. */
  readonly receive: (event: unknown, source: string, waitedMs: number) => Promise<Received>;
  /** Receives a notification of API v3; timed and counted. */
  readonly receiveV3: ReceiveV3;
}

/**
 * What the callbacks need to make a notification durable. `signers`: of API v3.
 * `stored` is called after a new one is, to start the inbox worker at once: a callback leaves its
 * message to that worker, while all other code that records also processes.
 */
export function openIntake(parts: {
  readonly ports: Pick<MerchantPorts, 'store' | 'clock' | 'timers' | 'log' | 'config' | 'trace'>;
  readonly readiness: Pick<ReadinessCheck, 'doubt' | 'refuseLostFiles'>;
  readonly metrics: Pick<Metrics, 'notified' | 'answered'>;
  readonly signers: readonly V3Signer[];
  readonly stored: () => void;
}): Intake {
  const { readiness, metrics, signers, stored } = parts;
  const { store, clock, timers, log, config, trace } = parts.ports;
  const record: Inbox['record'] = async (message) => {
    try {
      readiness.refuseLostFiles();
      return await store.inbox.record(message);
    } catch (error) {
      readiness.doubt();
      throw error;
    }
  };
  const receiveDeps: ReceiveDeps = {
    record: tracedRecord(async (message) => {
      const recorded = await record(message);
      metrics.notified(recorded);
      if (recorded === 'stored') stored();
      return recorded;
    }, trace),
    clock,
    timers,
    log,
    ackBudgetMs: config.inbox.ackBudgetMs,
    admitUnverified: quotaOfUnverified({
      countUnverified: (naming) => store.inbox.countUnverified(naming),
      clock,
      log,
      megabytes: config.inbox.unverifiedMegabytes,
      merchants: config.merchants.map(({ subMchId }) => subMchId),
    }),
    ...(signers.length === 0 ? {} : { open: openWithKeysOf(signers) }),
  };
  const v3: ReceiveV3Deps = {
    ...receiveDeps,
    signers,
    signals: openOriginSignals({ alarms: store.alarms, clock, log }),
    checkSignature: checkSignaturesBeside(timers),
  };
  const timed = async <Outcome>(waitedMs: number, work: () => Promise<Outcome>): Promise<Outcome> => {
    const begun = performance.now();
    const outcome = await work();
    metrics.answered((performance.now() - begun + waitedMs) / 1000);
    return outcome;
  };
  return {
    receiveDeps,
    receive: async (event, source, waitedMs) => {
      const received = await timed(waitedMs, () => receive(receiveDeps, event, source, waitedMs));
      const result = NOT_ACKED.get(received.errcode);
      if (result !== undefined) metrics.notified(result);
      return received;
    },
    receiveV3: async (delivery, waitedMs = 0) => {
      const outcome = await timed(waitedMs, () => receiveV3(v3, delivery, waitedMs));
      const result = V3_RESULTS[outcome];
      if (result !== null) metrics.notified(result);
      return outcome;
    },
  };
}

/** How a refusal is counted. */
export const NOT_ACKED: ReadonlyMap<CallbackErrcode, NotificationResult> = new Map([
  [CALLBACK_ERRCODE.REFUSED, 'refused'],
  [CALLBACK_ERRCODE.UNREADABLE, 'unreadable'],
  [CALLBACK_ERRCODE.TOO_LARGE, 'too_large'],
  [CALLBACK_ERRCODE.OVER_QUOTA, 'over_quota'],
  [CALLBACK_ERRCODE.NOT_STORED, 'not_stored'],
]);

/** How an outcome is counted; null for what `record` has counted. */
const V3_RESULTS: Readonly<Record<V3Outcome, NotificationResult | null>> = {
  stored: null,
  repeat: null,
  too_large: 'too_large',
  encoded: 'unreadable',
  no_such_merchant: 'refused',
  signtest: 'signtest',
  bad_header: 'invalid_signature',
  invalid_signature: 'invalid_signature',
  not_json: 'unreadable',
  unknown_key: 'unknown_key',
  clock: 'clock',
  undecryptable: 'undecryptable',
  foreign: 'refused',
  not_stored: 'not_stored',
};
